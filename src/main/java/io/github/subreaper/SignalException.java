package io.github.subreaper;

/**
 * Thrown when a signal could not be sent, mostly because the process belongs to another user
 * (EPERM).
 *
 * @since 0.1.0
 */
public final class SignalException extends SubreaperException {
  private static final long serialVersionUID = 1L;

  SignalException(String message) {
    super(message, null);
  }
}
