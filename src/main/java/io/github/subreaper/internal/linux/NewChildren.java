package io.github.subreaper.internal.linux;

/**
 * Who was added to the list of a thread's children, {@code /proc/self/task/<tid>/children}, since
 * it was read last. The kernel adds at the end; of a file that is kept open it counts how many it
 * has told, and passes over as many as have left the list meanwhile. So whoever knows of one that
 * has left, or can't know, starts again.
 */
public final class NewChildren implements AutoCloseable {
  private final int tid;
  private int fd = -1;

  public NewChildren(int tid) {
    this.tid = tid;
  }

  public int tid() {
    return tid;
  }

  /** Empty too if the thread has gone, or the list can't be read now. */
  public int[] next() {
    if (fd < 0) {
      fd = Procfs.openChildren(tid);
    }
    int[] children = fd < 0 ? null : Procfs.readChildren(fd);
    if (children == null) {
      startAgain();
      return new int[0];
    }
    return children;
  }

  /** The next call tells of all children. */
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
