package io.github.subreaper;

/** What was waited for did not come in time, or cannot come any more. */
public final class WaitTimeoutException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Whether the time ran out. */
  private final boolean timeout;

  /**
   * Creates the exception.
   *
   * @param message what was waited for, and what was there instead
   * @param timeout whether the time ran out
   */
  public WaitTimeoutException(String message, boolean timeout) {
    super(message);
    this.timeout = timeout;
  }

  /**
   * Tells a wait that took too long from one that was hopeless.
   *
   * @return true if the time ran out; false if it ended early, since what was waited for cannot
   *     happen any more
   */
  public boolean isTimeout() {
    return timeout;
  }
}
