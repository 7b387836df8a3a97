package io.github.subreaper.internal.engine.end;

import io.github.subreaper.internal.engine.query.Signals;
import io.github.subreaper.internal.engine.reap.CompleteScan;
import io.github.subreaper.internal.engine.reap.Reaper;
import io.github.subreaper.internal.engine.records.ProcessRecord;
import io.github.subreaper.internal.engine.records.Registry;
import io.github.subreaper.internal.engine.scan.ProcessObserver;
import io.github.subreaper.internal.engine.scan.ScanCycle;
import io.github.subreaper.internal.engine.values.Policy;
import io.github.subreaper.internal.linux.Kernel;
import io.github.subreaper.internal.linux.Time;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/** Makes what each end of a scope or launch works with. */
public final class EndFactory {
  private final Kernel kernel;
  private final Time time;
  private final Registry registry;
  private final CompleteScan scan;
  private final ScanCycle scanCycle;
  private final Reaper reaper;
  private final Signals signals;
  private final ProcessObserver observer;
  private final SurvivorReasons reasons;

  /** Keeps what all ends share. */
  public EndFactory(
      Kernel kernel,
      Time time,
      Registry registry,
      CompleteScan scan,
      ScanCycle scanCycle,
      Reaper reaper,
      Signals signals,
      ProcessObserver observer,
      SurvivorReasons reasons) {
    this.kernel = kernel;
    this.time = time;
    this.registry = registry;
    this.scan = scan;
    this.scanCycle = scanCycle;
    this.reaper = reaper;
    this.signals = signals;
    this.observer = observer;
    this.reasons = reasons;
  }

  /** The processes of one end, and the two steps of it. */
  record End(KillTargets targets, KillPhase kill, Termination termination) {
    /** Not interruptible. No known process outlives work that fails. */
    <T> T run(Function<End, T> work) {
      targets.postponeInterrupt();
      try {
        return work.apply(this);
      } catch (RuntimeException | Error e) {
        kill.killKnown();
        throw e;
      } finally {
        kill.release();
        targets.restoreInterrupt();
      }
    }
  }

  End of(String name, Policy policy, Predicate<ProcessRecord> target, LongSupplier lastDeathNanos) {
    KillTargets targets = new KillTargets(registry, scan, name, target, lastDeathNanos);
    KillPhase kill =
        new KillPhase(
            time, registry, scanCycle, reaper, signals, observer, reasons, targets, policy);
    return new End(
        targets,
        kill,
        new Termination(kernel, time, registry, signals, observer, targets, kill, policy));
  }
}
