package io.github.subreaper.assertj;

import static io.github.subreaper.assertj.SubreaperAssertions.assertThat;
import static io.github.subreaper.assertj.SubreaperAssertions.assertThatThrownBy;

import io.github.subreaper.WaitInterruptedException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class PollingTest {
  private static final Duration FOR_EVER = Duration.ofSeconds(Long.MAX_VALUE);
  private static final Duration AT_ONCE = Duration.ofNanos(1);

  private final AtomicInteger looks = new AtomicInteger();

  @Test
  void looksUntilTheConditionHolds() {
    assertThat(Polling.until("x", FOR_EVER, () -> looks.incrementAndGet() == 3, () -> false))
        .isTrue();
  }

  @Test
  void endsWhenTheTimeIsOver() {
    assertThat(Polling.until("x", Duration.ofMillis(30), () -> false, () -> false)).isFalse();
  }

  @Test
  void aConditionThatHoldsAtTheOnlyLookIsSeen() {
    assertThat(Polling.until("x", AT_ONCE, () -> true, () -> false)).isTrue();
  }

  @Test
  void endsAtOnceWhenItIsHopeless() {
    assertThat(Polling.until("x", FOR_EVER, () -> false, () -> true)).isFalse();
  }

  @Test
  void whatCameTogetherWithTheEndIsSeen() {
    assertThat(Polling.until("x", FOR_EVER, () -> true, () -> true)).isTrue();
  }

  @Test
  void anInterruptEndsItWithTheFlagSet() {
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
  void whatTheConditionThrowsComesOut() {
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
}
