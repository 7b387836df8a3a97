package io.github.subreaper.internal.engine;

import io.github.subreaper.internal.engine.text.Spans;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** Runs what is due at a time: the time limits of launches, and what is repeated for a trace. */
final class Clock implements AutoCloseable {
  static final String THREAD = "subreaper clock";

  /** To stop a launch takes its grace, and the next launch should not wait for that. */
  private static final int THREADS = 4;

  private static final long LONGEST_CLOSE_NANOS = 10_000_000_000L;

  private final List<Thread> threads = new CopyOnWriteArrayList<>();
  private final ScheduledThreadPoolExecutor timer;
  private volatile boolean complained;

  Clock() {
    timer =
        new ScheduledThreadPoolExecutor(
            THREADS,
            work -> {
              Thread thread = new Thread(null, work, THREAD, 0, false);
              thread.setDaemon(true);
              threads.add(thread);
              return thread;
            });
    timer.setRemoveOnCancelPolicy(true);
    timer.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    timer.setContinueExistingPeriodicTasksAfterShutdownPolicy(false);
  }

  /** Runs an action once, after a time. The result cancels it. */
  Runnable after(Duration delay, Runnable action) {
    ScheduledFuture<?> scheduled = timer.schedule(action, Spans.nanos(delay), TimeUnit.NANOSECONDS);
    return () -> scheduled.cancel(false);
  }

  /** Runs an action each second until the result is run. */
  Runnable eachSecond(Runnable action) {
    ScheduledFuture<?> scheduled =
        timer.scheduleWithFixedDelay(() -> attempt(action), 1, 1, TimeUnit.SECONDS);
    return () -> scheduled.cancel(false);
  }

  /** Starts its threads. OutOfMemoryError if the system allows no more threads. */
  void prepare() {
    timer.prestartAllCoreThreads();
  }

  private void attempt(Runnable action) {
    try {
      action.run();
    } catch (RuntimeException | Error e) {
      if (!complained) {
        complained = true;
        System.getLogger("io.github.subreaper")
            .log(System.Logger.Level.WARNING, "the clock goes on after", e);
      }
    }
  }

  /** Waits until its threads are gone, not only their work. */
  @Override
  public void close() {
    timer.shutdownNow();
    boolean interrupted = Thread.interrupted();
    long deadline = System.nanoTime() + LONGEST_CLOSE_NANOS;
    try {
      timer.awaitTermination(
          LONGEST_CLOSE_NANOS,
          TimeUnit.NANOSECONDS); // a join does not wait for a thread that has not started yet
      for (Thread thread : threads) {
        TimeUnit.NANOSECONDS.timedJoin(thread, Math.max(1, deadline - System.nanoTime()));
      }
    } catch (InterruptedException e) {
      interrupted = true;
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
