package io.github.subreaper.internal.engine.spawn;

import org.jspecify.annotations.Nullable;

/** Decides how long a launch waits for a process that sleeps before its program runs. */
public interface Patience {
  /** Returns why the launch is given up now; null to go on waiting. */
  @Nullable RuntimeException end();

  /**
   * Returns whether a child that sleeps before its exec will never wake, so that another launch has
   * to take its place.
   *
   * @param tid of the thread that forked it
   * @param nanos for how long it has not exec'd
   */
  boolean isDeadlocked(int pid, int tid, long nanos);

  /** Never gives up. */
  Patience ENDLESS =
      new Patience() {
        @Override
        public @Nullable RuntimeException end() {
          return null;
        }

        @Override
        public boolean isDeadlocked(int pid, int tid, long nanos) {
          return false;
        }
      };
}
