package io.github.subreaper.internal.linux.calls;

import com.sun.jna.Memory;
import com.sun.jna.Native;

/**
 * Reads CLOCK_BOOTTIME of clock_gettime(2), Linux 2.6.39: the clock of the kernel's start times.
 * {@code /proc/uptime} does not replace it: in containers with lxcfs it counts from the container's
 * start, and the start times of proc(5) do not.
 */
public final class BootClock {
  private static final int CLOCK_BOOTTIME = 7;
  private static final ThreadMemory BUFFERS = new ThreadMemory(2 * Native.LONG_SIZE);

  private BootClock() {}

  /** Returns nanoseconds since the machine started, including suspended time. */
  public static long nanos() {
    Memory time = BUFFERS.get();
    if (LibC.clock_gettime(CLOCK_BOOTTIME, time) != 0) {
      throw new LinuxException("clock_gettime(CLOCK_BOOTTIME)", Native.getLastError());
    }
    return word(time, 0) * 1_000_000_000 + word(time, Native.LONG_SIZE);
  }

  private static long word(Memory time, int offset) {
    return Native.LONG_SIZE == Long.BYTES ? time.getLong(offset) : time.getInt(offset);
  }
}
