package io.github.subreaper.internal.engine.time;

import io.github.subreaper.internal.linux.Time;
import io.github.subreaper.internal.linux.proc.Procfs;

/** The kernel's clock of births, which counts in ticks, compared with {@link System#nanoTime}. */
public final class Ticks {
  public static final long NANOS = 1_000_000_000 / Procfs.TICKS_PER_SECOND;

  private Ticks() {}

  /** Returns a time in ticks, such as CPU time, in microseconds. */
  public static long micros(long ticks) {
    return ticks * 1_000_000 / Procfs.TICKS_PER_SECOND;
  }

  /** Returns the beginning of a tick by {@link System#nanoTime}. */
  public static long nanos(Time time, long ticks) {
    return ticks * NANOS - time.bootAhead();
  }

  /** Returns the end of a tick by {@link System#nanoTime}. */
  public static long endNanos(Time time, long ticks) {
    return nanos(time, ticks + 1);
  }

  /** Returns how long ago a process started, in seconds. */
  public static double age(Time time, long startTicks) {
    return time.bootNanos() / 1e9 - (double) startTicks / Procfs.TICKS_PER_SECOND;
  }

  public static long of(Time time, long nanos) {
    return (nanos + time.bootAhead()) / NANOS;
  }
}
