package io.github.subreaper.internal.engine.records;

import io.github.subreaper.internal.engine.guardian.Guardian;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;

/**
 * Tells the guardian of the processes that it can't find itself: those that show no tag. The lock
 * over all records guards this.
 */
public final class GuardianNews {
  /** The way to the guardian. */
  public interface Line {
    /** Returns false if the guardian can't be told now. */
    boolean tell(int pid, long startTicks);
  }

  private final Line line;

  /** Pids of ended processes that the guardian could not be told of: its line was full. */
  private final Set<Integer> untold = new HashSet<>();

  public GuardianNews(Line line) {
    this.line = line;
  }

  void tell(ProcessRecord process) {
    if (process.isForeign() || !process.isAlive() || !process.isToBeTold()) {
      return;
    }
    long mark = process.mark();
    if (process.membership().told() != mark && tellEnds() && line.tell(process.pid(), mark)) {
      process.membership().told(mark);
    }
  }

  void tellEnd(ProcessRecord process) {
    if (process.membership().told() != Guardian.GONE) {
      process.membership().told(Guardian.GONE);
      untold.add(process.pid());
      tellEnds();
    }
  }

  /**
   * Tells the ends that are due. They come before any other news: a pid may be reused, and the
   * guardian must hear of the end of the first process first.
   *
   * @return whether all ends were told
   */
  boolean tellEnds() {
    untold.removeIf(pid -> line.tell(pid, Guardian.GONE));
    return untold.isEmpty();
  }

  /** Tells a new guardian, which knows nothing yet, of all living processes. */
  void tellAgain(Collection<ProcessRecord> living) {
    untold.clear();
    for (ProcessRecord process : living) {
      process.membership().told(Guardian.GONE);
      tell(process);
    }
  }
}
