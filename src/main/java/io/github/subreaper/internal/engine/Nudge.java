package io.github.subreaper.internal.engine;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;

/** Wakes the reaping thread from its rest when the reason to leave a zombie has changed. */
final class Nudge {
  private final RecordLock lock;
  private final Condition nudged;
  private boolean pending;

  Nudge(RecordLock lock) {
    this.lock = lock;
    this.nudged = lock.newCondition();
  }

  void give() {
    lock.run(
        () -> {
          pending = true;
          nudged.signalAll();
        });
  }

  /**
   * Rests until the next nudge. Returns at once if one came since the last rest. The lock is held.
   *
   * @param nanos the longest rest; 0 for none
   */
  @SuppressWarnings("WaitNotInLoop") // the caller looks for zombies again
  void rest(long nanos) {
    try {
      if (nanos > 0 && !pending) {
        nudged.await(nanos, TimeUnit.NANOSECONDS);
      }
    } catch (InterruptedException e) {
      pending = false; // an interrupt means nothing to the reaping thread
    }
    pending = false;
  }

  /** Rests regardless of earlier nudges. The lock is held. */
  @SuppressWarnings("WaitNotInLoop") // to rest once is enough
  void pause(long nanos) {
    try {
      nudged.await(nanos, TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      return; // as in rest
    }
  }
}
