package io.github.subreaper.internal.linux;

import com.sun.jna.Native;
import java.nio.file.Path;

/** mkfifo(3) and the write end of a FIFO, always close-on-exec. */
public final class Fifo {
  private Fifo() {}

  public static void create(Path path) {
    if (LibC.mkfifo(LibC.cString(path.toString()), 0600) != 0) {
      LibC.failed("mkfifo(" + path + ")");
    }
  }

  /** The write end's descriptor, or -1 while nobody has opened the FIFO for reading (ENXIO). */
  public static int openForWriting(Path path) {
    int flags = LibC.O_WRONLY | LibC.O_NONBLOCK | LibC.O_CLOEXEC;
    int fd = LibC.open(LibC.cString(path.toString()), flags, 0);
    if (fd < 0) {
      int errno = Native.getLastError();
      if (errno == Errno.ENXIO) {
        return -1;
      }
      throw new LinuxException("open(" + path + ")", errno);
    }
    return fd;
  }

  /** Both ends at once: never blocks, and keeps a reader waiting until it is closed. */
  public static int openForBoth(Path path) {
    int fd = LibC.open(LibC.cString(path.toString()), LibC.O_RDWR | LibC.O_CLOEXEC, 0);
    return fd >= 0 ? fd : LibC.failed("open(" + path + ")");
  }

  public static void close(int fd) {
    LibC.close(fd);
  }
}
