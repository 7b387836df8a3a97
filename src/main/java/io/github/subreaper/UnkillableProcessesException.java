package io.github.subreaper;

/** Thrown when processes of a scope could not be terminated. The report says which, and why. */
public final class UnkillableProcessesException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient ScopeReport report;

  /**
   * Creates the exception.
   *
   * @param report of the scope that was ended
   */
  public UnkillableProcessesException(ScopeReport report) {
    super(report.toString());
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
