package io.github.subreaper.internal.engine.attribution;

import io.github.subreaper.internal.engine.origin.Origin;
import io.github.subreaper.internal.engine.records.AmbiguousScope;
import io.github.subreaper.internal.engine.records.BindingRecord;
import io.github.subreaper.internal.engine.records.ProcessRecord;
import io.github.subreaper.internal.engine.records.Registry;
import io.github.subreaper.internal.engine.records.Scope;
import io.github.subreaper.internal.engine.records.Start;
import io.github.subreaper.internal.engine.time.Birth;
import io.github.subreaper.internal.engine.time.Ticks;
import io.github.subreaper.internal.linux.Time;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * The processes in doubt, by the scope that they are in. They may have come from a scope that has
 * ended since, and live on: what they fork may be adopted when nothing but its birth is known of
 * it, and is in doubt like them. Evidence moves them. The records' lock guards this.
 */
public final class DoubtedProcesses {
  /** In one scope. Of more, the first ones are forgotten. */
  private static final int MOST = 10_000;

  /** A child may be adopted, as a zombie, so long after its birth. */
  private static final long KEPT_TICKS = TimeUnit.MINUTES.toNanos(1) / Ticks.NANOS;

  /** A start event is written when its thread runs. What has no event by then never gets one. */
  private static final long PATIENCE_NANOS = 30_000_000_000L;

  /** A search reads all that may be related, so it is not made at every scan. */
  private static final long SEARCH_NANOS = 500_000_000;

  private final Time time;
  private final Registry registry;
  private final Origin origin;
  private final Ancestry ancestry;
  private final StartFinder starts;

  /** Those that evidence may still move. */
  private final Set<ProcessRecord> asking = new LinkedHashSet<>();

  private final Map<Scope, Set<ProcessRecord>> byScope = new HashMap<>();

  public DoubtedProcesses(
      Time time, Registry registry, Origin origin, Ancestry ancestry, StartFinder starts) {
    this.time = time;
    this.registry = registry;
    this.origin = origin;
    this.ancestry = ancestry;
    this.starts = starts;
  }

  /** Adds a process that is in a scope only because its possible scopes share that one. */
  void add(ProcessRecord process, Scope shared, Birth birth) {
    process.membership().doubted(new AmbiguousScope(shared, birth));
    asking.add(process);
    add(process, shared);
  }

  /** Adds a process that is in its scope because of another one, if that is in doubt. */
  void addKin(ProcessRecord process, ProcessRecord kin) {
    Scope scope = kin.scope();
    if (scope != null && byScope.getOrDefault(scope, Set.of()).contains(kin)) {
      add(process, scope);
    }
  }

  private void add(ProcessRecord process, Scope scope) {
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

  /**
   * Moves processes in doubt to their scopes, as far as there is evidence. The lock is not held.
   *
   * @return whether any process was moved
   */
  public boolean settle() {
    List<ProcessRecord> present = registry.lock.locked(() -> List.copyOf(asking));
    long began = time.nanos();
    if (present.isEmpty() || !origin.read()) {
      return false;
    }
    boolean moved = false;
    registry.lock.lock();
    try {
      Ancestry.Search search = ancestry.search();
      for (ProcessRecord process : present) {
        AmbiguousScope doubt = process.membership().doubt();
        if (doubt != null && asking.contains(process)) {
          moved |= decide(process, doubt, search);
          if (began - process.firstSeenNanos() >= PATIENCE_NANOS) {
            asking.remove(process);
          }
        }
      }
    } finally {
      registry.lock.unlock();
    }
    return moved;
  }

  private boolean decide(ProcessRecord process, AmbiguousScope doubt, Ancestry.Search search) {
    Start start = starts.startOf(process);
    if (start == null && isToBeSearched(process)) {
      Ancestry.Possible possible = search.of(StartFinder.top(process));
      start = possible.complete() ? possible.only() : null;
      if (start != null) {
        process.membership().startedBy(start);
      }
    }
    if (start == null) {
      return false;
    }
    asking.remove(process);
    BindingRecord named = origin.scopeOf(start);
    if (named == null || process.membership().isHandedOver()) {
      return false;
    }
    Scope scope = named.scope();
    if (scope == null || scope.isJudged()) {
      doubt.cameFrom(named.scopeName());
      return false;
    }
    process.membership().settled();
    move(process, scope);
    return true;
  }

  /**
   * Moves a process, and those that are in its scope because of it; they were observed after it.
   */
  private void move(ProcessRecord process, Scope to) {
    Scope from = process.scope();
    if (from == null || from == to) {
      return;
    }
    List<ProcessRecord> others = new ArrayList<>(from.recordsUnderLock());
    others.sort(Comparator.comparingLong(one -> one.sequence()));
    Set<ProcessRecord> moved = new HashSet<>(Set.of(process));
    registry.moved(process, from, to);
    for (ProcessRecord other : others) {
      if (other.membership().kin() != null
          && moved.contains(other.membership().kin())
          && !other.membership().isHandedOver()) {
        moved.add(other);
        registry.moved(other, from, to);
      }
    }
    registry.touch(process);
  }

  private boolean isToBeSearched(ProcessRecord process) {
    long now = time.nanos();
    boolean old =
        now - Ticks.nanos(time, process.startTicks()) >= Start.LATE_NANOS // else no proof
            && !process.isTagless(); // it may come from a launch
    return old && process.membership().beginSearch(now, SEARCH_NANOS);
  }

  void forget(Scope scope) {
    asking.removeIf(one -> one.scope() == scope);
    byScope.remove(scope);
  }
}
