package io.github.subreaper.internal.linux;

import com.sun.jna.Memory;
import java.nio.file.Path;

/** mkfifo(3), and a FIFO opened so that whoever opens it for reading does not block; fifo(7). */
public final class Fifo {
  private static final short POLLIN = 1;

  private Fifo() {}

  public static void create(Path path) {
    if (LibC.mkfifo(LibC.cString(path.toString()), 0600) != 0) {
      LibC.failed("mkfifo(" + path + ")");
    }
  }

  /** Both ends at once: never blocks, and keeps a reader waiting until it is closed. */
  public static int openForBoth(Path path) {
    int fd = LibC.open(LibC.cString(path.toString()), LibC.O_RDWR | LibC.O_CLOEXEC, 0);
    return fd >= 0 ? fd : LibC.failed("open(" + path + ")");
  }

  /** Whether there is something to read, now or within some milliseconds; poll(2). */
  public static boolean isReadable(int fd, int millis) {
    try (Memory pollfd = new Memory(8)) {
      pollfd.setInt(0, fd);
      pollfd.setShort(4, POLLIN);
      pollfd.setShort(6, (short) 0);
      return LibC.poll(pollfd, 1, millis) > 0;
    }
  }

  public static void close(int fd) {
    LibC.close(fd);
  }
}
