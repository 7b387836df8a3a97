package io.github.subreaper.internal.linux.files;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import io.github.subreaper.internal.linux.calls.Block;
import io.github.subreaper.internal.linux.calls.Errno;
import io.github.subreaper.internal.linux.calls.LibC;
import io.github.subreaper.internal.linux.calls.LinuxException;
import java.nio.charset.StandardCharsets;

/**
 * The master side of a pseudo-terminal, pty(7), close-on-exec. The other side is opened by a child
 * only: it could become the controlling terminal of this JVM, which a hang-up would end then.
 *
 * <p>One thread waits ({@link #await}), and only that thread closes it. All other calls may come
 * from any thread at any time, and never block.
 */
public class PseudoTerminal implements AutoCloseable {
  /** There is nothing to read now. */
  public static final int NOTHING = 0;

  /** No process has the other side open; one may open it later. */
  public static final int GONE = Outlet.GONE;

  /** It was closed here. */
  public static final int CLOSED = Outlet.CLOSED;

  private static final int O_NOCTTY = 0400;
  private static final int EFD_NONBLOCK = 04000;
  private static final int EFD_CLOEXEC = 02000000;
  private static final short POLLIN = 1;
  private static final int POLLFD_SIZE = 8;
  private static final int REVENTS = 6;
  private static final int LONGEST_NAME = 64;

  /** How many bytes one call of {@link #read} returns at most. */
  public static final int PART = 1 << 14;

  private final int fd;
  private final int waker;
  private final String name;
  private final Outlet outlet;
  private final Memory buffer = new Memory(PART);
  private final Memory polled = new Memory(2L * POLLFD_SIZE);
  private boolean closed;

  /** Makes a terminal with 80 columns and 24 rows. */
  public PseudoTerminal() {
    fd = Calls.posix_openpt(LibC.O_RDWR | O_NOCTTY | LibC.O_CLOEXEC);
    if (fd < 0) {
      LibC.failed("posix_openpt");
    }
    int eventFd = -1;
    try (Block text = new Block(LONGEST_NAME)) {
      if (Calls.unlockpt(fd) != 0) {
        LibC.failed("unlockpt");
      }
      text.clear();
      int errno = Calls.ptsname_r(fd, text, LONGEST_NAME);
      if (errno != 0) {
        throw new LinuxException("ptsname_r", errno);
      }
      name = text.getString(0, StandardCharsets.US_ASCII.name());
      eventFd = LibC.eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
      waker = eventFd >= 0 ? eventFd : LibC.failed("eventfd");
      outlet = new Outlet(fd);
      resize(80, 24);
    } catch (RuntimeException e) {
      LibC.close(fd);
      if (eventFd >= 0) {
        LibC.close(eventFd);
      }
      throw e;
    }
  }

  /** Returns the path of the other side, such as {@code /dev/pts/3}. */
  public String name() {
    return name;
  }

  /** Sets the size; the foreground process group gets a SIGWINCH. */
  public synchronized boolean resize(int columns, int rows) {
    if (closed) {
      return false;
    }
    try (Block size = new Block(8)) {
      size.clear();
      size.setShort(0, (short) rows);
      size.setShort(2, (short) columns);
      if (LibC.ioctl(fd, setWindowSize(), size) != 0) {
        LibC.failed("ioctl(TIOCSWINSZ)");
      }
      return true;
    }
  }

  /** Returns the number of TIOCSWINSZ, which depends on the machine. */
  private static int setWindowSize() {
    String machine = System.getProperty("os.arch", "");
    boolean other =
        machine.startsWith("ppc") || machine.startsWith("mips") || machine.startsWith("sparc");
    return other ? 0x80087467 : 0x5414;
  }

  /** Returns where to write what is typed. */
  public Outlet outlet() {
    return outlet;
  }

  /**
   * Reads what the program has written. The kernel hands over what was written before the call,
   * also by a process that is dead.
   *
   * @return how many bytes; {@link #NOTHING}, {@link #GONE} or {@link #CLOSED}
   */
  public synchronized int read(byte[] bytes) {
    if (closed) {
      return CLOSED;
    }
    int count = LibC.read(fd, buffer, Math.min(PART, bytes.length));
    if (count > 0) {
      buffer.read(0, bytes, 0, count);
      return count;
    }
    int errno = count == 0 ? Errno.EIO : Native.getLastError();
    return errno == Errno.EAGAIN || errno == Errno.EINTR ? NOTHING : GONE;
  }

  /**
   * Waits until there is something to read, or {@link #wake} is called.
   *
   * @param read whether to wait for something to read
   * @param millis the longest time; negative for no limit
   */
  public void await(boolean read, int millis) {
    polled.clear();
    polled.setInt(0, waker);
    polled.setShort(4, POLLIN);
    polled.setInt(POLLFD_SIZE, read ? fd : -1);
    polled.setShort(POLLFD_SIZE + 4L, POLLIN);
    polled.setShort(REVENTS, (short) 0);
    LibC.poll(polled, 2, millis);
  }

  /** Ends each {@link #await}, now and from now on. */
  public synchronized void wake() {
    if (!closed) {
      try (Block one = new Block(8)) {
        one.setLong(0, 1);
        LibC.write(waker, one, 8);
      }
    }
  }

  /** Hangs up: the session that it controls gets SIGHUP. For the thread that waits. */
  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      outlet.close(); // it is the master
      LibC.close(waker);
      buffer.close();
      polled.close();
    }
  }

  private static final class Calls {
    static {
      Native.register(Calls.class, NativeLibrary.getInstance(null));
    }

    static native int posix_openpt(int flags);

    static native int unlockpt(int fd);

    /** The length is a size_t. */
    static native int ptsname_r(int fd, Pointer buffer, int length);
  }
}
