package io.github.subreaper.internal.engine.spawn;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Bounded waits that an interrupt does not end. The thread's flag is set again afterwards. */
public final class Uninterruptibly {
  private interface Wait {
    boolean until(long nanos) throws InterruptedException;
  }

  private Uninterruptibly() {}

  /** Returns whether the latch opened in time. */
  public static boolean await(CountDownLatch latch, long nanos) {
    return run(left -> latch.await(left, TimeUnit.NANOSECONDS), nanos);
  }

  /** Returns whether it was done in time, or has failed. */
  public static boolean await(Future<?> future, long nanos) {
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

  /** Returns whether all its work was done in time. */
  static boolean terminated(ExecutorService executor, long nanos) {
    return run(left -> executor.awaitTermination(left, TimeUnit.NANOSECONDS), nanos);
  }

  /**
   * Waits until a thread is gone. A virtual thread keeps its carrier meanwhile (up to JDK 23), so
   * the other must need nothing any more but a CPU.
   */
  public static boolean join(Thread thread, long nanos) {
    return run(
        left -> {
          TimeUnit.NANOSECONDS.timedJoin(thread, Math.max(1, left));
          return !thread.isAlive();
        },
        nanos);
  }

  private static boolean run(Wait wait, long nanos) {
    long start = System.nanoTime();
    boolean interrupted = Thread.interrupted();
    try {
      while (true) {
        try {
          return wait.until(nanos - (System.nanoTime() - start));
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
