package io.github.subreaper;

/**
 * Thrown when a scope that has ended, or one of its processes, is asked for something that only an
 * open scope can do. The message names the scope.
 */
public final class ScopeClosedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * Creates the exception.
   *
   * @param message what was asked for, of which process, and the scope that has ended
   */
  public ScopeClosedException(String message) {
    super(message);
  }
}
