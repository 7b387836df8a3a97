package io.github.subreaper.internal.engine.values;

import io.github.subreaper.internal.linux.proc.ProcessStat;

/**
 * A child of this JVM, forked or adopted, that no launch has started and that has a tag of its own:
 * all that it forks from then on shows by that tag where it comes from. Two are equal only if they
 * are the same.
 */
public final class JvmChild {
  public final int pid;
  public final long startTicks;

  /** What its tag says. */
  public final int number;

  private volatile boolean tagged;

  public JvmChild(ProcessStat stat, int number) {
    this.pid = stat.pid();
    this.startTicks = stat.startTicks();
    this.number = number;
  }

  /** It has its tag from now on. */
  public void tagged() {
    tagged = true;
  }

  public boolean isTagged() {
    return tagged;
  }

  /** Returns whether it is that process itself. */
  public boolean is(ProcessStat stat) {
    return stat.pid() == pid && stat.startTicks() == startTicks;
  }
}
