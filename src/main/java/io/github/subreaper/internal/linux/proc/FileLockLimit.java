package io.github.subreaper.internal.linux.proc;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import io.github.subreaper.internal.linux.calls.Block;
import io.github.subreaper.internal.linux.calls.Errno;
import io.github.subreaper.internal.linux.calls.LibC;
import io.github.subreaper.internal.linux.calls.LinuxException;
import io.github.subreaper.internal.linux.calls.ThreadMemory;

/**
 * Gets and sets the soft value of RLIMIT_LOCKS by prlimit(2). The limit has no effect since Linux
 * 2.4.25, is inherited over fork and exec, and can be read in {@code /proc/<pid>/limits} even of a
 * zombie.
 */
public class FileLockLimit {
  private static final int RLIMIT_LOCKS = 10;
  private static final ThreadMemory LIMITS = new ThreadMemory(16);

  private final Procfs procfs;

  public FileLockLimit(Procfs procfs) {
    this.procfs = procfs;
  }

  /**
   * Tries to set the limit of another thread to its present value: that shows what a sandbox allows
   * for another process. Throws LinuxException if it is refused.
   */
  public void probeOthers() {
    int self = (int) ProcessHandle.current().pid();
    for (int other : procfs.threads(Procfs.SELF)) {
      try {
        if (other != self) {
          set(other, get(other));
          return;
        }
      } catch (LinuxException e) {
        if (e.errno() != Errno.ESRCH) { // ESRCH: the thread has ended meanwhile
          throw e;
        }
      }
    }
  }

  /** Returns the soft limit of a process, 0 for this one; -1 is unlimited. */
  public long get(int pid) {
    try (Block limit = new Block(16)) {
      if (LibC.prlimit(pid, RLIMIT_LOCKS, null, limit) != 0) {
        LibC.failed("prlimit(RLIMIT_LOCKS)");
      }
      return limit.getLong(0);
    }
  }

  /** Returns the soft limit of a process or zombie; 0 if it is gone or another user's. */
  public long peek(int pid) {
    Memory limit = LIMITS.get();
    return LibC.prlimit(pid, RLIMIT_LOCKS, null, limit) == 0 ? limit.getLong(0) : 0;
  }

  /** Returns the hard limit of a process; -1 is unlimited. */
  public long getHard(int pid) {
    try (Block limit = new Block(16)) {
      if (LibC.prlimit(pid, RLIMIT_LOCKS, null, limit) != 0) {
        LibC.failed("prlimit(RLIMIT_LOCKS)");
      }
      return limit.getLong(8);
    }
  }

  /**
   * Sets the soft limit of a process if it has an expected value. If it had another one just then,
   * since its pid was reused, that is put back.
   *
   * @return whether it was set; false also if the process is gone or another user's
   */
  public boolean replace(int pid, long expected, long soft) {
    try (Block limit = new Block(16);
        Block before = new Block(16)) {
      if (LibC.prlimit(pid, RLIMIT_LOCKS, null, limit) != 0 || limit.getLong(0) != expected) {
        return false;
      }
      limit.setLong(0, soft);
      if (LibC.prlimit(pid, RLIMIT_LOCKS, limit, before) != 0) {
        return false;
      }
      if (before.getLong(0) != expected) {
        LibC.prlimit(pid, RLIMIT_LOCKS, before, null);
        return false;
      }
      return true;
    }
  }

  /** Sets the soft limit and leaves the hard one as it is. */
  public void set(int pid, long soft) {
    try (Block limit = new Block(16)) {
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
