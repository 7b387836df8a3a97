package io.github.subreaper.internal.linux;

import com.sun.jna.Native;

/** kill(2) on exactly one process, or on one process group. */
public final class Kill {
  private Kill() {}

  /** Tries the call; throws LinuxException if a sandbox denies it. */
  public static void probe() {
    if (LibC.kill((int) ProcessHandle.current().pid(), SignalNumber.PROBE) != 0) {
      LibC.failed("kill(2)");
    }
  }

  /** Returns 0 or the errno. A pid that names more than one process is refused. */
  public static int send(int pid, int signal) {
    if (pid <= 1) {
      throw new IllegalArgumentException("not the pid of one process below this one: " + pid);
    }
    return LibC.kill(pid, signal) == 0 ? 0 : Native.getLastError();
  }

  /** Returns 0 or the errno; nobody who is born while it is sent escapes it. */
  public static int sendToGroup(int leader, int signal) {
    if (leader <= 1) {
      throw new IllegalArgumentException("not a process group below this process: " + leader);
    }
    return LibC.kill(-leader, signal) == 0 ? 0 : Native.getLastError();
  }
}
