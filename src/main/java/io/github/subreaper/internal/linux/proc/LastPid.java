package io.github.subreaper.internal.linux.proc;

import com.sun.jna.Memory;
import io.github.subreaper.internal.linux.calls.LibC;

/**
 * The latest pid that this pid namespace has given out, {@code /proc/sys/kernel/ns_last_pid} (Linux
 * 3.3 with CONFIG_CHECKPOINT_RESTORE). The file stays open: to read it is one call. Any thread may
 * read it.
 */
public class LastPid implements AutoCloseable {
  /** It can't be read. */
  public static final int UNKNOWN = -1;

  private static final int DIGITS = 16;

  private final Memory text = new Memory(DIGITS);

  /** What was read last: mostly it is the same, and each byte is a call. */
  private long knownFirst;

  private long knownSecond;
  private int known = UNKNOWN;
  private int fd;

  public LastPid(int fd) {
    this.fd = fd;
  }

  public static LastPid open() {
    return new LastPid(Reading.ofThisThread().at("/proc/sys/kernel/ns_last_pid").open());
  }

  /** Returns the pid, or {@link #UNKNOWN}. */
  public synchronized int read() {
    int count = fd < 0 ? 0 : LibC.pread(fd, text, DIGITS, 0);
    if (count <= 0) {
      return UNKNOWN;
    }
    long first = text.getLong(0);
    long second = text.getLong(Long.BYTES);
    if (first != knownFirst || second != knownSecond) {
      knownFirst = first;
      knownSecond = second;
      known = parse(count);
    }
    return known;
  }

  private int parse(int count) {
    int value = 0;
    for (int i = 0; i < count; i++) {
      byte digit = text.getByte(i);
      if (digit < '0' || digit > '9') {
        break;
      }
      value = value * 10 + (digit - '0');
    }
    return value > 0 ? value : UNKNOWN;
  }

  @Override
  public synchronized void close() {
    if (fd >= 0) {
      LibC.close(fd);
      fd = -1;
    }
  }
}
