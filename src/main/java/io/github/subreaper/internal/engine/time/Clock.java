package io.github.subreaper.internal.engine.time;

import io.github.subreaper.internal.linux.Time;
import io.github.subreaper.internal.text.Durations;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** Runs what is due at a time: the time limits of launches, and what is repeated for a trace. */
public final class Clock implements AutoCloseable {
  static final String THREAD = "subreaper clock";

  /** To stop a launch takes its grace, and the next launch should not wait for that. */
  private static final int THREADS = 4;

  private static final long SECOND_NANOS = 1_000_000_000;
  private static final long NEVER = Long.MAX_VALUE / 2;
  private static final long LONGEST_CLOSE_NANOS = 10_000_000_000L;

  private final Time time;
  private final ReentrantLock lock;
  private final Condition changed;

  // The lock guards the next three.
  private final List<Thread> threads = new ArrayList<>();
  private final List<Task> tasks = new ArrayList<>();

  /** Whether a thread waits until the first task is due. The others wait for a change. */
  private boolean timed;

  private volatile boolean closed;
  private volatile boolean complained;

  private static final class Task {
    final Runnable action;
    final boolean repeated;
    long dueNanos;
    boolean cancelled;

    Task(Runnable action, boolean repeated) {
      this.action = action;
      this.repeated = repeated;
    }
  }

  public Clock(Time time) {
    this.time = time;
    this.lock = time.newLock();
    this.changed = lock.newCondition();
  }

  /** Runs an action once, after a time. The result cancels it. */
  public Runnable after(Duration delay, Runnable action) {
    return add(new Task(action, false), Durations.nanos(delay));
  }

  /** Runs an action each second until the result is run. */
  public Runnable eachSecond(Runnable action) {
    return add(new Task(action, true), SECOND_NANOS);
  }

  private Runnable add(Task task, long nanos) {
    prepare();
    schedule(task, nanos);
    return () -> cancel(task);
  }

  private void schedule(Task task, long nanos) {
    lock.lock();
    try {
      if (!closed && !task.cancelled) {
        task.dueNanos = time.nanos() + Math.min(nanos, NEVER);
        tasks.add(task);
        changed.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  private void cancel(Task task) {
    lock.lock();
    try {
      task.cancelled = true;
      tasks.remove(task);
    } finally {
      lock.unlock();
    }
  }

  /** Starts its threads. OutOfMemoryError if the system allows no more threads. */
  public void prepare() {
    lock.lock();
    try {
      while (!closed && threads.size() < THREADS) {
        threads.add(time.startLoop(this::step, THREAD));
      }
    } finally {
      lock.unlock();
    }
  }

  /** Runs the next task if it is due, or waits. Returns false once it is closed. */
  boolean step() {
    Task task = due();
    if (task != null) {
      attempt(task.action);
      if (task.repeated) {
        schedule(task, SECOND_NANOS);
      }
    }
    return !closed;
  }

  private @Nullable Task due() {
    lock.lock();
    try {
      Task first = null;
      for (Task one : tasks) {
        first = first == null || one.dueNanos - first.dueNanos < 0 ? one : first;
      }
      long left = first == null ? NEVER : first.dueNanos - time.nanos();
      if (closed) {
        return null;
      }
      if (left > 0) {
        awaitChange(left);
        return null;
      }
      tasks.remove(first);
      changed.signal(); // another thread waits for the next one
      return first;
    } finally {
      lock.unlock();
    }
  }

  private void awaitChange(long nanos) {
    boolean mine = !timed;
    timed = true;
    try {
      time.await(changed, mine ? nanos : NEVER);
    } catch (InterruptedException e) {
      return; // by an action, or it is closed
    } finally {
      timed &= !mine;
    }
  }

  private void attempt(Runnable action) {
    try {
      action.run();
    } catch (RuntimeException | Error e) {
      if (!complained) {
        complained = true;
        System.getLogger("io.github.subreaper")
            .log(System.Logger.Level.WARNING, "the clock goes on after", e);
      }
    }
  }

  /** Interrupts what runs, and waits until its threads are gone, not only their work. */
  @Override
  public void close() {
    List<Thread> all;
    lock.lock();
    try {
      closed = true;
      tasks.clear();
      changed.signalAll();
      all = List.copyOf(threads);
    } finally {
      lock.unlock();
    }
    all.forEach(Thread::interrupt);
    long deadline = time.nanos() + LONGEST_CLOSE_NANOS;
    for (Thread thread : all) {
      time.join(thread, Math.max(1, deadline - time.nanos()));
    }
  }
}
