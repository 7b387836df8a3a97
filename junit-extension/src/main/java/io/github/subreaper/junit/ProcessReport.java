package io.github.subreaper.junit;

import io.github.subreaper.framework.Masker;

/**
 * Adds a line to what a test has thrown, as a suppressed exception without a stack trace: where the
 * report of its processes is, or which leak may be the reason.
 */
final class ProcessReport extends Exception {
  private static final long serialVersionUID = 1L;

  ProcessReport(String line) {
    super(Masker.ofJvm().text(line), null, false, false);
  }
}
