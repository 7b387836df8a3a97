package io.github.subreaper.internal.linux;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.NativeLong;
import java.util.OptionalInt;

/**
 * pidfd_open(2) (Linux 5.3), pidfd_send_signal(2) (5.1), and PIDFD_GET_INFO with PIDFD_INFO_EXIT
 * (6.15): a reference to one process that a reused pid cannot fool.
 */
public final class Pidfd implements AutoCloseable {
  private static final int SYS_PIDFD_SEND_SIGNAL = 424;
  private static final int SYS_PIDFD_OPEN = 434;
  private static final long PIDFD_INFO_EXIT = 1L << 3;
  // _IOWR(0xFF, 11, struct pidfd_info), whose size is part of the number
  private static final int INFO_SIZE = 64;
  private static final long PIDFD_GET_INFO = 3L << 30 | (long) INFO_SIZE << 16 | 0xFF << 8 | 11;
  private static final int EXIT_CODE_OFFSET = 60;
  private static final NativeLong ZERO = new NativeLong(0);

  private int fd;

  private Pidfd(int fd) {
    this.fd = fd;
  }

  /** Opens the process that has this pid now; it is close-on-exec. */
  public static Pidfd open(int pid) {
    long fd = LibC.syscall(nr(SYS_PIDFD_OPEN), nr(pid), ZERO, ZERO, ZERO).longValue();
    if (fd < 0) {
      LibC.failed("pidfd_open(" + pid + ")");
    }
    return new Pidfd((int) fd);
  }

  private static NativeLong nr(long value) {
    return new NativeLong(value);
  }

  /** Returns 0 or the errno. */
  public synchronized int send(int signal) {
    if (fd < 0) {
      return Errno.ESRCH;
    }
    long result =
        LibC.syscall(nr(SYS_PIDFD_SEND_SIGNAL), nr(fd), nr(signal), ZERO, ZERO).longValue();
    return result == 0 ? 0 : Native.getLastError();
  }

  /** Whether the process has ended, all its threads; a zombie counts as ended. */
  public synchronized boolean hasEnded() {
    if (fd < 0) {
      return true;
    }
    try (Memory pollfd = new Memory(8)) {
      pollfd.setInt(0, fd);
      pollfd.setShort(4, (short) 1);
      pollfd.setShort(6, (short) 0);
      return LibC.poll(pollfd, nr(1), 0) > 0;
    }
  }

  /**
   * The wait status, once somebody has reaped the process (Linux 6.15); empty before, and below.
   */
  public synchronized OptionalInt waitStatus() {
    if (fd < 0) {
      return OptionalInt.empty();
    }
    try (Memory info = new Memory(INFO_SIZE)) {
      info.clear();
      info.setLong(0, PIDFD_INFO_EXIT);
      if (LibC.ioctl(fd, new NativeLong(PIDFD_GET_INFO), info) != 0
          || (info.getLong(0) & PIDFD_INFO_EXIT) == 0) {
        return OptionalInt.empty();
      }
      return OptionalInt.of(info.getInt(EXIT_CODE_OFFSET));
    }
  }

  @Override
  public synchronized void close() {
    if (fd >= 0) {
      LibC.close(fd);
      fd = -1;
    }
  }
}
