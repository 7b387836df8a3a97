package io.github.subreaper;

/**
 * A program could not be started: no such program, not executable, no such directory, or it cannot
 * be exec'd. Nothing of it is running.
 */
public final class LaunchException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * Creates the exception.
   *
   * @param message what happened, to which process, and what to do about it
   */
  public LaunchException(String message) {
    super(message);
  }
}
