package io.github.subreaper.internal.linux.files;

import io.github.subreaper.internal.linux.calls.LateLibC;
import io.github.subreaper.internal.linux.calls.LibC;
import java.util.ArrayList;
import java.util.List;

/**
 * Descriptors of this JVM that one child gets under other numbers. They are duplicates, so the
 * originals may be closed at any time. They are closed when posix_spawn has returned, and not
 * before: their numbers would be those of other files by then.
 */
public final class PassedDescriptors implements AutoCloseable {
  /** Close-on-exec, so that no other child keeps them; Linux 2.6.24. */
  private static final int F_DUPFD_CLOEXEC = 1030;

  private final int free;
  private final List<As> all = new ArrayList<>();
  private boolean lent;
  private boolean closed;

  /** A descriptor of this JVM, and the number that the child finds it under. */
  public record As(int descriptor, int number) {}

  /**
   * Holds none yet.
   *
   * @param free the lowest number that the child gets for none of them; at least 3
   */
  public PassedDescriptors(int free) {
    this.free = free;
  }

  /** Adds a duplicate of an open descriptor, which the child finds under a number below. */
  public synchronized void add(int fd, int number) {
    // Above all numbers of the child, so none of these takes the place of one that is still needed.
    int duplicate = LateLibC.fcntl(fd, F_DUPFD_CLOEXEC, free);
    if (duplicate < 0) {
      LibC.failed("fcntl(F_DUPFD_CLOEXEC)");
    }
    all.add(new As(duplicate, number));
  }

  /** Returns the lowest number that the child gets for none of them. */
  public int firstFree() {
    return free;
  }

  /** Begins their use by posix_spawn. Returns false if they are closed, for it comes too late. */
  public synchronized boolean lend() {
    lent = !closed;
    return lent;
  }

  public synchronized List<As> all() {
    return List.copyOf(all);
  }

  /** Ends that use: the child has its own. */
  public synchronized void giveBack() {
    lent = false;
    close();
  }

  /** Closes them now, or as soon as posix_spawn has returned. */
  @Override
  public synchronized void close() {
    if (!lent && !closed) {
      closed = true;
      all.forEach(one -> LibC.close(one.descriptor()));
    }
  }
}
