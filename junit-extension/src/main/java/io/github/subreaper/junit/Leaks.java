package io.github.subreaper.junit;

/**
 * What a leaked process does to the result of its test. The process is terminated in every case.
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
