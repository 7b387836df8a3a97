package io.github.subreaper.internal.engine.launch;

import io.github.subreaper.internal.engine.records.LaunchRecord;
import io.github.subreaper.internal.engine.records.ProcessRecord;
import io.github.subreaper.internal.engine.records.Registry;
import io.github.subreaper.internal.engine.scan.ProcessObserver;
import io.github.subreaper.internal.engine.spawn.Newborn;
import io.github.subreaper.internal.engine.spawn.Tags;
import io.github.subreaper.internal.engine.spawn.Wrapper;
import io.github.subreaper.internal.linux.Kernel;
import io.github.subreaper.internal.linux.proc.ProcessStat;
import io.github.subreaper.internal.linux.proc.Procfs;
import io.github.subreaper.internal.linux.proc.Wait;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes the record of the first process of a launch, in one attempt. */
final class LaunchedProcess implements Newborn {
  private final Kernel kernel;
  private final Registry registry;
  private final ProcessObserver observer;
  private final Tags tags;
  private final LaunchRecord launch;

  /** Guarded by the lock. */
  private boolean failed;

  LaunchedProcess(
      Kernel kernel, Registry registry, ProcessObserver observer, Tags tags, LaunchRecord launch) {
    this.kernel = kernel;
    this.registry = registry;
    this.observer = observer;
    this.tags = tags;
    this.launch = launch;
  }

  /**
   * Records the process. Its zombie stays while its pid counts as unborn, so it can be read in any
   * case.
   */
  @Override
  public void record(int pid) {
    registry.lock.lock();
    try {
      launch.scope().requireLaunching(launch.spec.words());
      ProcessRecord traced = launch.launchedUnderLock();
      if (traced != null) {
        launch.started(traced);
        return;
      }
      ProcessStat stat = kernel.procfs.stat(pid);
      if (stat == null && kernel.waits().child(pid) != Wait.Child.NONE) {
        throw launch.spec.failure("/proc/" + pid + " cannot be read: no descriptor is left");
      }
      if (stat == null) {
        throw new IllegalStateException(
            "the launched process " + pid + " is gone: other code of this JVM has collected it");
      }
      ProcessRecord process = registry.find(stat);
      launch.started(process == null ? newRecord(stat) : process);
    } finally {
      registry.lock.unlock();
    }
  }

  /** A trace reports that the program runs. Returns null if the launch is refused by now. */
  @Nullable ProcessRecord early(ProcessStat stat) {
    return failed || launch.scope().refusesLaunches() ? null : newRecord(stat);
  }

  /** The attempt has failed. Returns whether a trace has made a record; it makes none later. */
  @Override
  public boolean abandon() {
    return registry.lock.locked(
        () -> {
          failed = true;
          return launch.launchedUnderLock() != null;
        });
  }

  private ProcessRecord newRecord(ProcessStat stat) {
    observer.replaced(stat);
    ProcessRecord process = registry.create(stat);
    process.membership().launchedBy(launch);
    if (launch.trace() != null) {
      process.membership().traced();
    }
    if (!tags.inLimit()) {
      process.membership().tagUnsure();
    }
    process.ending().startedAtPeak(kernel.procfs.statusNumber(Procfs.SELF, "VmHWM"));
    process.observed().readPerishables(kernel.procfs, process.pidfd());
    if (process.isHidden()) {
      process.observed().named(Wrapper.comm(Path.of(launch.spec.command().get(0))));
    }
    if (process.commandLine().isEmpty()) {
      // it has ended, but this is what was exec'd
      process.observed().startedAs(List.copyOf(launch.spec.command()));
    }
    registry.add(process);
    return process;
  }
}
