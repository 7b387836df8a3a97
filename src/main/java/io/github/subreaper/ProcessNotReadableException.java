package io.github.subreaper;

/** Something was asked of a process that it does not tell: it has ended, or it is not permitted. */
public final class ProcessNotReadableException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Why, without the name of the process. */
  private final String reason;

  /** Whether it has ended. */
  private final boolean ended;

  private ProcessNotReadableException(
      String subject, String reason, String consequence, boolean ended) {
    super(subject + ": " + reason + consequence);
    this.reason = reason;
    this.ended = ended;
  }

  static ProcessNotReadableException ended(String subject, String end) {
    return new ProcessNotReadableException(
        subject, "it has ended: " + end, "; its details can't be read any more", true);
  }

  static ProcessNotReadableException forbidden(String subject, String what) {
    return new ProcessNotReadableException(
        subject,
        "its " + what + " may not be read: another user's, set-id, or not dumpable; root may",
        "",
        false);
  }

  /**
   * Why, without the name of the process.
   *
   * @return such as {@code "it has ended: exited 0 after 0.40 s"}
   */
  public String reason() {
    return reason;
  }

  /**
   * Whether it has ended.
   *
   * @return false if it is alive and may not be read
   */
  public boolean hasEnded() {
    return ended;
  }
}
