package io.github.subreaper.internal.linux;

import com.sun.jna.Native;

/** kill(2) on exactly one process. */
public final class Kill {
  private Kill() {}

  /** Returns 0 or the errno. A pid that names more than one process is refused. */
  public static int send(int pid, int signal) {
    if (pid <= 1) {
      throw new IllegalArgumentException("not the pid of one process below this one: " + pid);
    }
    return LibC.kill(pid, signal) == 0 ? 0 : Native.getLastError();
  }
}
