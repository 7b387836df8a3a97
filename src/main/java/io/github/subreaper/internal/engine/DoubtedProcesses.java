package io.github.subreaper.internal.engine;

import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * The processes in doubt, by the scope that they are in. They may have come from a scope that has
 * ended since, and live on: what they fork may be adopted when nothing but its birth is known of
 * it, and is in doubt like them. The records' lock guards this.
 */
final class DoubtedProcesses {
  /** In one scope. Of more, the first ones are forgotten. */
  private static final int MOST = 10_000;

  /** A child may be adopted, as a zombie, so long after its birth. */
  private static final long KEPT_TICKS = TimeUnit.MINUTES.toNanos(1) / Ticks.NANOS;

  private final Map<Scope, Set<ProcessRecord>> byScope = new HashMap<>();

  /** Adds a process that is in its scope because of another one, if that is in doubt. */
  void addKin(ProcessRecord process, ProcessRecord kin) {
    Scope scope = kin.scope();
    if (scope != null && byScope.getOrDefault(scope, Set.of()).contains(kin)) {
      add(process, scope);
    }
  }

  void add(ProcessRecord process, Scope scope) {
    Set<ProcessRecord> here = byScope.computeIfAbsent(scope, key -> new LinkedHashSet<>());
    here.add(process);
    if (here.size() > MOST) {
      here.remove(here.iterator().next());
    }
  }

  /**
   * Returns the scope that an adopted process shares with those in doubt that may have forked it,
   * or that it may descend from.
   *
   * @param innermost its scope if there were none
   * @param bornTicks when it was born
   */
  Scope sharedScope(Scope innermost, long bornTicks) {
    Scope shared = innermost;
    for (Scope outer = innermost.parent(); outer != null; outer = outer.parent()) {
      if (mayHaveForked(outer, bornTicks)) {
        shared = outer;
      }
    }
    return shared;
  }

  private boolean mayHaveForked(Scope scope, long bornTicks) {
    Set<ProcessRecord> here = byScope.get(scope);
    if (here == null) {
      return false;
    }
    here.removeIf(one -> one.scope() != scope || ended(one) < bornTicks - KEPT_TICKS);
    return here.stream().anyMatch(one -> ended(one) >= bornTicks);
  }

  private static long ended(ProcessRecord process) {
    return process.exitSeen()
        ? process.ending().deathBootNanos() / Ticks.NANOS
        : Long.MAX_VALUE; // alive, or just dying
  }

  void forget(Scope scope) {
    byScope.remove(scope);
  }
}
