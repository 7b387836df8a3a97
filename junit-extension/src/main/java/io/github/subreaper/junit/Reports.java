package io.github.subreaper.junit;

/**
 * When the report of a test is made: what its processes did, as a page, as JSON lines and as a
 * trace for Perfetto. A test without any process has none.
 *
 * <pre>{@code
 * @SubreaperTest(reports = Reports.ALWAYS)
 * class ReplicationTest { … } // its pages are in target/subreaper, whether it passes or not
 * }</pre>
 *
 * @since 0.1.0
 */
public enum Reports {
  /** Not set here: the next level decides. Without any it is {@link #FAILURES}. */
  DEFAULT,
  /** If the test fails, by itself or because of what it left. */
  FAILURES,
  /** For each test. */
  ALWAYS,
  /** Never. */
  NEVER
}
