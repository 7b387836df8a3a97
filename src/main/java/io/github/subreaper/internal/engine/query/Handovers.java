package io.github.subreaper.internal.engine.query;

import static io.github.subreaper.internal.linux.calls.SignalNumber.SIGCONT;

import io.github.subreaper.internal.engine.attribution.StartFinder;
import io.github.subreaper.internal.engine.records.LaunchRecord;
import io.github.subreaper.internal.engine.records.Membership;
import io.github.subreaper.internal.engine.records.ProcessRecord;
import io.github.subreaper.internal.engine.records.Registry;
import io.github.subreaper.internal.engine.records.Scope;
import io.github.subreaper.internal.engine.records.Start;
import io.github.subreaper.internal.engine.values.Handover;
import io.github.subreaper.internal.engine.values.SignalReason;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Moves processes of a scope that ends to an outer one, with all below them and all that they ever
 * fork.
 */
public final class Handovers {
  private final Registry registry;
  private final Signals signals;

  public Handovers(Registry registry, Signals signals) {
    this.registry = registry;
    this.signals = signals;
  }

  /** Returns the name of its scope, or of that which has left it alive; null for none. */
  static @Nullable String scopeName(ProcessRecord process) {
    Scope scope = process.scope();
    Membership left = scope == null ? null : nearest(process);
    return left != null && left.handover() != Handover.SURVIVOR
        ? left.formerName()
        : scope == null ? null : scope.name();
  }

  /** Returns whether no end has judged it, if it belongs to the session by now. */
  static boolean isUnjudged(ProcessRecord process) {
    Membership left = nearest(process);
    return left == null || left.handover() == Handover.UNJUDGED;
  }

  /** Returns where it, or the nearest above it that was handed over, belongs; null if none was. */
  private static @Nullable Membership nearest(ProcessRecord process) {
    ProcessRecord one = process;
    while (one != null && !one.membership().isHandedOver()) {
      one = StartFinder.above(one);
    }
    return one == null ? null : one.membership();
  }

  /** Moves what may survive, and what was forked since below what was moved before. */
  public void survivors(Scope scope, Predicate<ProcessRecord> targets) {
    boolean anyMay =
        scope.hasHandedOver()
            || !scope.policy().survivors().isEmpty()
            || registry.lock.locked(
                () ->
                    registry.live().stream()
                        .anyMatch(
                            process ->
                                process.doubt() != null
                                    && !process.exitSeen()
                                    && targets.test(process)));
    if (anyMay) {
      move(scope, scope.session(), Handover.SURVIVOR, scope::letsSurvive);
    }
  }

  public void judged(Scope scope, Set<ProcessRecord> which) {
    moveAll(scope, scope.session(), Handover.JUDGED, which);
  }

  public void unjudged(Scope scope, Scope to, Set<ProcessRecord> which) {
    moveAll(scope, to, Handover.UNJUDGED, which);
  }

  /**
   * Moves what was started before the scope was opened, such as a daemon of a process that an
   * earlier scope has left: to the scope of that time, or to the session.
   */
  public void startedBefore(Scope scope, List<ProcessRecord> processes) {
    registry.lock.run(
        () -> {
          for (ProcessRecord process : processes) {
            Start start = process.membership().bestStart();
            Scope from = process.scope();
            if (start != null && from != null && !process.exitSeen() && scope.covers(process)) {
              Scope heir = scope;
              while (heir.outer() != heir && start.nanos() - heir.opened.nanos() < 0) {
                heir = heir.outer();
              }
              moveStarted(process, from, heir == scope ? from : heir, start);
            }
          }
        });
  }

  private void moveStarted(ProcessRecord process, Scope from, Scope heir, Start start) {
    if (heir == from) {
      return;
    }
    if (heir == heir.outer()) {
      Handover why =
          heir.recordsUnderLock().stream()
              .map(ProcessRecord::membership)
              .filter(other -> other.isHandedOver() && start.equals(other.bestStart()))
              .map(Membership::handover)
              .findFirst()
              .orElse(Handover.UNJUDGED);
      process.membership().handedOver(why, from);
    }
    registry.moved(process, from, heir);
  }

  private void moveAll(Scope scope, Scope to, Handover why, Set<ProcessRecord> which) {
    if (!which.isEmpty()) {
      scope.handedOver();
      move(scope, to, why, which::contains);
    }
  }

  private void move(Scope scope, Scope to, Handover why, Predicate<ProcessRecord> which) {
    if (to == scope) {
      return;
    }
    registry.lock.run(
        () -> {
          boolean moved;
          do {
            moved = false;
            for (ProcessRecord process : List.copyOf(registry.live())) {
              moved |= move(process, scope, to, why, which);
            }
          } while (moved);
        });
  }

  private boolean move(
      ProcessRecord process, Scope scope, Scope to, Handover why, Predicate<ProcessRecord> which) {
    Scope from = process.scope();
    if (process.exitSeen() || from == null || !scope.covers(process)) {
      return false;
    }
    ProcessRecord parent = registry.find(process.parentPid());
    Handover reason = which.test(process) ? why : null;
    Scope heir = to;
    if (parent != null && !scope.covers(parent) && parent.membership().isHandedOver()) {
      reason = parent.membership().handover();
      heir = parent.scope();
    }
    if (reason == null || heir == null) {
      return false;
    }
    process.membership().handedOver(reason, from);
    resume(process);
    registry.moved(process, from, heir);
    LaunchRecord its = process.launch();
    if (its != null) {
      its.movedTo(heir);
    }
    return true;
  }

  /** Continues a process that may have been stopped before it was known to survive. */
  private void resume(ProcessRecord process) {
    if (process.ending().isFrozen()) {
      process.ending().thawed();
      process.observed().mayRun();
      signals.send(process, SIGCONT, SignalReason.SURVIVE);
    }
  }
}
