package io.github.subreaper.internal.engine;

import io.github.subreaper.internal.linux.BootClock;
import io.github.subreaper.internal.linux.Procfs;

/** The kernel's clock of births, which counts in ticks, compared with {@link System#nanoTime}. */
final class Ticks {
  static final long NANOS = 1_000_000_000 / Procfs.TICKS_PER_SECOND;

  private Ticks() {}

  /** Returns a time in ticks, such as CPU time, in microseconds. */
  static long micros(long ticks) {
    return ticks * 1_000_000 / Procfs.TICKS_PER_SECOND;
  }

  /** Returns the beginning of a tick by {@link System#nanoTime}. */
  static long nanos(long ticks) {
    return System.nanoTime() - (BootClock.nanos() - ticks * NANOS);
  }

  /** Returns the end of a tick by {@link System#nanoTime}. */
  static long endNanos(long ticks) {
    return nanos(ticks + 1);
  }

  /** Returns the tick of a time. */
  static long of(long nanos) {
    return (BootClock.nanos() - (System.nanoTime() - nanos)) / NANOS;
  }
}
