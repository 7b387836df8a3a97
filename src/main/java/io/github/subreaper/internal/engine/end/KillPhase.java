package io.github.subreaper.internal.engine.end;

import static io.github.subreaper.internal.linux.calls.SignalNumber.SIGCONT;
import static io.github.subreaper.internal.linux.calls.SignalNumber.SIGKILL;
import static io.github.subreaper.internal.linux.calls.SignalNumber.SIGSTOP;

import io.github.subreaper.internal.engine.query.Signals;
import io.github.subreaper.internal.engine.reap.CompleteScan;
import io.github.subreaper.internal.engine.reap.Reaper;
import io.github.subreaper.internal.engine.records.ProcessRecord;
import io.github.subreaper.internal.engine.records.Registry;
import io.github.subreaper.internal.engine.records.ScopeEnd.SurvivorRecord;
import io.github.subreaper.internal.engine.scan.ProcessObserver;
import io.github.subreaper.internal.engine.scan.ScanCycle;
import io.github.subreaper.internal.engine.values.Policy;
import io.github.subreaper.internal.engine.values.SignalReason;
import io.github.subreaper.internal.linux.Time;
import io.github.subreaper.internal.linux.calls.Errno;
import io.github.subreaper.internal.text.Durations;
import io.github.subreaper.internal.text.Printable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Stops all processes of one end, kills them, and scans until two scans in a row prove that none is
 * alive.
 *
 * <p>While it goes on no zombie is released: a victim keeps its pid, so that no signal can go
 * astray, and its process slot, so that a program that forks faster than it is killed runs out of
 * them.
 */
final class KillPhase {
  private static final int MOST_CHASES = 100;

  /** So many kills take a few milliseconds; then births are checked for. */
  private static final int KILLS_A_WATCH = 50;

  private static final long PAUSE_NANOS = 200_000;
  private static final long LONGEST_PAUSE_NANOS = 5_000_000;
  private static final long RELEASE_PAUSE_NANOS = 5_000_000;
  private static final long RELEASE_NANOS = 5_000_000_000L;

  private final Time time;
  private final Registry registry;
  private final ScanCycle scanCycle;
  private final Reaper reaper;
  private final Signals signals;
  private final ProcessObserver observer;
  private final SurvivorReasons reasons;
  private final KillTargets targets;
  private final Policy policy;
  private final Map<ProcessRecord, Integer> refused = new HashMap<>();
  private final Set<ProcessRecord> stoppedSessions = new HashSet<>();
  private boolean holding;
  private boolean gaveUp;

  /** Has done nothing yet. */
  KillPhase(
      Time time,
      Registry registry,
      ScanCycle scanCycle,
      Reaper reaper,
      Signals signals,
      ProcessObserver observer,
      SurvivorReasons reasons,
      KillTargets targets,
      Policy policy) {
    this.time = time;
    this.registry = registry;
    this.scanCycle = scanCycle;
    this.reaper = reaper;
    this.signals = signals;
    this.observer = observer;
    this.reasons = reasons;
    this.targets = targets;
    this.policy = policy;
  }

  /** Kills until none is alive, or the policy's time for it is over. */
  void run() {
    holdAndStop();
    List<ProcessRecord> left = targets.fresh();
    try {
      long giveUp = time.nanos() + Durations.nanos(policy.kill()) + 2 * CompleteScan.LONGEST_NANOS;
      long killedAt = 0;
      long deadline = 0;
      boolean late = false;
      int emptyScans = 0;
      while (emptyScans < 2 && (!left.isEmpty() || time.nanos() - giveUp < 0)) {
        boolean any = !left.isEmpty();
        if (any) {
          boolean more = !left.stream().allMatch(ProcessRecord::wasKilled);
          stopAndKill(KillTargets.topDown(left));
          if (late && (!more || time.nanos() - giveUp >= 0)) {
            break; // what was found late, for instance since this JVM was stopped, has its turn
          }
          killedAt = more ? time.nanos() : killedAt;
          if (deadline == 0) {
            deadline =
                killedAt + Durations.nanos(policy.kill()); // to signal a long list takes time
          }
          long waited = time.nanos() - killedAt;
          targets.pause(Math.min(LONGEST_PAUSE_NANOS, PAUSE_NANOS + waited / 4));
        }
        late = deadline != 0 && time.nanos() - deadline >= 0;
        scanFor(left, late);
        left = targets.fresh();
        emptyScans = !any && targets.areGone(left) ? emptyScans + 1 : 0;
      }
      if (emptyScans < 2 && left.isEmpty()) {
        warn();
      }
    } finally {
      release();
    }
    awaitReleased();
    gaveUp = !left.isEmpty();
    for (ProcessRecord process : left) {
      observer.refresh(process);
      if (process.isAlive()) {
        process.unkillable(survivor(process));
      }
    }
  }

  /**
   * Scans for what is left. While processes fork, time counts: only the last scans have to be
   * complete.
   */
  private void scanFor(List<ProcessRecord> left, boolean last) {
    if (last || left.stream().allMatch(this::isRefused)) { // more may live below these
      targets.scan();
    } else if (left.stream().allMatch(KillPhase::onlyDies)) {
      reaper.reapNow();
    } else {
      scanCycle.scanOurs();
    }
  }

  private void warn() {
    System.getLogger("io.github.subreaper")
        .log(
            System.Logger.Level.WARNING,
            "no process of "
                + Printable.of(targets.name())
                + " was found alive, but a process died in every scan: one may be left");
  }

  /** Signals one process that an end found unkillable before. */
  void signal(ProcessRecord process) {
    send(process, SIGKILL, SignalReason.KILL);
  }

  /** Kills each process that is known, without a scan: for an end that has failed. */
  void killKnown() {
    targets.present(process -> true).forEach(this::kill);
  }

  /** Returns whether some did not end: if it has by now, it may have left more. */
  boolean gaveUp() {
    return gaveUp;
  }

  boolean isRefused(ProcessRecord process) {
    return refused.containsKey(process);
  }

  /**
   * Notes whether the kernel has refused the last signal.
   *
   * @param errno 0 if it was sent
   */
  void answered(ProcessRecord process, int errno) {
    if (errno == 0 || errno == Errno.ESRCH) {
      refused.remove(process);
    } else {
      refused.put(process, errno);
    }
  }

  SurvivorRecord survivor(ProcessRecord process) {
    @Nullable Integer errno = refused.get(process);
    return reasons.of(process, errno);
  }

  /**
   * Releases no zombie from now on, and stops each process at first sight. The known ones come
   * first: a fork bomb that runs takes all the time that a scan needs.
   */
  void holdAndStop() {
    if (!holding) {
      registry.heldZombies.add(targets.selection());
      holding = true;
    }
    int chases = 0;
    do {
      List<ProcessRecord> known = targets.fresh();
      if (policy.survivors().isEmpty()) {
        stopSessions(known);
      }
      stop(KillTargets.topDown(known));
      // A process that forks the next and exits is gone before a complete scan comes to it.
    } while (scanCycle.scanAdopted() && ++chases < MOST_CHASES);
  }

  /**
   * Stops whole sessions: a newborn escapes a signal to each process of its session, but not one to
   * all at once.
   */
  private void stopSessions(List<ProcessRecord> known) {
    Set<Integer> shared = new HashSet<>();
    registry.lock.run(
        () -> {
          for (ProcessRecord process : registry.live()) {
            if (process.isAlive() && !targets.has(process)) {
              shared.add(process.observed().session());
            }
          }
        });
    for (ProcessRecord process : known) {
      if (process.observed().session() == process.pid()
          && !shared.contains(process.pid())
          && stoppedSessions.add(process)) {
        if (signals.sendToSession(process, SIGSTOP)) {
          process.ending().frozen();
        }
      }
    }
  }

  /** Returns whether it is stopped, has no unseen child, and only the reaper can collect it. */
  private static boolean onlyDies(ProcessRecord process) {
    return process.observed().isStill()
        && process.wasKilled()
        && !process.observed().hasManyThreads()
        && process.isPinned();
  }

  /** Lets the reaper collect what was held. */
  void release() {
    if (holding) {
      holding = false;
      registry.heldZombies.release(targets.selection());
      reaper.collectReleased();
    }
  }

  /** Lets the reaper collect what was held, and waits for that: none is left to kill. */
  void releaseAndAwait() {
    if (holding) {
      release();
      awaitReleased();
    }
  }

  private void awaitReleased() {
    reaper.reapNow(); // zombies that the dead have re-parented
    long deadline = time.nanos() + RELEASE_NANOS;
    registry.lock.run(
        () -> {
          while (time.nanos() - deadline < 0
              && registry.live().stream()
                  .anyMatch(process -> process.isHeld() && targets.has(process))) {
            targets.pauseLocked(RELEASE_PAUSE_NANOS);
          }
        });
  }

  /**
   * Stops all before any dies: a process that sees the death of another can't answer with a fork.
   */
  private void stopAndKill(List<ProcessRecord> topDown) {
    stop(topDown);
    List<ProcessRecord> bottomUp = new ArrayList<>(topDown);
    Collections.reverse(bottomUp);
    killBeforeTheKernelHangsUp(bottomUp);
    int killed = 0;
    for (ProcessRecord process : bottomUp) {
      kill(process);
      if (++killed % KILLS_A_WATCH == 0) {
        scanCycle.watchBirths();
      }
    }
  }

  /**
   * Kills first what would cause a hangup. If a process dies whose parent or child is in another
   * process group, and leaves that group orphaned with a stopped member, the kernel sends SIGHUP to
   * all of it (setpgid(2)). That group may be the one of this JVM: so no member of it may be
   * stopped any more when such a process dies. A signal that ends or continues a process undoes the
   * stop when it is sent.
   */
  private void killBeforeTheKernelHangsUp(List<ProcessRecord> bottomUp) {
    List<ProcessRecord> edge = new ArrayList<>();
    List<ProcessRecord> within = new ArrayList<>();
    for (ProcessRecord process : bottomUp) {
      if (process.observed().processGroup() == registry.own.group()) {
        ProcessRecord parent = registry.parentOf(process);
        (parent == null || parent.observed().processGroup() == registry.own.group() ? within : edge)
            .add(process);
      }
    }
    if (!edge.isEmpty()) {
      within.forEach(this::kill);
      edge.forEach(process -> send(process, SIGCONT, SignalReason.WAKE));
      edge.forEach(this::kill);
    }
  }

  private void kill(ProcessRecord process) {
    if (!process.wasKilled() || isRefused(process)) {
      process.ending().killed();
      send(process, SIGKILL, SignalReason.KILL);
    }
  }

  private void stop(List<ProcessRecord> topDown) {
    for (ProcessRecord process : topDown) {
      if (!process.ending().isFrozen()) {
        send(process, SIGSTOP, SignalReason.HOLD);
        process.ending().frozen();
      }
    }
  }

  private void send(ProcessRecord process, int signal, SignalReason why) {
    answered(process, signals.sendAtOnce(process, signal, why));
  }
}
