package io.github.subreaper.internal.assertj.facts;

/** Checks arguments at the call that takes them. */
public final class Arguments {
  private static final int HIGHEST_PORT = 65535;

  private Arguments() {}

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

  static void port(int port) {
    if (port < 1 || port > HIGHEST_PORT) {
      throw new IllegalArgumentException("a port is 1 to " + HIGHEST_PORT + ", not " + port);
    }
  }
}
