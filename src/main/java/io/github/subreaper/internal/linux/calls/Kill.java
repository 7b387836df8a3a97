package io.github.subreaper.internal.linux.calls;

import com.sun.jna.Native;

/** Sends signals by kill(2), to exactly one process or one process group. */
public class Kill {
  public Kill() {}

  /** Tries the call; throws LinuxException if a sandbox denies it. */
  public void probe() {
    if (LibC.kill((int) ProcessHandle.current().pid(), SignalNumber.PROBE) != 0) {
      LibC.failed("kill(2)");
    }
  }

  /** Returns 0 or the errno. A pid that names more than one process is refused. */
  public int send(int pid, int signal) {
    if (pid <= 1) {
      throw new IllegalArgumentException("not the pid of one process below this one: " + pid);
    }
    return call(pid, signal);
  }

  /**
   * Returns 0 or the errno. The kernel signals the whole group: a process that is born meanwhile
   * cannot escape.
   */
  public int sendToGroup(int leader, int signal) {
    if (leader <= 1) {
      throw new IllegalArgumentException("not a process group below this process: " + leader);
    }
    return call(-leader, signal);
  }

  public static int call(int which, int signal) {
    return LibC.kill(which, signal) == 0 ? 0 : Native.getLastError();
  }
}
