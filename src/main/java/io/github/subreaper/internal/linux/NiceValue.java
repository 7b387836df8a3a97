package io.github.subreaper.internal.linux;

import com.sun.jna.Native;

/** Sets the nice value, setpriority(2), of a process that has one thread. */
public final class NiceValue {
  private static final int PRIO_PROCESS = 0;

  private NiceValue() {}

  public static void set(int pid, int nice) {
    if (LibC.setpriority(PRIO_PROCESS, pid, nice) != 0) {
      throw new LinuxException("setpriority(2)", Native.getLastError());
    }
  }
}
