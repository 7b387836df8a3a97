package io.github.subreaper.internal.linux;

import io.github.subreaper.internal.linux.calls.BootClock;
import io.github.subreaper.internal.linux.proc.Procfs;
import java.time.Instant;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads the clocks, makes threads and locks, and waits: all waits but those in a system call. So a
 * simulation can decide what runs, and when.
 */
public class Time {
  private static final int READINGS = 5;

  /** Two readings that are closer need not be repeated. */
  private static final long CLOSE_NANOS = 2_000;

  private interface Wait {
    boolean until(long nanos) throws InterruptedException;
  }

  /** Returns {@link System#nanoTime}. */
  public long nanos() {
    return System.nanoTime();
  }

  /** Returns the wall-clock time. */
  public Instant now() {
    return Instant.now();
  }

  /** Returns nanoseconds since the machine started, including suspended time. */
  public long bootNanos() {
    return BootClock.nanos();
  }

  /**
   * Returns how far the boot clock is ahead of {@link #nanos}, by the closest of several pairs of
   * readings: a thread may lose its CPU between two.
   */
  public long bootAhead() {
    long ahead = 0;
    long closest = Long.MAX_VALUE;
    for (int i = 0; i < READINGS && closest > CLOSE_NANOS; i++) {
      long before = nanos();
      long boot = bootNanos();
      long apart = nanos() - before;
      if (apart < closest) {
        closest = apart;
        ahead = boot - before - apart / 2;
      }
    }
    return ahead;
  }

  /** Returns the boot clock in clock ticks, the unit of start times, rounded down as those are. */
  public long bootTicks() {
    return bootNanos() / (1_000_000_000 / Procfs.TICKS_PER_SECOND);
  }

  /** Makes a lock, which threads may wait for. */
  public ReentrantLock newLock() {
    return new ReentrantLock();
  }

  /** Makes a daemon thread that inherits nothing. */
  public Thread thread(Runnable work, String name) {
    Thread thread = new Thread(null, work, name, 0, false);
    thread.setDaemon(true);
    return thread;
  }

  /** Starts a daemon thread that makes one step after the other until one returns false. */
  public Thread startLoop(BooleanSupplier step, String name) {
    Thread thread =
        thread(
            () -> {
              boolean more = true;
              while (more) {
                more = step.getAsBoolean();
              }
            },
            name);
    start(thread);
    return thread;
  }

  /** Returns the calling thread. */
  public Thread currentThread() {
    return Thread.currentThread();
  }

  /** Makes an executor of one thread, which starts with the first work. */
  public ExecutorService executor(ThreadFactory threads) {
    return Executors.newSingleThreadExecutor(threads);
  }

  public void start(Thread thread) {
    thread.start();
  }

  /** Sleeps for a time at most; an interrupt ends it, and stays set. */
  public void park(long nanos) {
    LockSupport.parkNanos(nanos);
  }

  /** Sleeps until {@link #unpark} at most; an interrupt ends it, and stays set. */
  public void park() {
    LockSupport.park();
  }

  public void unpark(@Nullable Thread thread) {
    LockSupport.unpark(thread);
  }

  /** Lets another thread or process have this CPU. */
  @SuppressWarnings("ThreadPriorityCheck") // nothing but the other's latency depends on it
  public void yieldCpu() {
    Thread.yield();
  }

  /** Waits for a signal; returns how much is left. */
  @SuppressWarnings("WaitNotInLoop") // the caller's
  public long await(Condition condition, long nanos) throws InterruptedException {
    return condition.awaitNanos(nanos);
  }

  /** Waits for a signal; an interrupt does not end this wait, and stays set. */
  @SuppressWarnings("WaitNotInLoop") // the caller's
  public void await(Condition condition) {
    condition.awaitUninterruptibly();
  }

  /** Returns whether it got the lock in time. */
  public boolean tryLock(ReentrantLock lock, long nanos) throws InterruptedException {
    return lock.tryLock(nanos, TimeUnit.NANOSECONDS);
  }

  /** Returns whether the latch opened in time. */
  public boolean awaitInterruptibly(CountDownLatch latch, long nanos) throws InterruptedException {
    return latch.await(nanos, TimeUnit.NANOSECONDS);
  }

  /** Returns the same. An interrupt does not end this wait nor those below, and stays set. */
  public boolean await(CountDownLatch latch, long nanos) {
    return run(left -> latch.await(left, TimeUnit.NANOSECONDS), nanos);
  }

  /** Returns whether it was done in time, or has failed. */
  public boolean await(Future<?> future, long nanos) {
    return future.isDone()
        || run(
            left -> {
              try {
                future.get(left, TimeUnit.NANOSECONDS);
                return true;
              } catch (TimeoutException e) {
                return future.isDone();
              } catch (ExecutionException e) {
                return true;
              }
            },
            nanos);
  }

  /** Waits for a result. */
  public <T> T get(Future<T> future) throws ExecutionException {
    await(future, Long.MAX_VALUE);
    try {
      return future.get();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e); // not possible: it is done
    }
  }

  /** Returns whether all its work was done in time. */
  public boolean await(ExecutorService executor, long nanos) {
    return run(left -> executor.awaitTermination(left, TimeUnit.NANOSECONDS), nanos);
  }

  /**
   * Waits until a thread is gone. A virtual thread keeps its carrier meanwhile (up to JDK 23), so
   * the other must need nothing any more but a CPU.
   */
  public boolean join(Thread thread, long nanos) {
    return run(
        left -> {
          TimeUnit.NANOSECONDS.timedJoin(thread, Math.max(1, left));
          return !thread.isAlive();
        },
        nanos);
  }

  private boolean run(Wait wait, long nanos) {
    long start = nanos();
    boolean interrupted = Thread.interrupted();
    try {
      while (true) {
        try {
          return wait.until(nanos - (nanos() - start));
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
