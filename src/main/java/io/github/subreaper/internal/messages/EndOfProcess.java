package io.github.subreaper.internal.messages;

import io.github.subreaper.internal.engine.Engine;
import io.github.subreaper.internal.engine.records.ProcessRecord;
import io.github.subreaper.internal.linux.calls.WaitStatus;
import io.github.subreaper.internal.text.Text;
import java.time.Instant;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;

/** Says how a process ended. */
public final class EndOfProcess {
  private EndOfProcess() {}

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
