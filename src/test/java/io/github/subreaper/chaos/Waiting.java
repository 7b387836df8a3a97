package io.github.subreaper.chaos;

import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.concurrent.Callable;
import org.awaitility.core.ConditionTimeoutException;

/** Waits for other processes by polling, since they send no event. */
public final class Waiting {
  private static final Duration LONGEST = Duration.ofMinutes(1);

  private Waiting() {}

  public static void until(Callable<Boolean> condition) {
    await()
        .atMost(LONGEST)
        .pollInSameThread()
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(2))
        .until(condition);
  }

  /** Returns whether the condition came true in time. */
  public static boolean patiently(Callable<Boolean> condition) {
    try {
      until(condition);
      return true;
    } catch (ConditionTimeoutException e) {
      return false;
    }
  }
}
