package io.github.subreaper.internal.linux;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.NativeLong;

/**
 * The clock that the kernel notes births by, CLOCK_BOOTTIME of clock_gettime(2), Linux 2.6.39.
 * {@code /proc/uptime} may be another's: in containers with lxcfs it counts from the container's
 * start, and the start times of proc(5) do not.
 */
public final class BootClock {
  private static final int CLOCK_BOOTTIME = 7;

  private BootClock() {}

  /** Nanoseconds since the machine started, sleep included. */
  public static long nanos() {
    try (Memory time = new Memory(2L * NativeLong.SIZE)) {
      if (LibC.clock_gettime(CLOCK_BOOTTIME, time) != 0) {
        throw new LinuxException("clock_gettime(CLOCK_BOOTTIME)", Native.getLastError());
      }
      long seconds = time.getNativeLong(0).longValue();
      return seconds * 1_000_000_000 + time.getNativeLong(NativeLong.SIZE).longValue();
    }
  }

  /** The same in the unit of start times, rounded down as those are. */
  public static long ticks() {
    return nanos() / (1_000_000_000 / Procfs.TICKS_PER_SECOND);
  }

  /** How long ago a process started, in seconds. */
  public static double age(long startTicks) {
    return nanos() / 1e9 - (double) startTicks / Procfs.TICKS_PER_SECOND;
  }
}
