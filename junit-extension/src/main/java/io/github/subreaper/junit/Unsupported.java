package io.github.subreaper.junit;

/**
 * What a test does on a system that cannot adopt orphans, such as one that is not Linux.
 *
 * @since 0.1.0
 */
public enum Unsupported {
  /** Not set here: the next level decides. Without any it is {@link #FAIL}. */
  DEFAULT,
  /** The test fails, with the reason. */
  FAIL,
  /** The test is skipped, with the reason. Set on a class, it skips the whole class. */
  SKIP,
  /**
   * The test runs, and nothing is guarded: what it leaves stays. One that takes a {@code
   * Supervisor} or a {@code Launch}, or declares a {@link Daemon}, is skipped, with the reason.
   * Said once a run. For a suite whose developers have other systems than its CI.
   */
  UNGUARDED
}
