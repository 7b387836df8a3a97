package io.github.subreaper.internal.engine;

import io.github.subreaper.internal.linux.BootClock;
import io.github.subreaper.internal.linux.Procfs;
import java.util.concurrent.TimeUnit;

/**
 * A time by the clock of the JVM and by that in which the kernel counts births.
 *
 * @param nanos {@link System#nanoTime}
 * @param ticks that had passed by then since the machine started
 */
record Moment(long nanos, long ticks) {
  static Moment now() {
    long nanos = System.nanoTime();
    return new Moment(nanos, BootClock.ticks());
  }

  /** Returns a time that has passed; its tick may be one too early. */
  static Moment at(long nanos) {
    long tick = TimeUnit.SECONDS.toNanos(1) / Procfs.TICKS_PER_SECOND;
    return new Moment(nanos, BootClock.ticks() - (System.nanoTime() - nanos) / tick - 1);
  }
}
