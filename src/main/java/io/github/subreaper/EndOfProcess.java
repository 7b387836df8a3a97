package io.github.subreaper;

import io.github.subreaper.internal.engine.Engine;
import io.github.subreaper.internal.engine.records.ProcessRecord;
import io.github.subreaper.internal.linux.WaitStatus;
import java.time.Instant;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;

/** Reads from a record how its process ended, and says it. */
final class EndOfProcess {
  private EndOfProcess() {}

  /** Returns its status; empty while it is alive, or a zombie that its parent has not reaped. */
  static Optional<ExitStatus> status(Engine engine, ProcessRecord process) {
    if (!process.exitSeen()) {
      engine.queries().observe(process);
      if (!process.exitSeen() && !process.isAlive()) {
        engine.queries().reapNow();
      }
    }
    return process.exitSeen() ? Optional.of(known(process)) : Optional.empty();
  }

  /** Returns the status of a process whose end was seen. */
  static ExitStatus known(ProcessRecord process) {
    OptionalInt status = process.waitStatus();
    if (status.isEmpty()) {
      return new ExitStatus.Unknown(
          Objects.requireNonNullElse(process.statusUnknown(), "its end was not observed"));
    }
    return decoded(status.getAsInt());
  }

  /** Decodes a wait status, wait(2). */
  static ExitStatus decoded(int waitStatus) {
    int signal = WaitStatus.signal(waitStatus);
    return signal == 0
        ? ExitStatus.exited(WaitStatus.exitCode(waitStatus))
        : ExitStatus.signaled(Signal.of(signal), WaitStatus.isCoreDumped(waitStatus));
  }

  /** Returns its status and what sent the signal; empty as {@link #status} is. */
  static Optional<String> words(Engine engine, ProcessRecord process) {
    return status(engine, process).map(status -> status + TraceText.by(engine, process));
  }

  /** Returns after how long a process has ended whose end was seen, to be put behind its status. */
  static String lived(Engine engine, ProcessRecord process) {
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
