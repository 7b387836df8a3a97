package io.github.subreaper.internal.engine.end;

import io.github.subreaper.internal.engine.attribution.StartFinder;
import io.github.subreaper.internal.engine.guardian.GuardianKeeper;
import io.github.subreaper.internal.engine.records.EndedProcesses;
import io.github.subreaper.internal.engine.records.LaunchRecord;
import io.github.subreaper.internal.engine.records.ProcessRecord;
import io.github.subreaper.internal.engine.records.Registry;
import io.github.subreaper.internal.engine.records.Scope;
import io.github.subreaper.internal.engine.records.ScopeEnd;
import io.github.subreaper.internal.engine.records.ScopeEnd.SurvivorRecord;
import io.github.subreaper.internal.engine.records.TreeNode;
import io.github.subreaper.internal.engine.scan.Snapshots;
import io.github.subreaper.internal.engine.values.Policy;
import io.github.subreaper.internal.linux.Time;
import io.github.subreaper.internal.text.Durations;
import java.util.List;
import java.util.Set;

/** Terminates a launch, or some processes of a session. Their scopes stay open. */
public final class LaunchStop {
  private final Time time;
  private final Registry registry;
  private final GuardianKeeper guardian;
  private final Snapshots snapshots;
  private final EndFactory ends;

  public LaunchStop(
      Time time, Registry registry, GuardianKeeper guardian, Snapshots snapshots, EndFactory ends) {
    this.time = time;
    this.registry = registry;
    this.guardian = guardian;
    this.snapshots = snapshots;
    this.ends = ends;
  }

  /**
   * Terminates all of a launch; one thread at a time does it. Not interruptible: a flag that was
   * set is set again.
   *
   * @throws RuntimeException if that fails; what is known of it has been sent SIGKILL then
   */
  public ScopeEnd stop(LaunchRecord launch) {
    launch.stopLock().lock();
    try {
      return ends.of(
              name(launch), launch.scope().policy(), launch::covers, () -> launch.lastDeathNanos())
          .run(end -> stopAlone(launch, end));
    } finally {
      launch.stopLock().unlock();
    }
  }

  private static String name(LaunchRecord launch) {
    return String.join(" ", launch.spec().command());
  }

  private ScopeEnd stopAlone(LaunchRecord launch, EndFactory.End end) {
    Policy policy = launch.scope().policy();
    if (policy.grace().isZero()) {
      end.kill().holdAndStop();
    }
    long began = time.nanos();
    end.targets().scan();
    List<TreeNode> before = end.targets().trees(snapshots, began);
    List<SurvivorRecord> survivors = end.termination().run(() -> {});
    registry.lock.run(() -> survivors.forEach(registry.facts::unkillable));
    if (survivors.isEmpty()) {
      launch.streams.over();
    }
    return new ScopeEnd(
        name(launch),
        true,
        before,
        List.of(),
        List.of(),
        survivors,
        List.of(),
        new EndedProcesses(registry.lock, List.of(launch.sharedRecords())),
        List.of(),
        guardian.losses(launch.startedNanos),
        registry.now(),
        0,
        Durations.seconds(policy.kill()));
  }

  /**
   * Terminates some processes of a session and all below them. Not interruptible: a flag that was
   * set is set again.
   *
   * @return what could not be killed
   */
  public List<SurvivorRecord> terminate(Scope session, Set<ProcessRecord> tops) {
    return ends.of(
            session.name(),
            session.policy(),
            process -> session.covers(process) && isBelow(process, tops),
            () -> session.lastDeathNanos())
        .run(
            end -> {
              end.targets().scan();
              return end.termination().run(() -> {});
            });
  }

  private static boolean isBelow(ProcessRecord process, Set<ProcessRecord> tops) {
    ProcessRecord one = process;
    while (one != null && !tops.contains(one)) {
      one = StartFinder.above(one);
    }
    return one != null;
  }
}
