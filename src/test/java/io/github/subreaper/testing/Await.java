package io.github.subreaper.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.awaitility.core.ConditionFactory;
import org.awaitility.core.ConditionTimeoutException;
import org.awaitility.core.ThrowingRunnable;

/**
 * Waits for what must come. All tests have one deadline for that, which a sound one never needs.
 */
public final class Await {
  /** Long enough for a machine that does much else. */
  public static final Duration LONG = Duration.ofMinutes(5);

  private Await() {}

  /** Waits until a condition holds. It is asked by the thread of the test, at once and often. */
  public static void until(Callable<Boolean> condition) {
    often().until(condition);
  }

  /** Waits until a value satisfies a condition, and returns it. */
  public static <T> T until(Callable<T> value, Predicate<? super T> condition) {
    return often().until(value, condition);
  }

  /** Waits until an assertion holds. */
  public static void untilAsserted(ThrowingRunnable assertion) {
    often().untilAsserted(assertion);
  }

  /** Waits for a condition, and returns whether it came true. */
  public static boolean patiently(Callable<Boolean> condition) {
    try {
      until(condition);
      return true;
    } catch (ConditionTimeoutException e) {
      return false;
    }
  }

  /** Waits until a task has ended, and returns its result. */
  public static <T> T get(Future<T> task) throws Exception {
    return task.get(LONG.toSeconds(), TimeUnit.SECONDS);
  }

  /** Lets a pool take no more tasks, and waits until those that it has have ended. */
  public static void end(ExecutorService pool) throws InterruptedException {
    pool.shutdown();
    assertThat(pool.awaitTermination(LONG.toSeconds(), TimeUnit.SECONDS)).as("%s", pool).isTrue();
  }

  /** Waits for the end of a process that may do much, and returns whether it came. */
  public static boolean end(Process process) throws InterruptedException {
    return process.waitFor(6 * LONG.toSeconds(), TimeUnit.SECONDS);
  }

  /** Waits for the next element of a queue, and takes it. */
  public static <T> T next(BlockingQueue<T> queue) throws InterruptedException {
    T next = queue.poll(LONG.toSeconds(), TimeUnit.SECONDS);
    assertThat(next).as("what comes next").isNotNull();
    return next;
  }

  /** Waits until a latch is open, on a thread that no code interrupts. */
  public static void opened(CountDownLatch latch) {
    try {
      assertThat(latch.await(LONG.toSeconds(), TimeUnit.SECONDS)).as("the latch is open").isTrue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static ConditionFactory often() {
    return await()
        .pollInSameThread()
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(10))
        .atMost(LONG);
  }
}
