package io.github.subreaper.internal.report.recording;

import io.github.subreaper.Descendant;
import io.github.subreaper.Launch;
import io.github.subreaper.internal.access.Access;
import io.github.subreaper.internal.report.recording.Recording.Command;
import io.github.subreaper.internal.report.recording.Recording.Output;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The launches of a recording: their labels, and what they wrote. */
final class RecordedLaunches {
  private static final int MOST_LABEL = 200;

  /** Of more launches, the output of the last ones is read. */
  private static final int MOST_READ = 500;

  /** Characters of all outputs together. */
  private static final int MOST_OUTPUT = 4_000_000;

  private final Secrets secrets;

  /** By the first process of each. */
  private final Map<Descendant, Launch> launches = new LinkedHashMap<>();

  private final Map<Descendant, String> labels = new HashMap<>();
  private final Map<String, Integer> counts = new HashMap<>();

  RecordedLaunches(Secrets secrets) {
    this.secrets = secrets;
  }

  /** Adds the launch that a process comes from, if there is one. */
  void add(Descendant process, CommandLines commands) {
    Launch launch = process.launch().orElse(null);
    if (launch == null) {
      return;
    }
    Descendant first = launch.process();
    if (launches.putIfAbsent(first, launch) == null) {
      List<Command> known = commands.of(first);
      String words =
          known.isEmpty() ? secrets.text(first.name()) : String.join(" ", known.get(0).words());
      labels.put(first, unique(Bounds.text(words, MOST_LABEL)));
    }
    labels.put(process, labels.getOrDefault(first, ""));
  }

  private String unique(String label) {
    String unique = label;
    while (counts.putIfAbsent(unique, 1) != null) {
      unique = label + " #" + counts.merge(label, 1, Integer::sum);
    }
    return unique;
  }

  /** Returns the label of the launch that a process comes from; null if from none. */
  @Nullable String label(Descendant process) {
    return labels.get(process);
  }

  /** Returns the tails of what they wrote: of too much, what the last ones wrote. */
  List<Output> outputs() {
    List<Descendant> all = List.copyOf(launches.keySet());
    List<Output> outputs = new ArrayList<>();
    int left = MOST_OUTPUT;
    for (int i = all.size() - 1; i >= Math.max(0, all.size() - MOST_READ) && left > 0; i--) {
      Descendant first = all.get(i);
      Launch launch = launches.get(first);
      if (launch != null) {
        left -= add(outputs, first, "stderr", Access.get().output(launch, true), left);
        left -= add(outputs, first, "stdout", Access.get().output(launch, false), left);
      }
    }
    Collections.reverse(outputs);
    return outputs;
  }

  /** Returns how many characters it has. */
  private int add(List<Output> outputs, Descendant first, String stream, String text, int most) {
    if (text.isEmpty() || most <= 0) {
      return 0;
    }
    String tail = Bounds.tail(text, Math.min(Bounds.TAIL, most));
    boolean isCut = tail.length() < text.length();
    String masked = secrets.text(isCut ? withoutPartOfALine(tail) : tail);
    outputs.add(new Output(labels.getOrDefault(first, ""), stream, masked, isCut));
    return masked.length();
  }

  /** What is left of a line may be the second half of a secret. */
  private static String withoutPartOfALine(String tail) {
    int next = tail.indexOf('\n') + 1;
    return next > tail.length() / 2 ? tail : tail.substring(next);
  }
}
