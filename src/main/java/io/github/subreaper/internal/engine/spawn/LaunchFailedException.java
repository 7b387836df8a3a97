package io.github.subreaper.internal.engine.spawn;

import io.github.subreaper.internal.text.Printable;

/** A program could not be started. Nothing of it is left. */
public final class LaunchFailedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String reason;

  public LaunchFailedException(String message) {
    super(Printable.of(message));
    this.reason = Printable.of(message);
  }

  public String reason() {
    return reason;
  }
}
