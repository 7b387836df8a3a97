package io.github.subreaper.internal.engine.records;

import io.github.subreaper.internal.engine.lock.RecordLock;
import io.github.subreaper.internal.engine.output.Output;
import io.github.subreaper.internal.engine.spawn.CanarySetup;
import io.github.subreaper.internal.engine.spawn.LaunchSpec;
import io.github.subreaper.internal.engine.streams.LaunchStreams;
import io.github.subreaper.internal.engine.streams.Notifications;
import io.github.subreaper.internal.engine.values.CallSite;
import io.github.subreaper.internal.engine.values.TraceState;
import io.github.subreaper.internal.linux.Kernel;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** The record of one launch: the launched process, all that it started, and their output. */
public final class LaunchRecord {
  final Scope origin;
  public final LaunchSpec spec;
  private final CallSite site;
  public final int number;
  public final LaunchStreams streams;
  public final long startedNanos;

  /** By the wall clock, for comparison with the times of files only. */
  private final Instant startedAt;

  private volatile Scope scope;
  private volatile boolean timedOut;
  private volatile long lastEventNanos;
  private volatile long lastDeathNanos;

  private volatile long firstFact;
  private final Set<String> readyReported = new HashSet<>();
  private volatile @Nullable ProcessRecord process;
  private volatile @Nullable Notifications notifications;

  private volatile @Nullable TraceState trace;
  private volatile @Nullable CanarySetup planted;

  /** The inodes of all listening sockets when the launched process ended. */
  private volatile @Nullable Set<String> listenersAtReturn;

  /** All its processes that were ever seen, by first sight; guarded by the lock. */
  private final List<ProcessRecord> records = new ArrayList<>();

  private volatile Runnable onEnd = () -> {};

  private final RecordLock lock;
  private final ReentrantLock stopLock;

  public LaunchRecord(
      RecordLock lock,
      Scope scope,
      LaunchSpec spec,
      CallSite site,
      int number,
      LaunchStreams streams) {
    this.lock = lock;
    this.stopLock = lock.time.newLock();
    this.startedNanos = lock.time.nanos();
    this.startedAt = lock.time.now();
    this.lastEventNanos = startedNanos;
    this.lastDeathNanos = startedNanos - 1;
    this.origin = scope;
    this.scope = scope;
    this.spec = spec;
    this.site = site;
    this.number = number;
    this.streams = streams;
  }

  public void started(ProcessRecord launched) {
    process = launched;
  }

  /** Notes the canaries that its process gets; called before the start. */
  public void plant(@Nullable CanarySetup canaries) {
    planted = canaries;
  }

  /** Returns the canaries, which the program should undo; null without canaries. */
  public @Nullable CanarySetup planted() {
    return planted;
  }

  /** Returns its standard streams. */
  public LaunchStreams streams() {
    return streams;
  }

  /**
   * Returns the inodes of all listening sockets when the launched process ended; null without
   * canaries, before the end, and if they could not be read.
   */
  public @Nullable Set<String> listenersAtReturn() {
    return listenersAtReturn;
  }

  /** The launched process is dead. The reaper calls this before it reports the end. */
  public void returned(Kernel kernel) {
    if (planted != null && listenersAtReturn == null) {
      try {
        listenersAtReturn = kernel.sockets().allListening();
      } catch (RuntimeException e) {
        listenersAtReturn = null; // unknown: an end must not fail for that
      }
    }
  }

  /** Its processes are traced from the first instruction on; called before the start. */
  public void traced(TraceState state) {
    trace = state;
  }

  /** Returns whether a trace of this launch has a process, or is about to. */
  public boolean traces(Kernel kernel, int pid) {
    TraceState its = trace;
    return its != null && kernel.procfs.isTracedBy(its.tid(), pid);
  }

  public @Nullable TraceState trace() {
    return trace;
  }

  public void onEnd(Runnable action) {
    onEnd = action;
  }

  public void ended() {
    onEnd.run();
  }

  public boolean hasStarted() {
    return process != null;
  }

  public LaunchSpec spec() {
    return spec;
  }

  public void beganAt(long fact) {
    firstFact = fact;
  }

  /** Returns true the first time for each condition. */
  boolean firstReady(String condition) {
    lock.requireHeld();
    return readyReported.add(condition);
  }

  /** Returns the number of the first fact that may be about it. */
  public long firstFact() {
    return firstFact;
  }

  /** Returns the line of code that asked for the launch; null if unknown. */
  public CallSite site() {
    return site;
  }

  public Scope scope() {
    return scope;
  }

  /** It outlives its scope. */
  public void movedTo(Scope heir) {
    lock.requireHeld();
    scope = heir;
  }

  /** Sets the socket for sd_notify(3); called before the start. */
  public void listen(Notifications socket) {
    notifications = socket;
  }

  /** Returns its notifications over sd_notify(3); null if it got no socket for them. */
  public @Nullable Notifications notifications() {
    return notifications;
  }

  /**
   * Closes its streams, whose output moves into memory, and its socket, when no process of it is
   * left. Reads files, so the lock must not be held.
   */
  public void seal() {
    streams.close();
    Notifications socket = notifications;
    if (socket != null) {
      socket.close();
    }
  }

  public Output output() {
    return streams.output();
  }

  /** Returns the launched process; null while the launch is under way, and if it has failed. */
  public @Nullable ProcessRecord launched() {
    return process;
  }

  /** Returns the launched process, for callers that have the launch from its return. */
  public ProcessRecord process() {
    ProcessRecord launched = process;
    if (launched == null) {
      throw new IllegalStateException("still being launched");
    }
    return launched;
  }

  /** It is stopped, since its time is over. */
  public void timedOut() {
    timedOut = true;
  }

  public boolean hasTimedOut() {
    return timedOut;
  }

  /** A process of it has changed. */
  void changed(long nanos) {
    lock.requireHeld();
    lastEventNanos = nanos;
  }

  public long lastEventNanos() {
    return lastEventNanos;
  }

  /** A process of it was seen dead, or may have died. */
  public void noteDeath(long nanos) {
    lock.requireHeld();
    lastDeathNanos = nanos;
  }

  /** Returns when the latest death was first seen; before the start if there was none. */
  public long lastDeathNanos() {
    return lastDeathNanos;
  }

  /**
   * Returns the earliest time that a file can have which was written after this launch began: the
   * wall clock, by which the kernel stamps files, may have been set back since.
   */
  public Instant earliestFileTime() {
    Instant byPresentClock = lock.time.now().minusNanos(lock.time.nanos() - startedNanos);
    return byPresentClock.isBefore(startedAt) ? byPresentClock : startedAt;
  }

  /** Returns whether this launch started a process, directly or through other processes. */
  public boolean covers(ProcessRecord candidate) {
    return candidate.launch() == this;
  }

  /** Returns all its processes that were ever seen, by first sight. */
  public List<ProcessRecord> records() {
    return lock.locked(() -> List.copyOf(records));
  }

  void add(ProcessRecord member) {
    lock.requireHeld();
    records.add(member);
  }

  /** Returns the record of the launched process, as soon as there is one. */
  public @Nullable ProcessRecord launchedUnderLock() {
    lock.requireHeld();
    return records.stream().filter(ProcessRecord::isLaunched).findFirst().orElse(null);
  }

  public List<ProcessRecord> recordsUnderLock() {
    lock.requireHeld();
    return records;
  }

  /** Returns the list itself, to be read later with the lock held. */
  public List<ProcessRecord> sharedRecords() {
    return records;
  }

  /** Returns the lock that lets one thread at a time stop it. */
  public ReentrantLock stopLock() {
    return stopLock;
  }

  /** Returns whether any of its processes is alive, or was at a time or later. */
  public boolean livedSince(long nanos) {
    lock.requireHeld();
    return lastDeathNanos - nanos >= 0 || records.stream().anyMatch(ProcessRecord::isAlive);
  }
}
