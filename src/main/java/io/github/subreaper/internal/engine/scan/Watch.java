package io.github.subreaper.internal.engine.scan;

import io.github.subreaper.internal.engine.records.ProcessRecord;
import io.github.subreaper.internal.engine.records.Registry;
import io.github.subreaper.internal.linux.Kernel;
import io.github.subreaper.internal.linux.Time;
import io.github.subreaper.internal.linux.calls.Errno;
import io.github.subreaper.internal.linux.calls.LinuxException;
import io.github.subreaper.internal.linux.proc.Pidfd;
import io.github.subreaper.internal.linux.proc.ProcessStat;

/**
 * Keeps descriptors of processes: they identify a process, wake the watcher at its end, and give
 * the status of what others reap (Linux 6.15). The lock is held.
 */
public final class Watch {
  private static final String COLLECTED = "it was collected before it could be watched";

  private final Kernel kernel;
  private final Time time;
  private final Registry registry;

  /** No machine gives out all of its pids in so short a time. */
  private static final long ONE_PROCESS_NANOS = 10_000_000;

  private static final int ORPHANS_SHARE = 2;

  /** The rest of the descriptors is for everything else in this JVM. */
  private final long mostPidfds;

  private final String tooManyToWatch;

  public Watch(Kernel kernel, Time time, Registry registry) {
    this.kernel = kernel;
    this.time = time;
    this.registry = registry;
    long descriptors = kernel.procfs.openFileLimit();
    mostPidfds = descriptors / 2;
    tooManyToWatch =
        "more than "
            + mostPidfds
            + " processes were watched at once, half of this JVM's descriptor limit"
            + (" (RLIMIT_NOFILE " + descriptors + ")");
  }

  /** Its user may change without a trace; and a descriptor may be free by now. */
  void observeOwner(ProcessRecord process) {
    if (process.unwatched() != null && !process.isTraced()) {
      open(process);
    }
    Pidfd pidfd = process.pidfd();
    boolean mayChange = !process.observed().isZombie() || process.uid().isEmpty();
    if (pidfd != null && mayChange && (process.isHidden() || !process.isPinned())) {
      pidfd.realUid().ifPresent(process.observed()::ownedBy);
    }
  }

  /** Only the reaper collects it from now on: to watch it is of use, but others need it more. */
  void adopted(ProcessRecord process) {
    if (process.isPinned()
        && !process.isHidden()
        && registry.watchList.size() >= mostPidfds / ORPHANS_SHARE) {
      registry.watchList.unwatch(process);
    }
  }

  /** Opens a descriptor of a process that another one reaps: it gives the status (Linux 6.15). */
  public void open(ProcessRecord process) {
    if (registry.isClosed()) {
      return; // for a scan that outlasts the activation: it would stay open for ever
    }
    if (registry.watchList.size() >= mostPidfds) {
      process.unwatched(tooManyToWatch);
      return;
    }
    try {
      keep(process, kernel.pidfd(process.pid()));
    } catch (LinuxException e) {
      process.unwatched(e.errno() == Errno.ESRCH ? COLLECTED : e.getMessage());
    }
  }

  /**
   * Keeps a descriptor that was opened by pid, if it is of this process. The descriptor of one that
   * was collected meanwhile still has its status.
   */
  public void keep(ProcessRecord process, Pidfd pidfd) {
    ProcessStat now = kernel.procfs.stat(process.pid());
    boolean same =
        now == null ? time.nanos() - process.firstSeenNanos() < ONE_PROCESS_NANOS : process.is(now);
    if (same) {
      registry.watchList.watch(process, pidfd);
    } else {
      pidfd.close();
      process.unwatched(COLLECTED);
    }
  }

  public static String whyNot(ProcessRecord process) {
    return process.unwatched() == null
        ? ""
        : "; it was not watched, by which a status is known from Linux 6.15 on: "
            + process.unwatched();
  }
}
