package io.github.subreaper.junit;

import org.opentest4j.TestAbortedException;

/**
 * Checks what a test needs of the machine. Without it the test is skipped with the reason; in CI it
 * fails.
 */
public final class Required {
  private Required() {}

  public static void orSkip(boolean present, String reason) {
    if (present) {
      return;
    }
    if ("true".equals(System.getenv("CI"))) {
      throw new AssertionError("missing, although this is CI: " + reason);
    }
    throw new TestAbortedException(reason);
  }
}
