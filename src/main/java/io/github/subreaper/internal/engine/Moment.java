package io.github.subreaper.internal.engine;

import io.github.subreaper.internal.linux.Procfs;

/**
 * A time by the JVM's clock and by the one that processes are born by.
 *
 * @param nanos {@link System#nanoTime}
 * @param ticks since boot, rounded down; {@link Long#MAX_VALUE} if they can't be told now
 */
record Moment(long nanos, long ticks) {
  static Moment now() {
    long nanos = System.nanoTime();
    double uptime = Procfs.uptime();
    return new Moment(
        nanos, uptime > 0 ? (long) (uptime * Procfs.TICKS_PER_SECOND) : Long.MAX_VALUE);
  }
}
