package io.github.subreaper.internal.engine.records;

import io.github.subreaper.internal.engine.journal.Fact.Source;
import io.github.subreaper.internal.engine.lock.RecordLock;
import io.github.subreaper.internal.engine.lock.Wakeups;
import io.github.subreaper.internal.engine.time.Moment;
import io.github.subreaper.internal.engine.time.WallClock;
import io.github.subreaper.internal.engine.values.OwnSession;
import io.github.subreaper.internal.linux.Kernel;
import io.github.subreaper.internal.linux.Time;
import io.github.subreaper.internal.linux.proc.ProcessStat;
import io.github.subreaper.internal.linux.proc.Wait;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The records of all living processes by pid, and the running launches by number. The records of
 * ended processes are in their scopes. The one {@link RecordLock} guards all of them; a method that
 * does not take it asserts that it is held.
 */
public final class Registry implements AutoCloseable {
  private final Kernel kernel;
  private final Time time;
  public final RecordLock lock;
  public final OwnSession own;
  public final Facts facts;
  public final HeldZombies heldZombies;
  public final WatchList watchList;

  private final Map<Integer, ProcessRecord> live = new HashMap<>();
  private final Set<ProcessRecord> foreign = new LinkedHashSet<>();
  private final LatelyEnded latelyEnded = new LatelyEnded();

  private final WallClock clock;

  private final CauseOfDeath causeOfDeath;
  private final GuardianNews news;
  private final Map<Integer, LaunchRecord> launches = new HashMap<>();
  private final Deaths deaths;
  private long sequence;
  private volatile boolean closed;

  /** The number of the latest scan. What is observed between two scans belongs to the next one. */
  private int scan;

  private boolean scanning;

  private volatile boolean traces;

  /** When births were last missed. */
  private volatile long missedNanos;

  /** Knows no process yet. */
  public Registry(
      Kernel kernel,
      Time time,
      RecordLock lock,
      OwnSession own,
      GuardianNews news,
      Facts facts,
      Wakeups wakeups) {
    this.kernel = kernel;
    this.time = time;
    this.clock = new WallClock(time);
    this.lock = lock;
    this.own = own;
    this.facts = facts;
    this.watchList = new WatchList(lock, wakeups);
    this.heldZombies = new HeldZombies(lock);
    this.missedNanos = longAgo();
    this.deaths = new Deaths(lock, longAgo());
    this.causeOfDeath = new CauseOfDeath(kernel, own);
    this.news = news;
  }

  /** From now on a wait of this process may return traced threads. */
  public void begunTrace() {
    traces = true;
  }

  public boolean hasTraces() {
    return traces;
  }

  /** A time before every scan and every process: {@code nanoTime} has no zero to start from. */
  private long longAgo() {
    return time.nanos() - TimeUnit.MINUTES.toNanos(1);
  }

  /** Returns whether the activation is over: what exists now does not belong to it. */
  public boolean isClosed() {
    return closed;
  }

  /** Ends the activation. Nothing of what lives on stays open. */
  @Override
  public void close() {
    closed = true;
    lock.run(() -> live.values().forEach(this::closeFiles));
  }

  private void closeFiles(ProcessRecord process) {
    watchList.unwatch(process);
    kernel.procfs.close(process.pid());
  }

  public @Nullable LaunchRecord launch(int number) {
    lock.requireHeld();
    return launches.get(number);
  }

  /** Returns the launches with a process that may be alive. */
  public Collection<LaunchRecord> launches() {
    return lock.locked(() -> List.copyOf(launches.values()));
  }

  public void add(LaunchRecord launch) {
    lock.requireHeld();
    launches.put(launch.number, launch);
    news.launched(launch);
  }

  /** Removes a launch, whose number may be reused then. */
  public void remove(LaunchRecord launch) {
    lock.requireHeld();
    if (launches.remove(launch.number, launch)) {
      news.finished(launch);
    }
  }

  public ProcessRecord create(ProcessStat stat) {
    lock.requireHeld();
    return new ProcessRecord(lock, stat, sequence++, clock, kernel.autoreaps());
  }

  /** Returns the time by the kernel's boot clock, so that it can be compared with start times. */
  public Instant now() {
    return clock.now();
  }

  public Instant at(long bootNanos) {
    return clock.at(bootNanos);
  }

  /** Returns the number of the scan that begins. */
  public int beginScan() {
    lock.requireHeld();
    news.reportEnds();
    scan++;
    scanning = true;
    return scan;
  }

  public void endScan() {
    lock.run(() -> scanning = false);
  }

  public int scan() {
    lock.requireHeld();
    return scan;
  }

  private int presentScan() {
    return scanning ? scan : scan + 1;
  }

  public long created() {
    return sequence;
  }

  /** More processes were born than could be read: some may have ended unseen. */
  public void missedBirths() {
    missedNanos = time.nanos();
  }

  public boolean hasMissedBirthsSince(long nanos) {
    return missedNanos - nanos >= 0;
  }

  public long lastDeathNanos() {
    return deaths.lastNanos();
  }

  /** A process that has no record here was seen dead. */
  public void noteDeath(long nanos) {
    deaths.noted(nanos);
  }

  /** The kernel reports that a process died just now; perhaps a scan has found it dead before. */
  public void died(ProcessRecord process) {
    deaths.reported(process, presentScan());
  }

  /**
   * A look or a wait finds a zombie. A child of this JVM has died just now, since its zombie rings
   * the doorbell; any other may have died at any time since it was last seen alive.
   */
  public void foundZombie(ProcessRecord process) {
    if (process.observed().wasChild()) {
      died(process);
    } else {
      foundDead(process);
    }
  }

  /** Of a watched process the kernel reports the death, so it has died just now. */
  private void foundDead(ProcessRecord process) {
    if (watchList.reports(process)) {
      died(process);
    } else {
      deaths.found(process, presentScan());
    }
  }

  /** Adds a record here, and to its scope and launch; wakes waiters. */
  public void add(ProcessRecord process) {
    lock.requireHeld();
    live.put(process.pid(), process);
    watchList.added(process);
    process.observed().firstIn(presentScan());
    Scope scope = process.scope();
    if (scope != null) {
      scope.add(process);
    } else {
      foreign.add(process);
    }
    LaunchRecord launch = process.launch();
    if (launch != null) {
      launch.add(process);
    }
    if (process.isLaunched() || !process.isTraced()) {
      facts.recorded(process); // of a traced one its parent's fork is reported
    }
    report(process);
    touch(process);
  }

  /** Reports a process to the guardian if that can't find it by its tag. */
  public void report(ProcessRecord process) {
    lock.requireHeld();
    news.report(process);
  }

  /** Reports all living processes to a new guardian. */
  public void reportAll() {
    lock.run(
        () -> {
          facts.guardianReplaced();
          news.reportAgain(live.values(), launches.values());
        });
  }

  public boolean hasAmbientSince(long nanos) {
    lock.requireHeld();
    return deaths.lastAmbientNanos() - nanos >= 0
        || live.values().stream()
            .anyMatch(one -> one.launch() == null && !one.isForeign() && one.isAlive());
  }

  /**
   * Records a process that no scan saw: it was reported after its end.
   *
   * @param alive when it was alive; the same time if its end is known
   */
  public void addPast(ProcessRecord process, long alive, long end, int waitStatus, String unknown) {
    lock.requireHeld();
    process.ending().died(presentScan(), alive, end, true);
    process.ended(waitStatus, waitStatus < 0 ? unknown : null, ProcessRecord.End.BY_ITSELF, end);
    Scope scope = process.scope();
    if (scope != null) {
      scope.add(process);
    }
    facts.recorded(process);
    facts.exited(process, Source.LIBRARY);
    lock.signalChange();
  }

  /** Records a dead process that is not ours; its pid is free already, or is not to be used. */
  public void addForeign(ProcessRecord process) {
    lock.requireHeld();
    process.membership().foreign();
    foreign.add(process);
    if (live.get(process.pid()) == process) {
      facts.foreign(process);
    } else {
      facts.recorded(process);
    }
    lock.signalChange();
  }

  /** Returns the record of the process that has this pid now. */
  public @Nullable ProcessRecord find(ProcessStat stat) {
    ProcessRecord process = find(stat.pid());
    return process != null && process.is(stat) ? process : null;
  }

  public @Nullable ProcessRecord find(int pid) {
    lock.requireHeld();
    return live.get(pid);
  }

  /** Returns the record of the process that has this pid, or had it until that time or later. */
  public @Nullable ProcessRecord findSince(int pid, long nanos) {
    ProcessRecord process = find(pid);
    return process != null ? process : latelyEnded.find(pid, nanos);
  }

  public @Nullable ProcessRecord parentOf(ProcessRecord process) {
    return lock.locked(() -> live.get(process.parentPid()));
  }

  public Collection<ProcessRecord> live() {
    lock.requireHeld();
    return live.values();
  }

  public List<ProcessRecord> foreign() {
    lock.requireHeld();
    return List.copyOf(foreign);
  }

  public void moved(ProcessRecord process, Scope from, Scope to) {
    from.remove(process);
    process.membership().movedTo(to);
    to.add(process);
    if (process.ending().isSeenDead()) {
      Deaths.note(process);
    }
  }

  /** A process has changed: wakes waiters. */
  public void touch(ProcessRecord process) {
    lock.requireHeld();
    LaunchRecord launch = process.launch();
    long now = time.nanos();
    if (launch != null) {
      launch.changed(now);
    }
    Scope scope = process.scope();
    if (scope != null) {
      scope.changed(now);
    }
    lock.signalChange();
  }

  /**
   * A process has ended: its zombie is collected, or held for the moment. Wakes waiters.
   *
   * @param unknown why the status is unknown; null if it is known
   * @param usage null if unknown
   * @param source which reports it
   */
  public void ended(
      ProcessRecord process,
      int waitStatus,
      @Nullable String unknown,
      Wait.@Nullable Collected usage,
      Source source) {
    LaunchRecord launch = process.launch();
    if (process.isLaunched() && launch != null) {
      launch.returned(kernel);
    }
    if (source == Source.WAIT) {
      foundZombie(process);
    } else {
      foundDead(process);
    }
    if (usage != null) {
      process.ending().used(usage.userMicros(), usage.systemMicros(), usage.maxRssKb());
    }
    if (!process.exitSeen()) {
      ProcessRecord.End how = causeOfDeath.of(process, waitStatus);
      process.ended(waitStatus, unknown, how, time.nanos());
      facts.exited(process, source);
    }
    process.observed().ended();
    news.reportEnd(process);
    closeFiles(process);
    if (!process.isHeld()) {
      live.remove(process.pid(), process);
    }
    if (traces) {
      latelyEnded.add(process);
    }
    if (process.ending().isAwaited()) {
      lock.signalEnd();
    }
    touch(process);
  }

  /** Returns whether a process has not been collected that is not foreign, as far as is known. */
  public boolean isAnyUncollected() {
    lock.requireHeld();
    for (ProcessRecord process : live.values()) {
      if (!process.isForeign()) {
        return true;
      }
    }
    return false;
  }

  /** Waits for the end of one process; no other change wakes the caller. */
  public boolean awaitEnd(ProcessRecord process, long nanos) throws InterruptedException {
    lock.lock();
    try {
      if (!process.exitSeen() && nanos > 0) {
        process.ending().waiters(1);
        try {
          lock.awaitEnd(nanos);
        } finally {
          process.ending().waiters(-1);
        }
      }
      return process.exitSeen();
    } finally {
      lock.unlock();
    }
  }

  /** Returns what lives, was adopted since a moment, and is not proven to be this session's. */
  public List<ProcessRecord> unproven(Moment since) {
    return lock.locked(
        () ->
            live().stream() // the list of all foreign processes only grows
                .filter(
                    process ->
                        process.isForeign() && process.isAlive() && !process.membership().isElder())
                .filter(process -> process.startTicks() >= since.ticks())
                .sorted(ProcessRecord.BY_FIRST_SIGHT)
                .toList());
  }
}
