package io.github.subreaper.assertj;

import io.github.subreaper.Descendant;
import io.github.subreaper.ProcessDetails;
import io.github.subreaper.ProcessNotReadableException;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;

/** Returns what a process has used. It may be alive or ended. */
final class Usage {
  private Usage() {}

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

  /** Returns the peak memory; empty if the kernel shows the JVM's instead. */
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
