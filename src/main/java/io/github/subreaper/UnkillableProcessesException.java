package io.github.subreaper;

/** Some processes of a scope could not be ended; the report says which, and why. */
public final class UnkillableProcessesException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** What the end of the scope found. */
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
   * Returns the whole report.
   *
   * @return what the end of the scope found
   */
  public ScopeReport report() {
    return report;
  }
}
