package io.github.subreaper.internal.engine;

import io.github.subreaper.internal.linux.Kernel;
import io.github.subreaper.internal.linux.Time;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/** Makes what each end of a scope or launch works with. */
final class Ends {
  private final Kernel kernel;
  private final Time time;
  private final Registry registry;
  private final CompleteScan scan;
  private final Census census;
  private final Reaper reaper;
  private final Signals signals;
  private final Sightings sightings;
  private final SurvivorReasons reasons;

  /** Keeps what all ends share. */
  Ends(
      Kernel kernel,
      Time time,
      Registry registry,
      CompleteScan scan,
      Census census,
      Reaper reaper,
      Signals signals,
      Sightings sightings,
      SurvivorReasons reasons) {
    this.kernel = kernel;
    this.time = time;
    this.registry = registry;
    this.scan = scan;
    this.census = census;
    this.reaper = reaper;
    this.signals = signals;
    this.sightings = sightings;
    this.reasons = reasons;
  }

  /** The processes of one end, and the two steps of it. */
  record End(Targets targets, KillPhase kill, Termination termination) {}

  End of(String name, Policy policy, Predicate<ProcessRecord> target, LongSupplier lastDeathNanos) {
    Targets targets = new Targets(registry, scan, name, target, lastDeathNanos);
    KillPhase kill =
        new KillPhase(time, registry, census, reaper, signals, sightings, reasons, targets, policy);
    return new End(
        targets,
        kill,
        new Termination(kernel, time, registry, signals, sightings, targets, kill, policy));
  }
}
