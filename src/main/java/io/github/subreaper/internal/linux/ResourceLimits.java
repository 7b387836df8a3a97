package io.github.subreaper.internal.linux;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import java.util.List;
import java.util.Locale;

/**
 * Sets the limits of another process by prlimit(2). They are those of getrlimit(2), with their
 * names in prlimit(1).
 */
public final class ResourceLimits {
  /** Indexed by number, as on x86 and ARM. */
  private static final List<String> NAMES =
      List.of(
          "cpu",
          "fsize",
          "data",
          "stack",
          "core",
          "rss",
          "nproc",
          "nofile",
          "memlock",
          "as",
          "locks",
          "sigpending",
          "msgqueue",
          "nice",
          "rtprio",
          "rttime");

  private ResourceLimits() {}

  /** Returns all names, in the order of their numbers. */
  public static List<String> names() {
    return NAMES;
  }

  /**
   * Sets both limits of a process; -1 for none.
   *
   * @param name one of {@link #names}, whatever its case
   */
  public static void set(int pid, String name, long soft, long hard) {
    int resource = NAMES.indexOf(name.toLowerCase(Locale.ROOT));
    try (Memory limit = new Memory(16)) {
      limit.setLong(0, soft);
      limit.setLong(8, hard);
      if (LibC.prlimit(pid, resource, limit, null) != 0) {
        throw new LinuxException("prlimit(2)", Native.getLastError());
      }
    }
  }
}
