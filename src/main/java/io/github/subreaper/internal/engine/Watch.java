package io.github.subreaper.internal.engine;

import io.github.subreaper.internal.linux.Errno;
import io.github.subreaper.internal.linux.LinuxException;
import io.github.subreaper.internal.linux.Pidfd;
import io.github.subreaper.internal.linux.ProcessStat;
import io.github.subreaper.internal.linux.Procfs;

/**
 * Keeps descriptors of processes that others reap: they identify the process, wake the watcher at
 * its end, and give its status (Linux 6.15). The lock is held.
 */
final class Watch {
  private final Registry registry;

  /** The rest of the descriptors is for everything else in this JVM. */
  private final long mostPidfds;

  private final String tooManyToWatch;

  Watch(Registry registry) {
    this.registry = registry;
    long descriptors = Procfs.openFileLimit();
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
    if (pidfd != null) {
      pidfd.realUid().ifPresent(process.observed()::ownedBy);
    }
  }

  /** Opens a descriptor of a process that another one reaps: it gives the status (Linux 6.15). */
  void open(ProcessRecord process) {
    if (registry.watchList.size() >= mostPidfds) {
      process.unwatched(tooManyToWatch);
      return;
    }
    try {
      Pidfd pidfd = Pidfd.open(process.pid());
      ProcessStat now = Procfs.stat(process.pid());
      if (now != null && process.is(now)) {
        registry.watchList.watch(process, pidfd);
      } else {
        pidfd.close();
      }
    } catch (LinuxException e) {
      process.unwatched(e.errno() == Errno.ESRCH ? null : e.getMessage());
    }
  }

  static String whyNot(ProcessRecord process) {
    return process.unwatched() == null
        ? ""
        : "; it was not watched, by which a status is known from Linux 6.15 on: "
            + process.unwatched();
  }
}
