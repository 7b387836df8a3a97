package io.github.subreaper.junit;

/**
 * What a leaked process does to the result of its test. A leak that fails a test with the extension
 * in its code is terminated with that test. Other leaks are terminated when the run ends: those
 * that are tolerated, and those of tests that only auto-detection guards. What a {@code Supervisor}
 * launched ends with its scope, and is a leak only with {@link SubreaperTest#strict() strict}.
 *
 * <pre>{@code
 * @SubreaperTest(leaks = Leaks.WARN)
 * class OldTest { … } // its leaks are reported, fail nothing, and live until the run ends
 * }</pre>
 *
 * @since 0.1.0
 */
public enum Leaks {
  /** Not set here: the next level decides. Without any it is {@link #FAIL}. */
  DEFAULT,
  /** The test fails with a {@link LeakedProcessesError}. */
  FAIL,
  /** The leak is published as a report entry and logged; the test keeps its result. */
  WARN,
  /** The leak is not reported; the test keeps its result. */
  IGNORE
}
