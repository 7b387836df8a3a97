package io.github.subreaper.internal.engine.end;

import io.github.subreaper.internal.engine.attribution.DoubtedProcesses;
import io.github.subreaper.internal.engine.attribution.StartFinder;
import io.github.subreaper.internal.engine.attribution.UnseenChildren;
import io.github.subreaper.internal.engine.query.Handovers;
import io.github.subreaper.internal.engine.query.LeakFinder;
import io.github.subreaper.internal.engine.reap.CompleteScan;
import io.github.subreaper.internal.engine.records.ProcessRecord;
import io.github.subreaper.internal.engine.records.Registry;
import io.github.subreaper.internal.engine.records.Scope;
import io.github.subreaper.internal.engine.records.Spared;
import io.github.subreaper.internal.engine.records.TreeNode;
import io.github.subreaper.internal.engine.scan.ScanCycle;
import io.github.subreaper.internal.engine.scan.Snapshots;
import io.github.subreaper.internal.engine.time.Moment;
import io.github.subreaper.internal.linux.Time;
import io.github.subreaper.internal.text.Durations;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Lets the processes of a scope settle when it ends, judges which are leaks, and diagnoses those.
 */
public final class LeakJudge {
  private static final long PAUSE_NANOS = 5_000_000;
  private static final long SHORTEST_PAUSE_NANOS = 200_000;

  /** What is born while others are handed over is asked about so often. */
  private static final int MOST_LOOKS = 20;

  private final Time time;
  private final Registry registry;
  private final ScanCycle scanCycle;
  private final DoubtedProcesses doubted;
  private final StartFinder starts;
  private final UnseenChildren unseen;
  private final Snapshots snapshots;
  private final Handovers handovers;
  private final LeakFinder leaks;

  public LeakJudge(
      Time time,
      Registry registry,
      ScanCycle scanCycle,
      DoubtedProcesses doubted,
      StartFinder starts,
      UnseenChildren unseen,
      Snapshots snapshots,
      Handovers handovers,
      LeakFinder leaks) {
    this.time = time;
    this.registry = registry;
    this.scanCycle = scanCycle;
    this.doubted = doubted;
    this.starts = starts;
    this.unseen = unseen;
    this.snapshots = snapshots;
    this.handovers = handovers;
    this.leaks = leaks;
  }

  /** Judges a scope that certainly has no process now, at the cost of one call. */
  boolean provesNone(Scope scope) {
    boolean none = scanCycle.provesNone() && !doubted.settle();
    if (none) {
      registry.lock.run(scope::judged);
    }
    return none;
  }

  /**
   * Gives processes the settle time to end by themselves.
   *
   * @param before gets what was alive at the first scan
   * @return those that are leaks then
   */
  List<ProcessRecord> settle(
      Scope scope, KillTargets targets, List<TreeNode> before, Spared spared) {
    int round = 0;
    int looks = 0;
    long deadline = time.nanos() + Durations.nanos(scope.policy().settle());
    Moment unsure = null;
    while (true) {
      long began = time.nanos();
      do {
        targets.scan();
      } while (doubted.settle()); // what was moved here was in no scan before
      handovers.survivors(scope, targets.selection());
      boolean over = time.nanos() - deadline >= 0;
      if (round == 0) {
        before.addAll(targets.trees(snapshots, began));
      }
      // Most end by themselves by the second round, and to ask for starts takes milliseconds.
      boolean early = round == (spared.isReleased() ? 0 : 1);
      boolean asks = !spared.isNone() && !targets.none() && (early || over);
      Set<ProcessRecord> asked = asks ? postpone(scope, targets, spared, over) : Set.of();
      round++;
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
    long scanned = scanCycle.lastStartNanos();
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
      Scope scope, KillTargets targets, Spared spared, boolean isLast) {
    if (spared.isReleased()) {
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
        alive.stream().filter(spared::isPostponed).collect(Collectors.toSet()));
    if (isLast) {
      handovers.startedBefore(scope, alive);
    }
    return Set.copyOf(alive);
  }

  /** Returns what the leaks show, and finds the code that has started them. */
  List<TreeNode> diagnose(List<ProcessRecord> leaked) {
    try {
      unseen.record(); // the report of this failure has them
      starts.explain(leaked);
      return snapshots.snapshot(leaked::contains, true);
    } catch (RuntimeException | StackOverflowError e) {
      return List.of(); // the diagnosis is a help only: the kill comes in any case
    }
  }
}
