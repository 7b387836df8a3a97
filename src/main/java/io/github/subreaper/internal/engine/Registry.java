package io.github.subreaper.internal.engine;

import io.github.subreaper.internal.linux.BootClock;
import io.github.subreaper.internal.linux.ProcessStat;
import io.github.subreaper.internal.linux.Procfs;
import io.github.subreaper.internal.linux.Wait;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The records of all living processes, by pid, and the numbers of all running launches. Scopes hold
 * the records of processes that have ended. All is guarded by the one {@link RecordLock}.
 */
final class Registry {
  private static final int CLOCK_READINGS = 5;

  final RecordLock lock;
  private final Map<Integer, ProcessRecord> live = new HashMap<>();
  private final Set<ProcessRecord> foreign = new LinkedHashSet<>();
  private final List<Predicate<ProcessRecord>> holds = new ArrayList<>();

  /** When the machine started by the wall clock, read once: a later step of it changes nothing. */
  private final Instant boot = boot();

  private final CauseOfDeath causeOfDeath;
  private final GuardianNews news;
  private final Map<Integer, LaunchRecord> launches = new HashMap<>();
  private long sequence;
  private volatile boolean closed;

  /** When the latest ambient process was seen dead. */
  private long lastAmbientDeathNanos = System.nanoTime() - 60_000_000_000L;

  /** How many descriptors of processes are open in records. */
  int pidfds;

  /** Numbers the scans; what is seen between two belongs to the next. */
  int generation;

  private boolean walking;

  /** When the latest death of all was first seen. */
  volatile long lastDeathNanos = System.nanoTime() - 1_000_000_000;

  /**
   * Knows no process yet.
   *
   * @param ownSession the session of this JVM
   */
  Registry(RecordLock lock, int ownSession, GuardianNews news) {
    this.lock = lock;
    this.causeOfDeath = new CauseOfDeath(ownSession);
    this.news = news;
  }

  /** Whether the activation is over: what is there now is not its. */
  boolean isClosed() {
    return closed;
  }

  void close() {
    closed = true;
  }

  @Nullable LaunchRecord launch(int number) {
    lock.requireHeld();
    return launches.get(number);
  }

  /** All launches with a process that may be alive. */
  Collection<LaunchRecord> launches() {
    return lock.locked(() -> List.copyOf(launches.values()));
  }

  void add(LaunchRecord launch) {
    lock.requireHeld();
    launches.put(launch.number, launch);
  }

  /** Its number may be another launch's from now on. */
  void remove(LaunchRecord launch) {
    lock.requireHeld();
    launches.remove(launch.number, launch);
  }

  /** A thread may lose its CPU between two clocks: the closest of some readings counts. */
  private static Instant boot() {
    Instant boot = Instant.EPOCH;
    long closest = Long.MAX_VALUE;
    for (int i = 0; i < CLOCK_READINGS; i++) {
      long before = BootClock.nanos();
      Instant wall = Instant.now();
      long apart = BootClock.nanos() - before;
      if (apart < closest) {
        closest = apart;
        boot = wall.minusNanos(before + apart / 2);
      }
    }
    return boot;
  }

  ProcessRecord create(ProcessStat stat) {
    long ticks = stat.isHidden() ? BootClock.ticks() : stat.startTicks();
    long millis = ticks * 1000 / Procfs.TICKS_PER_SECOND;
    return new ProcessRecord(stat, sequence++, boot.plusMillis(millis));
  }

  /** Returns the time by the kernel's boot clock, as start times are: they can be compared. */
  Instant now() {
    return boot.plusNanos(BootClock.nanos());
  }

  /** With the lock held. */
  void beginWalk() {
    news.tellEnds();
    generation++;
    walking = true;
  }

  void endWalk() {
    lock.lock();
    try {
      walking = false;
    } finally {
      lock.unlock();
    }
  }

  /** How many records there ever were. */
  long created() {
    return sequence;
  }

  private int presentGeneration() {
    return walking ? generation : generation + 1;
  }

  /** Notes when it was first seen dead, be it as a zombie. */
  void died(ProcessRecord process) {
    if (process.diedGeneration != Integer.MAX_VALUE) {
      return;
    }
    process.diedGeneration = presentGeneration();
    process.diedByItself = !CauseOfDeath.wasAsked(process);
    long now = System.nanoTime();
    process.diedNanos = now;
    lastDeathNanos = now;
    LaunchRecord launch = process.launch;
    if (launch != null) {
      launch.lastDeathNanos = now;
    } else if (!process.foreign) {
      lastAmbientDeathNanos = now;
    }
    noteDeath(process);
  }

  private static void noteDeath(ProcessRecord process) {
    Scope scope = process.scope;
    if (scope != null) {
      scope.noteDeath(process.diedNanos, scope.isLeak(process));
    }
  }

  /** Makes a record known to its scope and to whoever waits. */
  void add(ProcessRecord process) {
    live.put(process.pid, process);
    process.bornGeneration = presentGeneration();
    Scope scope = process.scope;
    if (scope != null) {
      scope.records.add(process);
    } else {
      foreign.add(process);
    }
    LaunchRecord launch = process.launch;
    if (launch != null) {
      launch.records.add(process);
    }
    tell(process);
    touch(process);
  }

  /** Tells the guardian of a process that it can't find by its tag. */
  void tell(ProcessRecord process) {
    news.tell(process);
  }

  /** There is another guardian, which knows nothing yet. */
  void tellAll() {
    lock.run(() -> news.tellAgain(live.values()));
  }

  /** Whether one that no launch has started lives, or did at a time or later. */
  boolean hasAmbientSince(long nanos) {
    return lastAmbientDeathNanos - nanos >= 0
        || live.values().stream()
            .anyMatch(one -> one.launch == null && !one.foreign && one.isAlive());
  }

  /** One that was told of after its end, without a scan that saw it. */
  void addPast(ProcessRecord process, long endNanos, int waitStatus, String unknown) {
    process.waitStatus = waitStatus;
    process.statusUnknown = waitStatus < 0 ? unknown : null;
    process.end = ProcessRecord.End.BY_ITSELF;
    process.diedByItself = true;
    process.diedGeneration = presentGeneration();
    process.diedNanos = endNanos;
    process.endedNanos = endNanos;
    process.endedAt = now().minusNanos(System.nanoTime() - endNanos);
    Scope scope = process.scope;
    if (scope != null) {
      scope.records.add(process);
    }
    lock.signalChange();
  }

  /** A dead one that is recorded only: its pid is free already, or is never to be used. */
  void addForeign(ProcessRecord process) {
    process.foreign = true;
    foreign.add(process);
    lock.signalChange();
  }

  /** The record of the process that has this pid now, as far as it is known. */
  @Nullable ProcessRecord find(ProcessStat stat) {
    ProcessRecord process = live.get(stat.pid());
    return process != null && process.is(stat) ? process : null;
  }

  @Nullable ProcessRecord find(int pid) {
    return live.get(pid);
  }

  @Nullable ProcessRecord parentOf(ProcessRecord process) {
    lock.lock();
    try {
      return live.get(process.parentPid);
    } finally {
      lock.unlock();
    }
  }

  Collection<ProcessRecord> live() {
    return live.values();
  }

  List<ProcessRecord> foreign() {
    return List.copyOf(foreign);
  }

  void moved(ProcessRecord process, Scope from, Scope to) {
    from.records.remove(process);
    process.scope = to;
    to.records.add(process);
    if (process.diedGeneration != Integer.MAX_VALUE) {
      noteDeath(process);
    }
  }

  void touch(ProcessRecord process) {
    LaunchRecord launch = process.launch;
    long now = System.nanoTime();
    if (launch != null) {
      launch.lastEventNanos = now;
    }
    Scope scope = process.scope;
    if (scope != null) {
      scope.lastEventNanos = now;
    }
    lock.signalChange();
  }

  /** Its status is known and its zombie is gone, or kept for the moment: told to whoever waits. */
  void ended(
      ProcessRecord process,
      int waitStatus,
      @Nullable String unknown,
      Wait.@Nullable Collected usage) {
    LaunchRecord launch = process.launch;
    if (process.launched && launch != null) {
      launch.returned();
    }
    died(process);
    if (process.endedAt == null) {
      process.waitStatus = waitStatus;
      process.statusUnknown = unknown;
      process.end = causeOfDeath.of(process, waitStatus);
      process.endedNanos = System.nanoTime();
    }
    if (usage != null) {
      process.userMicros = usage.userMicros();
      process.systemMicros = usage.systemMicros();
      if (usage.maxRssKb() > process.maxRssFloorKb) {
        process.maxRssKb = usage.maxRssKb();
      }
    }
    if (process.endedAt == null) {
      process.endedAt = now();
    }
    process.lastAlive = null;
    news.tellEnd(process);
    unwatch(process);
    if (!process.awaitingRelease) {
      live.remove(process.pid, process);
    }
    if (process.watchers > 0) {
      lock.signalEnd();
    }
    touch(process);
  }

  /** Gives its descriptor to others. */
  void unwatch(ProcessRecord process) {
    if (process.pidfd != null) {
      process.closePidfd();
      pidfds--;
    }
    process.unwatched = null;
  }

  /** While it is held, whoever ends of these stays a zombie: pids stay pinned, slots stay taken. */
  void hold(Predicate<ProcessRecord> who) {
    lock.lock();
    try {
      holds.add(who);
    } finally {
      lock.unlock();
    }
  }

  void release(Predicate<ProcessRecord> who) {
    lock.lock();
    try {
      holds.remove(who);
    } finally {
      lock.unlock();
    }
  }

  boolean isHolding() {
    return lock.locked(() -> !holds.isEmpty());
  }

  boolean isHeld(ProcessRecord process) {
    for (Predicate<ProcessRecord> hold : holds) {
      if (hold.test(process)) {
        return true;
      }
    }
    return false;
  }

  void watch(ProcessRecord process, int more) {
    lock.lock();
    try {
      process.watchers += more;
    } finally {
      lock.unlock();
    }
  }

  /** Waits for the end of one that is watched; whatever else happens wakes nobody here. */
  boolean awaitEnd(ProcessRecord process, long nanos) throws InterruptedException {
    lock.lock();
    try {
      if (process.endedAt == null && nanos > 0) {
        lock.awaitEnd(nanos);
      }
      return process.endedAt != null;
    } finally {
      lock.unlock();
    }
  }
}
