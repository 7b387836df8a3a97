package io.github.subreaper.internal.linux.ptrace;

import static io.github.subreaper.internal.linux.proc.Wait.P_ALL;
import static io.github.subreaper.internal.linux.proc.Wait.P_PID;
import static io.github.subreaper.internal.linux.proc.Wait.WEXITED;
import static io.github.subreaper.internal.linux.proc.Wait.WNOHANG;
import static io.github.subreaper.internal.linux.proc.Wait.WNOWAIT;
import static io.github.subreaper.internal.linux.proc.Wait.WSTOPPED;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import io.github.subreaper.internal.linux.calls.Errno;
import io.github.subreaper.internal.linux.calls.LibC;
import io.github.subreaper.internal.linux.calls.LinuxException;
import io.github.subreaper.internal.linux.proc.Wait;

/**
 * Waits, waitid(2), for what the calling thread traces, and for nothing else: a wait for one's own
 * children is in {@link Wait}. The wait for any of them always has WNOWAIT and takes nothing;
 * taking names one thread. For the tracing thread only.
 */
public class TracedWait {
  private static final int WNOTHREAD = 0x20000000;
  private static final int WALL = 0x40000000;
  private static final int OURS = WALL | WNOTHREAD;

  public final Memory siginfo = new Memory(Wait.SIGINFO_SIZE);

  /** What a wait came back with. */
  public enum Found {
    /** A thread has stopped, or a thread or process has ended: see the other methods. */
    SOMETHING,
    /** Nothing yet, or a signal interrupted the wait. */
    NOTHING,
    /** Nothing is traced any more. */
    OVER
  }

  public TracedWait() {}

  /**
   * Tries the call, which takes these options since Linux 4.7.
   *
   * @return 0 or the errno
   */
  public int probe() {
    try {
      any(true, false);
      return 0;
    } catch (LinuxException e) {
      return e.errno();
    }
  }

  /**
   * Peeks at any event.
   *
   * @param ends whether to see ends, too: a zombie that another thread has to collect would hide
   *     all behind it
   */
  public Found any(boolean ends, boolean block) {
    int options = WSTOPPED | WNOWAIT | OURS | (ends ? WEXITED : 0) | (block ? 0 : WNOHANG);
    return wait(P_ALL, 0, options);
  }

  /** Makes the call; a simulation answers it. */
  public Found wait(int type, int id, int options) {
    siginfo.setInt(Wait.SI_PID, 0);
    if (LibC.waitid(type, id, siginfo, options) != 0) {
      int errno = Native.getLastError();
      if (errno != Errno.ECHILD && errno != Errno.EINTR) {
        throw new LinuxException("waitid(__WALL | __WNOTHREAD)", errno);
      }
      return errno == Errno.ECHILD ? Found.OVER : Found.NOTHING;
    }
    return tid() == 0 ? Found.NOTHING : Found.SOMETHING;
  }

  /** Returns the thread; that of an ended process is its pid. */
  public int tid() {
    return siginfo.getInt(Wait.SI_PID);
  }

  /** Returns whether it is a stop and no end. */
  public boolean isStop() {
    return !Wait.isEnd(siginfo.getInt(Wait.SI_CODE));
  }

  /** Returns the code of a stop: the event in the second byte, a signal in the first. */
  public int stop() {
    return siginfo.getInt(Wait.SI_STATUS);
  }

  /** Returns how it ended, encoded as wait(2) does. */
  public int waitStatus() {
    return Wait.waitStatus(siginfo);
  }

  /**
   * Takes the stop of one thread, so that no other wait sees it.
   *
   * @return false if there is none any more
   */
  public boolean takeStop(int tid) {
    return wait(P_PID, tid, WSTOPPED | WNOHANG | OURS) == Found.SOMETHING;
  }

  /** Returns whether a stop of this thread waits to be taken. */
  boolean isStopped(int tid) {
    return wait(P_PID, tid, WSTOPPED | WNOHANG | WNOWAIT | OURS) == Found.SOMETHING;
  }

  /** Returns whether the calling thread traces this one. */
  public boolean isOurs(int tid) {
    return wait(P_PID, tid, WSTOPPED | WEXITED | WNOHANG | WNOWAIT | OURS) != Found.OVER;
  }

  /** Peeks at the end of one thread or process; OVER if it is traced no longer. */
  public Found end(int tid) {
    Found found = wait(P_PID, tid, WEXITED | WNOHANG | WNOWAIT | OURS);
    return found == Found.SOMETHING && isStop() ? Found.NOTHING : found; // a tracer gets both
  }

  /** Collects one that has ended: a thread is freed, a process goes to its parent. */
  public void collect(int tid) {
    wait(P_PID, tid, WEXITED | WNOHANG | OURS);
  }
}
