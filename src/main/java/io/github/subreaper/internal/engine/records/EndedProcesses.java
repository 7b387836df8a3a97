package io.github.subreaper.internal.engine.records;

import io.github.subreaper.internal.engine.lock.RecordLock;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Consumer;

/**
 * The processes of a scope or launch that had ended by the end of its end. There may be tens of
 * thousands of them, so no list is made before a caller asks for one.
 */
public final class EndedProcesses {
  private final RecordLock lock;
  private final List<Collection<ProcessRecord>> sources;
  private final long untilNanos;

  /**
   * Takes those that have ended by now.
   *
   * @param sources collections that the records' lock guards
   */
  public EndedProcesses(RecordLock lock, List<Collection<ProcessRecord>> sources) {
    this.lock = lock;
    this.untilNanos = lock.time.nanos();
    this.sources = List.copyOf(sources);
  }

  public List<Collection<ProcessRecord>> sources() {
    return sources;
  }

  /** Passes each of them to an action, in no order and with the records' lock held. */
  public void forEach(Consumer<ProcessRecord> action) {
    lock.lock();
    try {
      for (Collection<ProcessRecord> source : sources) {
        for (ProcessRecord process : source) {
          if (process.exitSeen() && process.ending().endedNanos() - untilNanos <= 0) {
            action.accept(process);
          }
        }
      }
    } finally {
      lock.unlock();
    }
  }

  /** Returns all of them, by first sight. */
  public List<ProcessRecord> list() {
    List<ProcessRecord> all = new ArrayList<>();
    forEach(all::add);
    all.sort(ProcessRecord.BY_FIRST_SIGHT);
    return all;
  }
}
