package io.github.subreaper.internal.engine.reap;

import io.github.subreaper.internal.engine.lock.Wakeups;
import io.github.subreaper.internal.engine.records.ProcessRecord;
import io.github.subreaper.internal.engine.records.Registry;
import io.github.subreaper.internal.engine.scan.ProcessObserver;
import io.github.subreaper.internal.engine.scan.Watch;
import io.github.subreaper.internal.linux.Time;
import java.util.ArrayList;
import java.util.List;

/**
 * Processes that are dead, or about to be, and that their parents, which are not this JVM, have to
 * collect. The watcher looks at each until that has happened; before, the kernel shows the status
 * to no other. The lock over all records guards this.
 */
public final class Uncollected {
  private static final long SHORTEST_PAUSE_NANOS = 5_000_000;

  private static final long LONGEST_PAUSE_NANOS = 100_000_000;

  /** Where the kernel reports it, a look only makes sure. */
  private static final long REPORTED_NANOS = 1_000_000_000;

  /** So many of the latest are looked at before an event of their parent. */
  private static final int MOST_LOOKS = 8;

  private final Time time;
  private final Registry registry;
  private final ProcessObserver observer;
  private final Watch watch;
  private final Wakeups wakeups;
  private final List<Ending> all = new ArrayList<>();

  private volatile boolean any;

  /** Whether the kernel has reported that a process was collected (Linux 6.9). */
  private boolean reported;

  private final class Ending {
    final ProcessRecord process;
    long pause = SHORTEST_PAUSE_NANOS;
    long due;

    Ending(ProcessRecord process) {
      this.due = time.nanos() + pause;
      this.process = process;
    }

    void look(long now) {
      observer.observe(process);
      if (process.pidfd() == null && !process.exitSeen()) {
        watch.open(process);
      }
      boolean isReported = reported && process.pidfd() != null;
      pause = isReported ? REPORTED_NANOS : Math.min(LONGEST_PAUSE_NANOS, pause * 2);
      due = now + pause;
    }

    boolean isOver() {
      return process.exitSeen() || process.isOwnChild();
    }
  }

  Uncollected(
      Time time, Registry registry, ProcessObserver observer, Watch watch, Wakeups wakeups) {
    this.time = time;
    this.registry = registry;
    this.observer = observer;
    this.watch = watch;
    this.wakeups = wakeups;
  }

  public void add(ProcessRecord process) {
    registry.lock.requireHeld();
    all.add(new Ending(process));
    any = true;
    wakeups.within(SHORTEST_PAUSE_NANOS);
  }

  /** A watched process is dead, and perhaps collected. */
  void reported(ProcessRecord process, boolean collected) {
    registry.lock.requireHeld();
    reported |= collected;
    registry.died(process);
    observer.observe(process);
    if (!process.exitSeen() && !process.isOwnChild() && !reported) {
      add(process);
    }
  }

  /**
   * Looks before the next event of a parent is reported, since that comes after what it has
   * collected; not at all of many that it leaves.
   */
  public void lookBelow(ProcessRecord parent) {
    registry.lock.requireHeld();
    int looks = 0;
    for (int i = all.size() - 1; i >= 0 && looks < MOST_LOOKS; i--) {
      ProcessRecord child = all.get(i).process;
      if (child.parentPid() == parent.pid()) {
        looks++;
        observer.observe(child);
        if (child.exitSeen()) {
          all.remove(i);
        }
      }
    }
  }

  /** Returns whether there may be any. The lock need not be held. */
  boolean any() {
    return any;
  }

  /** Looks at those that are due. */
  public void look() {
    registry.lock.requireHeld();
    long now = time.nanos();
    for (Ending one : List.copyOf(all)) { // to observe one may add others
      if (now - one.due >= 0) {
        one.look(now);
      }
    }
    all.removeIf(Ending::isOver);
    any = !all.isEmpty();
  }

  /** Returns how long the next look can wait. */
  long nextLook() {
    registry.lock.requireHeld();
    long now = time.nanos();
    long next = Wakeups.NEVER;
    for (Ending one : all) {
      next = Math.min(next, one.due - now);
    }
    return next;
  }
}
