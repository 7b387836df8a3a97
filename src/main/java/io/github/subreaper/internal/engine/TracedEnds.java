package io.github.subreaper.internal.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;

/**
 * Traced processes that are about to end, and that their parents, which are not this JVM, have to
 * collect. No event tells when a parent does so: the clock looks, so that the tracing thread can
 * answer meanwhile.
 */
final class TracedEnds {
  private static final long SHORTEST_PAUSE_NANOS = 5_000_000;

  private static final long LONGEST_PAUSE_NANOS = 500_000_000;

  /** So many of the latest are looked at before an event of their parent. */
  private static final int MOST_LOOKS = 8;

  /** A failure, a lack of memory for instance, may pass. */
  private static final long AFTER_A_FAILURE_NANOS = 20_000_000;

  private final Registry registry;
  private final Sightings sightings;
  private final Clock clock;

  /** Guarded by the lock. */
  private final List<Ending> all = new ArrayList<>();

  private boolean scheduled;

  private static final class Ending {
    final ProcessRecord process;
    long pause = SHORTEST_PAUSE_NANOS;
    long due = System.nanoTime() + pause;

    Ending(ProcessRecord process) {
      this.process = process;
    }

    /** The next scan sees what becomes of one that has been looked at for long. */
    boolean isOver() {
      return process.exitSeen() || process.isOwnChild() || pause > LONGEST_PAUSE_NANOS;
    }
  }

  TracedEnds(Registry registry, Sightings sightings, Clock clock) {
    this.registry = registry;
    this.sightings = sightings;
    this.clock = clock;
  }

  /** The lock is held. */
  void add(ProcessRecord process) {
    all.add(new Ending(process));
    if (!scheduled) {
      schedule(SHORTEST_PAUSE_NANOS);
    }
  }

  /**
   * Looks before the next event of a parent is told, since that comes after what it has collected;
   * not at all of many that it leaves.
   */
  void lookBelow(ProcessRecord parent) {
    int looks = 0;
    for (int i = all.size() - 1; i >= 0 && looks < MOST_LOOKS; i--) {
      ProcessRecord child = all.get(i).process;
      if (child.parentPid() == parent.pid()) {
        looks++;
        sightings.observe(child);
        if (child.exitSeen()) {
          all.remove(i);
        }
      }
    }
  }

  private void schedule(long nanos) {
    try {
      clock.after(Duration.ofNanos(nanos), this::look);
      scheduled = true;
    } catch (RejectedExecutionException e) {
      scheduled = false; // the activation ends: nothing is told any more
    }
  }

  void look() {
    registry.lock.run(
        () -> {
          scheduled = false;
          long next = AFTER_A_FAILURE_NANOS;
          try {
            next = observe();
          } finally {
            if (!all.isEmpty()) {
              schedule(next);
            }
          }
        });
  }

  /**
   * Looks at those that are due: an end is told when its parent has collected it, or, by the
   * reaper, when this JVM has adopted the zombie.
   *
   * @return how long the next look can wait
   */
  private long observe() {
    long now = System.nanoTime();
    for (Ending one : List.copyOf(all)) { // to observe one may tell of others
      if (now - one.due >= 0) {
        sightings.observe(one.process);
        one.pause *= 2;
        one.due = now + one.pause;
      }
    }
    all.removeIf(Ending::isOver);
    long next = LONGEST_PAUSE_NANOS;
    for (Ending one : all) {
      next = Math.min(next, Math.max(SHORTEST_PAUSE_NANOS, one.due - now));
    }
    return next;
  }
}
