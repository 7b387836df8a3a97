package io.github.subreaper.internal.assertj.facts;

import java.time.Duration;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** Checks arguments at the call that takes them. */
public final class Arguments {
  private static final int HIGHEST_PORT = 65535;

  private Arguments() {}

  public static void notNegative(String name, Duration duration) {
    Objects.requireNonNull(duration, name);
    if (duration.isNegative()) {
      throw new IllegalArgumentException(name + " must not be negative: " + duration);
    }
  }

  public static void positive(String name, long number) {
    if (number < 1) {
      throw new IllegalArgumentException(name + " must be more than zero: " + number);
    }
  }

  public static void notNegative(String name, long number) {
    if (number < 0) {
      throw new IllegalArgumentException(name + " must not be negative: " + number);
    }
  }

  public static Pattern regex(String regex) {
    Objects.requireNonNull(regex, "regex");
    try {
      return Pattern.compile(regex);
    } catch (PatternSyntaxException e) {
      throw new PatternSyntaxException(
          e.getDescription()
              + " (lines are searched by a regex, in which `.*` stands for any text and a backslash"
              + " takes the next character as it is)",
          regex,
          e.getIndex());
    }
  }

  static void port(int port) {
    if (port < 1 || port > HIGHEST_PORT) {
      throw new IllegalArgumentException("a port is 1 to " + HIGHEST_PORT + ", not " + port);
    }
  }
}
