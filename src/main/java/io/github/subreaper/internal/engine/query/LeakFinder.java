package io.github.subreaper.internal.engine.query;

import io.github.subreaper.internal.engine.records.ProcessRecord;
import io.github.subreaper.internal.engine.records.Registry;
import io.github.subreaper.internal.engine.records.Scope;
import io.github.subreaper.internal.engine.time.Moment;
import java.util.List;

/** Finds the processes of a scope that would be its leaks if it ended now. */
public final class LeakFinder {
  private final Registry registry;

  public LeakFinder(Registry registry) {
    this.registry = registry;
  }

  /**
   * Returns the processes that are alive, or were after a moment, and that no launch accounts for;
   * if the scope is strict, all of them. Survivors are none. The lock is held.
   */
  public List<ProcessRecord> of(Scope scope, Moment moment) {
    return scope
        .all()
        .filter(process -> process.livedAfter(moment))
        .filter(scope::isLeak)
        .filter(process -> !maySurvive(process))
        .sorted(ProcessRecord.BY_FIRST_SIGHT)
        .toList();
  }

  /** Returns whether it, or a process above it, will move to the session when its scope ends. */
  private boolean maySurvive(ProcessRecord process) {
    Scope own = process.scope();
    ProcessRecord above = own == null ? null : process;
    while (own != null && above != null) {
      if (own.letsSurvive(above)) {
        return true;
      }
      above = registry.parentOf(above);
    }
    return false;
  }
}
