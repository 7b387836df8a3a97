package io.github.subreaper.internal.junit.engines;

import io.github.subreaper.internal.junit.scopes.EnginesRun;

/**
 * For adapters of test engines, where {@link PlatformGuard} acts: without one, what a test leaves
 * fails the run.
 *
 * @since 0.1.0
 */
public final class EngineSupport {
  private EngineSupport() {}

  /**
   * Ends the scope of the test that the calling thread runs: after all of the test's code, and
   * before the engine takes its result. If no test is guarded on this thread, it does nothing.
   *
   * @throws AssertionError if the test must fail for what it has left
   */
  public static void judgeTest() {
    OpenScope test = EnginesRun.isAnyWatched() ? OpenScope.currentTest() : null;
    AssertionError failure = test == null ? null : test.end();
    if (failure != null) {
      throw failure;
    }
  }
}
