package io.github.subreaper.internal.engine.records;

import io.github.subreaper.internal.engine.lock.RecordLock;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** Which processes are being killed, so that no zombie of them is released. */
public final class HeldZombies {
  private final RecordLock lock;
  private final List<Predicate<ProcessRecord>> holding = new ArrayList<>();
  private volatile boolean any;

  HeldZombies(RecordLock lock) {
    this.lock = lock;
  }

  /**
   * Holds the zombies of processes that match: their pids stay pinned, and the tasks that they
   * count as stay taken, until {@link #release}.
   */
  public void add(Predicate<ProcessRecord> which) {
    lock.run(
        () -> {
          holding.add(which);
          any = true;
        });
  }

  public void release(Predicate<ProcessRecord> which) {
    lock.run(
        () -> {
          holding.remove(which);
          any = !holding.isEmpty();
        });
  }

  public boolean any() {
    return any;
  }

  /** Returns whether the zombie of a process is to be held. */
  public boolean has(ProcessRecord process) {
    lock.requireHeld();
    for (Predicate<ProcessRecord> hold : holding) {
      if (hold.test(process)) {
        return true;
      }
    }
    return false;
  }
}
