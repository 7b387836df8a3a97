package io.github.subreaper.internal.engine.spawn;

import io.github.subreaper.internal.text.Printable;

/** The system refuses a listening socket. */
public final class RefusedSocketException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String reason;

  RefusedSocketException(String message) {
    super(Printable.of(message));
    this.reason = Printable.of(message);
  }

  public String reason() {
    return reason;
  }
}
