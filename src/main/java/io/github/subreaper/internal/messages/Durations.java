package io.github.subreaper.internal.messages;

import io.github.subreaper.internal.engine.text.Spans;
import java.time.Duration;
import java.util.Locale;
import java.util.Objects;

/** Checks durations where they are passed in, and formats them for messages. */
public final class Durations {
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

  /** Returns nanoseconds; {@link Long#MAX_VALUE} for more than 292 years. */
  public static long nanos(Duration duration) {
    return Spans.nanos(duration);
  }

  public static String say(Duration duration) {
    double seconds = duration.toSeconds() + duration.toNanosPart() / 1e9;
    double size = Math.abs(seconds);
    return String.format(
        Locale.ROOT, size < 0.1 ? "%.3f s" : size < 1 ? "%.2f s" : "%.1f s", seconds);
  }
}
