package io.github.subreaper;

import io.github.subreaper.internal.linux.ResourceLimits;
import java.util.Objects;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * A limit of a process, setrlimit(2), in the unit of that limit: bytes, seconds or a number.
 * Immutable; two are equal if both values are.
 *
 * <pre>{@code
 * OptionalLong files = daemon.details().limit("nofile").soft(); // such as 1024
 * }</pre>
 *
 * @since 0.1.0
 */
public final class ResourceLimit {
  private final OptionalLong soft;
  private final OptionalLong hard;

  private ResourceLimit(OptionalLong soft, OptionalLong hard) {
    this.soft = soft;
    this.hard = hard;
  }

  static ResourceLimit of(ResourceLimits.Pair limit) {
    return new ResourceLimit(optional(limit.soft()), optional(limit.hard()));
  }

  private static OptionalLong optional(long value) {
    return value == ResourceLimits.UNLIMITED ? OptionalLong.empty() : OptionalLong.of(value);
  }

  /**
   * Returns the value that the kernel enforces.
   *
   * @return empty for unlimited
   */
  public OptionalLong soft() {
    return soft;
  }

  /**
   * Returns the value up to which the process may raise it.
   *
   * @return empty for unlimited
   */
  public OptionalLong hard() {
    return hard;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof ResourceLimit that && soft.equals(that.soft) && hard.equals(that.hard);
  }

  @Override
  public int hashCode() {
    return Objects.hash(soft, hard);
  }

  /**
   * Returns both values, as {@code ulimit} would print them.
   *
   * @return such as {@code "1024 (hard: unlimited)"}
   */
  @Override
  public String toString() {
    return text(soft) + " (hard: " + text(hard) + ")";
  }

  private static String text(OptionalLong value) {
    return value.isEmpty() ? "unlimited" : String.valueOf(value.getAsLong());
  }
}
