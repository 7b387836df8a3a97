package io.github.subreaper.assertj;

import static io.github.subreaper.assertj.SubreaperAssertions.assertThat;
import static io.github.subreaper.assertj.SubreaperAssertions.assertThatThrownBy;

import io.github.subreaper.WaitInterruptedException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.awaitility.core.TerminalFailureException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class PollingTest {
  private static final Duration FOR_EVER = Duration.ofSeconds(Long.MAX_VALUE);
  private static final Duration AT_ONCE = Duration.ofNanos(1);

  private final AtomicInteger polls = new AtomicInteger();

  @Test
  void pollsUntilTheConditionHolds() {
    assertThat(Polling.until("x", FOR_EVER, () -> polls.incrementAndGet() == 3, () -> false))
        .isTrue();
  }

  @Test
  void endsWhenTheTimeIsOver() {
    assertThat(Polling.until("x", Duration.ofMillis(30), () -> false, () -> false)).isFalse();
  }

  @Test
  void aConditionThatHoldsAtTheOnlyPollIsSeen() {
    assertThat(Polling.until("x", AT_ONCE, () -> true, () -> false)).isTrue();
  }

  @Test
  void zeroChecksOnce() {
    assertThat(Polling.until("x", Duration.ZERO, () -> false, () -> false)).isFalse();
    assertThat(Polling.until("x", Duration.ZERO, () -> true, () -> false)).isTrue();
  }

  @Test
  void endsAtOnceWhenTheConditionCanNoLongerHold() {
    assertThat(Polling.until("x", FOR_EVER, () -> false, () -> true)).isFalse();
  }

  @Test
  void aConditionThatHoldsJustBeforeTheEndIsSeen() {
    assertThat(Polling.until("x", FOR_EVER, () -> true, () -> true)).isTrue();
  }

  @Test
  void anInterruptEndsTheWaitWithTheFlagSet() {
    Thread.currentThread().interrupt();
    try {
      assertThatThrownBy(() -> Polling.until("the port", FOR_EVER, () -> false, () -> false))
          .isInstanceOf(WaitInterruptedException.class)
          .hasMessage("interrupted while waiting: the port");
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }
  }

  @Test
  void exceptionsOfTheConditionAreThrown() {
    assertThatThrownBy(
            () ->
                Polling.until(
                    "x",
                    FOR_EVER,
                    () -> {
                      throw new IllegalStateException("no /proc");
                    },
                    () -> false))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("no /proc");
  }

  @Test
  void theIntervalOfTheUserIsUsed() {
    List<Duration> intervals = new ArrayList<>();
    try {
      Awaitility.setDefaultConditionEvaluationListener(
          poll -> intervals.add(poll.getPollInterval()));
      pollsUntilTheConditionHolds();
      assertThat(intervals).first().isEqualTo(Duration.ZERO);
      assertThat(intervals).doesNotContain(Duration.ofMillis(3));

      intervals.clear();
      polls.set(0);
      Awaitility.setDefaultPollInterval(Duration.ofMillis(3));
      pollsUntilTheConditionHolds();
      assertThat(intervals)
          .containsExactly(Duration.ZERO, Duration.ofMillis(3), Duration.ofMillis(3));
    } finally {
      Awaitility.reset();
    }
  }

  @Test
  void theTimeLimitIsTheCallersWhateverTheDefault() {
    try {
      Awaitility.setDefaultTimeout(Duration.ofMillis(200));
      long start = System.nanoTime();
      Duration longer = Duration.ofMillis(600);
      assertThat(Polling.until("x", longer, () -> false, () -> false)).isFalse();
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(longer);

      Awaitility.setDefaultTimeout(Duration.ofHours(1));
      assertThat(Polling.until("x", AT_ONCE, () -> false, () -> false)).isFalse();
    } finally {
      Awaitility.reset();
    }
  }

  @Test
  void failFastOfTheUserEndsTheWaitWithItsReason() {
    try {
      Awaitility.setDefaultFailFastCondition("the disk is full", () -> true);
      assertThatThrownBy(() -> Polling.until("x", FOR_EVER, () -> false, () -> false))
          .isInstanceOf(TerminalFailureException.class)
          .hasMessage("the disk is full");
    } finally {
      Awaitility.reset();
    }
  }

  @Test
  void exceptionsThatTheUserIgnoresDoNotHideAnInterrupt() {
    Thread.currentThread().interrupt();
    try {
      Awaitility.ignoreExceptionsByDefault();
      assertThatThrownBy(() -> Polling.until("x", FOR_EVER, () -> false, () -> false))
          .isInstanceOf(WaitInterruptedException.class);
    } finally {
      Awaitility.reset();
      assertThat(Thread.interrupted()).isTrue();
    }
  }
}
