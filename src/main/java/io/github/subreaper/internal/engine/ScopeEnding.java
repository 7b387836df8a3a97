package io.github.subreaper.internal.engine;

import io.github.subreaper.internal.engine.ScopeEnd.SurvivorRecord;
import io.github.subreaper.internal.engine.guardian.GuardianKeeper;
import io.github.subreaper.internal.engine.spawn.Tags;
import io.github.subreaper.internal.engine.text.Spans;
import io.github.subreaper.internal.linux.Time;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Ends a scope: ends the nested ones, lets processes settle, finds the leaks, and terminates all of
 * it. Not interruptible: a flag that was set is set again.
 */
final class ScopeEnding {
  private static final long PAUSE_NANOS = 5_000_000;
  private static final long SHORTEST_PAUSE_NANOS = 200_000;

  /** What is born while others are handed over is asked about so often. */
  private static final int MOST_LOOKS = 20;

  /** Longer than a launch that hangs takes until its own thread gives it up. */
  private static final long LAUNCHING_NANOS = 15_000_000_000L;

  private final Time time;
  private final Registry registry;
  private final Census census;
  private final Reaper reaper;
  private final Attribution attribution;
  private final StartFinder starts;
  private final UnseenChildren unseen;
  private final Snapshots snapshots;
  private final Handovers handovers;
  private final Leaks leaks;
  private final ThreadBindings bindings;
  private final Tags tags;
  private final GuardianKeeper guardian;
  private final Ends ends;

  ScopeEnding(
      Time time,
      Registry registry,
      Census census,
      Reaper reaper,
      Attribution attribution,
      StartFinder starts,
      UnseenChildren unseen,
      Snapshots snapshots,
      Handovers handovers,
      Leaks leaks,
      ThreadBindings bindings,
      Tags tags,
      GuardianKeeper guardian,
      Ends ends) {
    this.time = time;
    this.registry = registry;
    this.census = census;
    this.reaper = reaper;
    this.attribution = attribution;
    this.starts = starts;
    this.unseen = unseen;
    this.snapshots = snapshots;
    this.handovers = handovers;
    this.leaks = leaks;
    this.bindings = bindings;
    this.tags = tags;
    this.guardian = guardian;
    this.ends = ends;
  }

  /** Ends a scope. The first call does it, others get its result. */
  ScopeEnd end(Scope scope, Staying staying) {
    scope.endLock().lock();
    try {
      ScopeEnd known = scope.result();
      if (known != null) {
        return known;
      }
      reaper.stepBack();
      scope.beginEnd(registry.now());
      scope.undo();
      ScopeEnd found = terminating(scope, scope::covers, end -> endAlone(scope, end, staying));
      scope.ended(found, Moment.at(time, census.lastStartNanos()), census.lastPid());
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
                end -> findings(scope, end, Staying.NONE));
        Findings all = Findings.of(scope.endOfLaunches()).and(found);
        scope.launchesEnded(result(scope, all, List.of()));
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
      Scope scope, Predicate<ProcessRecord> target, Function<Ends.End, T> work) {
    Ends.End end = ends.of(scope.name(), scope.policy(), target, () -> scope.lastDeathNanos());
    end.targets().postponeInterrupt();
    try {
      return work.apply(end);
    } catch (RuntimeException | Error e) {
      end.kill().killKnown(); // no known process outlives a failed end
      throw e;
    } finally {
      end.kill().release();
      end.targets().restoreInterrupt();
    }
  }

  /** Judges and terminates the targets. */
  private Findings findings(Scope scope, Ends.End end, Staying staying) {
    Policy policy = scope.policy();
    if (staying.isNone()
        && policy.grace().isZero()
        && policy.settle().isZero()
        && policy.survivors().isEmpty()) {
      end.kill().holdAndStop();
    }
    long started = time.nanos();
    List<TreeNode> before = new ArrayList<>();
    List<ProcessRecord> leaked = settle(scope, end.targets(), before, staying);
    reaper.goOn();
    double settled = (time.nanos() - started) / 1e9;
    registry.lock.run(() -> leaked.forEach(registry.facts::leaked));
    List<TreeNode> diagnosis = leaked.isEmpty() ? List.of() : diagnose(leaked);
    if (!leaked.isEmpty() && !staying.isNone()) {
      handovers.judged(
          scope,
          leaked.stream()
              .filter(process -> process.launch() == null && staying.isLeft(process))
              .collect(Collectors.toSet()));
    }
    List<SurvivorRecord> survivors =
        end.termination().run(() -> handovers.survivors(scope, end.targets()));
    registry.lock.run(() -> survivors.forEach(registry.facts::unkillable));
    return new Findings(before, leaked, diagnosis, survivors, settled);
  }

  private ScopeEnd endAlone(Scope scope, Ends.End end, Staying staying) {
    List<ScopeEnd> nested = new ArrayList<>();
    Throwable failed = endNested(scope, nested, staying);
    awaitLaunching(scope, end.targets());
    Findings all = Findings.of(scope.endOfLaunches()).and(findings(scope, end, staying));
    detach(scope, staying.isReleased() ? scope.outer() : scope.session(), all.survivors());
    if (failed != null) {
      throw new IllegalStateException(
          "a scope nested in " + scope.name() + " could not be ended", failed);
    }
    List<Collection<ProcessRecord>> records = new ArrayList<>(List.of(scope.sharedRecords()));
    for (ScopeEnd inner : nested) {
      records.addAll(inner.ended().sources());
      all = all.and(Findings.of(inner));
    }
    return result(scope, all, records);
  }

  private ScopeEnd result(Scope scope, Findings all, List<Collection<ProcessRecord>> records) {
    return new ScopeEnd(
        scope.name(),
        false,
        all.before(),
        all.leaked(),
        all.diagnosis(),
        all.survivors(),
        leaks.unproven(scope.opened),
        new Ended(registry.lock, records),
        guardian.losses(scope.opened.nanos()),
        registry.now(),
        all.settled(),
        Spans.seconds(scope.policy().kill()));
  }

  /**
   * Ends the nested scopes.
   *
   * @param found gets what their ends found
   * @return why one of them failed; null if none did. The processes of one that failed are ended
   *     with the outer scope, which covers them
   */
  private @Nullable Throwable endNested(Scope scope, List<ScopeEnd> found, Staying staying) {
    Throwable failed = null;
    for (Scope inner : registry.lock.locked(() -> List.copyOf(scope.openUnderLock()))) {
      try {
        found.add(end(inner, staying));
      } catch (RuntimeException | Error e) {
        failed = e;
      }
    }
    return failed;
  }

  /** Waits for launches that were let in before the end began: they end with the rest. */
  private void awaitLaunching(Scope scope, Targets targets) {
    long deadline = time.nanos() + LAUNCHING_NANOS;
    registry.lock.run(
        () -> {
          while (scope.isLaunching() && time.nanos() - deadline < 0) {
            targets.pauseLocked(PAUSE_NANOS);
          }
          scope.refuseLaunches();
        });
  }

  /**
   * Gives processes the settle time to end by themselves.
   *
   * @param before gets what was alive at the first scan
   * @return those that are leaks then
   */
  private List<ProcessRecord> settle(
      Scope scope, Targets targets, List<TreeNode> before, Staying staying) {
    boolean isFirst = true;
    int looks = 0;
    long deadline = time.nanos() + Spans.nanos(scope.policy().settle());
    Moment unsure = null;
    while (true) {
      long began = time.nanos();
      do {
        targets.scan();
      } while (attribution.settle()); // what was moved here was in no scan before
      handovers.survivors(scope, targets);
      boolean over = time.nanos() - deadline >= 0;
      if (isFirst) {
        before.addAll(targets.trees(snapshots, began));
      }
      boolean asks = !staying.isNone() && !targets.none() && (isFirst || over);
      Set<ProcessRecord> asked = asks ? postpone(scope, targets, staying, over) : Set.of();
      isFirst = false;
      List<ProcessRecord> found = new ArrayList<>();
      registry.lock.lock();
      try {
        targets.alive().stream().filter(scope::isLeak).forEach(found::add);
        long now = time.nanos();
        boolean sure = !found.isEmpty() || noLeakHasDiedSince(began, scope);
        if (!sure && over && unsure == null) {
          unsure = Moment.now(time);
        } else if (!sure && unsure != null) {
          found.addAll(
              leaks.of(scope, unsure)); // another one lives or lived since: the chain goes on
        }
        boolean tooLong = unsure != null && now - unsure.nanos() >= CompleteScan.LONGEST_NANOS;
        boolean allAsked =
            !asks || ++looks > MOST_LOOKS || found.stream().allMatch(one -> isAsked(one, asked));
        if (found.isEmpty() ? sure || tooLong : over && allAsked) {
          scope.judged();
          return found;
        }
      } finally {
        registry.lock.unlock();
      }
      long left = deadline - time.nanos();
      targets.pause(Math.min(PAUSE_NANOS, Math.max(SHORTEST_PAUSE_NANOS, left)));
    }
  }

  private static boolean isAsked(ProcessRecord process, Set<ProcessRecord> asked) {
    return asked.contains(process) || process.launch() != null || !process.isAlive();
  }

  /**
   * Returns whether no leak has died since then. What died during a scan may have re-parented a
   * child that no list showed.
   */
  private boolean noLeakHasDiedSince(long nanos, Scope scope) {
    long scanned = census.lastStartNanos();
    return (scanned - nanos >= 0 && scope.lastLeakDeathNanos() - scanned < 0)
        || registry.isClosed();
  }

  /**
   * Hands over what is to be judged later, or was started before.
   *
   * @param isLast whether the starts that are known by now are all
   * @return those that stay in the scope for now
   */
  private Set<ProcessRecord> postpone(
      Scope scope, Targets targets, Staying staying, boolean isLast) {
    if (staying.isReleased()) {
      handovers.unjudged(scope, scope.outer(), Set.copyOf(targets.alive()));
      return Set.of();
    }
    List<ProcessRecord> alive =
        targets.alive().stream()
            .filter(process -> process.launch() == null && scope.isLeak(process))
            .toList();
    if (alive.isEmpty()) {
      return Set.of();
    }
    starts.explain(alive);
    handovers.unjudged(
        scope,
        scope.session(),
        alive.stream().filter(staying::isPostponed).collect(Collectors.toSet()));
    if (isLast) {
      handovers.startedBefore(scope, alive);
    }
    return Set.copyOf(alive);
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

  /**
   * Takes the scope out of all that leads to it; what could not be killed stays known.
   *
   * @param heir gets the launches of which anything is alive
   */
  private void detach(Scope scope, Scope heir, List<SurvivorRecord> survivors) {
    List<LaunchRecord> over = new ArrayList<>();
    registry.lock.run(
        () -> {
          attribution.forget(scope);
          scope.endBindings();
          bindings.forgetEnded();
          for (LaunchRecord one : scope.launchesUnderLock()) {
            if (one.recordsUnderLock().stream().anyMatch(ProcessRecord::isAlive)) {
              if (heir != scope) {
                heir.add(one); // moved there, or unkillable: it keeps its number
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
