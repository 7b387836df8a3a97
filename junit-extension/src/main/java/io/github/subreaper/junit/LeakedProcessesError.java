package io.github.subreaper.junit;

import io.github.subreaper.ScopeReport;

/**
 * A test, a class or the run left processes behind that the {@link io.github.subreaper.Supervisor}
 * had not launched (with {@code strict}: any). They were ended. The message shows them, and what
 * can be done.
 */
public final class LeakedProcessesError extends AssertionError {
  private static final long serialVersionUID = 1L;

  /** What the end of the scope found. */
  private final transient ScopeReport report;

  LeakedProcessesError(ScopeReport report, String remedy) {
    super(report + "\n\n" + remedy);
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
