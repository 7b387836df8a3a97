package io.github.subreaper;

import java.nio.file.Path;
import java.util.Optional;

/**
 * An open descriptor, proc_pid_fd(5).
 *
 * @param descriptor its number
 * @param target what it refers to: {@code "/dev/null"}, {@code "socket:[4711]"}, {@code
 *     "pipe:[4712]"}, {@code "anon_inode:[eventpoll]"}; a file that was removed ends in {@code "
 *     (deleted)"}
 */
public record OpenFile(int descriptor, String target) {
  private static final String DELETED = " (deleted)";

  /**
   * Returns the file.
   *
   * @return empty for sockets, pipes and the like, and for a file that has been removed
   */
  public Optional<Path> path() {
    return target.startsWith("/") && !isDeleted() ? Optional.of(Path.of(target)) : Optional.empty();
  }

  /**
   * Returns whether the file has been removed since it was opened.
   *
   * @return true if the kernel says so
   */
  public boolean isDeleted() {
    return target.endsWith(DELETED);
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
