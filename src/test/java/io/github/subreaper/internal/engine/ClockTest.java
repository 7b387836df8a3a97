package io.github.subreaper.internal.engine;

import static io.github.subreaper.testing.Linux.TIME;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is done each second. */
@Timeout(120)
class ClockTest {
  @Test
  void actionThatFailsIsRepeated() throws Exception {
    CountDownLatch failures = new CountDownLatch(2);
    try (Clock clock = new Clock(TIME)) {
      clock.eachSecond(
          () -> {
            failures.countDown();
            throw new IllegalStateException("as if");
          });
      assertThat(failures.await(1, TimeUnit.MINUTES)).isTrue();
    }
  }
}
