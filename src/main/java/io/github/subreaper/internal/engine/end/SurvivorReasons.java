package io.github.subreaper.internal.engine.end;

import io.github.subreaper.internal.engine.jvm.BuildStreams;
import io.github.subreaper.internal.engine.records.LaunchRecord;
import io.github.subreaper.internal.engine.records.ProcessRecord;
import io.github.subreaper.internal.engine.records.ScopeEnd.SurvivorRecord;
import io.github.subreaper.internal.engine.scan.Snapshots;
import io.github.subreaper.internal.linux.Kernel;
import io.github.subreaper.internal.linux.Time;
import io.github.subreaper.internal.linux.calls.Errno;
import io.github.subreaper.internal.linux.proc.ProcessStat;
import io.github.subreaper.internal.linux.proc.Procfs;
import io.github.subreaper.internal.text.Printable;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Says why a process could not be killed. */
public final class SurvivorReasons {
  private final Kernel kernel;
  private final Time time;
  private final Snapshots snapshots;

  public SurvivorReasons(Kernel kernel, Time time, Snapshots snapshots) {
    this.kernel = kernel;
    this.time = time;
    this.snapshots = snapshots;
  }

  /**
   * Reads the process as it is now.
   *
   * @param errno with which the kernel refused the latest signal; null if it did not
   */
  public SurvivorRecord of(ProcessRecord process, @Nullable Integer errno) {
    int tracer = kernel.procfs.statusNumber(process.pid(), "TracerPid");
    ProcessStat stat = kernel.procfs.stat(process.pid());
    char state = stat == null ? '?' : stat.state();
    int owner = snapshots.uid(process).orElse(ProcessRecord.UNKNOWN);
    String channel = state == 'D' ? kernel.procfs.waitChannel(process.pid()) : null;
    List<String> reasons = new ArrayList<>();
    if (process.observed().isZombie()) {
      reasons.add(
          tracer > 0
              ? "zombie held by " + named(tracer)
              : "a zombie that was not collected in time");
    } else if (state == 'D' && kernel.procfs.isFrozen(process.pid())) {
      reasons.add("in a frozen cgroup: SIGKILL ends it when that is thawed");
    } else if (state == 'D') {
      reasons.add("in an uninterruptible wait of the kernel");
    } else if (tracer > 0 && !isTracedByThisJvm(process)) {
      reasons.add("held by " + named(tracer));
    }
    if (errno != null) {
      reasons.add(refusal(errno, owner));
    }
    if (reasons.isEmpty()) {
      double waited = (time.nanos() - process.ending().killNanos()) / 1e9;
      reasons.add(String.format(Locale.ROOT, "had not ended %.1f s after SIGKILL", waited));
    }
    String streams = BuildStreams.heldBy(kernel, process.pid());
    if (streams != null) {
      reasons.add("holds this build's " + streams);
    }
    return new SurvivorRecord(
        process, state, channel, owner, errno != null, String.join("; ", reasons));
  }

  /** This JVM's own trace holds no process back that is killed. */
  private boolean isTracedByThisJvm(ProcessRecord process) {
    LaunchRecord launch = process.launch();
    return launch != null && launch.traces(kernel, process.pid());
  }

  private String refusal(int errno, int owner) {
    int own = kernel.procfs.statusNumber(Procfs.SELF, "Uid");
    return errno == Errno.EPERM && owner != own
        ? "owned by uid " + owner + ", this JVM runs as uid " + own + " (EPERM)"
        : "the signal was refused: " + Errno.describe(errno);
  }

  private String named(int tracer) {
    ProcessStat stat = kernel.procfs.stat(tracer);
    return "tracer " + tracer + (stat == null ? "" : " (" + Printable.of(stat.name()) + ")");
  }
}
