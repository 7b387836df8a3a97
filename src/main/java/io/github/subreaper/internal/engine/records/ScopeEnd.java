package io.github.subreaper.internal.engine.records;

import io.github.subreaper.internal.engine.guardian.GuardianLoss;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the end of a scope or launch found.
 *
 * @param scope its name, or the command of the launch
 * @param isLaunch whether it was the end of a launch
 * @param before the processes that were alive when the end began, as trees
 * @param leaked what it should not have left, before it was killed
 * @param diagnosis the leaked processes as trees, read before the kill
 * @param survivors what could not be killed
 * @param unproven living processes that this JVM has adopted since the scope was opened and that
 *     are not proven to be ours
 * @param ended all its processes that have ended, whenever and however
 * @param expectedCrashes those of its processes that code under test expects or allows
 * @param guardianLosses the guardians that were killed meanwhile
 * @param endedAt when the end was complete
 * @param settledSeconds how long it had to settle
 * @param killSeconds how long its processes had after SIGKILL
 */
public record ScopeEnd(
    String scope,
    boolean isLaunch,
    List<TreeNode> before,
    List<ProcessRecord> leaked,
    List<TreeNode> diagnosis,
    List<SurvivorRecord> survivors,
    List<ProcessRecord> unproven,
    EndedProcesses ended,
    List<ExpectedCrash> expectedCrashes,
    List<GuardianLoss> guardianLosses,
    Instant endedAt,
    double settledSeconds,
    double killSeconds) {

  /** Returns whether it is about no process at all. */
  public boolean isEmpty() {
    return leaked.isEmpty()
        && survivors.isEmpty()
        && unproven.isEmpty()
        && guardianLosses.isEmpty()
        && ended.list().isEmpty();
  }

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
