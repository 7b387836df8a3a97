package io.github.subreaper.chaos;

import io.github.subreaper.internal.linux.ProcessStat;
import io.github.subreaper.internal.linux.Procfs;

/** One process and no other that may have its pid later; start as in {@code /proc/<pid>/stat}. */
public record Identity(int pid, long startTicks) {

  /** Whether it runs; a zombie does not. */
  public boolean isAlive() {
    ProcessStat stat = Procfs.stat(pid);
    return stat != null && stat.startTicks() == startTicks && !stat.hasEnded();
  }

  /** Whether it has not been reaped yet. */
  public boolean isThere() {
    ProcessStat stat = Procfs.stat(pid);
    return stat != null && stat.startTicks() == startTicks;
  }
}
