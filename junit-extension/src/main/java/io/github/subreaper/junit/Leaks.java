package io.github.subreaper.junit;

/**
 * What a leaked process does to the result of its test. The process is terminated in every case.
 * What a {@code Supervisor} launched is terminated too, and is a leak only with {@link
 * SubreaperTest#strict() strict}.
 *
 * <pre>{@code
 * @SubreaperTest(leaks = Leaks.WARN)
 * class OldTest { … } // its leaks are reported and terminated, and fail nothing
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
