package io.github.subreaper;

/**
 * This operating system, kernel, sandbox or JVM cannot do what a subreaper needs. The message says
 * what is missing; nothing was activated.
 */
public final class UnsupportedSystemException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * Creates the exception.
   *
   * @param message what happened, to which process, and what to do about it
   */
  public UnsupportedSystemException(String message) {
    super(message);
  }
}
