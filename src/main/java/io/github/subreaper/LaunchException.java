package io.github.subreaper;

/**
 * Thrown when a program could not be started: no such program, not executable, no such directory,
 * or it cannot be exec'd. None of its processes is running.
 */
public final class LaunchException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * Creates the exception.
   *
   * @param message what could not be started, why, and how to fix it
   */
  public LaunchException(String message) {
    super(message);
  }
}
