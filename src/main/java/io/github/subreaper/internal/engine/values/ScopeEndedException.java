package io.github.subreaper.internal.engine.values;

import io.github.subreaper.internal.text.Printable;

/** An operation needs an open scope, and the scope is ending or has ended. */
public final class ScopeEndedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String reason;

  public ScopeEndedException(String what, String scope) {
    super(text(what, scope));
    this.reason = text(what, scope);
  }

  private static String text(String what, String scope) {
    return Printable.of(
        "cannot "
            + what
            + " "
            + scope
            + ": this scope has ended. To fix: use a scope that is open; in a JUnit test that is"
            + " the Supervisor that the running method has as a parameter");
  }

  public String reason() {
    return reason;
  }
}
