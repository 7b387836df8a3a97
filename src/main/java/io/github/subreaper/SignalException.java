package io.github.subreaper;

/**
 * Thrown when a signal could not be sent, mostly because the process belongs to another user
 * (EPERM).
 */
public final class SignalException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * Creates the exception.
   *
   * @param message which signal could not be sent, to which process, and why
   */
  public SignalException(String message) {
    super(message);
  }
}
