package io.github.subreaper.internal.engine;

import io.github.subreaper.internal.linux.Procfs;

/**
 * The order in which pids are given out: in turn, and from the start again after the largest. It
 * tells births of one tick apart, since the kernel counts births in hundredths of a second.
 */
final class PidOrder {
  private static final int LEAST_PIDS = 32_768;

  private static final int PIDS = Math.max(2, Procfs.largestPid());

  /** Where there are fewer pids they are reused within moments, and their order says nothing. */
  private static final boolean KNOWN = PIDS >= LEAST_PIDS;

  private PidOrder() {}

  static boolean isKnown() {
    return KNOWN;
  }

  /** Returns whether a pid was given out before another. */
  static boolean isLower(int pid, int other) {
    int distance = Math.floorMod(other - pid, PIDS);
    return distance > 0 && distance <= PIDS / 2;
  }

  /**
   * Returns whether a pid had certainly been given out at a time.
   *
   * @param lastPid the latest one by then; 0 or less if unknown
   */
  static boolean isGivenBy(int lastPid, int pid) {
    return KNOWN && lastPid > 0 && pid > 0 && !isLower(lastPid, pid);
  }
}
