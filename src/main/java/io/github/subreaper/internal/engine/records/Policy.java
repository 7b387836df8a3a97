package io.github.subreaper.internal.engine.records;

import java.time.Duration;
import java.util.List;

/**
 * How a scope waits and ends: the checked values of the public {@code ScopeOptions}, with no name,
 * no defaults and no builder, so that the engine does not depend on the public types.
 *
 * @param crashes whether they are reported
 */
public record Policy(
    Duration grace,
    Duration settle,
    Duration await,
    Duration kill,
    boolean strict,
    List<String> survivors,
    boolean crashes) {
  /** Returns one that reports crashes. */
  public Policy(
      Duration grace,
      Duration settle,
      Duration await,
      Duration kill,
      boolean strict,
      List<String> survivors) {
    this(grace, settle, await, kill, strict, survivors, true);
  }
}
