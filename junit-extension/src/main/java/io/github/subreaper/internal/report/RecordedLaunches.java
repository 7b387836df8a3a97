package io.github.subreaper.internal.report;

import io.github.subreaper.Descendant;
import io.github.subreaper.Launch;
import io.github.subreaper.internal.report.Recording.Command;
import io.github.subreaper.internal.report.Recording.Output;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The launches of a recording: their labels, and what they wrote. */
final class RecordedLaunches {
  private static final int MOST_LABEL = 200;

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

  /** Returns the tails of what they wrote. */
  List<Output> outputs() {
    List<Output> outputs = new ArrayList<>();
    launches.forEach(
        (first, launch) -> {
          String label = labels.getOrDefault(first, "");
          add(outputs, label, "stdout", launch.stdout());
          add(outputs, label, "stderr", launch.stderr());
        });
    return outputs;
  }

  private void add(List<Output> outputs, String label, String stream, String text) {
    if (!text.isEmpty()) {
      String tail = Bounds.tail(text, Bounds.TAIL);
      outputs.add(new Output(label, stream, secrets.text(tail), tail.length() < text.length()));
    }
  }
}
