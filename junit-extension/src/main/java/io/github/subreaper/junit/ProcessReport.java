package io.github.subreaper.junit;

/**
 * Adds a line to what a test has thrown, as a suppressed exception without a stack trace: where the
 * report of its processes is, or which leak may be the reason.
 */
final class ProcessReport extends Exception {
  private static final long serialVersionUID = 1L;

  ProcessReport(String line) {
    super(line, null, false, false);
  }
}
