package io.github.subreaper.internal.engine.records;

import io.github.subreaper.internal.engine.lock.RecordLock;
import io.github.subreaper.internal.engine.lock.Wakeups;
import io.github.subreaper.internal.linux.proc.Pidfd;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What concerns the watcher: the records that have a descriptor open, and those that were added a
 * moment ago. The lock over all records guards this.
 */
public final class WatchList {
  /** The watcher looks at a new record again within such a time. */
  private static final long FRESH_NANOS = 100_000_000;

  private static final long SHORTEST_DOUBT_NANOS = 4_000_000;

  /** After so long the scan of each second is enough. */
  private static final long DOUBT_NANOS = 1_000_000_000;

  private final RecordLock lock;
  private final Wakeups wakeups;

  /** By number. */
  private final Map<Long, ProcessRecord> watched = new HashMap<>();

  private List<ProcessRecord> fresh = new ArrayList<>();
  private volatile boolean anyFresh;

  /** When the children of the adopting thread are observed again. */
  private volatile long doubtNanos = Wakeups.NEVER;

  WatchList(RecordLock lock, Wakeups wakeups) {
    this.lock = lock;
    this.wakeups = wakeups;
  }

  void added(ProcessRecord process) {
    lock.requireHeld();
    fresh.add(process);
    anyFresh = true;
    wakeups.within(FRESH_NANOS);
  }

  /** Returns what was added since the last call. The lock need not be held. */
  public List<ProcessRecord> takeFresh() {
    if (!anyFresh) {
      return List.of();
    }
    return lock.locked(
        () -> {
          List<ProcessRecord> taken = fresh;
          fresh = new ArrayList<>();
          anyFresh = false;
          return taken;
        });
  }

  /** It is not known yet whether the JDK or the reaper will collect a child of this JVM. */
  public void doubted(ProcessRecord child) {
    lock.requireHeld();
    long age = lock.time.nanos() - child.firstSeenNanos();
    if (doubtNanos == Wakeups.NEVER && age < DOUBT_NANOS) {
      long pause = Math.max(SHORTEST_DOUBT_NANOS, age);
      doubtNanos = lock.time.nanos() + pause;
      wakeups.within(pause);
    }
  }

  /** Returns how long to wait until {@link #doubted} children are observed again. */
  public long doubt() {
    long due = doubtNanos;
    return due == Wakeups.NEVER ? due : due - lock.time.nanos();
  }

  public void clearDoubt() {
    doubtNanos = Wakeups.NEVER;
  }

  public int size() {
    lock.requireHeld();
    return watched.size();
  }

  /** Returns the record with this number if it has a descriptor open. */
  public @Nullable ProcessRecord find(long sequence) {
    lock.requireHeld();
    return watched.get(sequence);
  }

  /** Returns whether the kernel reports the end of a process. */
  boolean reports(ProcessRecord process) {
    return process.pidfd() != null && wakeups.areReliable();
  }

  /** The kernel reports its end from now on. */
  public void watch(ProcessRecord process, Pidfd pidfd) {
    process.watched(pidfd);
    watched.put(process.sequence(), process);
    wakeups.add(pidfd, process.sequence());
  }

  /** Closes its descriptor, if it has one: others may need it more. */
  public void unwatch(ProcessRecord process) {
    if (process.pidfd() != null) {
      process.closePidfd();
      watched.remove(process.sequence());
    }
    process.unwatched(null);
  }
}
