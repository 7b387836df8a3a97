package io.github.subreaper.chaos;

import io.github.subreaper.internal.linux.ProcessStat;
import io.github.subreaper.internal.linux.Procfs;

/**
 * One process, told apart from later ones with its pid by the start time in {@code
 * /proc/<pid>/stat}.
 */
public record Identity(int pid, long startTicks) {

  /** Returns whether it runs; a zombie does not. */
  public boolean isAlive() {
    ProcessStat stat = Procfs.stat(pid);
    return stat != null && stat.startTicks() == startTicks && !stat.hasEnded();
  }

  /** Returns whether it has not been reaped yet. */
  public boolean isThere() {
    ProcessStat stat = Procfs.stat(pid);
    return stat != null && stat.startTicks() == startTicks;
  }
}
