package io.github.subreaper.internal.linux.files;

import com.sun.jna.NativeLong;
import io.github.subreaper.internal.linux.calls.LateLibC;
import io.github.subreaper.internal.linux.calls.LibC;
import java.nio.file.Path;

/** fallocate(2) with FALLOC_FL_PUNCH_HOLE, Linux 2.6.38. */
public class Hole {
  private static final int FALLOC_FL_KEEP_SIZE = 1;
  private static final int FALLOC_FL_PUNCH_HOLE = 2;

  public Hole() {}

  /**
   * Frees the space of a file's first bytes. Its size and all offsets stay, so nothing that is
   * written meanwhile is lost.
   *
   * @return false if the file system does not support it
   */
  public boolean punch(Path file, long length) {
    int flags = LibC.O_WRONLY | LibC.O_CLOEXEC;
    int fd = LibC.open(LibC.cString(file.toString()), flags, 0);
    if (fd < 0) {
      return false;
    }
    try {
      int mode = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
      return LateLibC.fallocate(fd, mode, new NativeLong(0), new NativeLong(length)) == 0;
    } finally {
      LibC.close(fd);
    }
  }
}
