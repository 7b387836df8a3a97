package io.github.subreaper.internal.assertj.facts;

import io.github.subreaper.Descendant;
import io.github.subreaper.ProcessDetails;
import io.github.subreaper.ProcessNotReadableException;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;

/** Returns what a process has used. It may be alive or ended. */
public final class Usage {
  private Usage() {}

  /**
   * Returns the CPU time; empty after an end whose status another process got, since the kernel
   * reports it only to that one. While the process is alive its children do not count.
   */
  public static Optional<Duration> cpu(Descendant process) {
    return details(process)
        .map(ProcessDetails::cpuTime)
        .or(
            () ->
                process
                    .userTime()
                    .flatMap(user -> process.systemTime().map(system -> user.plus(system))));
  }

  /** Returns the peak memory; empty if the kernel shows the JVM's instead. */
  public static OptionalLong peakMemory(Descendant process) {
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
