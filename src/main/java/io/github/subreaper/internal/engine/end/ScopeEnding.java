package io.github.subreaper.internal.engine.end;

import io.github.subreaper.internal.engine.guardian.GuardianKeeper;
import io.github.subreaper.internal.engine.query.Handovers;
import io.github.subreaper.internal.engine.reap.Reaper;
import io.github.subreaper.internal.engine.records.EndedProcesses;
import io.github.subreaper.internal.engine.records.ExpectedCrash;
import io.github.subreaper.internal.engine.records.Findings;
import io.github.subreaper.internal.engine.records.ProcessRecord;
import io.github.subreaper.internal.engine.records.Registry;
import io.github.subreaper.internal.engine.records.Scope;
import io.github.subreaper.internal.engine.records.ScopeEnd;
import io.github.subreaper.internal.engine.records.ScopeEnd.SurvivorRecord;
import io.github.subreaper.internal.engine.records.Spared;
import io.github.subreaper.internal.engine.records.TreeNode;
import io.github.subreaper.internal.engine.scan.ScanCycle;
import io.github.subreaper.internal.engine.time.Moment;
import io.github.subreaper.internal.engine.values.Policy;
import io.github.subreaper.internal.linux.Time;
import io.github.subreaper.internal.text.Durations;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Ends a scope: ends the nested ones, lets processes settle, finds the leaks, and terminates all of
 * it. Not interruptible: a flag that was set is set again.
 */
public final class ScopeEnding {
  private static final long PAUSE_NANOS = 5_000_000;

  /** Longer than a launch that hangs takes until its own thread gives it up. */
  private static final long LAUNCHING_NANOS = 15_000_000_000L;

  private final Time time;
  private final Registry registry;
  private final ScanCycle scanCycle;
  private final Reaper reaper;
  private final Handovers handovers;
  private final GuardianKeeper guardian;
  private final EndFactory ends;
  private final LeakJudge judge;
  private final Detachment detachment;

  public ScopeEnding(
      Time time,
      Registry registry,
      ScanCycle scanCycle,
      Reaper reaper,
      Handovers handovers,
      GuardianKeeper guardian,
      EndFactory ends,
      LeakJudge judge,
      Detachment detachment) {
    this.time = time;
    this.registry = registry;
    this.scanCycle = scanCycle;
    this.reaper = reaper;
    this.handovers = handovers;
    this.guardian = guardian;
    this.ends = ends;
    this.judge = judge;
    this.detachment = detachment;
  }

  /** Ends a scope. The first call does it, others get its result. */
  ScopeEnd end(Scope scope, Spared spared) {
    scope.endLock().lock();
    try {
      ScopeEnd known = scope.result();
      if (known != null) {
        return known;
      }
      reaper.stepBack();
      scope.beginEnd(registry.now());
      scope.undo();
      ScopeEnd found = terminating(scope, scope::covers, end -> endAlone(scope, end, spared));
      scope.ended(found, Moment.at(time, scanCycle.lastStartNanos()), scanCycle.lastPid());
      registry.lock.run(() -> registry.facts.ended(scope));
      return found;
    } finally {
      scope.endLock().unlock();
    }
  }

  /**
   * Terminates what was launched in a scope and in those nested in it, and judges it where a scope
   * is strict. The scope stays open for the rest, and its end reports both.
   */
  void endLaunches(Scope scope) {
    scope.endLock().lock();
    try {
      if (scope.result() == null && registry.lock.locked(() -> hasLaunched(scope))) {
        for (Scope inner : registry.lock.locked(() -> List.copyOf(scope.openUnderLock()))) {
          endLaunches(inner); // with its own settings
        }
        reaper.stepBack();
        Findings found =
            terminating(
                scope,
                process -> process.launch() != null && scope.covers(process),
                end -> findings(scope, end, Spared.NONE));
        Findings all = Findings.of(scope.endOfLaunches()).and(found);
        scope.launchesEnded(result(scope, all, List.of(), List.of()));
      }
    } finally {
      scope.endLock().unlock();
    }
  }

  /** Returns whether anything was launched here or in a nested scope; makes no garbage. */
  private static boolean hasLaunched(Scope scope) {
    boolean found = !scope.launchesUnderLock().isEmpty();
    for (Scope inner : scope.openUnderLock()) {
      found |= hasLaunched(inner);
    }
    return found;
  }

  private <T> T terminating(
      Scope scope, Predicate<ProcessRecord> target, Function<EndFactory.End, T> work) {
    return ends.of(scope.name(), scope.policy(), target, () -> scope.lastDeathNanos()).run(work);
  }

  /** Judges and terminates the targets. */
  private Findings findings(Scope scope, EndFactory.End end, Spared spared) {
    if (judge.provesNone(scope)) {
      reaper.goOn();
      return Findings.NONE;
    }
    Policy policy = scope.policy();
    if (spared.isNone()
        && policy.grace().isZero()
        && policy.settle().isZero()
        && policy.survivors().isEmpty()) {
      end.kill().holdAndStop();
    }
    long started = time.nanos();
    List<TreeNode> before = new ArrayList<>();
    List<ProcessRecord> leaked = judge.settle(scope, end.targets(), before, spared);
    reaper.goOn();
    double settled = (time.nanos() - started) / 1e9;
    registry.lock.run(() -> leaked.forEach(registry.facts::leaked));
    List<TreeNode> diagnosis = leaked.isEmpty() ? List.of() : judge.diagnose(leaked);
    if (!leaked.isEmpty() && !spared.isNone()) {
      handovers.judged(
          scope,
          leaked.stream()
              .filter(process -> process.launch() == null && spared.isLeft(process))
              .collect(Collectors.toSet()));
    }
    List<SurvivorRecord> survivors =
        end.termination().run(() -> handovers.survivors(scope, end.targets().selection()));
    registry.lock.run(() -> survivors.forEach(registry.facts::unkillable));
    return new Findings(before, leaked, diagnosis, survivors, settled);
  }

  private ScopeEnd endAlone(Scope scope, EndFactory.End end, Spared spared) {
    List<ScopeEnd> nested = new ArrayList<>();
    Throwable failed = endNested(scope, nested, spared);
    awaitLaunching(scope, end.targets());
    Findings all = Findings.of(scope.endOfLaunches()).and(findings(scope, end, spared));
    detachment.forget(
        scope, spared.isReleased() ? scope.outer() : scope.session(), all.survivors());
    if (failed != null) {
      throw new IllegalStateException(
          "a scope nested in " + scope.name() + " could not be ended", failed);
    }
    if (spared.isReleased()) {
      scope.releaseExpectedCrashes();
    }
    List<Collection<ProcessRecord>> records = new ArrayList<>(List.of(scope.sharedRecords()));
    List<ExpectedCrash> crashes = new ArrayList<>(scope.expectedCrashes());
    for (ScopeEnd inner : nested) {
      records.addAll(inner.ended().sources());
      crashes.addAll(inner.expectedCrashes());
      all = all.and(Findings.of(inner));
    }
    return result(scope, all, records, crashes);
  }

  private ScopeEnd result(
      Scope scope,
      Findings all,
      List<Collection<ProcessRecord>> records,
      List<ExpectedCrash> crashes) {
    return new ScopeEnd(
        scope.name(),
        false,
        all.before(),
        all.leaked(),
        all.diagnosis(),
        all.survivors(),
        registry.unproven(scope.opened),
        new EndedProcesses(registry.lock, records),
        crashes,
        guardian.losses(scope.opened.nanos()),
        registry.now(),
        all.settled(),
        Durations.seconds(scope.policy().kill()));
  }

  /**
   * Ends the nested scopes.
   *
   * @param found gets what their ends found
   * @return why one of them failed; null if none did. The processes of one that failed are ended
   *     with the outer scope, which covers them
   */
  private @Nullable Throwable endNested(Scope scope, List<ScopeEnd> found, Spared spared) {
    Throwable failed = null;
    for (Scope inner : registry.lock.locked(() -> List.copyOf(scope.openUnderLock()))) {
      try {
        found.add(end(inner, spared));
      } catch (RuntimeException | Error e) {
        failed = e;
      }
    }
    return failed;
  }

  /** Waits for launches that were let in before the end began: they end with the rest. */
  private void awaitLaunching(Scope scope, KillTargets targets) {
    long deadline = time.nanos() + LAUNCHING_NANOS;
    registry.lock.run(
        () -> {
          while (scope.isLaunching() && time.nanos() - deadline < 0) {
            targets.pauseLocked(PAUSE_NANOS);
          }
          scope.refuseLaunches();
        });
  }
}
