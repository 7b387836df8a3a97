package io.github.subreaper;

/**
 * Thrown when a program could not be started: no such program, not executable, no such directory,
 * or it cannot be exec'd. None of its processes is running.
 *
 * @since 0.1.0
 */
public final class LaunchException extends SubreaperException {
  private static final long serialVersionUID = 1L;

  LaunchException(String message, Throwable cause) {
    super(message, cause);
  }
}
