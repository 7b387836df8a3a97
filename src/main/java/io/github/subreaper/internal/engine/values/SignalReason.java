package io.github.subreaper.internal.engine.values;

import java.util.List;

/** Why the library sends a signal. */
public enum SignalReason {
  TEST("the test asked for it"),
  FREEZE("freeze()"),
  THAW("a freeze is over"),
  STOP("asked to end"),
  WAKE("so that it can react to its stop signal"),
  HOLD("so that it cannot fork while it is killed"),
  KILL("it had not ended"),
  SURVIVE("it may live on, and had been stopped");

  /** Made before it is needed: there may be no memory when a signal is sent. */
  @SuppressWarnings("ImmutableEnumChecker") // it is made by List.of
  private final List<String> words;

  SignalReason(String text) {
    this.words = List.of(text);
  }

  public List<String> words() {
    return words;
  }
}
