package io.github.subreaper.internal.engine;

import io.github.subreaper.internal.engine.guardian.Guardian;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;

/**
 * What the guardian is told. It finds each process that shows it a tag; of the rest it has to be
 * told. The lock over all records is held.
 */
final class GuardianNews {
  /** The line to the guardian. */
  interface Line {
    /** Returns false if that can't be told now. */
    boolean tell(int pid, long startTicks);
  }

  private final Line line;

  /** Pids of ended processes of which the guardian could not be told, since its line was full. */
  private final Set<Integer> untold = new HashSet<>();

  GuardianNews(Line line) {
    this.line = line;
  }

  void tell(ProcessRecord process) {
    if (process.foreign || !process.isAlive() || !process.isToBeTold()) {
      return;
    }
    long mark = process.mark();
    if (process.told != mark && tellEnds() && line.tell(process.pid, mark)) {
      process.told = mark;
    }
  }

  void tellEnd(ProcessRecord process) {
    if (process.told != Guardian.GONE) {
      process.told = Guardian.GONE;
      untold.add(process.pid);
      tellEnds();
    }
  }

  /**
   * Comes before any other news: the pid may be another process's, of which the guardian must be
   * told after the end of the first.
   *
   * @return whether all ends were told
   */
  boolean tellEnds() {
    untold.removeIf(pid -> line.tell(pid, Guardian.GONE));
    return untold.isEmpty();
  }

  /** There is another guardian, which knows nothing yet. */
  void tellAgain(Collection<ProcessRecord> living) {
    untold.clear();
    for (ProcessRecord process : living) {
      process.told = Guardian.GONE;
      tell(process);
    }
  }
}
