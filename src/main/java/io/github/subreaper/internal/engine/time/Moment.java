package io.github.subreaper.internal.engine.time;

import io.github.subreaper.internal.linux.Time;
import io.github.subreaper.internal.linux.proc.Procfs;
import java.util.concurrent.TimeUnit;

/**
 * A time by the clock of the JVM and by that in which the kernel counts births.
 *
 * @param nanos {@link System#nanoTime}
 * @param ticks that had passed by then since the machine started
 */
public record Moment(long nanos, long ticks) {
  public static Moment now(Time time) {
    long nanos = time.nanos();
    return new Moment(nanos, time.bootTicks());
  }

  /** Returns a time that has passed; its tick may be one too early. */
  public static Moment at(Time time, long nanos) {
    long tick = TimeUnit.SECONDS.toNanos(1) / Procfs.TICKS_PER_SECOND;
    return new Moment(nanos, time.bootTicks() - (time.nanos() - nanos) / tick - 1);
  }
}
