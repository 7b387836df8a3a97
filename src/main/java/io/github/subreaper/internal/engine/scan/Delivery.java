package io.github.subreaper.internal.engine.scan;

import io.github.subreaper.internal.engine.records.ProcessRecord;
import io.github.subreaper.internal.linux.Kernel;
import io.github.subreaper.internal.linux.calls.Errno;
import io.github.subreaper.internal.linux.calls.LinuxException;
import io.github.subreaper.internal.linux.proc.Pidfd;
import io.github.subreaper.internal.linux.proc.ProcessStat;

/**
 * Sends a signal to one process and to no other: by its pid only while that is pinned, else by a
 * descriptor that was opened before its identity was read.
 */
public final class Delivery {
  private Delivery() {}

  /**
   * Signals a process that has just been observed. The lock is held.
   *
   * @return 0 or the errno; ESRCH if it has ended
   */
  public static int send(Kernel kernel, ProcessRecord process, int signal) {
    Pidfd known = process.pidfd();
    if (known != null) {
      return known.send(signal); // right also for one that no wait pins, CLONE_AUTOREAP
    }
    if (process.isPinned()) {
      return kernel.kill.send(process.pid(), signal);
    }
    if (process.isOrWasHidden()) {
      return Errno.EPERM; // without a descriptor from first sight the pid may be another's by now
    }
    try (Pidfd opened = kernel.pidfd(process.pid())) {
      int errno = identify(kernel, process);
      return errno == 0 ? opened.send(signal) : errno;
    } catch (LinuxException e) {
      if (e.errno() != Errno.ENOSYS && e.errno() != Errno.EPERM) {
        return e.errno();
      }
      int errno = identify(kernel, process);
      return errno == 0 ? kernel.kill.send(process.pid(), signal) : errno;
    }
  }

  /**
   * Returns 0 if the pid is that of this process now, ESRCH if it has ended, EMFILE if that cannot
   * be read for want of a descriptor or memory.
   */
  private static int identify(Kernel kernel, ProcessRecord process) {
    long refusals = kernel.procfs.refusals();
    ProcessStat now = kernel.procfs.stat(process.pid());
    if (now == null && kernel.procfs.refusals() != refusals) {
      return Errno.EMFILE;
    }
    return now != null && process.is(now) ? 0 : Errno.ESRCH;
  }
}
