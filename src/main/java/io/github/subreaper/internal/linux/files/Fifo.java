package io.github.subreaper.internal.linux.files;

import io.github.subreaper.internal.linux.calls.Block;
import io.github.subreaper.internal.linux.calls.LibC;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Creates FIFOs, mkfifo(3), and opens them without blocking; fifo(7). */
public class Fifo {
  private static final short POLLIN = 1;
  private static final short POLLOUT = 4;

  public Fifo() {}

  public void create(Path path) {
    if (LibC.mkfifo(LibC.cString(path.toString()), 0600) != 0) {
      LibC.failed("mkfifo(" + path + ")");
    }
  }

  /**
   * Opens both ends at once, which never blocks. A reader then waits until this descriptor is
   * closed.
   */
  public int openForBoth(Path path) {
    int fd = LibC.open(LibC.cString(path.toString()), LibC.O_RDWR | LibC.O_CLOEXEC, 0);
    return fd >= 0 ? fd : LibC.failed("open(" + path + ")");
  }

  /** Returns whether a process has it open for reading. */
  public boolean isRead(Path path) {
    int flags = LibC.O_WRONLY | LibC.O_NONBLOCK | LibC.O_CLOEXEC;
    int fd = LibC.open(LibC.cString(path.toString()), flags, 0);
    if (fd >= 0) {
      close(fd);
    }
    return fd >= 0;
  }

  /**
   * Waits some milliseconds at most until there is something to read, poll(2); returns whether
   * there is.
   */
  public boolean isReadable(int fd, int millis) {
    return isReady(fd, POLLIN, millis);
  }

  private static boolean isReady(int fd, short event, int millis) {
    try (Block pollfd = new Block(8)) {
      pollfd.setInt(0, fd);
      pollfd.setShort(4, event);
      pollfd.setShort(6, (short) 0);
      return LibC.poll(pollfd, 1, millis) > 0 && (pollfd.getShort(6) & event) != 0;
    }
  }

  /**
   * Writes a short line as a whole, without blocking: where poll(2) reports room, there is room for
   * a page. For one thread at a time.
   *
   * @return false if there is no room
   */
  public boolean writeLine(int fd, String line) {
    byte[] bytes = (line + "\n").getBytes(StandardCharsets.US_ASCII);
    try (Block buffer = new Block(bytes.length)) {
      buffer.write(0, bytes, 0, bytes.length);
      return isReady(fd, POLLOUT, 0) && LibC.write(fd, buffer, bytes.length) == bytes.length;
    }
  }

  public void close(int fd) {
    LibC.close(fd);
  }
}
