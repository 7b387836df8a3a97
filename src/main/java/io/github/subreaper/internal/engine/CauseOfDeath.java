package io.github.subreaper.internal.engine;

import static io.github.subreaper.internal.engine.ProcessRecord.End;
import static io.github.subreaper.internal.linux.SignalNumber.SIGHUP;
import static io.github.subreaper.internal.linux.SignalNumber.SIGKILL;

/** Tells by itself, by the stop signal, or by the kill: how a process came to its end. */
final class CauseOfDeath {
  private static final int SIGNAL_BITS = 0x7f;

  private final int ownSession;

  /**
   * Knows this JVM's session, in which no process group is ever orphaned.
   *
   * @param ownSession of this JVM
   */
  CauseOfDeath(int ownSession) {
    this.ownSession = ownSession;
  }

  /**
   * A process ended by itself unless it, or one that it was seen below, was signalled before: a
   * daemon ends its workers when it is asked to end.
   */
  End of(ProcessRecord process, int waitStatus) {
    int signal = waitStatus & SIGNAL_BITS;
    if (signal == SIGHUP && mayBeHungUp(process)) {
      return End.KILL;
    }
    if (process.diedByItself) {
      return End.BY_ITSELF;
    }
    if (process.killSent && (waitStatus == ProcessRecord.UNKNOWN || signal == SIGKILL)) {
      return End.KILL;
    }
    for (ProcessRecord one = process; one != null; one = one.parent) {
      if (one.wasAsked()) {
        return End.STOP_SIGNAL;
      }
      if (one != process && one.killSent) {
        return End.KILL;
      }
    }
    return End.BY_ITSELF;
  }

  /**
   * The kernel sends SIGHUP to a process group that was stopped for the kill when its last parent
   * in the same session and outside of the group ends. A group that has its session's number has
   * none, unless a member's parent has moved to another group of the session (setpgid); and in this
   * JVM's session orphans have the JVM.
   */
  private boolean mayBeHungUp(ProcessRecord process) {
    return process.frozen
        && process.session != ownSession
        && process.processGroup != process.session;
  }

  /** Whether the process, or one that it was seen below, has been signalled. */
  static boolean wasAsked(ProcessRecord process) {
    ProcessRecord asked = process;
    while (asked != null && !asked.wasAsked() && !asked.killSent) {
      asked = asked.parent;
    }
    return asked != null;
  }
}
