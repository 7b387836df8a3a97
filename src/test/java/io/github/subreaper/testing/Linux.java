package io.github.subreaper.testing;

import io.github.subreaper.internal.linux.Kernel;
import io.github.subreaper.internal.linux.LastPid;
import io.github.subreaper.internal.linux.Time;

/** The kernel and the time of the machine that the tests run on. */
public final class Linux {
  public static final Kernel KERNEL = new Kernel();
  public static final Time TIME = new Time();

  private Linux() {}

  /** Returns the latest pid that was given out. */
  public static int lastPid() {
    try (LastPid latest = KERNEL.lastPid()) {
      return latest.read();
    }
  }
}
