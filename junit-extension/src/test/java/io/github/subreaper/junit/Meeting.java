package io.github.subreaper.junit;

import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** Lets parallel tests wait for each other. */
final class Meeting {
  private static final long WAKE_NANOS = 200_000_000;

  private Meeting() {}

  /**
   * Waits until all threads are at the barrier.
   *
   * <p>On JDK 17 a pool with idle threads sometimes gives none to a task: to one of four tasks that
   * meet in 1 of 7,096 runs (0 of 9,221 on JDK 25). Each submitted task wakes a thread of the pool,
   * so this submits some while it waits.
   */
  static void at(CyclicBarrier barrier)
      throws InterruptedException, BrokenBarrierException, TimeoutException {
    ForkJoinPool pool = ForkJoinTask.getPool();
    Thread waker = new Thread(() -> keepAwake(pool), "meeting");
    waker.setDaemon(true);
    waker.start();
    try {
      barrier.await(2, TimeUnit.MINUTES);
    } finally {
      waker.interrupt();
    }
  }

  private static void keepAwake(@Nullable ForkJoinPool pool) {
    while (pool != null && !Thread.currentThread().isInterrupted()) {
      pool.execute(() -> {});
      LockSupport.parkNanos(WAKE_NANOS);
    }
  }
}
