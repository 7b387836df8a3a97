package io.github.subreaper.internal.engine.journal;

import io.github.subreaper.internal.linux.Time;
import java.lang.ref.Reference;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * All facts of an activation in order. The latest are in memory, a thread moves older ones to a
 * file. To add a fact never waits for the disk or for a listener; where the disk fails, the oldest
 * facts are lost, and readers see how many.
 *
 * <p>Its lock is the innermost of all: while it is held nothing is called but the start of the
 * thread that writes.
 */
public final class FactLog implements AutoCloseable {
  /** How many facts stay in memory at most, if the disk does not fail. */
  public static final int IN_MEMORY = 10_000;

  /** How many more may wait for a slow disk. */
  private static final int MOST_WAITING = 100_000;

  /** How many more may wait for a disk that fails: it may be for want of a descriptor only. */
  static final int MOST_UNWRITTEN = 20_000;

  private static final long RETRY_NANOS = 100_000_000;

  /** So many are written at once: to wake the thread for each would cost more than the fact. */
  static final int BATCH = 2_000;

  private final Time time;
  private final FactFile file;
  private final ReentrantLock lock;
  private final Condition added;
  private final Condition tooMany;

  // The lock guards the rest.
  private final Deque<Fact> kept = new ArrayDeque<>();
  private long next;
  private long lastNanos;
  private long written;
  private boolean writing;
  private long triedNanos;
  private boolean closed;

  /**
   * Holds no fact yet.
   *
   * @param path where the file is to be, once there are too many facts for memory
   */
  public FactLog(Time time, Path path) {
    this.time = time;
    this.lock = time.newLock();
    this.added = lock.newCondition();
    this.tooMany = lock.newCondition();
    this.triedNanos = time.nanos() - RETRY_NANOS;
    this.file = new FactFile(path);
  }

  /**
   * Adds a fact. Never fails, never waits for I/O.
   *
   * @param happened its time, by {@link System#nanoTime}; facts in a row have times in order, so it
   *     becomes that of the fact before if it is older
   */
  public void add(
      long happened,
      Fact.Kind kind,
      Fact.Source source,
      long process,
      @Nullable Reference<?> record,
      String name,
      int value,
      List<String> words) {
    lock.lock();
    try {
      long number = next++;
      long nanos = number == 0 ? happened : lastNanos + Math.max(0, happened - lastNanos);
      lastNanos = nanos;
      kept.addLast(new Fact(number, kind, source, nanos, process, record, name, value, words));
      if (kept.size() > IN_MEMORY) {
        makeRoom();
      }
    } catch (OutOfMemoryError e) {
      return; // a reader sees the gap between the numbers
    } finally {
      added.signalAll();
      lock.unlock();
    }
  }

  private void makeRoom() {
    int most = IN_MEMORY + (canWrite() ? MOST_WAITING : MOST_UNWRITTEN);
    if (closed || kept.size() > most) {
      kept.removeFirst();
    } else {
      tooMany.signal();
    }
  }

  private boolean canWrite() {
    if (!writing && !closed && time.nanos() - triedNanos >= RETRY_NANOS) {
      try {
        triedNanos = time.nanos();
        time.start(time.thread(this::write, "subreaper journal"));
        writing = true;
      } catch (OutOfMemoryError | RuntimeException e) { // no thread is left, or none is allowed
        return false;
      }
    }
    return writing;
  }

  /** Moves facts to the file until the log is closed. */
  private void write() {
    try {
      boolean more = true;
      while (more) {
        more = step();
      }
    } catch (InterruptedException e) {
      return; // no code has this thread but this class
    } finally {
      lock.lock();
      try {
        file.close();
        writing = false;
      } finally {
        lock.unlock();
      }
    }
  }

  /** Writes some facts, or waits for more. Returns false once the log is closed. */
  boolean step() throws InterruptedException {
    lock.lock();
    try {
      if (closed) {
        return false;
      }
      if (kept.size() > IN_MEMORY) {
        write(BATCH);
      } else {
        time.await(tooMany);
      }
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** Writes the oldest facts, with the lock not held meanwhile. */
  private void write(int count) throws InterruptedException {
    List<Fact> oldest = new ArrayList<>(count);
    for (Fact fact : kept) {
      oldest.add(fact);
      if (oldest.size() == count) {
        break;
      }
    }
    boolean done;
    lock.unlock();
    try {
      done = file.append(oldest);
    } finally {
      lock.lock();
    }
    written = file.length();
    if (!done && kept.size() <= IN_MEMORY + MOST_UNWRITTEN) {
      time.await(tooMany, RETRY_NANOS);
      return;
    }
    long last = oldest.get(oldest.size() - 1).number();
    while (!kept.isEmpty() && kept.getFirst().number() <= last) {
      kept.removeFirst();
    }
  }

  /** Gives a number to no fact: as if there had been no memory for it. */
  void skip() {
    lock.lock();
    try {
      next++;
    } finally {
      lock.unlock();
    }
  }

  /** Returns how many facts there have been. */
  public long count() {
    lock.lock();
    try {
      return next;
    } finally {
      lock.unlock();
    }
  }

  /** Returns all facts so far from a number on. To be closed. */
  public FactReader read(long from) {
    lock.lock();
    try {
      return new FactReader(time, file, closed ? 0 : written, keptFrom(from), from, next);
    } finally {
      lock.unlock();
    }
  }

  private List<Fact> keptFrom(long from) {
    List<Fact> found = new ArrayList<>();
    Iterator<Fact> backwards = kept.descendingIterator();
    boolean more = true;
    while (more && backwards.hasNext()) {
      Fact fact = backwards.next();
      more = fact.number() >= from;
      if (more) {
        found.add(fact);
      }
    }
    Collections.reverse(found);
    return found;
  }

  /**
   * Waits until there is a fact with this number.
   *
   * @param over whether the caller waits no longer; asked after {@link #wake}
   * @return false if there never will be one, or if it is over
   */
  boolean await(long number, BooleanSupplier over) {
    lock.lock();
    try {
      while (next <= number && !closed && !over.getAsBoolean()) {
        time.await(added);
      }
      return next > number;
    } finally {
      lock.unlock();
    }
  }

  /** Wakes all that wait for facts, so that they see that they are to stop. */
  void wake() {
    lock.lock();
    try {
      added.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Passes a listener each fact from now on.
   *
   * @param silence returns the number from which on no fact concerns the listener, which ends then;
   *     asked on its thread, with no lock held, before it waits for another fact
   */
  public Listener listen(Consumer<Fact> consumer, LongSupplier silence) {
    return new Listener(time, this, count(), consumer, silence);
  }

  /** Adds nothing to the file from now on. What is in memory stays readable. */
  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      tooMany.signal();
      added.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
