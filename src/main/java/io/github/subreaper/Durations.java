package io.github.subreaper;

import java.time.Duration;
import java.util.Locale;
import java.util.Objects;

/** Checks durations at the call that takes them, and says them in messages. */
final class Durations {
  private Durations() {}

  static Duration notNegative(String name, Duration duration) {
    Objects.requireNonNull(duration, name);
    if (duration.isNegative()) {
      throw new IllegalArgumentException(name + " must not be negative: " + say(duration));
    }
    return duration;
  }

  static Duration positive(String name, Duration duration) {
    notNegative(name, duration);
    if (duration.isZero()) {
      throw new IllegalArgumentException(name + " must be more than zero");
    }
    return duration;
  }

  /** Nanoseconds, the largest number of them for more than 292 years. */
  static long nanos(Duration duration) {
    return duration.toSeconds() > Long.MAX_VALUE / 1_000_000_000 - 1
        ? Long.MAX_VALUE
        : duration.toNanos();
  }

  static String say(Duration duration) {
    long millis = duration.toMillis();
    if (Math.abs(millis) < 100) {
      return String.format(Locale.ROOT, "%.3f s", nanos(duration) / 1e9);
    }
    return String.format(Locale.ROOT, millis < 1000 ? "%.2f s" : "%.1f s", millis / 1e3);
  }
}
