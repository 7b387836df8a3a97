package io.github.subreaper.internal.text;

import java.time.Duration;
import java.util.Locale;
import java.util.Objects;

/** Checks durations where they are passed in, and formats them for messages. */
public final class Durations {
  private static final Duration LONGEST = Duration.ofDays(365 * 100);

  private Durations() {}

  public static Duration notNegative(String name, Duration duration) {
    Objects.requireNonNull(duration, name);
    if (duration.isNegative()) {
      throw new IllegalArgumentException(name + " must not be negative: " + say(duration));
    }
    return duration;
  }

  public static Duration positive(String name, Duration duration) {
    notNegative(name, duration);
    if (duration.isZero()) {
      throw new IllegalArgumentException(name + " must be more than zero");
    }
    return duration;
  }

  /** Returns nanoseconds, at most a hundred years, so that a clock can be added. */
  public static long nanos(Duration duration) {
    return (duration.compareTo(LONGEST) > 0 ? LONGEST : duration).toNanos();
  }

  public static double seconds(Duration duration) {
    return nanos(duration) / 1e9;
  }

  public static String say(Duration duration) {
    double seconds = duration.toSeconds() + duration.toNanosPart() / 1e9;
    double size = Math.abs(seconds);
    return String.format(
        Locale.ROOT, size < 0.1 ? "%.3f s" : size < 1 ? "%.2f s" : "%.1f s", seconds);
  }
}
