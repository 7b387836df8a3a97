package io.github.subreaper;

import io.github.subreaper.internal.linux.Procfs;
import java.util.OptionalLong;

/**
 * A limit of a process, setrlimit(2), in the unit of that limit: bytes, seconds or a number.
 *
 * @param soft the value that the kernel enforces; empty for unlimited
 * @param hard the value up to which the process may raise it; empty for unlimited
 */
public record ResourceLimit(OptionalLong soft, OptionalLong hard) {
  static ResourceLimit of(Procfs.ResourceLimit limit) {
    return new ResourceLimit(optional(limit.soft()), optional(limit.hard()));
  }

  private static OptionalLong optional(long value) {
    return value == Procfs.UNLIMITED ? OptionalLong.empty() : OptionalLong.of(value);
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
