package io.github.subreaper.internal.engine.end;

import io.github.subreaper.internal.engine.reap.CompleteScan;
import io.github.subreaper.internal.engine.records.ProcessRecord;
import io.github.subreaper.internal.engine.records.Registry;
import io.github.subreaper.internal.engine.records.TreeNode;
import io.github.subreaper.internal.engine.scan.Snapshots;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/** The processes that one end is about, those of a scope or of a launch, as scans show them. */
final class KillTargets {
  private final Registry registry;
  private final CompleteScan scan;
  private final String name;
  private final Predicate<ProcessRecord> target;
  private final LongSupplier lastDeathNanos;
  private boolean none;
  private boolean interrupted;

  /**
   * Knows none yet.
   *
   * @param name of the scope or launch
   * @param target its processes
   * @param lastDeathNanos of it
   */
  KillTargets(
      Registry registry,
      CompleteScan scan,
      String name,
      Predicate<ProcessRecord> target,
      LongSupplier lastDeathNanos) {
    this.registry = registry;
    this.scan = scan;
    this.name = name;
    this.target = target;
    this.lastDeathNanos = lastDeathNanos;
  }

  /** Returns the name of the scope or launch. */
  String name() {
    return name;
  }

  boolean has(ProcessRecord process) {
    return target.test(process);
  }

  Predicate<ProcessRecord> selection() {
    return target;
  }

  /** Scans; after that {@link #none} returns whether any is alive. */
  void scan() {
    none = !scan.anyAlive(() -> !fresh().isEmpty(), lastDeathNanos);
  }

  /** Returns whether the latest scan proved that none is alive. */
  boolean none() {
    return none;
  }

  /** Returns whether none is alive, by the latest scan, and none was found since. */
  boolean areGone(List<ProcessRecord> alive) {
    return none && alive.isEmpty();
  }

  /**
   * Returns the living ones by the latest scan; a zombie that waits for a parent outside is not
   * alive.
   */
  List<ProcessRecord> alive() {
    return present(ProcessRecord::isAlive);
  }

  /**
   * Returns the living ones but those that an end found unkillable before: they are not waited for.
   */
  List<ProcessRecord> fresh() {
    return alive().stream().filter(process -> process.unkillable() == null).toList();
  }

  /** Returns those whose end is not recorded yet, by first sight. */
  List<ProcessRecord> present(Predicate<ProcessRecord> which) {
    return registry.lock.locked(
        () ->
            registry.live().stream()
                .filter(process -> !process.exitSeen() && target.test(process))
                .filter(which)
                .sorted(ProcessRecord.BY_FIRST_SIGHT)
                .toList());
  }

  /**
   * Returns the living ones as trees, for people; none if they cannot be read.
   *
   * @param sinceNanos what a scan has read since then is not read again
   */
  List<TreeNode> trees(Snapshots snapshots, long sinceNanos) {
    try {
      return snapshots.snapshot(target, sinceNanos, false);
    } catch (RuntimeException | StackOverflowError e) {
      return List.of(); // the end comes in any case
    }
  }

  /** Waits for a change. */
  void pause(long nanos) {
    registry.lock.run(() -> interrupted |= registry.lock.awaitChange(nanos));
  }

  /** Waits for a change, with the lock held. */
  void pauseLocked(long nanos) {
    interrupted |= registry.lock.awaitChange(nanos);
  }

  /** Takes the thread's interrupt for later: an end is not interruptible. */
  void postponeInterrupt() {
    interrupted |= Thread.interrupted();
  }

  /** Gives back what was postponed. */
  void restoreInterrupt() {
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Sorts processes so that each comes before its children. */
  static List<ProcessRecord> topDown(List<ProcessRecord> processes) {
    Map<Integer, ProcessRecord> byPid = new HashMap<>();
    processes.forEach(process -> byPid.put(process.pid(), process));
    Map<ProcessRecord, Integer> depths = new HashMap<>();
    List<ProcessRecord> sorted = new ArrayList<>(processes);
    for (ProcessRecord process : processes) {
      int depth = 0;
      ProcessRecord above = byPid.get(process.parentPid());
      while (above != null && depth <= processes.size()) {
        depth++;
        above = byPid.get(above.parentPid());
      }
      depths.put(process, depth);
    }
    sorted.sort(Comparator.comparingInt(process -> depths.getOrDefault(process, 0)));
    return sorted;
  }
}
