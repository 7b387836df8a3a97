package io.github.subreaper.internal.engine.time;

import io.github.subreaper.internal.linux.Kernel;

/**
 * The order in which pids are given out: in turn, and from the start again after the largest. It
 * distinguishes births of one tick, since the kernel counts births in hundredths of a second.
 */
public final class PidOrder {
  private static final int LEAST_pids = 32_768;

  private final int pids;

  public PidOrder(Kernel kernel) {
    pids = Math.max(2, kernel.procfs.largestPid());
  }

  /** Where there are few pids they are reused within moments, and their order says nothing. */
  public boolean isKnown() {
    return pids >= LEAST_pids;
  }

  /** Returns whether a pid was given out before another. */
  public boolean isLower(int pid, int other) {
    int distance = Math.floorMod(other - pid, pids);
    return distance > 0 && distance <= pids / 2;
  }

  /**
   * Returns whether a pid had certainly been given out at a time.
   *
   * @param lastPid the latest one by then; 0 or less if unknown
   */
  public boolean isGivenBy(int lastPid, int pid) {
    return isKnown() && lastPid > 0 && pid > 0 && !isLower(lastPid, pid);
  }
}
