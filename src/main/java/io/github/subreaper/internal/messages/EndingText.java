package io.github.subreaper.internal.messages;

import io.github.subreaper.internal.engine.Engine;
import io.github.subreaper.internal.engine.records.EndedProcesses;
import io.github.subreaper.internal.engine.records.LaunchRecord;
import io.github.subreaper.internal.engine.records.ProcessRecord;
import io.github.subreaper.internal.engine.records.ProcessRecord.End;
import io.github.subreaper.internal.linux.calls.SignalNumber;
import io.github.subreaper.internal.linux.calls.WaitStatus;
import io.github.subreaper.internal.text.Text;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Writes how processes ended. Each is described by its own status, and a stop signal is named only
 * if the process got it itself: a worker that ends with its master may have got another signal, or
 * none.
 */
public final class EndingText {
  /** The number of processes that are named for each way to end. */
  private static final int NAMED = 10;

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

  EndingText(Engine engine, EndedProcesses ended) {
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
          lines.append(String.join(", ", names)).append(Text.more(group.size - NAMED));
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

  /** Returns how one process ended, such as {@code exited 0 after SIGTERM}. */
  public static String of(Engine engine, ProcessRecord process) {
    if (process.fate() == null) {
      return engine.queries().isLeft(process)
          ? "left alive until the run ends"
          : "could not be killed";
    }
    String asked = SignalNumber.name(process.stopSignal());
    if (isKilled(process)) {
      return process.wasAsked()
          ? "still alive %s after %s, then killed"
              .formatted(Text.seconds(process.graceSeconds()), asked)
          : "killed by SIGKILL";
    }
    String outcome = outcome(engine, process).orElse("ended");
    String by = TraceText.by(engine, process);
    boolean asAsked = process.wasAsked() && outcome.equals("killed by " + asked);
    if (asAsked && by.isEmpty()) {
      return "ended by " + asked;
    }
    boolean isAllSaid = asAsked || (!by.isEmpty() && process.fate() == End.BY_ITSELF);
    return outcome + by + (isAllSaid ? "" : " " + occasion(process));
  }

  private static Optional<String> outcome(Engine engine, ProcessRecord process) {
    return isSeen(engine, process) && process.waitStatus().isPresent()
        ? Optional.of(WaitStatus.describe(process.waitStatus().getAsInt()))
        : Optional.empty();
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
      String signal = SignalNumber.name(process.stopSignal());
      return "after " + signal + (process.wasAsked() ? "" : " to an ancestor");
    }
    return how == End.KILL ? "while the rest was killed" : "by itself";
  }

  /** Returns whether its end was seen: not of a zombie that its parent has not reaped. */
  public static boolean isSeen(Engine engine, ProcessRecord process) {
    if (!process.exitSeen()) {
      engine.queries().observe(process);
      if (!process.exitSeen() && !process.isAlive()) {
        engine.queries().reapNow();
      }
    }
    return process.exitSeen();
  }

  /** Returns the status of a process whose end was seen. */
  private static String status(ProcessRecord process) {
    OptionalInt status = process.waitStatus();
    return status.isPresent()
        ? WaitStatus.describe(status.getAsInt())
        : unknown(whyUnknown(process));
  }

  /** Returns what is said of a status that is unknown. */
  public static String unknown(String reason) {
    return "ended, status unknown: " + reason;
  }

  /** Returns why the status of a process is unknown whose end was seen. */
  public static String whyUnknown(ProcessRecord process) {
    return Objects.requireNonNullElse(process.statusUnknown(), "its end was not observed");
  }

  /** Returns its status and what sent the signal; empty if its end was not seen. */
  public static Optional<String> words(Engine engine, ProcessRecord process) {
    return isSeen(engine, process)
        ? Optional.of(status(process) + TraceText.by(engine, process))
        : Optional.empty();
  }

  /** Returns after how long a process has ended whose end was seen, to be put behind its status. */
  public static String lived(Engine engine, ProcessRecord process) {
    Instant start = process.startTime();
    Instant end = Objects.requireNonNull(process.endedAt());
    Instant lastAlive = engine.queries().lastAlive(process);
    return lastAlive == null
        ? " after " + Text.since(start, end)
        : String.format(
            Locale.ROOT,
            " between %.2f and %.2f s after its start",
            Text.seconds(start, lastAlive),
            Text.seconds(start, end));
  }
}
