package io.github.subreaper;

/**
 * Thrown when a wait runs out of time, or ends early because it can no longer succeed.
 *
 * @since 0.1.0
 */
public final class WaitTimeoutException extends SubreaperException {
  private static final long serialVersionUID = 1L;

  /** Whether the time ran out. */
  private final boolean timeout;

  WaitTimeoutException(String message, boolean timeout) {
    super(message, null);
    this.timeout = timeout;
  }

  /**
   * Returns whether the wait took too long or was hopeless.
   *
   * @return true if the time ran out; false if the wait ended early, since it could no longer
   *     succeed
   */
  public boolean isTimeout() {
    return timeout;
  }
}
