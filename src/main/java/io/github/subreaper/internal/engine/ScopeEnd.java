package io.github.subreaper.internal.engine;

import io.github.subreaper.internal.engine.guardian.GuardianLoss;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the end of a scope or launch found.
 *
 * @param scope its name, or the command of the launch
 * @param isLaunch whether it was the end of a launch
 * @param leaked what it should not have left, before it was killed
 * @param diagnosis the leaked ones as trees, seen before the kill
 * @param survivors what could not be killed
 * @param unproven what this JVM has adopted since it was opened that lives, and is not proven to be
 *     ours
 * @param ended all that it had started and that has ended, whenever and however
 * @param guardianLosses the guardians that somebody has killed meanwhile
 * @param endedAt when all that was done
 * @param settledSeconds how long it was let settle
 * @param killSeconds how long it was given after SIGKILL
 */
public record ScopeEnd(
    String scope,
    boolean isLaunch,
    List<ProcessRecord> leaked,
    List<TreeNode> diagnosis,
    List<SurvivorRecord> survivors,
    List<ProcessRecord> unproven,
    Ended ended,
    List<GuardianLoss> guardianLosses,
    Instant endedAt,
    double settledSeconds,
    double killSeconds) {

  /**
   * A process that outlived SIGKILL, or whose status cannot be had.
   *
   * @param state as ps(1) shows it
   * @param waitChannel where in the kernel it waits; null if unknown, or if it can be interrupted
   * @param owner its real uid, negative if unknown
   * @param refused whether the kernel refused the signal
   * @param reason for people
   */
  public record SurvivorRecord(
      ProcessRecord process,
      char state,
      @Nullable String waitChannel,
      int owner,
      boolean refused,
      String reason) {}
}
