package io.github.subreaper.internal.engine.scan;

import io.github.subreaper.internal.linux.Kernel;
import io.github.subreaper.internal.linux.LastPid;
import io.github.subreaper.internal.linux.Time;

/**
 * Watches for births on the whole machine. As long as no process or thread is born in the pid
 * namespace, the latest pid that it has given out stays the same ({@code ns_last_pid}, Linux 3.3
 * with CONFIG_CHECKPOINT_RESTORE).
 *
 * <p>The number is also the same after it has gone round once. So it has to be read often enough
 * that no code can fork that much in between. A process that is born with a chosen pid (clone3(2))
 * does not change the number; but its maker is a process, too.
 */
final class Births {
  private static final int LEAST_NUMBERS = 32_768;
  private static final long LONGEST_NANOS = 10_000_000;

  private final Time time;
  private final LastPid latest;
  private final boolean manyPids;
  private int last;
  private long askedNanos;

  Births(Kernel kernel, Time time, LastPid latest) {
    this.time = time;
    this.latest = latest;
    this.manyPids = areManyPids(kernel);
  }

  /**
   * Returns whether pids cannot go round within moments. The latest one proves a birth even where
   * it shows none that was: see {@link NewPids}.
   */
  static boolean areManyPids(Kernel kernel) {
    return kernel.procfs.largestPid() >= LEAST_NUMBERS;
  }

  /**
   * Returns whether no process was born after one that has not been collected: its pid, which can't
   * be given out again, is still the latest. A process with a chosen pid does not count: it may be
   * scanned after the end of its maker has been reported.
   */
  boolean noneAfter(int pid) {
    return latest.read() == pid;
  }

  /** Starts to watch. */
  void watch() {
    askedNanos = time.nanos();
    last = manyPids ? latest.read() : 0;
  }

  /** Returns whether certainly no process was born since. Once it is false it stays false. */
  boolean none() {
    if (last <= 0) {
      return false;
    }
    long before = askedNanos;
    askedNanos = time.nanos();
    if (latest.read() != last || time.nanos() - before >= LONGEST_NANOS) {
      last = 0;
    }
    return last > 0;
  }
}
