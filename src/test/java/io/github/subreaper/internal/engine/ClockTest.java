package io.github.subreaper.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is done each second. */
@Timeout(120)
class ClockTest {
  @Test
  void actionThatFailsIsRepeatedAndStopsNoOther() throws Exception {
    CountDownLatch failures = new CountDownLatch(2);
    CountDownLatch others = new CountDownLatch(2);
    try (Clock clock = new Clock()) {
      clock.eachSecond(
          "fails",
          () -> {
            failures.countDown();
            throw new IllegalStateException("as if");
          });
      clock.eachSecond("other", others::countDown);
      assertThat(failures.await(1, TimeUnit.MINUTES)).isTrue();
      assertThat(others.await(1, TimeUnit.MINUTES)).isTrue();
    }
  }
}
