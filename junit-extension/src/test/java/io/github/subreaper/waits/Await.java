package io.github.subreaper.waits;

import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * Waits for what must come. All tests have one deadline for that, which a sound one never needs.
 * The core's tests have more of this, in another package: where both are on one class path, each
 * finds its own.
 */
public final class Await {
  /** Long enough for a machine that does much else. */
  public static final Duration LONG = Duration.ofMinutes(5);

  private Await() {}

  /** Waits until a condition holds. It is asked by the thread of the test, at once and often. */
  public static void until(Callable<Boolean> condition) {
    await()
        .pollInSameThread()
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(10))
        .atMost(LONG)
        .until(condition);
  }

  /**
   * Waits for the end of a process, and returns whether it came. Otherwise the process is killed.
   */
  public static boolean end(Process process) throws InterruptedException {
    boolean ended = process.waitFor(LONG.toSeconds(), TimeUnit.SECONDS);
    if (!ended) {
      process.destroyForcibly().waitFor();
    }
    return ended;
  }

  /** Waits until a task has ended, and returns its result. */
  public static <T> T get(Future<T> task) throws Exception {
    return task.get(LONG.toSeconds(), TimeUnit.SECONDS);
  }
}
