package io.github.subreaper.junit;

/**
 * Tells, as a suppressed exception of what a test has thrown, where the report of its processes is.
 * It has no stack trace.
 */
final class ProcessReport extends Exception {
  private static final long serialVersionUID = 1L;

  ProcessReport(String page) {
    super(page, null, false, false);
  }
}
