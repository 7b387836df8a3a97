package io.github.subreaper.internal.linux.files;

import io.github.subreaper.internal.linux.calls.LateLibC;
import io.github.subreaper.internal.linux.calls.LibC;
import io.github.subreaper.internal.linux.proc.Descriptors;
import io.github.subreaper.internal.linux.proc.Procfs;

/** A pipe(7) into one child. Both ends are close-on-exec. */
public class Pipe implements AutoCloseable {
  private final int reading;
  private final Outlet writing;
  private boolean closed;

  public Pipe() {
    int[] ends = new int[2];
    if (LateLibC.pipe2(ends, LibC.O_CLOEXEC) != 0) {
      LibC.failed("pipe2");
    }
    reading = ends[0];
    try {
      writing = new Outlet(ends[1]);
    } catch (RuntimeException e) {
      LibC.close(ends[0]);
      LibC.close(ends[1]);
      throw e;
    }
  }

  /** Returns what the kernel calls it, such as {@code pipe:[123]}. */
  public String name() {
    String name = new Descriptors().target(Procfs.SELF, reading);
    return name == null ? "pipe" : name;
  }

  /** Adds the reading end to what a child gets. */
  public synchronized void pass(PassedDescriptors passed, int number) {
    passed.add(reading, number);
  }

  public Outlet writing() {
    return writing;
  }

  /** Closes the reading end of this JVM: the child has its own, or there is none. */
  public synchronized void passed() {
    if (!closed) {
      closed = true;
      LibC.close(reading);
    }
  }

  /** Closes both ends. */
  @Override
  public void close() {
    passed();
    writing.close();
  }
}
