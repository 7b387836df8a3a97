package io.github.subreaper.internal.engine;

import io.github.subreaper.internal.linux.BootClock;
import io.github.subreaper.internal.linux.ProcessStat;
import io.github.subreaper.internal.linux.Procfs;
import io.github.subreaper.internal.linux.Wait;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Who lives, the lock that guards every record, and the condition that tells of changes. Scopes
 * hold the records of those that have ended.
 */
final class Registry {
  private static final int SIGHUP = 1;
  private static final int CLOCK_READINGS = 5;

  final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Condition pause = lock.newCondition();
  private final Condition ended = lock.newCondition();
  private final Map<Integer, ProcessRecord> live = new HashMap<>();
  private final Set<ProcessRecord> foreign = new LinkedHashSet<>();
  private final List<Predicate<ProcessRecord>> holds = new ArrayList<>();

  /** When the machine started by the wall clock, read once: a later step of it changes nothing. */
  private final Instant boot = boot();

  private final int ownSession;
  private final Teller teller;
  private long sequence;

  /** When the latest of those that no launch has started was seen dead. */
  private long lastAmbientDeathNanos = System.nanoTime() - 60_000_000_000L;

  /** What tells the guardian of processes, if it can. */
  interface Teller {
    boolean tell(int pid, long startTicks);
  }

  /** How many are open in records. */
  int pidfds;

  /** Numbers the walks of the census; what is seen between two belongs to the next. */
  int generation;

  private boolean walking;

  /** Ends that the guardian could not be told of yet, since its line was full. */
  private final Set<Integer> untold = new HashSet<>();

  /** When the latest death of all was first seen. */
  volatile long lastDeathNanos = System.nanoTime() - 1_000_000_000;

  /**
   * Knows nobody yet.
   *
   * @param ownSession this JVM's
   */
  Registry(int ownSession, Teller teller) {
    this.ownSession = ownSession;
    this.teller = teller;
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
    tellEnds();
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
    process.diedByItself = !wasAsked(process);
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

  /** The guardian finds what carries a tag that it can read; the rest it has to be told. */
  void tell(ProcessRecord process) {
    if (process.foreign || !process.isAlive() || !process.isToBeTold()) {
      return;
    }
    long mark = process.mark();
    if (process.told != mark && tellEnds() && teller.tell(process.pid, mark)) {
      process.told = mark;
    }
  }

  /**
   * Before anything else: the pid may be another's, of which the guardian must be told after it.
   *
   * @return whether all were told
   */
  private boolean tellEnds() {
    untold.removeIf(pid -> teller.tell(pid, Guardian.GONE));
    return untold.isEmpty();
  }

  /** There is another guardian, which knows nothing yet. */
  void tellAll() {
    untold.clear();
    for (ProcessRecord process : live.values()) {
      process.told = Guardian.GONE;
      tell(process);
    }
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
    changed.signalAll();
  }

  /** A dead one that is recorded only: its pid is free already, or is never to be used. */
  void addForeign(ProcessRecord process) {
    process.foreign = true;
    foreign.add(process);
    changed.signalAll();
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
    changed.signalAll();
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
      process.end = endOf(process, waitStatus);
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
    if (process.told != Guardian.GONE) {
      process.told = Guardian.GONE;
      untold.add(process.pid);
      tellEnds();
    }
    unwatch(process);
    if (!process.awaitingRelease) {
      live.remove(process.pid, process);
    }
    if (process.watchers > 0) {
      ended.signalAll();
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

  /**
   * By itself, unless it was signalled before, or somebody that it was seen below: a daemon ends
   * its workers when it is asked to end.
   */
  private ProcessRecord.End endOf(ProcessRecord process, int waitStatus) {
    if ((waitStatus & 0x7f) == SIGHUP && mayBeHungUp(process)) {
      return ProcessRecord.End.KILL;
    }
    if (process.diedByItself) {
      return ProcessRecord.End.BY_ITSELF;
    }
    if (process.killSent && (waitStatus == ProcessRecord.UNKNOWN || (waitStatus & 0x7f) == 9)) {
      return ProcessRecord.End.KILL;
    }
    for (ProcessRecord one = process; one != null; one = one.parent) {
      if (one.wasAsked()) {
        return ProcessRecord.End.STOP_SIGNAL;
      }
      if (one != process && one.killSent) {
        return ProcessRecord.End.KILL;
      }
    }
    return ProcessRecord.End.BY_ITSELF;
  }

  /**
   * The kernel sends SIGHUP to a process group that was stopped for the kill when its last parent
   * in the same session and outside of the group ends. A group that has its session's number has
   * none, unless a member's parent has moved to another group of the session (setpgid); and in this
   * JVM's session orphans have the JVM.
   */
  private boolean mayBeHungUp(ProcessRecord process) {
    return process.frozen
        && process.session != ownSession
        && process.processGroup != process.session;
  }

  /** Itself, or somebody that it was seen below. */
  private static boolean wasAsked(ProcessRecord process) {
    ProcessRecord asked = process;
    while (asked != null && !asked.wasAsked() && !asked.killSent) {
      asked = asked.parent;
    }
    return asked != null;
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
    return locked(() -> !holds.isEmpty());
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
  @SuppressWarnings("WaitNotInLoop") // whoever calls looks again
  boolean awaitEnd(ProcessRecord process, long nanos) throws InterruptedException {
    lock.lock();
    try {
      if (process.endedAt == null && nanos > 0) {
        ended.await(nanos, TimeUnit.NANOSECONDS);
      }
      return process.endedAt != null;
    } finally {
      lock.unlock();
    }
  }

  void signalChange() {
    lock.lock();
    try {
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  <T> T locked(Supplier<T> action) {
    lock.lock();
    try {
      return action.get();
    } finally {
      lock.unlock();
    }
  }

  /** Waits for a change, with the lock held; an interrupt is reported, not thrown. */
  @SuppressWarnings("WaitNotInLoop") // whoever calls looks again
  boolean awaitChange(long nanos) {
    try {
      if (changed.awaitNanos(nanos) > 0) {
        return false;
      }
    } catch (InterruptedException e) {
      return true;
    }
    return false;
  }

  /** Waits, with the lock held, whatever changes. */
  @SuppressWarnings("WaitNotInLoop") // whoever calls looks again
  void pauseInterruptibly(long nanos) throws InterruptedException {
    pause.await(nanos, TimeUnit.NANOSECONDS);
  }

  /** Waits for a change, with the lock held. */
  @SuppressWarnings("WaitNotInLoop") // whoever calls looks again
  void awaitChangeInterruptibly(long nanos) throws InterruptedException {
    changed.await(nanos, TimeUnit.NANOSECONDS);
  }
}
