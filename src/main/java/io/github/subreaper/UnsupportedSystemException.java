package io.github.subreaper;

/**
 * Thrown when this operating system, kernel, sandbox or JVM cannot do what a subreaper needs. The
 * message says what is missing. Nothing was activated.
 */
public final class UnsupportedSystemException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * Creates the exception.
   *
   * @param message what is missing
   */
  public UnsupportedSystemException(String message) {
    super(message);
  }
}
