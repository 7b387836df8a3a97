package io.github.subreaper.internal.engine.records;

/** Which facts fall into the time of a scope. */
public final class FactSpan {
  private volatile long opening;
  private volatile long late = Long.MAX_VALUE;

  FactSpan() {}

  void begin(long fact) {
    opening = fact;
  }

  void end(long fact) {
    late = fact;
  }

  /** Returns the number of the fact that the scope was opened: no other scope has it. */
  public long opening() {
    return opening;
  }

  /** Returns the number of the first fact after its end. */
  public long late() {
    return late;
  }
}
