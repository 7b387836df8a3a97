package io.github.subreaper.internal.linux;

import com.sun.jna.Memory;
import com.sun.jna.Native;

/**
 * Reads CLOCK_BOOTTIME of clock_gettime(2), Linux 2.6.39: the clock of the kernel's start times.
 * {@code /proc/uptime} is no substitute: in containers with lxcfs it counts from the container's
 * start, and the start times of proc(5) do not.
 */
public final class BootClock {
  private static final int CLOCK_BOOTTIME = 7;
  private static final int READINGS = 5;
  private static final ThreadLocal<Memory> BUFFERS =
      ThreadLocal.withInitial(() -> new Memory(2L * Native.LONG_SIZE));

  private BootClock() {}

  /** Returns nanoseconds since the machine started, including suspended time. */
  public static long nanos() {
    Memory time = BUFFERS.get();
    if (LibC.clock_gettime(CLOCK_BOOTTIME, time) != 0) {
      throw new LinuxException("clock_gettime(CLOCK_BOOTTIME)", Native.getLastError());
    }
    return word(time, 0) * 1_000_000_000 + word(time, Native.LONG_SIZE);
  }

  /**
   * Returns how far it is ahead of {@link System#nanoTime}, by the closest of several pairs of
   * readings: a thread may lose its CPU between two.
   */
  public static long aheadOfNanoTime() {
    long ahead = 0;
    long closest = Long.MAX_VALUE;
    for (int i = 0; i < READINGS; i++) {
      long before = System.nanoTime();
      long boot = nanos();
      long apart = System.nanoTime() - before;
      if (apart < closest) {
        closest = apart;
        ahead = boot - before - apart / 2;
      }
    }
    return ahead;
  }

  private static long word(Memory time, int offset) {
    return Native.LONG_SIZE == Long.BYTES ? time.getLong(offset) : time.getInt(offset);
  }

  /** Returns the same in clock ticks, the unit of start times, rounded down as those are. */
  public static long ticks() {
    return nanos() / (1_000_000_000 / Procfs.TICKS_PER_SECOND);
  }

  /** Returns how long ago a process started, in seconds. */
  public static double age(long startTicks) {
    return nanos() / 1e9 - (double) startTicks / Procfs.TICKS_PER_SECOND;
  }
}
