package io.github.subreaper.internal.engine.spawn;

import org.jspecify.annotations.Nullable;

/** Decides how long a launch waits for a process that sleeps before its program runs. */
public interface Patience {
  /** Returns why the launch is given up now; null to go on waiting. */
  @Nullable RuntimeException end();
}
