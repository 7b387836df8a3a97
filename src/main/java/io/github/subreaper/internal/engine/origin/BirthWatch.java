package io.github.subreaper.internal.engine.origin;

import io.github.subreaper.internal.linux.Epoll;
import io.github.subreaper.internal.linux.Kernel;
import io.github.subreaper.internal.linux.LastPid;
import io.github.subreaper.internal.linux.LinuxException;
import io.github.subreaper.internal.linux.OpenWatch;
import io.github.subreaper.internal.linux.Time;
import java.nio.file.Path;

/**
 * Tags each process that the JDK starts before its program runs: the JDK starts it by a helper,
 * {@code jspawnhelper}, and the kernel reports that this file is opened.
 */
final class BirthWatch implements AutoCloseable {
  private static final String THREAD = "subreaper births";
  private static final long LONGEST_CLOSE_NANOS = 10_000_000_000L;

  /** Of more pids that were given out at once, only the latest are read. */
  private static final int MOST_PIDS = 100;

  private final ChildTags tags;
  private final Time time;
  private final Epoll epoll;
  private final OpenWatch helper;
  private final LastPid counter;
  private final int numbers;
  private final Thread thread;
  private int last;
  private volatile boolean closed;

  /** Throws LinuxException if the kernel refuses, or this JDK has no such file. */
  BirthWatch(Kernel kernel, Time time, ChildTags tags) {
    this.tags = tags;
    this.time = time;
    this.helper =
        kernel.openWatch(Path.of(System.getProperty("java.home"), "lib", ChildTags.HELPER));
    this.epoll = opened(kernel);
    this.counter = kernel.lastPid();
    this.numbers = kernel.procfs.largestPid();
    this.last = counter.read();
    this.thread = time.thread(this::run, THREAD);
    time.start(thread);
  }

  private Epoll opened(Kernel kernel) {
    try {
      Epoll made = kernel.epoll();
      made.add(helper);
      return made;
    } catch (LinuxException e) {
      helper.close();
      throw e;
    }
  }

  private void run() {
    while (!closed) {
      try {
        epoll.await(-1);
        helper.drain();
        tagNew();
      } catch (LinuxException e) {
        return; // other code has closed the descriptor
      } catch (RuntimeException | Error e) {
        time.yieldCpu(); // a lack of memory may pass; what was missed is tagged when it is logged
      }
    }
  }

  private void tagNew() {
    int now = counter.read();
    int given = Math.floorMod(now - last, numbers);
    for (int i = Math.min(given, MOST_PIDS) - 1; i >= 0 && now > 0; i--) {
      tags.put(Math.floorMod(now - i, numbers));
    }
    last = now;
  }

  @Override
  public void close() {
    closed = true;
    epoll.wake();
    if (time.join(thread, LONGEST_CLOSE_NANOS)) {
      epoll.close();
      helper.close();
      counter.close();
    }
  }
}
