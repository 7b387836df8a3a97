package io.github.subreaper.internal.linux.proc;

/** What {@code /proc} shows of a process between its old memory and its new one, execve(2). */
final class AmidExec {
  private static final int STAT_ENVIRONMENT = 50 - 3;

  private AmidExec() {}

  /**
   * Returns whether a process runs in memory of this JVM, which posix_spawn has lent to it, or has
   * no environment, since its new memory is not in place yet.
   */
  static boolean is(int pid) {
    String[] stat = Procfs.statBehindName(pid);
    if (stat == null || !(stat[0].equals("R") || stat[0].equals("D"))) {
      return false;
    }
    String code = stat[Procfs.STAT_START_CODE]; // the kernel sets it last
    if (!code.equals(Procfs.NO_CODE)) {
      return !code.equals(Procfs.HIDDEN_CODE) && isOfThisJvm(stat);
    }
    byte[] variables = Procfs.read("/proc/" + Procfs.name(pid) + "/environ");
    return variables != null && variables.length == 0;
  }

  /** Waits until it is not. */
  @SuppressWarnings("ThreadPriorityCheck") // no event reports the end of an exec
  static void await(int pid, long mostNanos) {
    long start = System.nanoTime();
    while (is(pid) && System.nanoTime() - start < mostNanos) {
      Thread.yield(); // the process may need this CPU
    }
  }

  private static boolean isOfThisJvm(String[] stat) {
    String[] own = Procfs.statBehindName(Procfs.OWN_PID);
    return own != null
        && stat[Procfs.STAT_START_CODE].equals(own[Procfs.STAT_START_CODE])
        && stat[STAT_ENVIRONMENT].equals(own[STAT_ENVIRONMENT]);
  }
}
