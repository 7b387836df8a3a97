package io.github.subreaper.junit;

/** What a leaked process does to its test. It is killed in every case. */
public enum Leaks {
  /** Not said here: the next level says it, in the end {@link #FAIL}. */
  DEFAULT,
  /** The test fails with a {@link LeakedProcessesError}. */
  FAIL,
  /** The leak is published as a report entry and logged; the test keeps its result. */
  WARN,
  /** Nothing. */
  IGNORE
}
