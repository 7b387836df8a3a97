package io.github.subreaper.internal.linux.files;

import com.sun.jna.Memory;
import io.github.subreaper.internal.linux.calls.LibC;
import java.nio.file.Path;

/** Reports that any process opens a file, as an exec of it does: inotify(7) with IN_OPEN. */
public class OpenWatch implements AutoCloseable {
  private static final int IN_OPEN = 0x20;

  /** Events that are alike and not read yet are one. */
  private static final int BUFFER = 4096;

  private final Memory events = new Memory(BUFFER);
  private int fd;

  OpenWatch(int fd) {
    this.fd = fd;
  }

  /** Throws LinuxException if there is no such file, or the kernel refuses. */
  public static OpenWatch of(Path file) {
    int fd = LibC.inotify_init1(LibC.O_NONBLOCK | LibC.O_CLOEXEC);
    if (fd < 0) {
      LibC.failed("inotify_init1(2)");
    }
    OpenWatch watch = new OpenWatch(fd);
    if (LibC.inotify_add_watch(fd, LibC.cString(file.toString()), IN_OPEN) < 0) {
      try (watch) {
        LibC.failed("inotify_add_watch(" + file + ")");
      }
    }
    return watch;
  }

  synchronized int fd() {
    return fd;
  }

  /** Forgets what was reported, so that the next open is reported anew. */
  public synchronized void drain() {
    if (fd >= 0) {
      LibC.read(fd, events, BUFFER);
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
