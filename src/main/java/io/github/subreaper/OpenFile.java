package io.github.subreaper;

import io.github.subreaper.internal.messages.Text;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An open descriptor, proc_pid_fd(5). Immutable; two are equal if number and target are.
 *
 * <pre>{@code
 * daemon.details().openFiles().forEach(System.out::println); // such as 3 → /var/log/x.log
 * }</pre>
 *
 * @since 0.1.0
 */
public final class OpenFile {
  private static final String DELETED = " (deleted)";

  private final int descriptor;
  private final String target;

  OpenFile(int descriptor, String target) {
    this.descriptor = descriptor;
    this.target = target;
  }

  /**
   * Returns the number of the descriptor.
   *
   * @return zero or more
   */
  public int descriptor() {
    return descriptor;
  }

  /**
   * Returns what the descriptor refers to.
   *
   * @return such as {@code "/dev/null"}, {@code "socket:[4711]"}, {@code "pipe:[4712]"}, {@code
   *     "anon_inode:[eventpoll]"}; a file that was removed ends in {@code " (deleted)"}
   */
  public String target() {
    return target;
  }

  /**
   * Returns the file.
   *
   * @return empty for sockets, pipes and the like, and for a file that has been removed
   */
  public Optional<Path> path() {
    return target.startsWith("/") && !target.endsWith(DELETED)
        ? Optional.of(Path.of(target))
        : Optional.empty();
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof OpenFile that
        && descriptor == that.descriptor
        && target.equals(that.target);
  }

  @Override
  public int hashCode() {
    return Objects.hash(descriptor, target);
  }

  /**
   * Returns both.
   *
   * @return such as {@code "3 → /var/log/x.log"}
   */
  @Override
  public String toString() {
    return descriptor + " → " + Text.safe(target);
  }
}
