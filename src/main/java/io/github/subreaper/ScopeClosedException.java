package io.github.subreaper;

/**
 * A scope, or a process of it, was asked for something that only an open scope can do. The message
 * names the scope.
 */
public final class ScopeClosedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * Creates the exception.
   *
   * @param message what happened, to which process, and what to do about it
   */
  public ScopeClosedException(String message) {
    super(message);
  }
}
