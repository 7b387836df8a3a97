package io.github.subreaper.internal.linux.proc;

import com.sun.jna.Native;
import io.github.subreaper.internal.linux.calls.Block;
import io.github.subreaper.internal.linux.calls.LateLibC;
import io.github.subreaper.internal.linux.calls.LibC;
import io.github.subreaper.internal.linux.calls.LinuxException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Gets and sets the limits of other processes by prlimit(2), and their nice values. The limits are
 * those of getrlimit(2), with their names in prlimit(1).
 */
public class ResourceLimits {
  private static final int PRIO_PROCESS = 0;

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

  /** Stands for no limit in a {@link Pair}. */
  public static final long UNLIMITED = -1;

  /** A limit of setrlimit(2); {@link #UNLIMITED} for none. */
  public record Pair(long soft, long hard) {}

  public ResourceLimits() {}

  /** Returns all names, in the order of their numbers. */
  public static List<String> names() {
    return NAMES;
  }

  /**
   * Returns both limits of a process.
   *
   * @param name one of {@link #names}, whatever its case
   * @return null if they can't be read
   */
  public @Nullable Pair get(int pid, String name) {
    try (Block limit = new Block(16)) {
      return LibC.prlimit(pid, number(name), null, limit) == 0
          ? new Pair(limit.getLong(0), limit.getLong(8))
          : null;
    }
  }

  /**
   * Returns {@code /proc/<pid>/limits} by the names in the file, such as {@code "Max open files"}.
   *
   * @return empty if it can't be read
   */
  public Map<String, Pair> all(int pid) {
    byte[] text = Procfs.read("/proc/" + Procfs.name(pid) + "/limits");
    Map<String, Pair> limits = new LinkedHashMap<>();
    if (text != null) {
      for (String line : new String(text, StandardCharsets.US_ASCII).split("\n", -1)) {
        // the columns of the file: 25, 20 and 20 characters wide, with a space between
        if (line.startsWith("Max ") && line.length() > 47) {
          limits.put(
              line.substring(0, 26).strip(),
              new Pair(limit(line.substring(26, 47)), limit(line.substring(47))));
        }
      }
    }
    return limits;
  }

  private static long limit(String columns) {
    String value = columns.strip().split(" ", 2)[0];
    return value.equals("unlimited") ? UNLIMITED : Long.parseUnsignedLong(value);
  }

  /**
   * Returns the largest RLIMIT_NOFILE that any process may have, proc_sys_fs(5).
   *
   * @return {@link #UNLIMITED} if unknown
   */
  public long mostOpenFiles() {
    byte[] text = Procfs.read("/proc/sys/fs/nr_open");
    return text == null
        ? UNLIMITED
        : Long.parseLong(new String(text, StandardCharsets.US_ASCII).strip());
  }

  private static int number(String name) {
    return NAMES.indexOf(name.toLowerCase(Locale.ROOT));
  }

  /**
   * Sets both limits of a process; -1 for none.
   *
   * @param name one of {@link #names}, whatever its case
   */
  public void set(int pid, String name, long soft, long hard) {
    try (Block limit = new Block(16)) {
      limit.setLong(0, soft);
      limit.setLong(8, hard);
      if (LibC.prlimit(pid, number(name), limit, null) != 0) {
        throw new LinuxException("prlimit(2)", Native.getLastError());
      }
    }
  }

  /** Sets the nice value, setpriority(2), of a process that has one thread. */
  public void setNice(int pid, int nice) {
    if (LateLibC.setpriority(PRIO_PROCESS, pid, nice) != 0) {
      throw new LinuxException("setpriority(2)", Native.getLastError());
    }
  }
}
