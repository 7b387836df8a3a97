package io.github.subreaper.internal.junit.scopes;

import io.github.subreaper.internal.secrets.Masker;
import java.util.Arrays;

/**
 * Adds a line to what a test has thrown, as a suppressed exception without a stack trace: where the
 * report of its processes is, or which leak may be the reason.
 */
public final class ProcessReport extends Exception {
  private static final long serialVersionUID = 1L;

  ProcessReport(String line) {
    super(Masker.ofJvm().text(line), null, false, false);
  }

  /**
   * Adds a line after all that the test says. A stack trace shows what is suppressed before the
   * cause, so the deepest cause gets it; once, since several failures may share that.
   */
  static void addAtTheEnd(Throwable thrown, String line) {
    Throwable deepest = thrown;
    for (int i = 0; i < 100 && deepest.getCause() != null; i++) { // causes may be in a ring
      deepest = deepest.getCause();
    }
    if (Arrays.stream(deepest.getSuppressed()).noneMatch(ProcessReport.class::isInstance)) {
      deepest.addSuppressed(new ProcessReport(line));
    }
  }
}
