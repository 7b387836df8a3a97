package io.github.subreaper.internal.linux;

import com.sun.jna.Memory;
import com.sun.jna.Native;

/**
 * The soft value of RLIMIT_LOCKS through prlimit(2): without effect since Linux 2.4.25, inherited
 * over fork and exec, and readable in {@code /proc/<pid>/limits} even of a zombie.
 */
public final class FileLockLimit {
  private static final int RLIMIT_LOCKS = 10;
  private static final ThreadLocal<Memory> LIMITS = ThreadLocal.withInitial(() -> new Memory(16));

  private FileLockLimit() {}

  /**
   * Tries to set the limit by the id of another thread, as the one that it is: what a sandbox says
   * to a process that sets another's. Throws LinuxException if it is refused.
   */
  public static void probeOthers() {
    int self = (int) ProcessHandle.current().pid();
    for (int other : Procfs.threads(Procfs.SELF)) {
      try {
        if (other != self) {
          set(other, get(other));
          return;
        }
      } catch (LinuxException e) {
        if (e.errno() != Errno.ESRCH) { // a thread that has ended meanwhile
          throw e;
        }
      }
    }
  }

  /** The soft limit of a process, 0 for this one; -1 is unlimited. */
  public static long get(int pid) {
    try (Memory limit = new Memory(16)) {
      if (LibC.prlimit(pid, RLIMIT_LOCKS, null, limit) != 0) {
        LibC.failed("prlimit(RLIMIT_LOCKS)");
      }
      return limit.getLong(0);
    }
  }

  /** The soft limit of a process, or a zombie; 0 if it is gone or another user's. */
  public static long peek(int pid) {
    Memory limit = LIMITS.get();
    return LibC.prlimit(pid, RLIMIT_LOCKS, null, limit) == 0 ? limit.getLong(0) : 0;
  }

  /** The hard limit of a process; -1 is unlimited. */
  public static long getHard(int pid) {
    try (Memory limit = new Memory(16)) {
      if (LibC.prlimit(pid, RLIMIT_LOCKS, null, limit) != 0) {
        LibC.failed("prlimit(RLIMIT_LOCKS)");
      }
      return limit.getLong(8);
    }
  }

  /** Sets the soft limit and leaves the hard one as it is. */
  public static void set(int pid, long soft) {
    try (Memory limit = new Memory(16)) {
      if (LibC.prlimit(pid, RLIMIT_LOCKS, null, limit) != 0) {
        LibC.failed("prlimit(RLIMIT_LOCKS)");
      }
      limit.setLong(0, soft);
      if (LibC.prlimit(pid, RLIMIT_LOCKS, limit, null) != 0) {
        throw new LinuxException("prlimit(RLIMIT_LOCKS)", Native.getLastError());
      }
    }
  }
}
