package io.github.subreaper;

/**
 * Thrown when a process cannot be read: it has ended, or this JVM may not read it.
 *
 * @since 0.1.0
 */
public final class ProcessNotReadableException extends SubreaperException {
  private static final long serialVersionUID = 1L;

  /** Without the name of the process. */
  private final String reason;

  private ProcessNotReadableException(String subject, String reason, String consequence) {
    super(subject + ": " + reason + consequence, null);
    this.reason = reason;
  }

  static ProcessNotReadableException ended(String subject, String end) {
    return new ProcessNotReadableException(
        subject, "it has ended: " + end, "; its details can no longer be read");
  }

  static ProcessNotReadableException forbidden(String subject, String what) {
    return new ProcessNotReadableException(
        subject,
        "its "
            + what
            + " may not be read: the process belongs to another user, is set-user-ID or is not"
            + " dumpable (root may read it)",
        "");
  }

  /**
   * Returns why it cannot be read, without the name of the process.
   *
   * @return such as {@code "it has ended: exited 0 after 0.40 s"}
   */
  public String reason() {
    return reason;
  }
}
