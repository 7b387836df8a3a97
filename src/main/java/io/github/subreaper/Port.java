package io.github.subreaper;

/**
 * A port that {@link Ports} has reserved.
 *
 * @since 0.1.0
 */
public final class Port {
  private final int number;

  Port(int number) {
    this.number = number;
  }

  /**
   * Returns its number.
   *
   * @return from 1024 to 65535
   */
  public int number() {
    return number;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Port its && its.number == number;
  }

  @Override
  public int hashCode() {
    return number;
  }

  /**
   * Returns its number, so that it can be a part of an argument or of a configuration.
   *
   * @return in decimal
   */
  @Override
  public String toString() {
    return Integer.toString(number);
  }
}
