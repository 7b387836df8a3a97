package io.github.subreaper.internal.engine;

import java.time.Instant;
import java.util.List;

/**
 * What the end of a scope or launch found.
 *
 * @param scope its name
 * @param leaked what it should not have left, before it was killed
 * @param diagnosis the leaked ones as trees, seen before the kill
 * @param survivors what could not be killed
 * @param endedAt when all that was done
 * @param settledSeconds how long it was let settle
 * @param graceSeconds how long it was given after the stop signal
 * @param killSeconds how long it was given after SIGKILL
 */
public record ScopeEnd(
    String scope,
    List<ProcessRecord> leaked,
    List<TreeNode> diagnosis,
    List<SurvivorRecord> survivors,
    Instant endedAt,
    double settledSeconds,
    double graceSeconds,
    double killSeconds) {

  /** A process that outlived SIGKILL. */
  public record SurvivorRecord(ProcessRecord process, char state, String reason) {}
}
