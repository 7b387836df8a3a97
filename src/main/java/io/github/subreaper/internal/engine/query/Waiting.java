package io.github.subreaper.internal.engine.query;

import io.github.subreaper.internal.engine.reap.Reaper;
import io.github.subreaper.internal.engine.records.ProcessRecord;
import io.github.subreaper.internal.engine.records.Registry;
import io.github.subreaper.internal.engine.scan.ProcessObserver;
import io.github.subreaper.internal.engine.scan.ScanCycle;
import io.github.subreaper.internal.linux.Time;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Waits until something is true of the processes, or one of them has ended. */
public final class Waiting {
  private static final long FIRST_PAUSE_NANOS = 200_000;
  private static final long LONGEST_PAUSE_NANOS = 10_000_000;

  /** Of the time that it waits for one process, a thread observes it for a quarter at most. */
  private static final int OBSERVE_SHARE = 3;

  private final Time time;
  private final Registry registry;
  private final ScanCycle scanCycle;
  private final ProcessObserver observer;
  private final Reaper reaper;

  public Waiting(
      Time time, Registry registry, ScanCycle scanCycle, ProcessObserver observer, Reaper reaper) {
    this.time = time;
    this.registry = registry;
    this.scanCycle = scanCycle;
    this.observer = observer;
    this.reaper = reaper;
  }

  /**
   * Asks until there is an answer, at every change and at least every few milliseconds.
   *
   * @return null if the time ran out first
   */
  public <T> @Nullable T until(long timeoutNanos, Supplier<@Nullable T> question)
      throws InterruptedException {
    return until(timeoutNanos, question, () -> false);
  }

  /** Asks like the other; returns null early when there can be no answer any more. */
  public <T> @Nullable T until(
      long timeoutNanos, Supplier<@Nullable T> question, BooleanSupplier hopeless)
      throws InterruptedException {
    long start = time.nanos();
    long pause = FIRST_PAUSE_NANOS;
    while (true) {
      long began = time.nanos();
      T found = question.get();
      if (found != null) {
        return found;
      }
      long now = time.nanos();
      if (now - start >= timeoutNanos || hopeless.getAsBoolean()) {
        return null;
      }
      // Rests at least as long as an answer takes: scans must not slow down what they scan.
      long least = now - began;
      long until = now + Math.min(Math.max(pause, least), timeoutNanos - (now - start));
      registry.lock.lockInterruptibly();
      try {
        registry.lock.awaitChangeInterruptibly(until - now);
        long rest = Math.min(least, until - time.nanos());
        if (rest > 0) {
          registry.lock.pauseInterruptibly(rest);
        }
      } finally {
        registry.lock.unlock();
      }
      pause = Math.min(pause * 3 / 2, LONGEST_PAUSE_NANOS);
    }
  }

  /**
   * Waits for the end of one process.
   *
   * @return false if the time ran out first
   */
  public boolean forEnd(ProcessRecord process, long timeoutNanos) throws InterruptedException {
    if (timeoutNanos == 0) {
      reaper.reapNow();
    }
    long start = time.nanos();
    long pause = FIRST_PAUSE_NANOS;
    while (true) {
      long began = time.nanos();
      observe(process);
      long now = time.nanos();
      long left = timeoutNanos - (now - start);
      // Where many threads wait, one that observes all the time gets no CPU when it counts.
      long rest = Math.max(pause, OBSERVE_SHARE * (now - began));
      if (registry.awaitEnd(process, Math.min(rest, left))) {
        return true;
      }
      if (left <= 0) {
        return false;
      }
      pause = Math.min(pause * 3 / 2, LONGEST_PAUSE_NANOS);
    }
  }

  private void observe(ProcessRecord process) {
    if (process.isLaunched() && !process.exitSeen()) {
      scanCycle.scanBelow(process); // sees the parent of each child, while that can be seen
    }
    observer.refresh(process); // nothing else reports its end if the reaper does not reap it
  }
}
