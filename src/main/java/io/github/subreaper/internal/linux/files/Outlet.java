package io.github.subreaper.internal.linux.files;

import com.sun.jna.Native;
import io.github.subreaper.internal.linux.calls.Block;
import io.github.subreaper.internal.linux.calls.Errno;
import io.github.subreaper.internal.linux.calls.LateLibC;
import io.github.subreaper.internal.linux.calls.LibC;

/**
 * A descriptor that is written to without blocking. It may be closed at any time: no write uses its
 * number after that.
 */
public final class Outlet implements AutoCloseable {
  /** No process has the other end open. */
  public static final int GONE = -1;

  /** It was closed here. */
  public static final int CLOSED = -2;

  private static final int F_SETFL = 4;

  /** So many bytes are written at a time. */
  private static final int PART = 1 << 16;

  private final int fd;
  private boolean closed;

  /** Takes a descriptor that no other code closes. */
  public Outlet(int fd) {
    this.fd = fd;
    if (LateLibC.fcntl(fd, F_SETFL, LibC.O_NONBLOCK) != 0) {
      LibC.failed("fcntl(O_NONBLOCK)");
    }
  }

  /**
   * Writes what there is room for.
   *
   * @return how many bytes; 0 if there is no room, {@link #GONE} or {@link #CLOSED}
   */
  public synchronized int write(byte[] bytes, int offset) {
    if (closed) {
      return CLOSED;
    }
    int length = Math.min(PART, bytes.length - offset);
    try (Block buffer = new Block(Math.max(1, length))) {
      buffer.write(0, bytes, offset, length);
      int written = LibC.write(fd, buffer, length);
      if (written >= 0) {
        return written;
      }
      int errno = Native.getLastError();
      return errno == Errno.EAGAIN || errno == Errno.EINTR ? 0 : GONE;
    }
  }

  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      LibC.close(fd);
    }
  }
}
