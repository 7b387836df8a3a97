package io.github.subreaper.junit;

import io.github.subreaper.ScopeReport;
import io.github.subreaper.internal.secrets.Masker;

/**
 * Thrown when a process of a {@link io.github.subreaper.Launch} crashed in a test, a class or the
 * run, and the test did not expect that: see {@link io.github.subreaper.Crashes}. Or when it
 * expected a crash that has not come: see {@link io.github.subreaper.Supervisor#expectsCrash}.
 *
 * @since 0.1.0
 */
public final class CrashedProcessesError extends AssertionError {
  private static final long serialVersionUID = 1L;

  /** What the end of the scope found. */
  private final transient ScopeReport report;

  /**
   * Creates an error. Secrets in its message are masked.
   *
   * @param report what the end of the scope found
   * @param text the message
   */
  public CrashedProcessesError(ScopeReport report, String text) {
    super(Masker.ofJvm().text(text));
    this.report = report;
  }

  /**
   * Returns the whole report.
   *
   * @return what the end of the scope found
   */
  public ScopeReport report() {
    return report;
  }
}
