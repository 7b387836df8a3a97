package io.github.subreaper.internal.engine.text;

import java.time.Duration;

/** Converts durations to numbers. */
public final class Spans {
  private static final Duration LONGEST = Duration.ofDays(365 * 100);

  private Spans() {}

  /** Returns nanoseconds, at most a hundred years, so that a clock can be added. */
  public static long nanos(Duration duration) {
    return (duration.compareTo(LONGEST) > 0 ? LONGEST : duration).toNanos();
  }

  public static double seconds(Duration duration) {
    return nanos(duration) / 1e9;
  }
}
