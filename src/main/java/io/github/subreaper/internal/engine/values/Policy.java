package io.github.subreaper.internal.engine.values;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a scope waits and ends: the checked values in the public {@code ScopeOptions}, with no name,
 * no defaults and no builder, so that the engine does not depend on the public types.
 *
 * @param crashes what they do to a test, for the layer above only; null if that has not opened the
 *     scope
 */
public record Policy(
    Duration grace,
    Duration settle,
    Duration await,
    Duration kill,
    boolean strict,
    List<String> survivors,
    @Nullable Enum<?> crashes) {
  /** Returns one of the engine's own. */
  public Policy(
      Duration grace,
      Duration settle,
      Duration await,
      Duration kill,
      boolean strict,
      List<String> survivors) {
    this(grace, settle, await, kill, strict, survivors, null);
  }
}
