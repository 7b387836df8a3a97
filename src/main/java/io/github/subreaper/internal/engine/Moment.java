package io.github.subreaper.internal.engine;

import io.github.subreaper.internal.linux.BootClock;

/**
 * A time by the JVM's clock and by the one that births are noted by.
 *
 * @param nanos {@link System#nanoTime}
 * @param ticks in which it was, since the machine started
 */
record Moment(long nanos, long ticks) {
  static Moment now() {
    long nanos = System.nanoTime();
    return new Moment(nanos, BootClock.ticks());
  }
}
