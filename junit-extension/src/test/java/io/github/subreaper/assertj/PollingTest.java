package io.github.subreaper.assertj;

import static io.github.subreaper.assertj.SubreaperAssertions.assertThat;
import static io.github.subreaper.assertj.SubreaperAssertions.assertThatThrownBy;

import io.github.subreaper.WaitInterruptedException;
import io.github.subreaper.internal.assertj.facts.Polling;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.awaitility.core.TerminalFailureException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class PollingTest {
  private static final Duration FOR_EVER = Duration.ofSeconds(Long.MAX_VALUE);
  private static final Duration AT_ONCE = Duration.ofNanos(1);

  private final AtomicInteger polls = new AtomicInteger();

  @AfterEach
  void forgetSettingsOfTheUser() {
    Awaitility.reset();
  }

  @Test
  void pollsUntilTheConditionHolds() {
    assertThat(Polling.until("x", FOR_EVER, () -> polls.incrementAndGet() == 3, () -> false))
        .isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "false, false, PT0.03S, false", // the time is over
    "true, false, PT0.000000001S, true", // it holds at the only poll
    "false, false, PT0S, false", // zero checks once
    "true, false, PT0S, true",
    "false, true, PT2562047788015215H, false", // it can no longer hold
    "true, true, PT2562047788015215H, true" // it holds just before the end
  })
  void aWaitEndsWhenTheConditionHoldsOrCanNotOrTheTimeIsOver(
      boolean holds, boolean ended, Duration limit, boolean expected) {
    assertThat(Polling.until("x", limit, () -> holds, () -> ended)).isEqualTo(expected);
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
    Awaitility.setDefaultConditionEvaluationListener(poll -> intervals.add(poll.getPollInterval()));
    pollsUntilTheConditionHolds();
    assertThat(intervals).first().isEqualTo(Duration.ZERO);
    assertThat(intervals).doesNotContain(Duration.ofMillis(3));

    intervals.clear();
    polls.set(0);
    Awaitility.setDefaultPollInterval(Duration.ofMillis(3));
    pollsUntilTheConditionHolds();
    assertThat(intervals)
        .containsExactly(Duration.ZERO, Duration.ofMillis(3), Duration.ofMillis(3));
  }

  @Test
  void theTimeLimitIsTheCallersWhateverTheDefault() {
    Awaitility.setDefaultTimeout(Duration.ofMillis(200));
    long start = System.nanoTime();
    Duration longer = Duration.ofMillis(600);
    assertThat(Polling.until("x", longer, () -> false, () -> false)).isFalse();
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(longer);

    Awaitility.setDefaultTimeout(Duration.ofHours(1));
    assertThat(Polling.until("x", AT_ONCE, () -> false, () -> false)).isFalse();
  }

  @Test
  void failFastOfTheUserEndsTheWaitWithItsReason() {
    Awaitility.setDefaultFailFastCondition("the disk is full", () -> true);
    assertThatThrownBy(() -> Polling.until("x", FOR_EVER, () -> false, () -> false))
        .isInstanceOf(TerminalFailureException.class)
        .hasMessage("the disk is full");
  }

  @Test
  void exceptionsThatTheUserIgnoresDoNotHideAnInterrupt() {
    Thread.currentThread().interrupt();
    try {
      Awaitility.ignoreExceptionsByDefault();
      assertThatThrownBy(() -> Polling.until("x", FOR_EVER, () -> false, () -> false))
          .isInstanceOf(WaitInterruptedException.class);
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }
  }
}
