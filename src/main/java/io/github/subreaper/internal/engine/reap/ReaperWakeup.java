package io.github.subreaper.internal.engine.reap;

import io.github.subreaper.internal.engine.lock.RecordLock;
import java.util.concurrent.locks.Condition;

/** Wakes the reaping thread from its rest when the reason to leave a zombie has changed. */
public final class ReaperWakeup {
  private final RecordLock lock;
  private final Condition nudged;
  private boolean pending;

  public ReaperWakeup(RecordLock lock) {
    this.lock = lock;
    this.nudged = lock.newCondition();
  }

  public void give() {
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
  void rest(long nanos) {
    try {
      if (nanos > 0 && !pending) {
        lock.time.await(nudged, nanos);
      }
    } catch (InterruptedException e) {
      pending = false; // an interrupt means nothing to the reaping thread
    }
    pending = false;
  }

  /** Rests regardless of earlier nudges. The lock is held. */
  void pause(long nanos) {
    try {
      lock.time.await(nudged, nanos);
    } catch (InterruptedException e) {
      return; // as in rest
    }
  }
}
