package io.github.subreaper.internal.engine;

import io.github.subreaper.internal.linux.BootClock;

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
}
