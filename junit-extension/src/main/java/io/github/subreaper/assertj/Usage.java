package io.github.subreaper.assertj;

import io.github.subreaper.Descendant;
import io.github.subreaper.ProcessDetails;
import io.github.subreaper.ProcessNotReadableException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;

/** What a process has used, be it alive or ended. */
final class Usage {
  private Usage() {}

  /**
   * How long it ran, or has run; the kernel's start is a rounded one, and may seem to come later.
   */
  static Duration time(Descendant process) {
    Duration time =
        Duration.between(process.startTime(), process.endedAt().orElseGet(Instant::now));
    return time.isNegative() ? Duration.ZERO : time;
  }

  static Duration cpu(Descendant process) {
    return details(process)
        .map(ProcessDetails::cpuTime)
        .orElseGet(
            () ->
                process
                    .userTime()
                    .orElse(Duration.ZERO)
                    .plus(process.systemTime().orElse(Duration.ZERO)));
  }

  /** Empty where the kernel shows the JVM's in its place. */
  static OptionalLong peakMemory(Descendant process) {
    return details(process)
        .map(ProcessDetails::peakMemoryBytes)
        .orElseGet(process::peakMemoryBytes);
  }

  private static Optional<ProcessDetails> details(Descendant process) {
    try {
      return Optional.of(process.details());
    } catch (ProcessNotReadableException e) {
      return Optional.empty();
    }
  }
}
