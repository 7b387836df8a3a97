package io.github.subreaper.assertj;

import io.github.subreaper.WaitInterruptedException;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import org.awaitility.core.TerminalFailureException;

/** Waits for what the core has no event for. */
final class Polling {
  private static final Duration INTERVAL = Duration.ofMillis(20);

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
    try {
      Awaitility.await(what)
          .dontCatchUncaughtExceptions()
          .pollInSameThread()
          .pollDelay(Duration.ZERO)
          .pollInterval(INTERVAL)
          .atMost(limit.compareTo(LONGEST) < 0 ? limit : LONGEST)
          .failFast(
              what,
              () -> {
                failIfInterrupted(what);
                return hopeless.getAsBoolean();
              })
          .until(condition::getAsBoolean);
      return true;
    } catch (ConditionTimeoutException | TerminalFailureException e) {
      return condition.getAsBoolean();
    }
  }

  /** Awaitility's own sleep goes on after an interrupt and sets the flag again. */
  private static void failIfInterrupted(String what) {
    if (Thread.currentThread().isInterrupted()) {
      throw new WaitInterruptedException("interrupted while waiting: " + what);
    }
  }
}
