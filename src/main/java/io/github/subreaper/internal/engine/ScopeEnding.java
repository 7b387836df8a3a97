package io.github.subreaper.internal.engine;

import static io.github.subreaper.internal.linux.SignalNumber.SIGCONT;

import io.github.subreaper.internal.engine.ScopeEnd.SurvivorRecord;
import io.github.subreaper.internal.engine.guardian.GuardianKeeper;
import io.github.subreaper.internal.engine.spawn.Tags;
import io.github.subreaper.internal.engine.text.Spans;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Ends a scope: ends the nested ones, lets processes settle, finds the leaks, and terminates all of
 * it. Not interruptible: a flag that was set is set again.
 */
final class ScopeEnding {
  private static final long PAUSE_NANOS = 5_000_000;
  private static final long SHORTEST_PAUSE_NANOS = 200_000;

  /** Longer than a launch that hangs takes until its own thread gives it up. */
  private static final long LAUNCHING_NANOS = 15_000_000_000L;

  private final Registry registry;
  private final Census census;
  private final Reaper reaper;
  private final Attribution attribution;
  private final StartFinder starts;
  private final UnseenChildren unseen;
  private final Snapshots snapshots;
  private final Signals signals;
  private final Leaks leaks;
  private final ThreadBindings bindings;
  private final Tags tags;
  private final GuardianKeeper guardian;
  private final Ends ends;

  ScopeEnding(
      Registry registry,
      Census census,
      Reaper reaper,
      Attribution attribution,
      StartFinder starts,
      UnseenChildren unseen,
      Snapshots snapshots,
      Signals signals,
      Leaks leaks,
      ThreadBindings bindings,
      Tags tags,
      GuardianKeeper guardian,
      Ends ends) {
    this.registry = registry;
    this.census = census;
    this.reaper = reaper;
    this.attribution = attribution;
    this.starts = starts;
    this.unseen = unseen;
    this.snapshots = snapshots;
    this.signals = signals;
    this.leaks = leaks;
    this.bindings = bindings;
    this.tags = tags;
    this.guardian = guardian;
    this.ends = ends;
  }

  /** Ends a scope. The first call does it, others get its result. */
  ScopeEnd end(Scope scope) {
    scope.endLock().lock();
    try {
      ScopeEnd known = scope.result();
      if (known != null) {
        return known;
      }
      reaper.stepBack();
      scope.beginEnd(registry.now());
      scope.undo();
      ScopeEnd found = endAlone(scope);
      scope.ended(found, Moment.at(census.lastStartNanos()));
      registry.lock.run(() -> registry.facts.ended(scope));
      return found;
    } finally {
      scope.endLock().unlock();
    }
  }

  private ScopeEnd endAlone(Scope scope) {
    Ends.End end = ends.of(scope.name(), scope.policy(), scope::covers, () -> scope.lastDeathNanos);
    end.targets().postponeInterrupt();
    try {
      return endAlone(scope, end);
    } catch (RuntimeException | Error e) {
      end.kill().killKnown(); // no known process outlives a failed end
      throw e;
    } finally {
      end.kill().release();
      end.targets().restoreInterrupt();
    }
  }

  private ScopeEnd endAlone(Scope scope, Ends.End end) {
    Policy policy = scope.policy();
    List<ScopeEnd> nested = new ArrayList<>();
    Throwable failed = endNested(scope, nested);
    awaitLaunching(scope, end.targets());
    if (policy.grace().isZero() && policy.settle().isZero() && policy.survivors().isEmpty()) {
      end.kill().holdAndStop();
    }
    long started = System.nanoTime();
    List<TreeNode> before = new ArrayList<>();
    List<ProcessRecord> leaked = settle(scope, end.targets(), before);
    reaper.goOn();
    double settled = (System.nanoTime() - started) / 1e9;
    registry.lock.run(() -> leaked.forEach(registry.facts::leaked));
    List<TreeNode> diagnosis = leaked.isEmpty() ? List.of() : diagnose(leaked);
    scope.stopping();
    List<SurvivorRecord> survivors =
        new ArrayList<>(end.termination().run(() -> moveSurvivors(scope, end.targets())));
    registry.lock.run(() -> survivors.forEach(registry.facts::unkillable));
    detach(scope, survivors);
    if (failed != null) {
      throw new IllegalStateException(
          "a scope nested in " + scope.name() + " could not be ended", failed);
    }
    List<ProcessRecord> allLeaked = new ArrayList<>();
    List<TreeNode> allDiagnosis = new ArrayList<>();
    List<Collection<ProcessRecord>> records = new ArrayList<>(List.of(scope.sharedRecords()));
    for (ScopeEnd inner : nested) {
      before.addAll(inner.before());
      records.addAll(inner.ended().sources());
      allLeaked.addAll(inner.leaked());
      allDiagnosis.addAll(inner.diagnosis());
      for (SurvivorRecord survivor : inner.survivors()) {
        if (survivors.stream().noneMatch(known -> known.process() == survivor.process())
            && !survivor.process().exitSeen()) {
          survivors.add(survivor);
        }
      }
    }
    allLeaked.addAll(leaked);
    allDiagnosis.addAll(diagnosis);
    return new ScopeEnd(
        scope.name(),
        false,
        List.copyOf(before),
        List.copyOf(allLeaked),
        List.copyOf(allDiagnosis),
        List.copyOf(survivors),
        leaks.unproven(scope.opened),
        new Ended(registry.lock, records),
        guardian.losses(scope.opened.nanos()),
        registry.now(),
        settled,
        Spans.seconds(policy.kill()));
  }

  /**
   * Ends the nested scopes.
   *
   * @param found gets what their ends found
   * @return why one of them failed; null if none did. The processes of one that failed are ended
   *     with the outer scope, which covers them
   */
  private @Nullable Throwable endNested(Scope scope, List<ScopeEnd> found) {
    Throwable failed = null;
    for (Scope inner : registry.lock.locked(() -> List.copyOf(scope.openUnderLock()))) {
      try {
        found.add(end(inner));
      } catch (RuntimeException | Error e) {
        failed = e;
      }
    }
    return failed;
  }

  /** Waits for launches that were let in before the end began: they end with the rest. */
  private void awaitLaunching(Scope scope, Targets targets) {
    long deadline = System.nanoTime() + LAUNCHING_NANOS;
    registry.lock.run(
        () -> {
          while (scope.launching > 0 && System.nanoTime() - deadline < 0) {
            targets.pauseLocked(PAUSE_NANOS);
          }
          scope.launchingOver = true; // a launch that still hangs is refused when it goes on
        });
  }

  /**
   * Gives processes the settle time to end by themselves.
   *
   * @param before gets what was alive at the first scan
   * @return those that are leaks then
   */
  private List<ProcessRecord> settle(Scope scope, Targets targets, List<TreeNode> before) {
    boolean isFirst = true;
    long deadline = System.nanoTime() + Spans.nanos(scope.policy().settle());
    Moment unsure = null;
    while (true) {
      long began = System.nanoTime();
      do {
        targets.scan();
      } while (attribution.settle()); // what was moved here was in no scan before
      if (isFirst) {
        isFirst = false;
        before.addAll(targets.trees(snapshots, began));
      }
      moveSurvivors(scope, targets);
      List<ProcessRecord> found = new ArrayList<>();
      registry.lock.lock();
      try {
        targets.alive().stream().filter(scope::isLeak).forEach(found::add);
        long now = System.nanoTime();
        boolean over = now - deadline >= 0;
        boolean sure = !found.isEmpty() || noLeakHasDiedSince(began, scope);
        if (!sure && over && unsure == null) {
          unsure = Moment.now();
        } else if (!sure && unsure != null) {
          found.addAll(
              leaks.of(scope, unsure)); // another one lives or lived since: the chain goes on
        }
        boolean tooLong = unsure != null && now - unsure.nanos() >= CompleteScan.LONGEST_NANOS;
        if (found.isEmpty() ? sure || tooLong : over) {
          scope.judged();
          return found;
        }
      } finally {
        registry.lock.unlock();
      }
      long left = deadline - System.nanoTime();
      targets.pause(Math.min(PAUSE_NANOS, Math.max(SHORTEST_PAUSE_NANOS, left)));
    }
  }

  /**
   * Returns whether no leak has died since then. What died during a scan may have re-parented a
   * child that no list showed.
   */
  private boolean noLeakHasDiedSince(long nanos, Scope scope) {
    long scanned = census.lastStartNanos();
    return (scanned - nanos >= 0 && scope.lastLeakDeathNanos - scanned < 0) || registry.isClosed();
  }

  /** Moves what may survive to the session, with all below it and all that it ever forks. */
  private void moveSurvivors(Scope scope, Targets targets) {
    Scope session = scope.session();
    boolean anyMay =
        !scope.policy().survivors().isEmpty()
            || !targets.present(process -> process.doubt() != null).isEmpty();
    if (session == scope || !anyMay) {
      return;
    }
    registry.lock.run(
        () -> {
          boolean moved;
          do {
            moved = false;
            for (ProcessRecord process : List.copyOf(registry.live())) {
              moved |= moveSurvivors(process, scope, session);
            }
          } while (moved);
        });
  }

  private boolean moveSurvivors(ProcessRecord process, Scope scope, Scope session) {
    Scope from = process.scope();
    if (process.exitSeen() || from == null || !scope.covers(process)) {
      return false;
    }
    ProcessRecord parent = registry.find(process.parentPid());
    boolean below =
        parent != null && parent.scope() == session && parent.membership().isHandedOver();
    if (!below && !scope.letsSurvive(process)) {
      return false;
    }
    process.membership().handedOver();
    resume(process);
    registry.moved(process, from, session);
    LaunchRecord its = process.launch();
    if (its != null) {
      its.scope = session;
    }
    return true;
  }

  /** Continues a process that may have been stopped before it was known to survive. */
  private void resume(ProcessRecord process) {
    if (process.ending().isFrozen()) {
      process.ending().thawed();
      process.observed().mayRun();
      signals.send(process, SIGCONT, Why.SURVIVE);
    }
  }

  private List<TreeNode> diagnose(List<ProcessRecord> leaked) {
    try {
      unseen.record(); // the report of this failure has them
      starts.explain(leaked);
      return snapshots.snapshot(leaked::contains, true);
    } catch (RuntimeException | StackOverflowError e) {
      return List.of(); // the diagnosis is a help only: the kill comes in any case
    }
  }

  /** Takes the scope out of all that leads to it; what could not be killed stays known. */
  private void detach(Scope scope, List<SurvivorRecord> survivors) {
    List<LaunchRecord> over = new ArrayList<>();
    registry.lock.run(
        () -> {
          attribution.forget(scope);
          scope.endBindings();
          bindings.forgetEnded();
          for (LaunchRecord one : scope.launchesUnderLock()) {
            if (one.recordsUnderLock().stream().anyMatch(ProcessRecord::isAlive)) {
              if (scope.session() != scope) {
                scope.session().add(one); // moved there, or unkillable: it keeps its number
              }
              continue;
            }
            one.ended();
            over.add(one);
            registry.remove(one);
            tags.free(one.number);
          }
        });
    over.forEach(LaunchRecord::seal);
    if (!survivors.isEmpty()) {
      registry.lock.signalChange();
    }
  }
}
