package io.github.subreaper.assertj;

import io.github.subreaper.WaitInterruptedException;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/**
 * Waits for what the core has no event for. Awaitility's defaults apply, such as a poll interval, a
 * listener or a fail-fast condition that the user has set; how long is the caller's to say.
 */
final class Polling {
  /** Awaitility counts in nanoseconds, which end after 292 years. */
  private static final Duration LONGEST = Duration.ofDays(36_500);

  private Polling() {}

  /**
   * Looks until the condition holds, the time is over or it is hopeless; whatever ended the wait,
   * the last look counts.
   *
   * @throws WaitInterruptedException with the thread's flag still set
   */
  static boolean until(
      String what, Duration limit, BooleanSupplier condition, BooleanSupplier hopeless) {
    boolean[] holds = new boolean[1];
    try {
      Awaitility.await(what)
          .dontCatchUncaughtExceptions()
          .pollInSameThread()
          .pollDelay(Duration.ZERO)
          .atMost(limit.compareTo(LONGEST) < 0 ? limit : LONGEST)
          .until(
              () -> {
                if (Thread.currentThread().isInterrupted()) {
                  return true;
                }
                holds[0] = condition.getAsBoolean();
                // Not by failFast, which would take the place of the user's own.
                return holds[0] || hopeless.getAsBoolean();
              });
    } catch (ConditionTimeoutException e) {
      holds[0] = false; // it may have come since
    }
    failIfInterrupted(what);
    return holds[0] || condition.getAsBoolean();
  }

  /** Awaitility's own sleep goes on after an interrupt and sets the flag again. */
  private static void failIfInterrupted(String what) {
    if (Thread.currentThread().isInterrupted()) {
      throw new WaitInterruptedException("interrupted while waiting: " + what);
    }
  }
}
