package io.github.subreaper;

/**
 * Thrown when a wait is interrupted. The thread's interrupt flag is set again, and no process was
 * lost.
 */
public final class WaitInterruptedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * Creates the exception.
   *
   * @param message what was waited for
   */
  public WaitInterruptedException(String message) {
    super(message);
  }
}
