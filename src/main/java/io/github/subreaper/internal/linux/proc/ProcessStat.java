package io.github.subreaper.internal.linux.proc;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * One line of {@code /proc/<pid>/stat}, proc_pid_stat(5). It can be read of a zombie too. Times are
 * clock ticks.
 *
 * @param readNanos {@link System#nanoTime} just before it was read
 */
public record ProcessStat(
    int pid,
    String name,
    char state,
    int parent,
    int processGroup,
    int session,
    int tty,
    int foregroundGroup,
    long userTicks,
    long systemTicks,
    int nice,
    int threads,
    long startTicks,
    long readNanos) {
  /** The start time of a process that {@code /proc} hides, which is unknown. */
  static final long HIDDEN = -1;

  /** The name of a process that {@code /proc} hides. */
  static final String NO_NAME = "?";

  private static final int TTY_MAJOR = 4;
  private static final int FIRST_SERIAL = 64;
  private static final int FIRST_PTS_MAJOR = 136;
  private static final int PTS_MAJORS = 8;

  /**
   * Returns whether it has ended: state Z or X, and no other thread is left. The state alone is
   * that of the first thread.
   */
  public boolean hasEnded() {
    return (state == 'Z' || state == 'X') && threads <= 1;
  }

  /** Returns whether {@code /proc} hides it, so that name, times and start time are unknown. */
  public boolean isHidden() {
    return startTicks == HIDDEN;
  }

  /** Returns whether it may be that of a process with this start time: a hidden one has none. */
  public boolean mayHaveStarted(long ticks) {
    return startTicks == ticks || startTicks == HIDDEN || ticks == HIDDEN;
  }

  public boolean isStopped() {
    return state == 'T' || state == 't';
  }

  /** Returns whether it is stopped while another process group has its terminal's foreground. */
  public boolean isStoppedInBackground() {
    return state == 'T' && tty != 0 && foregroundGroup > 0 && foregroundGroup != processGroup;
  }

  /** Returns the same with another state. */
  public ProcessStat withState(char letter) {
    return new ProcessStat(
        pid,
        name,
        letter,
        parent,
        processGroup,
        session,
        tty,
        foregroundGroup,
        userTicks,
        systemTicks,
        nice,
        threads,
        startTicks,
        readNanos);
  }

  /** Returns the controlling terminal by its device number, as ps(1) names it; null for none. */
  public @Nullable String terminal() {
    int major = (tty >> 8) & 0xfff;
    int minor = (tty & 0xff) | ((tty >> 12) & 0xfff00);
    if (tty == 0) {
      return null;
    }
    if (major >= FIRST_PTS_MAJOR && major < FIRST_PTS_MAJOR + PTS_MAJORS) {
      return "/dev/pts/" + ((major - FIRST_PTS_MAJOR) * 256 + minor);
    }
    return major == TTY_MAJOR
        ? minor < FIRST_SERIAL ? "/dev/tty" + minor : "/dev/ttyS" + (minor - FIRST_SERIAL)
        : "terminal " + major + ":" + minor;
  }

  static ProcessStat parse(byte[] line, int length, long readNanos) {
    int open = indexOf(line, (byte) '(', 0);
    int close = length - 1;
    while (line[close] != ')') {
      close--;
    }
    // fields are numbered as in the man page: 3 is the state
    long[] fields = new long[23];
    int position = close + 4;
    for (int field = 4; field <= 22; field++) {
      boolean negative = line[position] == '-';
      if (negative) {
        position++;
      }
      long value = 0;
      while (position < length && line[position] >= '0' && line[position] <= '9') {
        value = value * 10 + (line[position++] - '0');
      }
      fields[field] = negative ? -value : value;
      position++;
    }
    return new ProcessStat(
        number(line, open - 1),
        new String(line, open + 1, close - open - 1, StandardCharsets.UTF_8),
        (char) line[close + 2],
        (int) fields[4],
        (int) fields[5],
        (int) fields[6],
        (int) fields[7],
        (int) fields[8],
        fields[14],
        fields[15],
        (int) fields[19],
        (int) fields[20],
        fields[22],
        readNanos);
  }

  private static int number(byte[] line, int end) {
    int value = 0;
    for (int i = 0; i < end; i++) {
      value = value * 10 + (line[i] - '0');
    }
    return value;
  }

  private static int indexOf(byte[] line, byte wanted, int from) {
    int i = from;
    while (line[i] != wanted) {
      i++;
    }
    return i;
  }
}
