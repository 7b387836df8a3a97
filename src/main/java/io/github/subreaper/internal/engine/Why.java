package io.github.subreaper.internal.engine;

/** Why the library sends a signal. */
public enum Why {
  TEST("the test asked for it"),
  FREEZE("freeze()"),
  THAW("a freeze is over"),
  STOP("asked to end"),
  WAKE("so that it can react to its stop signal"),
  HOLD("so that it cannot fork while it is killed"),
  KILL("it had not ended"),
  SURVIVE("it may live on, and had been stopped");

  private final String text;

  Why(String text) {
    this.text = text;
  }

  String text() {
    return text;
  }
}
