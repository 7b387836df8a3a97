package io.github.subreaper.internal.engine.journal;

import io.github.subreaper.internal.linux.Time;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Hears facts in order, on a thread of its own: a slow listener delays nothing but itself. An
 * exception is logged once, and the listener goes on.
 */
public final class Listener {
  private static final long LONGEST_CLOSE_NANOS = 5_000_000_000L;
  private static final long RETRY_NANOS = 100_000_000;

  /** How often a file that cannot be read is tried, in the life of a listener. */
  private static final int MOST_TRIES = 600;

  private final Time time;
  private final FactLog log;
  private final Consumer<Fact> consumer;
  private final LongSupplier silence;
  private final Thread thread;
  private final CountDownLatch done = new CountDownLatch(1);
  private long next;
  private boolean failed;
  private int tries;

  /** The number before which it stops; set once. */
  private volatile long end = Long.MAX_VALUE;

  Listener(Time time, FactLog log, long from, Consumer<Fact> consumer, LongSupplier silence) {
    this.time = time;
    this.log = log;
    this.next = from;
    this.consumer = consumer;
    this.silence = silence;
    this.thread = time.thread(this::run, "subreaper journal listener");
    time.start(thread);
  }

  private void run() {
    try {
      boolean more = true;
      while (more) {
        more = step();
      }
    } finally {
      done.countDown();
    }
  }

  /** Waits for facts and hears them. Returns false when it stops. */
  boolean step() {
    boolean more = next < end && next < silence.getAsLong() && log.await(next, () -> end <= next);
    if (more) {
      hear();
    }
    return more;
  }

  private void hear() {
    try (FactReader facts = log.read(next)) {
      Fact fact = facts.next();
      while (fact != null && fact.number() < end) {
        boolean lost = fact.kind() == Fact.Kind.EVENTS_LOST;
        if (lost && facts.isBroken() && tries++ < MOST_TRIES) {
          time.park(RETRY_NANOS);
          return; // reads again from here
        }
        pass(fact);
        next = fact.number() + (lost ? fact.value() : 1);
        fact = facts.next();
      }
      next = facts.end();
    }
  }

  private void pass(Fact fact) {
    if (fact.kind() == Fact.Kind.EVENTS_LOST) {
      warn("a listener of the journal has missed " + fact.value() + " events: they are lost", null);
    }
    try {
      consumer.accept(fact);
    } catch (Throwable e) { // of any language
      if (!failed) {
        failed = true;
        warn(
            "a listener of the journal threw this. It hears later events all the same; what else"
                + " it throws is not logged",
            e);
      }
    } finally {
      Thread.interrupted(); // a flag that it has left set is its own matter
    }
  }

  private static void warn(String text, @Nullable Throwable cause) {
    try {
      System.getLogger("io.github.subreaper").log(System.Logger.Level.WARNING, text, cause);
    } catch (RuntimeException | Error e) {
      return; // logging itself may be forbidden
    }
  }

  /**
   * Lets it hear what happened before this call, and nothing after. Waits for that, but no longer
   * than 5 s, and not at all if the listener itself calls. Idempotent; an interrupt ends the wait
   * and stays set.
   */
  public void close() {
    if (end == Long.MAX_VALUE) {
      end = log.count();
      log.wake();
    }
    if (Thread.currentThread() == thread) {
      end = 0;
      return;
    }
    try {
      if (!time.awaitInterruptibly(done, LONGEST_CLOSE_NANOS)) {
        end = 0; // it hears the present one to its end, and no other
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
