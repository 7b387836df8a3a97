package io.github.subreaper;

/** A signal could not be sent, most often because the process belongs to another user (EPERM). */
public final class SignalException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * Creates the exception.
   *
   * @param message what happened, to which process, and what to do about it
   */
  public SignalException(String message) {
    super(message);
  }
}
