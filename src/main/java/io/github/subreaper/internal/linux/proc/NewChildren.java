package io.github.subreaper.internal.linux.proc;

import io.github.subreaper.internal.linux.calls.LibC;

/**
 * Reads which children were added to a thread's list, {@code /proc/self/task/<tid>/children}, since
 * the last read. The kernel adds at the end. For a file that stays open it counts how many children
 * it has returned, and skips that many even if some have left the list meanwhile. So a caller that
 * knows, or cannot exclude, that a child has left the list must call {@link #startAgain}.
 */
public class NewChildren implements AutoCloseable {
  private final int tid;
  private int fd = -1;

  public NewChildren(int tid) {
    this.tid = tid;
  }

  public int tid() {
    return tid;
  }

  /** Returns the new children. Empty also if the thread is gone, or the list can't be read now. */
  public int[] next() {
    if (fd < 0) {
      fd = Procfs.openChildren(tid);
    }
    Reading rest = Reading.ofThisThread();
    if (fd < 0 || !rest.readOn(fd)) {
      startAgain();
      return new int[0];
    }
    return rest.blankedNumbers();
  }

  /** Makes the next call return all children. */
  public void startAgain() {
    close();
  }

  @Override
  public void close() {
    if (fd >= 0) {
      LibC.close(fd);
      fd = -1;
    }
  }
}
