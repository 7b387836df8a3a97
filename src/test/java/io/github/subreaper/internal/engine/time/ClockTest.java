package io.github.subreaper.internal.engine.time;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.internal.linux.Time;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is done after a time, and each second. */
@Timeout(120)
class ClockTest {
  @Test
  void actionThatFailsIsRepeated() {
    AtomicInteger failures = new AtomicInteger();
    Clock clock = new Clock(new Virtual());
    clock.eachSecond(
        () -> {
          failures.incrementAndGet();
          throw new IllegalStateException("as if");
        });
    for (int i = 0; i < 8; i++) {
      clock.step();
    }
    assertThat(failures).hasValueGreaterThan(1);
    clock.close();
  }

  /** No thread runs and no time passes but in the waits. */
  private static final class Virtual extends Time {
    private long now = Long.MAX_VALUE - 1; // it may overflow at any time

    @Override
    public long nanos() {
      return now;
    }

    @Override
    public void start(Thread thread) {
      assertThat(thread.isDaemon()).isTrue();
    }

    @Override
    public long await(Condition condition, long nanos) {
      now += nanos;
      return 0;
    }
  }

  @Test
  void stepsRunWhatIsDueWithoutAThread() {
    Virtual time = new Virtual();
    long start = time.nanos();
    List<Long> once = new ArrayList<>();
    List<Long> each = new ArrayList<>();
    Clock clock = new Clock(time);
    clock.after(Duration.ofMillis(2_500), () -> once.add(time.nanos() - start));
    Runnable cancel = clock.eachSecond(() -> each.add(time.nanos() - start));

    for (int i = 0; i < 8; i++) {
      clock.step();
    }
    assertThat(once).containsExactly(2_500_000_000L);
    assertThat(each).containsExactly(1_000_000_000L, 2_000_000_000L, 3_000_000_000L);

    cancel.run();
    clock.step();
    clock.step();
    assertThat(each).hasSize(3);
    clock.close();
  }
}
