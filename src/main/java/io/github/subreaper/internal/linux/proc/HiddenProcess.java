package io.github.subreaper.internal.linux.proc;

import io.github.subreaper.internal.linux.calls.Errno;
import io.github.subreaper.internal.linux.calls.Kill;
import io.github.subreaper.internal.linux.calls.LibC;
import io.github.subreaper.internal.linux.calls.LinuxException;
import io.github.subreaper.internal.linux.calls.SignalNumber;
import io.github.subreaper.internal.linux.proc.Wait.Child;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What system calls show about a process that {@code /proc} does not show. With {@code hidepid},
 * proc(5) hides other users' processes, set-user-ID programs and those that are not dumpable,
 * though they are in the lists of children and can be waited for and signalled.
 */
final class HiddenProcess {
  private static final String OPTION = " hidepid=";

  private static final int SELF = (int) ProcessHandle.current().pid();

  private HiddenProcess() {}

  /**
   * Returns whether {@code /proc} is mounted with hidepid, by proc_pid_mountinfo(5). Of several
   * mounts in one place the last one is visible.
   */
  static boolean isPossible(List<String> mounts) {
    boolean hides = false;
    for (String line : mounts) {
      int half = line.indexOf(" - ");
      String[] fields = line.split(" ", -1);
      if (half >= 0 && fields.length > 4 && fields[4].equals("/proc")) {
        String options = line.substring(half).replace(',', ' ');
        int option = options.indexOf(OPTION);
        String value = option < 0 ? "" : options.substring(option + OPTION.length());
        hides = option >= 0 && !value.startsWith("0") && !value.startsWith("off");
      }
    }
    return hides;
  }

  /** Returns whether a process whose file can't be opened with this errno may only be hidden. */
  static boolean isReason(int errno, boolean possible) {
    return errno == Errno.EPERM || errno == Errno.EACCES || (errno == Errno.ENOENT && possible);
  }

  /** Returns whether this process traces one that is not its child (Linux 6.13). */
  static boolean isTraced(int pid) {
    if (Wait.ofThisThread().child(pid) == Child.NONE) {
      return false;
    }
    try (Pidfd process = Pidfd.open(pid, null)) {
      return process.parent().orElse(SELF) != SELF;
    } catch (LinuxException e) {
      return false;
    }
  }

  /** Returns whether an id is that of a thread, and of no process: it has no pidfd. */
  static boolean isSecondThread(int tid) {
    try {
      Pidfd.open(tid, null).close();
      return false;
    } catch (LinuxException e) {
      return isOfSecondThread(e);
    }
  }

  /** Returns whether pidfd_open(2) has refused the id of a thread; ENOENT since Linux 6.9. */
  private static boolean isOfSecondThread(LinuxException refusal) {
    return refusal.errno() == Errno.EINVAL || refusal.errno() == Errno.ENOENT;
  }

  /**
   * Returns what replaces {@code /proc/<pid>/stat}, without name and start time. The parent is 0
   * where the kernel does not show it: before Linux 6.13, of a process that is not a child of this
   * one.
   *
   * @return null if there is no such process
   */
  static @Nullable ProcessStat stat(int pid, long readNanos) {
    if (pid <= 1 || Kill.call(pid, SignalNumber.PROBE) == Errno.ESRCH) {
      return null;
    }
    Child child = Wait.ofThisThread().child(pid);
    int parent = child == Child.NONE ? 0 : SELF;
    boolean ended = child == Child.ENDED;
    try (Pidfd process = Pidfd.open(pid, null)) {
      parent = process.parent().orElse(parent); // a traced one can be waited for, too
      ended = child == Child.NONE ? process.hasEnded() : ended;
    } catch (LinuxException e) {
      if (child == Child.NONE && e.errno() == Errno.ESRCH) {
        return null;
      }
      if (isOfSecondThread(e)) {
        parent = 0; // a traced thread, which can be waited for, too
      }
    }
    int session = LibC.getsid(pid);
    int group = LibC.getpgid(pid);
    if (session < 0 || group < 0) {
      return null; // it has gone meanwhile
    }
    return new ProcessStat(
        pid,
        ProcessStat.NO_NAME,
        ended ? 'Z' : '?',
        parent,
        group,
        session,
        0,
        -1,
        0,
        0,
        0,
        1,
        ProcessStat.HIDDEN,
        readNanos);
  }
}
