package io.github.subreaper.internal.engine.records;

import static io.github.subreaper.internal.engine.records.ProcessRecord.End;
import static io.github.subreaper.internal.linux.calls.SignalNumber.SIGHUP;
import static io.github.subreaper.internal.linux.calls.SignalNumber.SIGKILL;

import io.github.subreaper.internal.engine.values.OwnSession;
import io.github.subreaper.internal.linux.Kernel;
import io.github.subreaper.internal.linux.proc.ProcessStat;
import java.util.OptionalInt;

/** Decides how a process came to its end: by itself, by the stop signal, or by the kill. */
final class CauseOfDeath {
  private static final int SIGNAL_BITS = 0x7f;

  private final Kernel kernel;
  private final OwnSession own;

  /**
   * Takes the session of this JVM.
   *
   * @param own has the JVM as the parent of its orphans, so its groups are never orphaned
   */
  CauseOfDeath(Kernel kernel, OwnSession own) {
    this.kernel = kernel;
    this.own = own;
  }

  /**
   * Returns how a process ended: by itself unless it, or a process that it was seen below, had been
   * signalled before. A daemon ends its workers when it gets the stop signal; the death of a killed
   * one may end them too.
   */
  End of(ProcessRecord process, int waitStatus) {
    int signal = waitStatus & SIGNAL_BITS;
    if (signal == SIGHUP && mayBeHungUp(process)) {
      return End.KILL;
    }
    if (process.ending().isByItself()) {
      return End.BY_ITSELF;
    }
    if (process.wasKilled() && (waitStatus == ProcessRecord.UNKNOWN || signal == SIGKILL)) {
      return End.KILL;
    }
    for (ProcessRecord one = process; one != null; one = one.parent()) {
      if (one.wasAsked()) {
        return End.STOP_SIGNAL;
      }
      if (one != process && one.wasKilled() && !mayHaveEndedOtherwise(one)) {
        return End.KILL;
      }
    }
    return End.BY_ITSELF;
  }

  /**
   * Returns whether the SIGKILL may have come too late for it: it was dying, or dead and not seen
   * so. A status that its parent has collected proves nothing.
   */
  private boolean mayHaveEndedOtherwise(ProcessRecord process) {
    OptionalInt status = process.waitStatus();
    if (process.ending().isByItself() || (process.exitSeen() && status.isEmpty())) {
      return true;
    }
    if (status.isPresent()) {
      return (status.getAsInt() & SIGNAL_BITS) != SIGKILL;
    }
    ProcessStat stat = kernel.procfs.stat(process.pid());
    if (stat == null || !stat.mayHaveStarted(process.startTicks())) {
      return true; // gone meanwhile
    }
    return stat.hasEnded() && (kernel.procfs.exitCode(process.pid()) & SIGNAL_BITS) != SIGKILL;
  }

  /**
   * Returns whether the kernel may have sent it SIGHUP: that goes to a process group that was
   * stopped for the kill, when the last parent that is in its session but not in the group ends.
   * The group that has its session's number has no such parent, unless the parent of a member has
   * moved to another group of the session (setpgid). In the session of this JVM the JVM itself is
   * such a parent of all orphans.
   */
  private boolean mayBeHungUp(ProcessRecord process) {
    return process.ending().isFrozen()
        && process.observed().session() != own.id()
        && process.observed().processGroup() != process.observed().session();
  }

  /**
   * Returns whether a process, or one that it was seen below, was sent the stop signal or SIGKILL.
   */
  static boolean wasSignalled(ProcessRecord process) {
    ProcessRecord asked = process;
    while (asked != null && !asked.wasAsked() && !asked.wasKilled()) {
      asked = asked.parent();
    }
    return asked != null;
  }
}
