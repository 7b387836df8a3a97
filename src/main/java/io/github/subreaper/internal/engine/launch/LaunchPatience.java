package io.github.subreaper.internal.engine.launch;

import io.github.subreaper.internal.engine.records.LaunchRecord;
import io.github.subreaper.internal.engine.records.Scope;
import io.github.subreaper.internal.engine.spawn.Patience;
import io.github.subreaper.internal.engine.spawn.Spawner;
import io.github.subreaper.internal.engine.values.ScopeEndedException;
import io.github.subreaper.internal.linux.Kernel;
import io.github.subreaper.internal.linux.Time;
import io.github.subreaper.internal.text.Durations;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Gives up a launch whose process sleeps before its program runs: at an interrupt, at the end of
 * its scope, or after the time that waits of the scope may take.
 */
final class LaunchPatience implements Patience {
  /** Waits may be configured to be shorter than some disks take. */
  private static final long LEAST_NANOS = 10_000_000_000L;

  private static final int S_IFMT = 0170000;
  private static final int S_IFIFO = 0010000;

  private final Kernel kernel;
  private final Time time;
  private final LaunchRecord launch;
  private final String command;

  LaunchPatience(Kernel kernel, Time time, LaunchRecord launch) {
    this.kernel = kernel;
    this.time = time;
    this.launch = launch;
    this.command = launch.spec.words();
  }

  @Override
  public @Nullable RuntimeException end() {
    Scope scope = launch.scope();
    long waited = time.nanos() - launch.startedNanos;
    if (!scope.isOpen()) {
      return new ScopeEndedException("launch `" + command + "` in", scope.name());
    }
    if (Thread.currentThread().isInterrupted()) {
      return launch.spec.failure(
          "the launching thread was interrupted while the process waited for " + why());
    }
    if (waited >= Math.max(LEAST_NANOS, Durations.nanos(scope.policy().await()))) {
      return launch.spec.failure(
          String.format(
              Locale.ROOT, "after %.1f s the process still waited for %s", waited / 1e9, why()));
    }
    return null;
  }

  @Override
  public boolean isDeadlocked(int pid, int tid, long nanos) {
    return nanos >= Spawner.STUCK_NANOS && kernel.emulation.isDeadlocked(pid, tid);
  }

  private String why() {
    Path input = launch.streams.input();
    return isFifo(input)
        ? "a writer of its standard input, the FIFO "
            + input
            + ". To fix: open the FIFO for writing before the launch, or in another thread"
        : "a file system or a device: that of its program, its directory or its standard input "
            + input
            + ". To fix: see that `cat` of these ends";
  }

  private static boolean isFifo(Path input) {
    try {
      return ((int) Files.getAttribute(input, "unix:mode") & S_IFMT) == S_IFIFO;
    } catch (IOException | RuntimeException e) {
      return false;
    }
  }
}
