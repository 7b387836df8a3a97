package io.github.subreaper.internal.linux.files;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import io.github.subreaper.internal.linux.calls.Errno;
import io.github.subreaper.internal.linux.calls.LibC;
import io.github.subreaper.internal.linux.calls.LinuxException;
import io.github.subreaper.internal.linux.proc.Pidfd;
import java.util.Locale;

/**
 * Waits for the ends of many processes at once, epoll(7) with EPOLLET: each change is reported
 * once. A pidfd becomes readable when its process is dead (Linux 5.3), and hangs up when that has
 * been collected (6.9). {@link #wake} ends the wait, eventfd(2).
 *
 * <p>One thread waits and reads what was found; any thread adds and wakes.
 */
public class Epoll implements AutoCloseable {
  private static final int EPOLLIN = 1;
  private static final int EPOLLHUP = 0x10;
  private static final int EPOLLET = 1 << 31;
  private static final int EPOLL_CTL_ADD = 1;
  private static final int EFD_NONBLOCK = LibC.O_NONBLOCK;
  private static final int MOST = 64;

  /** The token of the eventfd. */
  private static final long WAKE = -1;

  /** The kernel packs the structure on x86 only. */
  private static final int DATA_OFFSET =
      isX86(System.getProperty("os.arch", "").toLowerCase(Locale.ROOT)) ? 4 : 8;

  private static final int EVENT_SIZE = DATA_OFFSET + 8;

  private final Memory found = new Memory((long) MOST * EVENT_SIZE);
  private int fd;
  private int eventFd;

  public Epoll(int fd, int eventFd) {
    this.fd = fd;
    this.eventFd = eventFd;
  }

  /** Throws LinuxException if it is refused. */
  public static Epoll open() {
    int fd = LibC.epoll_create1(LibC.O_CLOEXEC);
    if (fd < 0) {
      LibC.failed("epoll_create1(2)");
    }
    int eventFd = LibC.eventfd(0, EFD_NONBLOCK | LibC.O_CLOEXEC);
    if (eventFd < 0) {
      int errno = Native.getLastError();
      LibC.close(fd);
      throw new LinuxException("eventfd(2)", errno);
    }
    Epoll epoll = new Epoll(fd, eventFd);
    epoll.add(eventFd, WAKE);
    return epoll;
  }

  private static boolean isX86(String architecture) {
    return architecture.equals("amd64")
        || architecture.equals("x86_64")
        || architecture.equals("x86")
        || architecture.equals("i386");
  }

  /**
   * Adds a process until its descriptor is closed. What has happened to it already is reported,
   * too.
   *
   * @param token not negative; stands for it in what is found
   * @return false if the kernel refuses, or the descriptor is closed
   */
  public synchronized boolean add(Pidfd process, long token) {
    int descriptor = process.fd();
    return fd >= 0 && descriptor >= 0 && add(descriptor, token);
  }

  /** Adds a file whose opens are to end the wait; its token is that of a wake-up. */
  public synchronized void add(OpenWatch file) {
    if (!add(file.fd(), WAKE)) {
      LibC.failed("epoll_ctl(2)");
    }
  }

  private boolean add(int descriptor, long token) {
    Memory event = new Memory(EVENT_SIZE);
    event.setInt(0, EPOLLIN | EPOLLET);
    event.setLong(DATA_OFFSET, token);
    return LibC.epoll_ctl(fd, EPOLL_CTL_ADD, descriptor, event) == 0;
  }

  /**
   * Waits for a change.
   *
   * @param millis the longest wait; negative for endless
   * @return how many were found; a signal ends the wait, too
   * @throws LinuxException if the descriptor has been closed by other code
   */
  public int await(int millis) {
    int count = LibC.epoll_wait(fd, found, MOST, millis);
    if (count < 0 && Native.getLastError() != Errno.EINTR) {
      LibC.failed("epoll_wait(2)");
    }
    return Math.max(0, count);
  }

  /** Returns the token of what was found; negative for a wake-up. */
  public long token(int index) {
    return found.getLong((long) index * EVENT_SIZE + DATA_OFFSET);
  }

  /** Returns whether the process that was found has been collected, not only ended. */
  public boolean isCollected(int index) {
    return (found.getInt((long) index * EVENT_SIZE) & EPOLLHUP) != 0;
  }

  /** Ends the wait of the other thread, or its next one. */
  public synchronized void wake() {
    if (eventFd >= 0) {
      Memory one = new Memory(8);
      one.setLong(0, 1);
      LibC.write(eventFd, one, 8);
    }
  }

  /** To be called when no thread waits any more. */
  @Override
  public synchronized void close() {
    if (fd >= 0) {
      LibC.close(eventFd);
      LibC.close(fd);
      eventFd = -1;
      fd = -1;
    }
  }
}
