package io.github.subreaper.internal.engine.records;

import io.github.subreaper.internal.engine.values.SignalSender;
import org.jspecify.annotations.Nullable;

/** The signals that were sent to one process, and those that a trace has seen arrive. */
final class Arrivals {
  /** The signals of this library that have not arrived yet, one bit each. */
  private long onTheirWay;

  /** All signals that this library has sent, one bit each. */
  private volatile long sent;

  private int lastSignal;
  private volatile long lastFact;
  private volatile @Nullable SignalSender lastSender;

  private static long bit(int signal) {
    return 1L << (signal - 1);
  }

  /** This library has sent a signal. */
  void sent(int signal) {
    onTheirWay |= bit(signal);
    sent |= bit(signal);
  }

  /** Returns whether this library has ever sent such a signal. */
  boolean wasSent(int signal) {
    return (sent & bit(signal)) != 0;
  }

  /** Returns whether this library has sent such a signal that had not arrived yet. */
  boolean takeOwn(int signal) {
    boolean own = (onTheirWay & bit(signal)) != 0;
    onTheirWay &= ~bit(signal);
    return own;
  }

  /**
   * A signal has arrived.
   *
   * @param fact the number of the fact about it
   */
  void got(int signal, SignalSender sender, long fact) {
    lastSignal = signal;
    lastFact = fact;
    lastSender = sender;
  }

  /** Returns whether the last one is the one that a fact is about. */
  boolean isLast(long fact) {
    return lastFact == fact;
  }

  /** Returns what has sent the last one, if it is this signal and that is known; else null. */
  @Nullable SignalSender lastSender(int signal) {
    SignalSender last = lastSender;
    return signal == lastSignal && last != null && !last.isUnknown() ? last : null;
  }
}
