package io.github.subreaper.internal.engine.query;

import io.github.subreaper.internal.engine.attribution.DoubtedProcesses;
import io.github.subreaper.internal.engine.reap.Reaper;
import io.github.subreaper.internal.engine.records.LaunchRecord;
import io.github.subreaper.internal.engine.records.ProcessRecord;
import io.github.subreaper.internal.engine.records.Registry;
import io.github.subreaper.internal.engine.records.Scope;
import io.github.subreaper.internal.engine.scan.ScanCycle;
import io.github.subreaper.internal.linux.Kernel;
import io.github.subreaper.internal.linux.Time;
import java.util.function.Predicate;

/** Starts searches for a process of a launch or scope, and holds what each search works with. */
public final class Searches {
  private final Kernel kernel;
  private final Time time;
  private final Registry registry;
  private final ScanCycle scanCycle;
  private final Reaper reaper;
  private final DoubtedProcesses doubted;
  private final Waiting waiting;

  public Searches(
      Kernel kernel,
      Time time,
      Registry registry,
      ScanCycle scanCycle,
      Reaper reaper,
      DoubtedProcesses doubted,
      Waiting waiting) {
    this.kernel = kernel;
    this.time = time;
    this.registry = registry;
    this.scanCycle = scanCycle;
    this.reaper = reaper;
    this.doubted = doubted;
    this.waiting = waiting;
  }

  Registry registry() {
    return registry;
  }

  ScanCycle census() {
    return scanCycle;
  }

  Reaper reaper() {
    return reaper;
  }

  DoubtedProcesses doubted() {
    return doubted;
  }

  Waiting waiting() {
    return waiting;
  }

  /** Starts a search for the daemon of a launch, which begins once its launcher has ended. */
  public Search daemonOf(LaunchRecord launch) {
    return new Search(
        kernel,
        time,
        this,
        launch::records,
        launch,
        () -> launch.lastDeathNanos(),
        ProcessRecord::isOrphan);
  }

  /** Starts a search for the earliest process of a launch that matches. */
  public Search matching(LaunchRecord launch, Predicate<ProcessRecord> wanted) {
    return new Search(
        kernel, time, this, launch::records, null, () -> launch.lastDeathNanos(), wanted);
  }

  /** Starts a search for the earliest process of a scope that matches. */
  public Search matching(Scope scope, Predicate<ProcessRecord> wanted) {
    return new Search(
        kernel, time, this, scope::records, null, () -> scope.lastDeathNanos(), wanted);
  }
}
