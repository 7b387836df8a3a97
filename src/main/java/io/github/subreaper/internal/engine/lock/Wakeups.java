package io.github.subreaper.internal.engine.lock;

import io.github.subreaper.internal.linux.Kernel;
import io.github.subreaper.internal.linux.Time;
import io.github.subreaper.internal.linux.calls.LinuxException;
import io.github.subreaper.internal.linux.files.Epoll;
import io.github.subreaper.internal.linux.proc.Pidfd;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What wakes the watcher: the end of a watched process, another thread that has work for it, or the
 * time.
 */
public final class Wakeups implements AutoCloseable {
  public static final long NEVER = Long.MAX_VALUE;

  private static final long MILLI_NANOS = 1_000_000;

  private final Time time;

  /** Where the kernel or a sandbox refuses it, only looks find ends. */
  private final @Nullable Epoll epoll;

  private volatile boolean reliable;

  private final long startNanos;
  private volatile @Nullable Thread sleeper;

  /** Until when the watcher sleeps, since the start; 0 while it works. */
  private volatile long asleepUntil;

  private Wakeups(Time time, @Nullable Epoll epoll) {
    this.time = time;
    this.startNanos = time.nanos();
    this.epoll = epoll;
    this.reliable = epoll != null;
  }

  public static Wakeups create(Kernel kernel, Time time) {
    try {
      return new Wakeups(time, kernel.epoll());
    } catch (LinuxException e) {
      return none(time);
    }
  }

  /** Returns one that knows no process. */
  public static Wakeups none(Time time) {
    return new Wakeups(time, null);
  }

  /** Watches for the end of a process until its descriptor is closed. */
  public void add(Pidfd process, long token) {
    if (epoll != null && !epoll.add(process, token)) {
      reliable = false; // no memory, or max_user_watches: only looks find some ends from now on
    }
  }

  /** Returns whether each end of a process that was added is reported. */
  public boolean areReliable() {
    return reliable;
  }

  /**
   * Sleeps. For the watcher's thread.
   *
   * @param longest asked when other threads can wake it already, so that no work is overlooked; may
   *     be {@link #NEVER}
   * @return how many events there are
   */
  public int await(LongSupplier longest) {
    sleeper = Thread.currentThread();
    asleepUntil = NEVER;
    try {
      long nanos = longest.getAsLong();
      if (nanos <= 0) {
        return epoll == null ? 0 : epoll.await(0);
      }
      asleepUntil = nanos == NEVER ? NEVER : now() + nanos;
      if (epoll != null) {
        return epoll.await(millis(nanos));
      }
      if (nanos == NEVER) {
        time.park();
      } else {
        time.park(nanos);
      }
      return 0;
    } finally {
      asleepUntil = 0;
    }
  }

  private static int millis(long nanos) {
    return nanos == NEVER
        ? -1
        : (int) Math.min(Integer.MAX_VALUE, (nanos + MILLI_NANOS - 1) / MILLI_NANOS);
  }

  private long now() {
    return time.nanos() - startNanos;
  }

  /** Returns the token of an event; negative if it stands for no process. */
  public long token(int index) {
    return epoll == null ? -1 : epoll.token(index);
  }

  public boolean isCollected(int index) {
    return epoll != null && epoll.isCollected(index);
  }

  /** Wakes the watcher unless it works, or wakes within a time by itself. */
  public void within(long nanos) {
    long until = asleepUntil;
    if (until != 0 && (until == NEVER || until - now() > nanos)) {
      wake();
    }
  }

  public void wake() {
    if (epoll != null) {
      epoll.wake();
    } else {
      time.unpark(sleeper);
    }
  }

  @Override
  public void close() {
    if (epoll != null) {
      epoll.close();
    }
  }
}
