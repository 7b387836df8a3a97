package io.github.subreaper.internal.engine.tracer;

/**
 * What becomes of a call.
 *
 * @param crashes whether all processes of the launch are killed
 * @param length before that, so many bytes of its own are written; -1 for none
 */
public record CallAnswer(boolean crashes, long length) {
  private static final long NOTHING = -1;

  public static final CallAnswer GO_ON = new CallAnswer(false, NOTHING);

  /** All are killed before the call. */
  public static final CallAnswer CRASH = new CallAnswer(true, NOTHING);

  /** A write is made with another length, and then all are killed. */
  public static CallAnswer cutTo(long length) {
    return new CallAnswer(true, length);
  }

  boolean isCut() {
    return length != NOTHING;
  }
}
