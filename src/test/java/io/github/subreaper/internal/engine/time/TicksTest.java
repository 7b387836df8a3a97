package io.github.subreaper.internal.engine.time;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.internal.linux.Time;
import org.junit.jupiter.api.Test;

class TicksTest {
  private static final long BOOT_AHEAD = 3_000_000_000L;
  private static final long LOST_NANOS = 50_000_000;

  /** A thread loses its CPU for some ticks before it has read the second clock. */
  private static final class Losing extends Time {
    private long now = 7_000_000_000L;
    private boolean lost;

    @Override
    public long nanos() {
      return now;
    }

    @Override
    public long bootNanos() {
      now += lost ? 0 : LOST_NANOS;
      lost = true;
      return now + BOOT_AHEAD;
    }
  }

  @Test
  void threadThatLosesItsCpuBetweenTwoClocksMovesNoBirth() {
    long ticks = 900;
    long nanos = ticks * Ticks.NANOS - BOOT_AHEAD;
    assertThat(Ticks.nanos(new Losing(), ticks)).isEqualTo(nanos);
    assertThat(Ticks.of(new Losing(), nanos)).isEqualTo(ticks);
  }
}
