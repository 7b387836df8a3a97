package io.github.subreaper.internal.engine.reap;

import static io.github.subreaper.internal.linux.calls.SignalNumber.SIGKILL;

import io.github.subreaper.internal.engine.attribution.Ancestry;
import io.github.subreaper.internal.engine.attribution.Attribution;
import io.github.subreaper.internal.engine.journal.Fact.Source;
import io.github.subreaper.internal.engine.records.LaunchRecord;
import io.github.subreaper.internal.engine.records.ProcessRecord;
import io.github.subreaper.internal.engine.records.Registry;
import io.github.subreaper.internal.engine.scan.AdopterList;
import io.github.subreaper.internal.engine.scan.ProcessObserver;
import io.github.subreaper.internal.engine.scan.ScanCycle;
import io.github.subreaper.internal.engine.spawn.Tags;
import io.github.subreaper.internal.engine.time.Ticks;
import io.github.subreaper.internal.linux.Kernel;
import io.github.subreaper.internal.linux.Time;
import io.github.subreaper.internal.linux.calls.SignalNumber;
import io.github.subreaper.internal.linux.proc.Pidfd;
import io.github.subreaper.internal.linux.proc.ProcessStat;
import io.github.subreaper.internal.linux.proc.Wait;
import io.github.subreaper.internal.linux.proc.Wait.Collected;
import io.github.subreaper.internal.linux.proc.Wait.Zombie;
import org.jspecify.annotations.Nullable;

/**
 * Brings one zombie after the other to its record: decides whether it is ours, reads what it still
 * shows, and collects it by waiting on that very pid. The lock is held.
 */
public final class Collector {

  /** How long a launcher's end is kept back for an orphan that has no command line yet. */
  private static final long EXEC_NANOS = 50_000_000;

  /** How long a zombie of native code may stay before it is called foreign. */
  private static final long LEFT_ALONE_NANOS = 2_000_000_000L;

  private static final int SELF = (int) ProcessHandle.current().pid();

  private final Kernel kernel;
  private final Time time;
  private final Registry registry;
  private final Ownership ownership;
  private final Attribution attribution;
  private final Ancestry ancestry;
  private final ScanCycle scanCycle;
  private final ProcessObserver observer;
  private final AdopterList adopterList;
  private final Tags tags;
  private final Wait wait;
  private volatile boolean closed;

  /** Whether a process was collected that a thread waits for. */
  private boolean awaited;

  public Collector(
      Kernel kernel,
      Time time,
      Registry registry,
      Ownership ownership,
      Attribution attribution,
      Ancestry ancestry,
      ScanCycle scanCycle,
      ProcessObserver observer,
      AdopterList adopterList,
      Tags tags) {
    this.kernel = kernel;
    this.time = time;
    this.wait = kernel.newWaits();
    this.registry = registry;
    this.ownership = ownership;
    this.attribution = attribution;
    this.ancestry = ancestry;
    this.scanCycle = scanCycle;
    this.observer = observer;
    this.adopterList = adopterList;
    this.tags = tags;
  }

  /** Takes no zombie from now on: those that there are belong to no activation. */
  void close() {
    closed = true;
  }

  /** Returns the wait that serves under the lock. */
  public Wait underLock() {
    registry.lock.requireHeld();
    return wait;
  }

  /** Returns whether a thread waits for a process that was collected since the last call. */
  boolean wasAwaited() {
    boolean before = awaited;
    awaited = false;
    return before;
  }

  /** See {@link Ownership#isAnyInQuestion}. */
  boolean isAnyInQuestion() {
    registry.lock.requireHeld();
    return ownership.isAnyInQuestion();
  }

  /** Forgets questions about processes that others have collected. */
  void prune() {
    ownership.prune();
  }

  /** Brings one zombie to its record, and collects it; returns false if it has to stay. */
  public boolean handle(Zombie zombie) {
    registry.lock.requireHeld();
    if (closed) {
      return false;
    }
    int pid = zombie.pid();
    registry.lock.catchUp(); // a trace has reported its end before that could be seen
    ProcessRecord known = registry.find(pid);
    if (known != null && known.isHeld() && known.ending().waitStatus() == zombie.waitStatus()) {
      return collectIfReleased(known, zombie); // a held zombie keeps its pid
    }
    if (known != null && isKilledWhileStopped(known, zombie) && registry.heldZombies.has(known)) {
      hold(known, zombie);
      return false;
    }
    if (known != null && isRead(known)) {
      known.observed().ownedBy(zombie.uid());
      return collect(known, zombie);
    }
    ProcessStat stat = kernel.procfs.stat(pid);
    if (stat == null || stat.parent() == 0) {
      return wait.zombie(pid) == null; // the JDK has just collected it, or it can't be read now
    }
    if (stat.parent() != SELF) {
      return false; // a traced one: the tracing thread passes it to its own parent
    }
    ProcessRecord record = registry.find(stat);
    boolean reported = record != null && !record.membership().isBirthPending();
    if (!reported && registry.hasTraces() && isTracedHere(pid)) {
      return false; // the tracing thread has to report it first, or it is a thread of another one
    }
    return handleUnread(zombie, stat, record);
  }

  /** Returns whether the zombie is one that was read: it shows nothing new. */
  private boolean isRead(ProcessRecord process) {
    boolean adopted = observer.adoptZombie(process);
    Pidfd pidfd = process.pidfd();
    return pidfd != null
        && process.isReadZombie()
        && !registry.heldZombies.has(process)
        && (adopted || pidfd.send(SignalNumber.PROBE) == 0); // else other code has collected it
  }

  private boolean isTracedHere(int pid) {
    int tracer = kernel.procfs.statusNumber(pid, "TracerPid");
    return tracer > 0 && kernel.procfs.isThread(SELF, tracer);
  }

  /** Collects a zombie that was recorded before, unless a kill still needs it. */
  private boolean collectIfReleased(ProcessRecord process, Zombie zombie) {
    return !registry.heldZombies.has(process) && collect(process, zombie);
  }

  /**
   * Handles the zombie of an orphan whose death was reported. Zombies that stay hide it from the
   * reaping thread for a while; and the JDK's thread for its onExit() wakes later than the watcher.
   */
  boolean handleReported(ProcessRecord process) {
    boolean wanted =
        process.isOrphan()
            && process.isPinned()
            && !process.exitSeen()
            && !registry.heldZombies.has(process);
    Zombie zombie = wanted ? wait.zombie(process.pid()) : null;
    return zombie != null && handle(zombie);
  }

  /** Collects a zombie whose hold is over. */
  void collectReleased(ProcessRecord process) {
    Zombie zombie = process.isHeld() && !closed ? wait.zombie(process.pid()) : null;
    if (zombie != null && zombie.waitStatus() == process.ending().waitStatus()) {
      collectIfReleased(process, zombie);
    }
  }

  private boolean handleUnread(Zombie zombie, ProcessStat stat, @Nullable ProcessRecord known) {
    if (known != null && known.isHeld()) {
      return collectIfReleased(known, zombie);
    }
    long tag = known == null || !known.isPinned() ? tag(stat.pid()) : 0;
    Ownership.Verdict verdict = ownership.of(stat, tag, known);
    if (verdict != Ownership.Verdict.OURS) {
      leaveAlone(zombie, stat, known, verdict);
      return false;
    }
    if (known == null && wait.zombie(stat.pid()) == null) {
      return true; // it could not exec, and the C library has collected it meanwhile
    }
    ProcessRecord process = known != null ? known : firstSeenDead(stat, tag);
    process.observed().update(stat);
    process.observed().ownedBy(zombie.uid());
    if (!process.isLaunched() && !process.isOrphan()) {
      process.membership().adopted(time.bootNanos());
      registry.facts.adopted(process);
      attribution.adopted(process);
    }
    if (!mayBeReported(process)) {
      return false;
    }
    if (registry.heldZombies.has(process)) {
      process
          .ending()
          .used(
              Ticks.micros(stat.userTicks()),
              Ticks.micros(stat.systemTicks()),
              ProcessRecord.UNKNOWN);
      hold(process, zombie);
      return false;
    }
    return collect(process, zombie);
  }

  /** Returns its tag; none if other code has collected it, since its pid may be another's. */
  private long tag(int pid) {
    long tag = tags.read(pid);
    return tags.covers(tag) && wait.zombie(pid) == null ? Tags.UNREADABLE : tag;
  }

  private void leaveAlone(
      Zombie zombie, ProcessStat stat, @Nullable ProcessRecord known, Ownership.Verdict verdict) {
    if (known == null) {
      ancestry.childDied(stat, zombie.waitStatus(), scanCycle.lastPid());
    } else {
      registry.foundZombie(known);
    }
    if (verdict == Ownership.Verdict.NOT_OURS) {
      reportLeftAlone(stat, zombie, known);
    }
  }

  private ProcessRecord firstSeenDead(ProcessStat stat, long tag) {
    observer.replaced(stat);
    ancestry.adopted(stat);
    ProcessRecord process = registry.create(stat);
    if (!attribution.attribute(process, stat, tag, null, 0)) {
      process.membership().foreign();
    }
    registry.add(process);
    return process;
  }

  /**
   * Returns whether the end of a process may be reported. Before a launcher's end is reported, the
   * orphans that it leaves are scanned, while they still live. An orphan in the middle of its exec
   * keeps the end back for some milliseconds.
   */
  private boolean mayBeReported(ProcessRecord process) {
    LaunchRecord launch = process.isLaunched() ? process.launch() : null;
    if (launch == null || process.exitSeen()) {
      return true;
    }
    launch.returned(kernel); // first of all: a delay would hide that a daemon is ready too late
    registry.died(process);
    if (!scanCycle.noneBornAfter(process.pid())) {
      scanCycle.scanAdopted();
    }
    return time.nanos() - process.ending().diedNanos() >= EXEC_NANOS || !observer.isInExec(launch);
  }

  /**
   * Returns whether it has run nothing since it was seen stopped: then its zombie shows nothing
   * new.
   */
  private static boolean isKilledWhileStopped(ProcessRecord process, Zombie zombie) {
    return process.observed().isStill()
        && process.wasKilled()
        && zombie.waitStatus() == SIGKILL
        && !process.exitSeen()
        && process.isOrphan()
        && process.isPinned();
  }

  private void hold(ProcessRecord process, Zombie zombie) {
    process.observed().ownedBy(zombie.uid());
    process.ending().held();
    registry.ended(process, zombie.waitStatus(), null, null, Source.WAIT);
  }

  private boolean collect(ProcessRecord process, Zombie zombie) {
    process.ending().statusSeen(zombie.waitStatus()); // recorded, whatever fails from here on
    Collected usage = wait.collect(process.pid());
    if (usage == null && wait.zombie(process.pid()) != null) {
      return false; // a tracer holds it
    }
    adopterList.collected(process);
    process.ending().released();
    ownership.settled(process.pid());
    awaited |= process.ending().isAwaited();
    registry.ended(process, zombie.waitStatus(), null, usage, Source.WAIT);
    return true;
  }

  /** Reports a zombie that native code of this JVM forked, and has not collected for some time. */
  private void reportLeftAlone(ProcessStat stat, Zombie zombie, @Nullable ProcessRecord known) {
    if (known != null && known.exitSeen()) {
      return;
    }
    if (ownership.isLeftTooLong(stat, LEFT_ALONE_NANOS)) {
      ProcessRecord process = known != null ? known : registry.create(stat);
      process.observed().ownedBy(zombie.uid());
      process.membership().directChild();
      registry.addForeign(process);
    }
  }
}
