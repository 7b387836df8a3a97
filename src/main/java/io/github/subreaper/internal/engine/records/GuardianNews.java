package io.github.subreaper.internal.engine.records;

import static io.github.subreaper.internal.linux.calls.SignalNumber.SIGTERM;

import io.github.subreaper.internal.engine.guardian.Guardian;
import io.github.subreaper.internal.engine.guardian.GuardianLine;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;

/**
 * Reports to the guardian the processes that it can't find itself: those that show no tag. The lock
 * over all records guards this.
 */
public final class GuardianNews {
  private final GuardianLine line;

  /** Pids of ended processes that could not be reported: the line was full. */
  private final Set<Integer> unreported = new HashSet<>();

  public GuardianNews(GuardianLine line) {
    this.line = line;
  }

  void report(ProcessRecord process) {
    if (process.isForeign() || !process.isAlive() || !process.isToBeReported()) {
      return;
    }
    long mark = process.mark();
    if (process.membership().reported() != mark
        && reportEnds()
        && line.report(process.pid(), mark)) {
      process.membership().reported(mark);
    }
  }

  void reportEnd(ProcessRecord process) {
    if (process.membership().reported() != Guardian.GONE) {
      process.membership().reported(Guardian.GONE);
      unreported.add(process.pid());
      reportEnds();
    }
  }

  /**
   * Reports the ends that are due, before anything else: a pid may be reused, and the guardian
   * needs the end of its first process first.
   *
   * @return whether all ends were reported
   */
  boolean reportEnds() {
    unreported.removeIf(pid -> line.report(pid, Guardian.GONE));
    return unreported.isEmpty();
  }

  /** Reports the stop signal of a launch, unless it is the usual one. */
  void launched(LaunchRecord launch) {
    if (launch.spec().stopSignal() != SIGTERM) {
      line.stopSignal(launch.number, launch.spec().stopSignal());
    }
  }

  /** Its number may be another launch's now. */
  void finished(LaunchRecord launch) {
    if (launch.spec().stopSignal() != SIGTERM) {
      line.stopSignal(launch.number, SIGTERM);
    }
  }

  /** Reports all living processes and launches to a new guardian. */
  void reportAgain(Collection<ProcessRecord> living, Collection<LaunchRecord> launches) {
    unreported.clear();
    launches.forEach(this::launched);
    for (ProcessRecord process : living) {
      process.membership().reported(Guardian.GONE);
      report(process);
    }
  }
}
