package io.github.subreaper.junit;

import io.github.subreaper.ScopeReport;
import io.github.subreaper.internal.secrets.Masker;

/**
 * Thrown when a test, a class or the run left processes behind that the {@link
 * io.github.subreaper.Supervisor} had not launched; with {@code strict} launched ones count too.
 * The message shows what became of them, and how to fix the leak.
 *
 * @since 0.1.0
 */
public final class LeakedProcessesError extends AssertionError {
  private static final long serialVersionUID = 1L;

  /** What the end of the scope found. */
  private final transient ScopeReport report;

  /**
   * Creates an error. Secrets in its message are masked.
   *
   * @param report what the end of the scope found
   * @param text the message
   */
  public LeakedProcessesError(ScopeReport report, String text) {
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
