package io.github.subreaper.internal.engine.attribution;

import io.github.subreaper.internal.engine.origin.Origin;
import io.github.subreaper.internal.engine.records.BindingRecord;
import io.github.subreaper.internal.engine.records.ProcessRecord;
import io.github.subreaper.internal.engine.records.Registry;
import io.github.subreaper.internal.engine.records.Scope;
import io.github.subreaper.internal.engine.records.ScopeTree;
import io.github.subreaper.internal.engine.records.Start;
import io.github.subreaper.internal.engine.time.Birth;
import io.github.subreaper.internal.engine.time.Ticks;
import io.github.subreaper.internal.linux.Kernel;
import io.github.subreaper.internal.linux.Time;
import io.github.subreaper.internal.linux.proc.ProcessStat;
import java.util.List;

/**
 * Records children of this JVM that came and went between two scans, and names those that were seen
 * for a moment only, by the events of their start.
 */
public final class UnseenChildren {
  private static final String JDK_HELPER = "jspawnhelper";

  /** Less than the JDK keeps a thread that has collected a child. */
  private static final long JDK_KEEPS_NANOS = 55_000_000_000L;

  private final Kernel kernel;
  private final Time time;
  private final Registry registry;
  private final ScopeTree scopes;
  private final Origin origin;
  private final Ancestry ancestry;
  private final int self = (int) ProcessHandle.current().pid();

  /** All children that were started before have been recorded. */
  private volatile long recordedNanos;

  public UnseenChildren(
      Kernel kernel,
      Time time,
      Registry registry,
      ScopeTree scopes,
      Origin origin,
      Ancestry ancestry) {
    this.kernel = kernel;
    this.time = time;
    this.recordedNanos = time.nanos();
    this.registry = registry;
    this.scopes = scopes;
    this.origin = origin;
    this.ancestry = ancestry;
  }

  /**
   * Makes records of processes that this JVM started by itself and that ended unseen by any scan. A
   * complete scan comes before. The lock is not held.
   */
  public void record() {
    long now = time.nanos();
    boolean any = kernel.jdk.any() || now - recordedNanos >= JDK_KEEPS_NANOS;
    if (any && !origin.read()) {
      return;
    }
    recordedNanos = now;
    if (any) {
      registry.lock.run(
          () -> {
            origin.takeFresh(ancestry::unseen).forEach(this::record);
            scopes.root().all().filter(UnseenChildren::endedUnknown).forEach(this::name);
          });
    }
  }

  /**
   * Returns whether it was seen only before its exec, as the program by which the JDK starts it.
   */
  private static boolean endedUnknown(ProcessRecord process) {
    return process.exitSeen() && process.name().equals(JDK_HELPER);
  }

  private void name(ProcessRecord process) {
    Start start = origin.of(process);
    if (start != null) {
      process.observed().named(start.program());
      process.observed().startedAs(List.of(start.command()));
    }
  }

  private void record(Ancestry.Unseen unseen) {
    Start start = unseen.start();
    BindingRecord named = origin.scopeOf(start);
    Scope bound = named == null ? null : named.scope();
    if (named != null && bound == null) {
      return; // its scope has ended meanwhile
    }
    ProcessRecord process =
        registry.create(
            new ProcessStat(
                start.pid(),
                start.program(),
                'Z',
                self,
                registry.own.group(),
                registry.own.id(),
                0,
                -1,
                0,
                0,
                0,
                1,
                unseen.startTicks(),
                start.nanos()));
    process.observed().startedAs(List.of(start.command()));
    process.membership().startedBy(start);
    process.membership().directChild();
    process
        .membership()
        .belongsTo(
            named == null ? scopes.ambientScope(Birth.ofEvent(start.nanos())) : named.scope(),
            null);
    registry.addPast(
        process,
        unseen.exact() ? unseen.endNanos() : Ticks.nanos(time, unseen.startTicks()),
        unseen.endNanos(),
        unseen.waitStatus(),
        "collected by the JDK before a scan saw the process");
  }
}
