package io.github.subreaper.internal.assertj.facts;

import io.github.subreaper.WaitInterruptedException;
import io.github.subreaper.internal.access.Access;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/**
 * Waits for conditions for which the core has no event. The defaults that the user has set for
 * Awaitility apply, such as a poll interval, a listener or a fail-fast condition; the time limit is
 * the caller's.
 */
public final class Polling {
  /** Awaitility counts in nanoseconds, which end after 292 years. */
  private static final Duration LONGEST = Duration.ofDays(36_500);

  /** Awaitility refuses zero. */
  private static final Duration SHORTEST = Duration.ofNanos(1);

  private Polling() {}

  /**
   * Polls until the condition holds, can no longer hold, or the time is over. Then the last poll
   * counts, whatever ended the wait.
   *
   * @param hopeless whether the condition can no longer hold
   * @throws WaitInterruptedException if the thread is interrupted; its flag stays set
   */
  public static boolean until(
      String what, Duration limit, BooleanSupplier condition, BooleanSupplier hopeless) {
    boolean[] holds = new boolean[1];
    try {
      Awaitility.await(what)
          .dontCatchUncaughtExceptions()
          .pollInSameThread()
          .pollDelay(Duration.ZERO)
          .atMost(bounded(limit))
          .until(
              () -> {
                if (Thread.currentThread().isInterrupted()) {
                  return true;
                }
                holds[0] = condition.getAsBoolean();
                // Not failFast, which would replace the user's own.
                return holds[0] || hopeless.getAsBoolean();
              });
    } catch (ConditionTimeoutException e) {
      holds[0] = false; // polled once more below
    }
    failIfInterrupted(what);
    return holds[0] || condition.getAsBoolean();
  }

  private static Duration bounded(Duration limit) {
    return limit.isZero() ? SHORTEST : limit.compareTo(LONGEST) < 0 ? limit : LONGEST;
  }

  /** Awaitility's own sleep goes on after an interrupt and sets the flag again. */
  private static void failIfInterrupted(String what) {
    if (Thread.currentThread().isInterrupted()) {
      throw Access.get().interrupted("interrupted while waiting: " + what, null);
    }
  }
}
