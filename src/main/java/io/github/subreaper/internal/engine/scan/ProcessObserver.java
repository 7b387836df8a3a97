package io.github.subreaper.internal.engine.scan;

import static io.github.subreaper.internal.linux.calls.SignalNumber.SIGSTOP;

import io.github.subreaper.internal.engine.attribution.Attribution;
import io.github.subreaper.internal.engine.guardian.Guardian;
import io.github.subreaper.internal.engine.guardian.GuardianKeeper;
import io.github.subreaper.internal.engine.journal.Fact.Source;
import io.github.subreaper.internal.engine.jvm.Threads;
import io.github.subreaper.internal.engine.records.LaunchRecord;
import io.github.subreaper.internal.engine.records.ProcessRecord;
import io.github.subreaper.internal.engine.records.Registry;
import io.github.subreaper.internal.engine.spawn.Spawner;
import io.github.subreaper.internal.engine.spawn.Tags;
import io.github.subreaper.internal.engine.time.Ticks;
import io.github.subreaper.internal.engine.values.SignalReason;
import io.github.subreaper.internal.linux.Kernel;
import io.github.subreaper.internal.linux.Time;
import io.github.subreaper.internal.linux.calls.Errno;
import io.github.subreaper.internal.linux.calls.SignalNumber;
import io.github.subreaper.internal.linux.proc.Pidfd;
import io.github.subreaper.internal.linux.proc.ProcessStat;
import io.github.subreaper.internal.linux.proc.Procfs;
import io.github.subreaper.internal.linux.proc.Wait.Child;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Turns what /proc shows of one process into its record: the first sight, an exec, a new parent, an
 * end that the reaper does not collect.
 */
public final class ProcessObserver {

  /** A process that is younger than this is not called foreign while it lives. */
  private static final double FOREIGN_SECONDS = 2;

  /**
   * How long the JDK may take to name the thread that watches a child of its own, where the calls
   * of its threads are not shown.
   */
  private static final long NAMING_NANOS = 100_000_000;

  /** The same where they are shown, and one thread or another of the JDK never sleeps. */
  private static final long BUSY_NAMING_NANOS = 5_000_000_000L;

  private final Kernel kernel;
  private final Time time;
  private final Registry registry;
  private final Attribution attribution;
  private final Tags tags;
  private final Spawner spawner;
  private final Threads threads;
  private final GuardianKeeper guardian;
  private final AdopterList adopterList;
  private final int self = (int) ProcessHandle.current().pid();

  private final Watch watch;
  private final Changes changes;

  public ProcessObserver(
      Kernel kernel,
      Time time,
      Registry registry,
      Attribution attribution,
      Tags tags,
      Spawner spawner,
      Threads threads,
      GuardianKeeper guardian,
      AdopterList adopterList,
      Watch watch) {
    this.kernel = kernel;
    this.time = time;
    this.registry = registry;
    this.attribution = attribution;
    this.tags = tags;
    this.spawner = spawner;
    this.threads = threads;
    this.guardian = guardian;
    this.adopterList = adopterList;
    this.watch = watch;
    this.changes = new Changes(kernel, registry.facts);
  }

  boolean isGuardian(ProcessStat stat) {
    return guardian.is(stat.pid()) || Guardian.stays(stat);
  }

  /** Observes a process, with the lock not held. */
  public void refresh(ProcessRecord process) {
    registry.lock.run(() -> observe(process));
  }

  /**
   * Observes a process, and reads again what leaves no trace: its command line, and where it is.
   */
  public void refreshAll(ProcessRecord process) {
    registry.lock.run(
        () -> {
          observe(process);
          if (process.isAlive()) {
            changes.readPerishables(process);
            process.observed().readFiles(kernel.procfs);
          }
        });
  }

  /**
   * Observes a process that was first seen a moment ago: it may have exec'd, and shed its tag. The
   * lock is not held.
   */
  public void refreshProgram(ProcessRecord process) {
    registry.lock.run(
        () -> {
          observe(process);
          if (process.isAlive() && !process.isTraced()) {
            observeProgram(process, false);
          }
        });
  }

  /**
   * Records a process that is not known yet, if a known one has forked it. The lock is not held.
   *
   * @param seen just now; by the time that the lock is held, its end may be recorded already
   */
  public void observeBelowKnown(ProcessStat seen) {
    registry.lock.run(
        () -> {
          boolean wanted = registry.find(seen.parent()) != null && registry.find(seen) == null;
          ProcessStat stat = wanted ? kernel.procfs.stat(seen.pid()) : null;
          ProcessRecord parent = stat == null ? null : registry.find(stat.parent());
          if (stat != null && parent != null && kernel.procfs.processOf(stat) == stat.pid()) {
            observe(stat, parent, 0);
          } else if (wanted) {
            registry.missedBirths();
          }
        });
  }

  /**
   * Returns whether a process of a launch shows no command line, as in the middle of exec. The lock
   * is held.
   */
  public boolean isInExec(LaunchRecord launch) {
    for (ProcessRecord process : List.copyOf(launch.recordsUnderLock())) {
      if (process.isAlive() && process.commandLine().isEmpty() && !process.isHidden()) {
        observe(process);
        if (process.isAlive() && !changes.readPerishables(process)) {
          return true;
        }
      }
    }
    return false;
  }

  /**
   * Observes a process that is in a list of children. The lock is held.
   *
   * @param lister the process in whose list it is; null for this JVM
   * @param tid the thread of this JVM in whose list it is; 0 if none
   * @return its record; null if it is not ours, is not born yet, or is the zombie of a child, which
   *     is the reaper's
   */
  public @Nullable ProcessRecord observe(
      ProcessStat stat, @Nullable ProcessRecord lister, int tid) {
    boolean child = stat.parent() == self;
    // Since the list was read it may have moved, or its pid may be another's, even that of a child
    // of the JDK: a list is believed only if the process has the same parent.
    boolean parentAgrees = lister != null && stat.parent() == lister.pid();
    boolean parentUnknown = stat.isHidden() && stat.parent() == 0;
    ProcessRecord listedBelow = parentAgrees || parentUnknown ? lister : null;
    if (isGuardian(stat)
        || (spawner.isSpawner(tid)
            && registry.find(stat) == null
            && (spawner.isUnborn(stat.pid()) || kernel.procfs.stat(stat.pid()) == null))) {
      return null;
    }
    ProcessRecord known = registry.find(stat);
    if (known == null && listedBelow == null && (!child || lister != null)) {
      if (lister != null && !child) {
        observe(lister); // has ended: another subreaper's list may have been read before
      }
      return null; // the list in which it really is will show it
    }
    ProcessRecord reused = known == null ? registry.find(stat.pid()) : null;
    if (reused != null) {
      attribution.reused(stat);
      gone(reused);
      known = registry.find(stat); // a trace may have reported it by now
    }
    if (known == null) {
      if (child && stat.hasEnded()) {
        return null;
      }
      if (stat.threads() != 1 && kernel.procfs.isSecondThread(stat.pid())) {
        return null; // pids have gone round since the list was read
      }
      known = register(stat, listedBelow, tid);
      if (known == null) {
        return null;
      }
    } else {
      boolean renamed = !known.name().equals(stat.name());
      update(known, stat);
      watch.observeOwner(known);
      if (stat.hasEnded()) {
        registry.foundZombie(known);
      }
      if (!stat.hasEnded()) {
        observeProgram(known, renamed);
      }
    }
    if (listedBelow != null && known != listedBelow) {
      known.membership().seenBelow(listedBelow);
    }
    if (child && tid != 0 && tid == threads.adopter()) {
      known.membership().seenInAdoptersList(stat.readNanos());
    } else if (child && tid != 0 && !spawner.isSpawner(tid)) {
      known.membership().seenInDirectList();
      if (!known.membership().isDirectChild() && isListed(known, tid) && isThere(known)) {
        known.membership().seenInDirectList(); // at once: its thread may end before the next scan
      }
    }
    if (child && !known.isOrphan() && !known.isLaunched() && isAdopted(known, stat)) {
      adopted(known);
      registry.touch(known);
    }
    return known;
  }

  /** Reads what an exec changes, and its tag. A frozen process is killed next: not worth it. */
  private void observeProgram(ProcessRecord process, boolean renamed) {
    if (process.ending().isFrozen()) {
      return;
    }
    if (tags.isLost(process.pid())) {
      process.membership().tagUnsure();
    }
    registry.report(process);
    if (changes.readPerishables(process) || renamed) {
      registry.touch(process);
    }
  }

  /** Returns its tag; none if others have collected it, since its pid may be another's. */
  private long tag(ProcessRecord process, int tid) {
    long tag = tags.read(process.pid());
    Pidfd pidfd = process.pidfd();
    boolean gone =
        pidfd != null
            ? pidfd.send(SignalNumber.PROBE) == Errno.ESRCH
            : tid != threads.adopter() && isAnother(process); // no other collects an adopted one
    return gone ? Tags.UNREADABLE : tag;
  }

  private boolean isAnother(ProcessRecord process) {
    ProcessStat now = kernel.procfs.stat(process.pid());
    return now == null ? kernel.kill.send(process.pid(), 0) == Errno.ESRCH : !process.is(now);
  }

  private @Nullable ProcessRecord register(
      ProcessStat stat, @Nullable ProcessRecord parent, int tid) {
    ProcessRecord process = registry.create(stat);
    if (parent != null) {
      watch.open(process); // first of all: its parent may collect it at any moment
    }
    if (!attribution.attribute(process, stat, tag(process, tid), parent, tid)) {
      if (tid != threads.adopter() || mayBeTheJdks(stat)) {
        registry.watchList.unwatch(process);
        return null;
      }
      process.membership().foreign();
    }
    if (tid != 0 && tid != threads.adopter() && kernel.procfs.isForkOfAnotherProgram(stat)) {
      process.membership().forkedByAnother();
    }
    LaunchRecord launch = process.launch();
    if (launch != null && launch.traces(kernel, process.pid())) {
      process.membership().traced();
      process.membership().birthPending(true);
    } else if (launch != null && launch.trace() != null) {
      registry.lock.catchUp(); // let go by now, it may have lived while the lock was held
      ProcessRecord traced = registry.findSince(stat.pid(), stat.readNanos());
      if (traced != null && traced.is(stat)) {
        registry.watchList.unwatch(process);
        return traced.exitSeen() ? null : traced; // or it has ended since it was read
      }
    }
    boolean doomed = registry.heldZombies.has(process) && !process.isForeign();
    if (process.isTraced() && !process.isHidden()) {
      registry.watchList.unwatch(process); // its status is reported
    } else if (parent == null
        && (process.launch() == null || process.isHidden() || kernel.autoreaps())) {
      watch.open(process);
    }
    // Born while its tree is being killed, it is stopped before anything else.
    boolean stopped = doomed && Delivery.send(kernel, process, SIGSTOP) == 0;
    if (stopped) {
      process.ending().frozen();
    }
    registry.add(process);
    if (stopped) {
      process.ending().sent(SIGSTOP);
      registry.facts.signaled(process, SIGSTOP, SignalReason.HOLD);
    }
    if (!process.exitSeen() && !doomed) {
      process.observed().readPerishables(kernel.procfs, process.pidfd());
    }
    if (stat.hasEnded()) {
      registry.foundZombie(process);
    }
    return process;
  }

  /**
   * Returns whether it may be a child of the JDK, whose thread may have got no CPU yet. The next
   * scan sees it again.
   */
  private boolean mayBeTheJdks(ProcessStat stat) {
    return !attribution.provesDescent(stat)
        && (Ticks.age(time, stat.startTicks()) < FOREIGN_SECONDS || kernel.jdk.watches(stat.pid()));
  }

  /**
   * Records the adoption of a zombie that was read below its parent. Its descriptor shows whose
   * child it is now (Linux 6.13); a wait for its pid would also find what this JVM traces. The lock
   * is held.
   *
   * @return whether it was adopted just now
   */
  public boolean adoptZombie(ProcessRecord process) {
    Pidfd pidfd = process.pidfd();
    boolean adopted =
        pidfd != null
            && process.isZombieBelowOther()
            && pidfd.parent().equals(OptionalInt.of(self));
    if (adopted) {
      process.observed().adopted();
      adopted(process);
      registry.touch(process);
    }
    return adopted;
  }

  private boolean isAdopted(ProcessRecord process, ProcessStat stat) {
    registry.lock.catchUp();
    if (process.membership().isBirthPending()) {
      return false; // its birth is reported first
    }
    if (process.membership().wasSeenBelowOther()
        || process.isOfALaunch()
        || attribution.provesDescent(stat)) {
      return true;
    }
    if (!process.membership().wasInDirectList()) {
      if (threads.leaveToUs(process.pid(), process.firstSeenNanos()) && isThere(process)) {
        process.membership().forkedByAnother();
        return true;
      }
      registry.watchList.doubted(process);
    }
    // While its forking thread lives, in an exec that takes long, the JDK need not have it yet.
    Long left = process.membership().leftToAdopterNanos();
    if (process.membership().isDirectChild() || left == null) {
      return false;
    }
    return (threads.leaveToUs(process.pid(), left) || seemsLeftToUs(process, left))
        && isThere(process);
  }

  private boolean seemsLeftToUs(ProcessRecord process, long sinceNanos) {
    long naming = kernel.jdk.showCalls() ? BUSY_NAMING_NANOS : NAMING_NANOS;
    return time.nanos() - sinceNanos >= naming
        && threads.leaderRunsNoJava()
        && !kernel.jdk.watches(process.pid());
  }

  /** Asked last: the JDK watches its child no longer if it has just collected it. */
  private boolean isThere(ProcessRecord process) {
    ProcessStat now = kernel.procfs.stat(process.pid());
    return now != null && process.is(now);
  }

  private boolean isListed(ProcessRecord process, int tid) {
    int[] children = kernel.procfs.childrenAtOneRead(Procfs.SELF, tid);
    return children != null && Arrays.stream(children).anyMatch(pid -> pid == process.pid());
  }

  private void adopted(ProcessRecord process) {
    process.membership().adopted(time.bootNanos());
    registry.facts.adopted(process);
    attribution.adopted(process);
    watch.adopted(process);
  }

  /** See {@link Changes}. */
  public boolean readPerishables(ProcessRecord process) {
    return changes.readPerishables(process);
  }

  private void update(ProcessRecord process, ProcessStat stat) {
    process.observed().update(stat);
    if (!process.isTraced()) {
      changes.observe(process, stat);
    }
  }

  /** Brings one record up to date with what /proc shows now. The lock is held. */
  public void observe(ProcessRecord process) {
    if (process.exitSeen() || isReadZombie(process)) {
      return;
    }
    ProcessStat stat = kernel.procfs.stat(process.pid());
    if (stat == null && kernel.kill.send(process.pid(), 0) != Errno.ESRCH) {
      return; // it is alive, but can't be read now, for instance for want of a descriptor
    }
    if (stat != null && !process.is(stat)) {
      attribution.reused(stat);
      stat = null;
    }
    if (stat == null) {
      gone(process);
      return;
    }
    boolean wasZombie = process.observed().isZombie();
    update(process, stat);
    watch.observeOwner(process);
    boolean adopted =
        stat.parent() == self
            && !process.isOrphan()
            && !process.isLaunched()
            && !process.membership().isDirectChild()
            && isAdopted(process, stat);
    if (adopted) {
      adopted(process);
    }
    if (process.observed().isZombie()) {
      registry.foundZombie(process);
    }
    if (adopted || wasZombie != process.observed().isZombie()) {
      registry.touch(process);
    }
  }

  private boolean isReadZombie(ProcessRecord process) {
    return process.isReadZombie() && kernel.waits().child(process.pid()) == Child.ENDED;
  }

  /**
   * Records the end of the process that had the pid of this one before, also where that can't be
   * read now. The lock is held.
   */
  public void replaced(ProcessStat successor) {
    ProcessRecord before = registry.find(successor.pid());
    if (before != null && before.startTicks() < successor.startTicks()) {
      attribution.reused(successor);
      gone(before);
    } else if (before != null) {
      observe(before);
    }
  }

  /** Records the end of a process that was reaped, and not by the reaper. */
  public void gone(ProcessRecord process) {
    adopterList.startAgain();
    registry.lock.catchUp(); // a trace reports how it ended before it can be collected
    if (process.exitSeen()) {
      return;
    }
    Pidfd pidfd = process.pidfd();
    OptionalInt status = pidfd == null ? OptionalInt.empty() : pidfd.waitStatus();
    boolean known = process.ending().waitStatus() != ProcessRecord.UNKNOWN;
    if (known) {
      status = OptionalInt.of(process.ending().waitStatus()); // it was read from the zombie
    } else if (process.isTraced()) {
      process.membership().misses("ended, and no trace reported its end");
    }
    process.ending().released();
    if (status.isPresent()) {
      Source source = known && process.isTraced() ? Source.TRACE : Source.SCAN;
      registry.ended(process, status.getAsInt(), null, null, source);
    } else {
      boolean own = process.parentPid() == self;
      boolean vanished = own && kernel.autoreaps() && !process.isLaunched();
      String by =
          vanished
              ? "this JVM's own waits, or the kernel (CLONE_AUTOREAP)"
              : own ? "this JVM's own waits" : "its parent, pid " + process.parentPid();
      String why = own && !vanished ? "" : Watch.whyNot(process);
      registry.ended(process, ProcessRecord.UNKNOWN, "reaped by " + by + why, null, Source.SCAN);
    }
  }

  /**
   * Returns whether it runs, by one short call; false also where no such call shows it. The lock is
   * held.
   */
  static boolean runs(Kernel kernel, ProcessRecord process) {
    Pidfd pidfd = process.pidfd();
    return pidfd != null
        ? !pidfd.hasEnded()
        : process.isPinned() && kernel.waits().child(process.pid()) == Child.RUNS;
  }
}
