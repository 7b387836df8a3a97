package io.github.subreaper;

/**
 * What a crash does to the result of a test: the end of a process by a signal that the kernel sends
 * for a fault of the program (SEGV, BUS, FPE, ILL, SYS) or that it raises itself (ABRT, signal(7)).
 * A daemon that starts its dead workers again hides such an end.
 *
 * <pre>{@code
 * subreaper.open("old server", ScopeOptions.defaults().withCrashes(Crashes.IGNORE));
 * }</pre>
 *
 * @since 0.1.0
 */
public enum Crashes {
  /** Not set here: the next level decides. Without any it is {@link #FAIL}. */
  DEFAULT,
  /**
   * A crash of what a {@link Launch} ran fails the test; that of another process is a warning,
   * since the test may ask it for its status.
   */
  FAIL,
  /** A crash is published as a report entry and logged; the test keeps its result. */
  WARN,
  /** Crashes are not reported. */
  IGNORE
}
