package io.github.subreaper.internal.linux.proc;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import io.github.subreaper.internal.linux.calls.Errno;
import io.github.subreaper.internal.linux.calls.LibC;
import io.github.subreaper.internal.linux.calls.LinuxException;
import io.github.subreaper.internal.linux.calls.WaitStatus;
import org.jspecify.annotations.Nullable;

/**
 * Waits for children, waitid(2), and collects them, wait4(2). The wait for any child is a doorbell:
 * it always has WNOWAIT and collects nothing. Collecting names one pid and never blocks.
 *
 * <p>An instance has the buffers of one thread.
 */
public class Wait {
  public static final int P_ALL = 0;
  public static final int P_PID = 1;
  public static final int WNOHANG = 1;
  public static final int WSTOPPED = 2;
  public static final int WEXITED = 4;
  public static final int WNOWAIT = 0x01000000;

  private static final String DOORBELL = "waitid(P_ALL, WNOWAIT)";

  private static final int CLD_EXITED = 1;
  private static final int CLD_KILLED = 2;
  private static final int CLD_DUMPED = 3;
  private static final int CLD_STOPPED = 5;

  // siginfo_t: si_code at 8; si_pid, si_uid, si_status behind it, aligned for the union
  public static final int SIGINFO_SIZE = 128;
  public static final int SI_CODE = 8;
  public static final int SI_PID = Native.POINTER_SIZE == 8 ? 16 : 12;
  public static final int SI_UID = SI_PID + 4;
  public static final int SI_STATUS = SI_PID + 8;

  private static final ThreadLocal<Wait> WAITS = ThreadLocal.withInitial(Wait::new);

  private final Memory siginfo = new Memory(SIGINFO_SIZE);
  private final Memory status = new Memory(4);
  private final Memory rusage = new Memory(256);
  private boolean hidden;

  /**
   * A child that has ended and can be collected.
   *
   * @param waitStatus encoded as wait(2) does
   * @param uid its real uid
   */
  public record Zombie(int pid, int uid, int waitStatus) {}

  /** The result of collecting a child: the wait status and getrusage(2) of the child. */
  public record Collected(int waitStatus, long userMicros, long systemMicros, long maxRssKb) {}

  /** Thrown by {@link #anyZombie} when this process has no child at all. */
  public static final class NoChildren extends Exception {
    private static final long serialVersionUID = 1L;

    public NoChildren() {
      super("no child processes", null, false, false);
    }
  }

  /** What a pid is to this process. */
  public enum Child {
    /** A child of this process that has not ended. */
    RUNS,
    /** A child that has ended, with all its threads, and is not collected. */
    ENDED,
    /** No child of this process, or no process at all. */
    NONE
  }

  public Wait() {}

  /** Tries the calls; throws LinuxException if a sandbox denies one. */
  public void probe() {
    int options = WEXITED | WNOWAIT | WNOHANG;
    require(DOORBELL, peekAny(false));
    int self = (int) ProcessHandle.current().pid(); // not its own child
    require("waitid(P_PID, WNOWAIT)", LibC.waitid(P_PID, self, siginfo, options));
    require("wait4(2)", LibC.wait4(self, status, WNOHANG, rusage));
  }

  private static void require(String call, int result) {
    int errno = result < 0 ? Native.getLastError() : 0;
    if (errno == Errno.EPERM || errno == Errno.EACCES || errno == Errno.ENOSYS) {
      throw new LinuxException(call, errno);
    }
  }

  /** Returns the instance of the calling thread. */
  public static Wait ofThisThread() {
    return WAITS.get();
  }

  /**
   * Returns any child that can be collected, and leaves it as it is: the doorbell.
   *
   * @return null if none has ended ({@code block} is false), or a signal interrupted the wait
   */
  public @Nullable Zombie anyZombie(boolean block) throws NoChildren {
    if (peekAny(block) != 0) {
      int errno = Native.getLastError();
      if (errno == Errno.ECHILD) {
        throw new NoChildren();
      }
      if (errno == Errno.EINTR) {
        return null;
      }
      throw new LinuxException(DOORBELL, errno);
    }
    return zombie();
  }

  /** Makes the only call that waits for any child. It collects none. */
  private int peekAny(boolean block) {
    siginfo.setInt(SI_PID, 0);
    return LibC.waitid(P_ALL, 0, siginfo, WEXITED | WNOWAIT | (block ? 0 : WNOHANG));
  }

  /** Returns this child's status if it has ended, with all its threads; null if not. */
  public @Nullable Zombie zombie(int pid) {
    siginfo.setInt(SI_PID, 0);
    if (LibC.waitid(P_PID, pid, siginfo, WEXITED | WNOWAIT | WNOHANG) != 0) {
      return null;
    }
    return zombie();
  }

  /** Returns what this pid is to this process, by one call. */
  public Child child(int pid) {
    siginfo.setInt(SI_PID, 0);
    if (LibC.waitid(P_PID, pid, siginfo, WEXITED | WNOWAIT | WNOHANG) != 0) {
      return Child.NONE;
    }
    return siginfo.getInt(SI_PID) != 0 && isEnd(siginfo.getInt(SI_CODE)) ? Child.ENDED : Child.RUNS;
  }

  /** Returns the signal that has stopped a child and that no wait has taken; 0 if unknown. */
  public int stopSignal(int pid) {
    siginfo.setInt(SI_PID, 0);
    if (LibC.waitid(P_PID, pid, siginfo, WSTOPPED | WNOWAIT | WNOHANG) != 0) {
      return 0;
    }
    boolean stopped =
        siginfo.getInt(SI_PID) == pid && siginfo.getInt(SI_CODE) == CLD_STOPPED; // no tracer's stop
    return stopped ? siginfo.getInt(SI_STATUS) : 0;
  }

  private @Nullable Zombie zombie() {
    int pid = siginfo.getInt(SI_PID);
    hidden = pid != 0 && !isEnd(siginfo.getInt(SI_CODE));
    if (pid == 0 || hidden) {
      return null;
    }
    return new Zombie(pid, siginfo.getInt(SI_UID), waitStatus(siginfo));
  }

  /**
   * Returns whether the last look found a stop of a traced process, which every wait of this
   * process is reported, asked for or not. It may hide a zombie.
   */
  public boolean mayHideZombie() {
    return hidden;
  }

  public static boolean isEnd(int code) {
    return code == CLD_EXITED || code == CLD_KILLED || code == CLD_DUMPED;
  }

  public static int waitStatus(Pointer siginfo) {
    int value = siginfo.getInt(SI_STATUS);
    int code = siginfo.getInt(SI_CODE);
    return code == CLD_EXITED
        ? WaitStatus.exited(value)
        : WaitStatus.signaled(value, code == CLD_DUMPED);
  }

  /**
   * Collects exactly this child, whose zombie the caller has seen: of a traced one that lives it
   * would take a stop from the tracing thread. Returns null if it is not a child of this process
   * now.
   */
  public @Nullable Collected collect(int pid) {
    if (LibC.wait4(pid, status, WNOHANG, rusage) != pid) {
      return null;
    }
    Pointer usage = rusage;
    int word = Native.LONG_SIZE;
    return new Collected(
        status.getInt(0),
        seconds(usage, 0) * 1_000_000 + seconds(usage, word),
        seconds(usage, 2L * word) * 1_000_000 + seconds(usage, 3L * word),
        seconds(usage, 4L * word));
  }

  private static long seconds(Pointer usage, long offset) {
    return Native.LONG_SIZE == 8 ? usage.getLong(offset) : usage.getInt(offset);
  }
}
