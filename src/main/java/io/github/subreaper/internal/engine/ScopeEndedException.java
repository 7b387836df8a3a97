package io.github.subreaper.internal.engine;

/** Something that only an open scope can do was asked of one that is ending or has ended. */
public final class ScopeEndedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String reason;

  ScopeEndedException(String what, String scope) {
    super("cannot " + what + " " + scope + ": it has ended");
    this.reason = "cannot " + what + " " + scope + ": it has ended";
  }

  public String reason() {
    return reason;
  }
}
