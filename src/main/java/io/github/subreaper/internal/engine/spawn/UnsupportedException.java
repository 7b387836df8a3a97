package io.github.subreaper.internal.engine.spawn;

/** This system lacks what a subreaper needs. */
public final class UnsupportedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String reason;

  public UnsupportedException(String message) {
    super(message);
    this.reason = message;
  }

  public String reason() {
    return reason;
  }
}
