package io.github.subreaper.internal.engine.lock;

import io.github.subreaper.internal.linux.Time;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * The one lock that guards all records of an activation, and its conditions. It is not a monitor: a
 * virtual thread that waits inside a monitor pins its carrier (JDK 21 to 23).
 */
public final class RecordLock {
  /** For those that have nothing but the lock. */
  public final Time time;

  private final ReentrantLock lock;

  /** Changes of records by threads that may not wait for the lock. */
  private final Queue<Runnable> later = new ConcurrentLinkedQueue<>();

  private boolean catchingUp;
  private final Condition changed;
  private final Condition pause;
  private final Condition ended;

  public RecordLock(Time time) {
    this.time = time;
    this.lock = time.newLock();
    this.changed = lock.newCondition();
    this.pause = lock.newCondition();
    this.ended = lock.newCondition();
  }

  public void lock() {
    lock.lock();
    begin();
  }

  public void lockInterruptibly() throws InterruptedException {
    lock.lockInterruptibly();
    begin();
  }

  /** In the middle of an operation only an explicit {@link #catchUp} changes a record. */
  private void begin() {
    if (lock.getHoldCount() == 1) {
      catchUp();
    }
  }

  /**
   * Makes a change before any later holder of the lock sees the records. For a thread that may not
   * wait for the lock now; it takes the lock soon.
   */
  public void later(Runnable change) {
    later.add(change);
  }

  /** Takes the lock and makes the changes that were asked for until now. */
  public void makeChanges() {
    if (!later.isEmpty()) {
      lock();
      unlock();
    }
  }

  /** Makes the changes that were asked for until now, unless another thread has the lock. */
  public boolean tryMakeChanges() {
    if (!later.isEmpty()) {
      if (!lock.tryLock()) {
        return false;
      }
      try {
        begin();
      } finally {
        unlock();
      }
    }
    return true;
  }

  /** Makes the changes that were asked for until now. The lock is held. */
  public void catchUp() {
    if (later.isEmpty() || catchingUp) {
      return;
    }
    catchingUp = true;
    try {
      for (Runnable change = later.poll(); change != null; change = later.poll()) {
        make(change);
      }
    } finally {
      catchingUp = false;
    }
  }

  /** Returns whether another thread waits for the lock. */
  public boolean isWanted() {
    return lock.hasQueuedThreads();
  }

  public void unlock() {
    lock.unlock();
  }

  /**
   * What fails here is not the work of the holder of the lock, so the holder sees nothing of it.
   */
  private static void make(Runnable change) {
    try {
      change.run();
    } catch (RuntimeException | Error e) {
      complain(e);
    }
  }

  private static void complain(Throwable failure) {
    try {
      System.getLogger("io.github.subreaper")
          .log(System.Logger.Level.WARNING, "a change of a record is lost", failure);
    } catch (RuntimeException | Error e) {
      return; // there may be no memory for it
    }
  }

  public Condition newCondition() {
    return lock.newCondition();
  }

  public <T> T locked(Supplier<T> action) {
    lock();
    try {
      return action.get();
    } finally {
      lock.unlock();
    }
  }

  /** Runs an action with the lock held. */
  public void run(Runnable action) {
    lock();
    try {
      action.run();
    } finally {
      lock.unlock();
    }
  }

  /** Asserts that the calling thread holds the lock. */
  public void requireHeld() {
    assert lock.isHeldByCurrentThread() : "the lock over all records is not held";
  }

  /** Wakes all threads that wait for a change of any record. */
  public void signalChange() {
    lock();
    try {
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Wakes all threads that wait for the end of one process. The lock is held. */
  public void signalEnd() {
    ended.signalAll();
  }

  /**
   * Waits for a change. The lock is held.
   *
   * @return whether the thread was interrupted, which is not thrown
   */
  public boolean awaitChange(long nanos) {
    try {
      if (time.await(changed, nanos) > 0) {
        return false;
      }
    } catch (InterruptedException e) {
      return true;
    } finally {
      catchUp();
    }
    return false;
  }

  /** Waits for a change. The lock is held. */
  public void awaitChangeInterruptibly(long nanos) throws InterruptedException {
    time.await(changed, nanos);
    catchUp();
  }

  /** Waits the whole time: no change ends the wait. The lock is held. */
  public void pauseInterruptibly(long nanos) throws InterruptedException {
    time.await(pause, nanos);
    catchUp();
  }

  /** Waits until an awaited process ends; no other change ends the wait. The lock is held. */
  public void awaitEnd(long nanos) throws InterruptedException {
    time.await(ended, nanos);
    catchUp();
  }
}
