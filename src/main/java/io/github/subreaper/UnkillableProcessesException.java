package io.github.subreaper;

/**
 * Thrown when processes of a scope could not be terminated. The report says which, and why.
 *
 * @since 0.1.0
 */
public final class UnkillableProcessesException extends SubreaperException {
  private static final long serialVersionUID = 1L;

  private final transient ScopeReport report;

  UnkillableProcessesException(ScopeReport report) {
    super(report.toString(), null);
    this.report = report;
  }

  /**
   * Returns what the end of the scope found.
   *
   * @return the whole report
   */
  public ScopeReport report() {
    return report;
  }
}
