package io.github.subreaper.internal.engine.origin;

import io.github.subreaper.internal.linux.Kernel;
import io.github.subreaper.internal.linux.Time;
import io.github.subreaper.internal.linux.files.Epoll;
import io.github.subreaper.internal.linux.files.OpenWatch;
import io.github.subreaper.internal.linux.proc.LastPid;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Tags each process that the JDK starts before its program runs: the JDK starts it by a helper,
 * {@code jspawnhelper}, and the kernel reports that this file is opened. Without that, a child is
 * tagged when its start is logged or a scan first sees it.
 */
final class BirthWatch implements AutoCloseable {
  private static final String HELPER = "jspawnhelper";
  private static final String THREAD = "subreaper births";
  private static final long LONGEST_CLOSE_NANOS = 10_000_000_000L;

  /** Of more pids that were given out at once, only the latest are read. */
  private static final int MOST_PIDS = 100;

  private final Kernel kernel;
  private final Time time;
  private final ChildTags tags;
  private final OpenWatch helper;
  private final Epoll epoll;
  private final LastPid counter;
  private final Thread thread;

  /** The last pid that was given out when it last looked. */
  private int latest;

  private volatile boolean closed;

  /**
   * Watches from now on. Throws OutOfMemoryError if the system allows no more threads, and
   * LinuxException if it allows no more descriptors or this JDK has no helper.
   */
  BirthWatch(Kernel kernel, Time time, ChildTags tags) {
    this.kernel = kernel;
    this.time = time;
    this.tags = tags;
    this.helper = kernel.openWatch(Path.of(System.getProperty("java.home"), "lib", HELPER));
    this.counter = kernel.lastPid();
    this.latest = counter.read();
    Epoll opened = null;
    try {
      opened = kernel.epoll();
      opened.add(helper);
      this.epoll = opened;
      this.thread = time.thread(this::run, THREAD);
      time.start(thread);
    } catch (RuntimeException | Error e) {
      closeAll(opened);
      throw e;
    }
  }

  private void closeAll(@Nullable Epoll opened) {
    if (opened != null) {
      opened.close();
    }
    helper.close();
    counter.close();
  }

  private void run() {
    try {
      while (!closed) {
        epoll.await(-1);
        helper.drain();
        int now = counter.read();
        tagNew(latest, now);
        latest = now;
      }
    } catch (RuntimeException | Error e) {
      closed = true; // other code has closed a descriptor, or no memory is left
    } finally {
      closeAll(epoll);
    }
  }

  /** Tags the children among the pids that were given out since one. */
  private void tagNew(int last, int now) {
    int numbers = kernel.procfs.largestPid();
    int given = Math.floorMod(now - last, numbers);
    for (int i = Math.min(given, MOST_PIDS) - 1; i >= 0 && now > 0; i--) {
      tags.put(Math.floorMod(now - i, numbers));
    }
  }

  @Override
  public void close() {
    closed = true;
    epoll.wake();
    time.join(thread, LONGEST_CLOSE_NANOS);
  }
}
