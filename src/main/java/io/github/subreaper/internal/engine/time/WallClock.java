package io.github.subreaper.internal.engine.time;

import io.github.subreaper.internal.linux.Time;
import io.github.subreaper.internal.linux.proc.Procfs;
import java.time.Instant;

/**
 * Converts times of the kernel's boot clock to wall-clock times. The boot time is read once, so a
 * later step of the wall clock has no effect.
 */
public final class WallClock {
  private static final int READINGS = 5;

  private final Time time;
  private final Instant boot;

  public WallClock(Time time) {
    this.time = time;
    boot = boot();
  }

  /**
   * Reads both clocks several times and takes the closest pair: a thread may lose its CPU between
   * the two readings.
   */
  private Instant boot() {
    Instant boot = Instant.EPOCH;
    long closest = Long.MAX_VALUE;
    for (int i = 0; i < READINGS; i++) {
      long before = time.bootNanos();
      Instant wall = time.now();
      long apart = time.bootNanos() - before;
      if (apart < closest) {
        closest = apart;
        boot = wall.minusNanos(before + apart / 2);
      }
    }
    return boot;
  }

  /** Returns the present time, which can be compared with start times. */
  public Instant now() {
    return boot.plusNanos(time.bootNanos());
  }

  /** Returns the time of a reading of the boot clock. */
  public Instant at(long bootNanos) {
    return boot.plusNanos(bootNanos);
  }

  /** Returns the time of a number of clock ticks after boot. */
  public Instant atTicks(long ticks) {
    return boot.plusMillis(ticks * 1000 / Procfs.TICKS_PER_SECOND);
  }
}
