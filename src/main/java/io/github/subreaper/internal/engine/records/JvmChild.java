package io.github.subreaper.internal.engine.records;

import io.github.subreaper.internal.linux.ProcessStat;

/**
 * A child of this JVM, forked or adopted, that no launch has started and that has a tag of its own:
 * all that it forks from then on shows by that tag where it comes from. Two are equal only if they
 * are the same.
 */
public final class JvmChild {
  public final int pid;
  public final long startTicks;

  public JvmChild(ProcessStat stat) {
    this.pid = stat.pid();
    this.startTicks = stat.startTicks();
  }

  /** Returns whether it is that process itself. */
  public boolean is(ProcessStat stat) {
    return stat.pid() == pid && stat.startTicks() == startTicks;
  }
}
