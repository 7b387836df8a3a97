package io.github.subreaper.internal.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** Which processes are being killed, so that no zombie of them is released. */
final class Holds {
  private final RecordLock lock;
  private final List<Predicate<ProcessRecord>> holding = new ArrayList<>();
  private volatile boolean any;

  Holds(RecordLock lock) {
    this.lock = lock;
  }

  /**
   * Holds the zombies of processes that match: their pids stay pinned, and the tasks that they
   * count as stay taken, until {@link #release}.
   */
  void add(Predicate<ProcessRecord> which) {
    lock.run(
        () -> {
          holding.add(which);
          any = true;
        });
  }

  void release(Predicate<ProcessRecord> which) {
    lock.run(
        () -> {
          holding.remove(which);
          any = !holding.isEmpty();
        });
  }

  boolean any() {
    return any;
  }

  /** Returns whether the zombie of a process is to be held. */
  boolean has(ProcessRecord process) {
    lock.requireHeld();
    for (Predicate<ProcessRecord> hold : holding) {
      if (hold.test(process)) {
        return true;
      }
    }
    return false;
  }
}
