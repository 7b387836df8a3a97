package io.github.subreaper.internal.engine;

import org.jspecify.annotations.Nullable;

/** The signals that were sent to one process, and those that a trace has seen arrive. */
final class Arrivals {
  /** The signals of this library that have not arrived yet, one bit each. */
  long onTheirWay;

  int lastSignal;

  /** The number of the fact, if it has become one. */
  volatile long lastFact;

  volatile @Nullable SignalSender lastSender;
}
