package io.github.subreaper.internal.junit.settings;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Parses durations as in JUnit's {@code junit.jupiter.execution.timeout.default}: a whole number,
 * at most one space, a unit. Unlike JUnit it allows zero.
 */
public final class DurationSyntax {
  static final String ALLOWED =
      "a whole number and a unit (ns, μs, ms, s, m, h or d; without one: seconds),"
          + " such as \"5 s\" or \"500 ms\"";

  // U+03BC and U+00B5 look alike and are both typed; case mapping makes them one.
  private static final Pattern PATTERN =
      Pattern.compile(
          "(\\d+) ?(ns|μs|ms|s|m|h|d)?", Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE);
  private static final Map<String, ChronoUnit> UNITS =
      Map.of(
          "ns", ChronoUnit.NANOS,
          "μs", ChronoUnit.MICROS,
          "ms", ChronoUnit.MILLIS,
          "s", ChronoUnit.SECONDS,
          "m", ChronoUnit.MINUTES,
          "h", ChronoUnit.HOURS,
          "d", ChronoUnit.DAYS);

  private DurationSyntax() {}

  /** Parses a duration. The IllegalArgumentException says what is wrong with the text. */
  public static Duration parse(String text) {
    Matcher matcher = PATTERN.matcher(text.strip());
    if (!matcher.matches()) {
      throw new IllegalArgumentException("not a duration");
    }
    try {
      return Duration.of(Long.parseLong(matcher.group(1)), unit(matcher.group(2)));
    } catch (NumberFormatException | ArithmeticException e) {
      throw new IllegalArgumentException("too long a duration", e);
    }
  }

  private static ChronoUnit unit(@Nullable String text) {
    String name = text == null ? "s" : text.toLowerCase(Locale.ROOT).replace('µ', 'μ');
    return UNITS.getOrDefault(name, ChronoUnit.SECONDS);
  }
}
