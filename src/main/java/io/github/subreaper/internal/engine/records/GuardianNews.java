package io.github.subreaper.internal.engine.records;

import io.github.subreaper.internal.engine.guardian.Guardian;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;

/**
 * Reports to the guardian the processes that it can't find itself: those that show no tag. The lock
 * over all records guards this.
 */
public final class GuardianNews {
  /** The way to the guardian. */
  public interface Line {
    /** Returns false if its line is full or gone. */
    boolean report(int pid, long startTicks);
  }

  private final Line line;

  /** Pids of ended processes that could not be reported: the line was full. */
  private final Set<Integer> unreported = new HashSet<>();

  public GuardianNews(Line line) {
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

  /** Reports all living processes to a new guardian. */
  void reportAgain(Collection<ProcessRecord> living) {
    unreported.clear();
    for (ProcessRecord process : living) {
      process.membership().reported(Guardian.GONE);
      report(process);
    }
  }
}
