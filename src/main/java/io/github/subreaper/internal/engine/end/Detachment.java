package io.github.subreaper.internal.engine.end;

import io.github.subreaper.internal.engine.attribution.Attribution;
import io.github.subreaper.internal.engine.origin.ThreadBindings;
import io.github.subreaper.internal.engine.records.LaunchRecord;
import io.github.subreaper.internal.engine.records.ProcessRecord;
import io.github.subreaper.internal.engine.records.Registry;
import io.github.subreaper.internal.engine.records.Scope;
import io.github.subreaper.internal.engine.records.ScopeEnd.SurvivorRecord;
import io.github.subreaper.internal.engine.spawn.Tags;
import java.util.ArrayList;
import java.util.List;

/** Forgets a scope that has ended. */
public final class Detachment {
  private final Registry registry;
  private final Attribution attribution;
  private final ThreadBindings bindings;
  private final Tags tags;

  public Detachment(
      Registry registry, Attribution attribution, ThreadBindings bindings, Tags tags) {
    this.registry = registry;
    this.attribution = attribution;
    this.bindings = bindings;
    this.tags = tags;
  }

  /**
   * Takes the scope out of all that leads to it; what could not be killed stays known.
   *
   * @param heir gets the launches of which anything is alive
   */
  void forget(Scope scope, Scope heir, List<SurvivorRecord> survivors) {
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
