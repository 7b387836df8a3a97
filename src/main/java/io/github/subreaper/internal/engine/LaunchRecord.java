package io.github.subreaper.internal.engine;

import io.github.subreaper.internal.engine.output.Output;
import io.github.subreaper.internal.engine.spawn.LaunchSpec;
import io.github.subreaper.internal.engine.spawn.Planted;
import io.github.subreaper.internal.linux.Sockets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** What one launch started: the process itself, all below it, and their output. */
public final class LaunchRecord {
  final Scope origin;
  final LaunchSpec spec;
  private final @Nullable StackTraceElement place;
  final int number;
  final Output output;
  final long startedNanos = System.nanoTime();

  /** By the wall clock, to be compared with nothing but the times of files. */
  private final Instant startedAt = Instant.now();

  volatile Scope scope;
  volatile boolean stopping;
  volatile boolean timedOut;
  volatile long lastEventNanos = startedNanos;

  /** When the latest death of it was first seen. */
  volatile long lastDeathNanos = startedNanos - 1;

  private volatile @Nullable ProcessRecord process;
  private volatile @Nullable Notifications notifications;

  private volatile @Nullable Planted planted;
  private volatile @Nullable Path input;

  /** The inodes of all sockets that anybody listened on when the launched process ended. */
  private volatile @Nullable Set<String> listenersAtReturn;

  /** All ever seen of it, by first sight; guarded by the registry's lock. */
  final List<ProcessRecord> records = new ArrayList<>();

  private volatile Runnable onEnd = () -> {};

  private final RecordLock lock;
  private final ReentrantLock stopLock = new ReentrantLock();

  LaunchRecord(
      RecordLock lock,
      Scope scope,
      LaunchSpec spec,
      @Nullable StackTraceElement place,
      int number,
      Output output) {
    this.lock = lock;
    this.origin = scope;
    this.scope = scope;
    this.spec = spec;
    this.place = place;
    this.number = number;
    this.output = output;
  }

  void started(ProcessRecord launched) {
    process = launched;
  }

  /** Before its start. */
  void plant(@Nullable Planted canaries, Path stdin) {
    planted = canaries;
    input = stdin;
  }

  /** What it was to undo; null without canaries. */
  public @Nullable Planted planted() {
    return planted;
  }

  /** Where its streams come from, and go. */
  public List<Path> streams() {
    return List.of(
        Objects.requireNonNull(input, "before its start"),
        output.stdoutFile(),
        output.stderrFile());
  }

  /** Null without canaries, and until it has ended. */
  public @Nullable Set<String> listenersAtReturn() {
    return listenersAtReturn;
  }

  /** For the reaper, before anybody knows of the launched process's end. */
  void returned() {
    if (planted != null && listenersAtReturn == null) {
      try {
        listenersAtReturn = Sockets.allListening();
      } catch (RuntimeException e) {
        listenersAtReturn = null; // unknown: an end must not fail for that
      }
    }
  }

  void onEnd(Runnable action) {
    onEnd = action;
  }

  void ended() {
    onEnd.run();
  }

  boolean hasStarted() {
    return process != null;
  }

  public LaunchSpec spec() {
    return spec;
  }

  /** The line of code that asked for it. */
  public @Nullable StackTraceElement place() {
    return place;
  }

  public Scope scope() {
    return scope;
  }

  /** Before its start: from now on there is somebody to be notified. */
  void listen(Notifications socket) {
    notifications = socket;
  }

  /** What it says over sd_notify(3); null if it was not given a socket for that. */
  public @Nullable Notifications notifications() {
    return notifications;
  }

  /** Nobody of it is left: its output moves into memory, its socket goes. Not under the lock. */
  void seal() {
    output.seal();
    Notifications socket = notifications;
    if (socket != null) {
      socket.close();
    }
  }

  public Output output() {
    return output;
  }

  /** The launched process itself. */
  public ProcessRecord process() {
    ProcessRecord launched = process;
    if (launched == null) {
      throw new IllegalStateException("still being launched");
    }
    return launched;
  }

  public boolean hasTimedOut() {
    return timedOut;
  }

  public long startedNanos() {
    return startedNanos;
  }

  /**
   * Returns the earliest time that a file can have which was written after this launch began: the
   * wall clock, by which the kernel stamps files, may have been set back since.
   */
  public Instant earliestFileTime() {
    Instant byPresentClock = Instant.now().minusNanos(System.nanoTime() - startedNanos);
    return byPresentClock.isBefore(startedAt) ? byPresentClock : startedAt;
  }

  /** Whether a process was started by this launch, itself or through others. */
  public boolean covers(ProcessRecord candidate) {
    return candidate.launch == this;
  }

  /** All ever seen of it, by first sight. */
  public List<ProcessRecord> records() {
    return lock.locked(() -> List.copyOf(records));
  }

  /** One thread at a time stops it. */
  ReentrantLock stopLock() {
    return stopLock;
  }

  /** Whether any of it lives, or did at a time or later. With the lock held. */
  boolean livedSince(long nanos) {
    return lastDeathNanos - nanos >= 0 || records.stream().anyMatch(ProcessRecord::isAlive);
  }
}
