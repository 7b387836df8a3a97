package io.github.subreaper;

import io.github.subreaper.internal.engine.Engine;
import io.github.subreaper.internal.engine.records.Ended;
import io.github.subreaper.internal.engine.records.LaunchRecord;
import io.github.subreaper.internal.engine.records.ProcessRecord;
import io.github.subreaper.internal.engine.records.ProcessRecord.End;
import io.github.subreaper.internal.linux.SignalNumber;
import io.github.subreaper.internal.linux.WaitStatus;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Writes how processes ended. Each is described by its own status, and a stop signal is named only
 * if the process got it itself: a worker that ends with its master may have got another signal, or
 * none.
 */
final class EndingText {
  /** The number of processes that are named for each way to end. */
  private static final int NAMED = 10;

  /** The number of ways to end in a summary. */
  private static final int WAYS = 5;

  private final Engine engine;

  /** Keyed by the words for a way to end. */
  private final Map<String, Group> groups = new TreeMap<>();

  private final Set<LaunchRecord> failedTraces = new LinkedHashSet<>();
  private int terminated;

  private static final class Group {
    private final TreeSet<ProcessRecord> first = new TreeSet<>(ProcessRecord.BY_FIRST_SIGHT);
    private int size;

    void add(ProcessRecord process) {
      size++;
      first.add(process);
      if (first.size() > NAMED) {
        first.remove(first.last());
      }
    }
  }

  EndingText(Engine engine, Ended ended) {
    this.engine = engine;
    ended.forEach(this::add);
  }

  private void add(ProcessRecord process) {
    groups.computeIfAbsent(way(process), key -> new Group()).add(process);
    if (process.end() != End.BY_ITSELF) {
      terminated++;
    }
    LaunchRecord launch = process.launch();
    if (launch != null && engine.queries().isEndedWithTrace(process)) {
      failedTraces.add(launch);
    }
  }

  private static String way(ProcessRecord process) {
    return isKilled(process) ? "by SIGKILL" : occasion(process);
  }

  /** Returns how many did not end by themselves. */
  int terminated() {
    return terminated;
  }

  /** Returns the launches of which the kernel has killed processes, since their traces failed. */
  Set<LaunchRecord> failedTraces() {
    return failedTraces;
  }

  /**
   * Returns a line for each way to end, with the processes that ended so and what became of each.
   */
  String lines() {
    int width = groups.keySet().stream().mapToInt(String::length).max().orElse(0);
    StringBuilder lines = new StringBuilder();
    groups.forEach(
        (way, group) -> {
          List<String> names = new ArrayList<>();
          group.first.forEach(process -> names.add(name(process)));
          lines.append("  ended ").append(way).append(" ".repeat(width + 2 - way.length()));
          lines.append(String.join(", ", names));
          if (group.size > NAMED) {
            lines.append(" and ").append(group.size - NAMED).append(" more");
          }
          lines.append('\n');
        });
    return lines.toString();
  }

  private String name(ProcessRecord process) {
    String name = process.pid() + " " + Text.safe(process.name());
    return isKilled(process)
        ? name
        : name
            + " ("
            + outcome(engine, process)
                .map(outcome -> outcome + TraceText.by(engine, process))
                .orElse("status unknown")
            + ")";
  }

  /** Summarizes how many processes ended in which way, for the brackets behind their number. */
  static String summary(Engine engine, List<ProcessRecord> processes) {
    Map<String, Integer> counts = new LinkedHashMap<>();
    boolean all = true;
    for (ProcessRecord process : processes) {
      counts.merge(of(engine, process, ""), 1, Integer::sum); // else each sender is a way
      End how = process.fate();
      all &= how != null && how != End.BY_ITSELF;
    }
    String prefix =
        switch (processes.size()) {
          case 1 -> "it was terminated: ";
          case 2 -> "both were terminated: ";
          default -> "all were terminated: ";
        };
    return (all ? prefix : "")
        + (processes.size() == 1 ? counts.keySet().iterator().next() : list(counts));
  }

  private static String list(Map<String, Integer> counts) {
    List<String> parts = new ArrayList<>();
    int others = 0;
    for (var way :
        counts.entrySet().stream()
            .sorted(Map.Entry.comparingByValue(Comparator.reverseOrder()))
            .toList()) {
      if (parts.size() < WAYS) {
        parts.add(way.getValue() + " " + way.getKey());
      } else {
        others += way.getValue();
      }
    }
    return String.join(", ", parts) + (others > 0 ? " and " + others + " in other ways" : "");
  }

  /**
   * Returns how one process ended, such as {@code exited 0 after SIGTERM}.
   *
   * @param by what sent the signal that ended it, as far as the text names it
   */
  private static String of(Engine engine, ProcessRecord process, String by) {
    if (process.fate() == null) {
      return engine.queries().isLeft(process)
          ? "left alive until the run ends"
          : "could not be killed";
    }
    if (isKilled(process)) {
      return process.wasAsked() ? "needed SIGKILL" : "killed by SIGKILL";
    }
    String outcome = outcome(engine, process).orElse("ended");
    boolean asAsked =
        process.wasAsked() && outcome.equals("killed by " + Signal.of(process.stopSignal()));
    boolean isAllSaid = asAsked || (!by.isEmpty() && process.fate() == End.BY_ITSELF);
    return outcome + by + (isAllSaid ? "" : " " + occasion(process));
  }

  /** Returns the same, with the grace of a process that was killed after it. */
  static String inFull(Engine engine, ProcessRecord process) {
    return isKilled(process) && process.wasAsked()
        ? "still alive %s after %s, then killed"
            .formatted(Text.seconds(process.graceSeconds()), Signal.of(process.stopSignal()))
        : of(engine, process, TraceText.by(engine, process));
  }

  private static Optional<String> outcome(Engine engine, ProcessRecord process) {
    return EndOfProcess.status(engine, process)
        .filter(status -> !(status instanceof ExitStatus.Unknown))
        .map(ExitStatus::toString);
  }

  /** Whether this library has killed the process itself, and not only an ancestor. */
  private static boolean isKilled(ProcessRecord process) {
    return process.fate() == End.KILL
        && process.wasKilled()
        && (process.waitStatus().isEmpty()
            || WaitStatus.signal(process.waitStatus().getAsInt()) == SignalNumber.SIGKILL);
  }

  private static String occasion(ProcessRecord process) {
    End how = process.fate();
    if (how == End.STOP_SIGNAL) {
      Signal signal = Signal.of(process.stopSignal());
      return "after " + signal + (process.wasAsked() ? "" : " to an ancestor");
    }
    return how == End.KILL ? "while the rest was killed" : "by itself";
  }
}
