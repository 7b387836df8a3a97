package io.github.subreaper.chaos;

import static io.github.subreaper.testing.Linux.KERNEL;

import io.github.subreaper.internal.linux.proc.ProcessStat;

/**
 * One process, told apart from later ones with its pid by the start time in {@code
 * /proc/<pid>/stat}.
 */
public record Identity(int pid, long startTicks) {

  /** Returns whether it runs; a zombie does not. */
  public boolean isAlive() {
    ProcessStat stat = KERNEL.procfs.stat(pid);
    return stat != null && stat.startTicks() == startTicks && !stat.hasEnded();
  }

  /** Returns whether it has not been reaped yet. */
  public boolean isThere() {
    ProcessStat stat = KERNEL.procfs.stat(pid);
    return stat != null && stat.startTicks() == startTicks;
  }
}
