package io.github.subreaper.internal.engine.streams;

import io.github.subreaper.internal.engine.output.Line;
import io.github.subreaper.internal.engine.output.LineReader;
import io.github.subreaper.internal.engine.output.Output;
import io.github.subreaper.internal.linux.Time;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Passes consumers each line of a launch's output, on a thread of its own, which ends with the
 * launch. The output is in files, so a slow consumer delays neither the program nor memory. An
 * exception is logged once, and the consumers go on.
 */
final class Follower {
  static final String THREAD = "subreaper output";

  private static final long FIRST_PAUSE_NANOS = 500_000;
  private static final long LONGEST_PAUSE_NANOS = 20_000_000;

  /** A consumer that takes longer for one line is not waited for. */
  private static final long LONGEST_LINE_NANOS = 5_000_000_000L;

  /** The end of a scope waits no longer for consumers. */
  private static final long LONGEST_END_NANOS = 60_000_000_000L;

  private static final long LOOK_NANOS = 50_000_000;

  private final Time time;
  private final Output output;
  private final List<LineReader> readers;
  private final List<Consumer<Line>> consumers;
  private final String command;
  private final Thread thread;
  private final CountDownLatch done = new CountDownLatch(1);

  /** No process writes any more. */
  private volatile boolean ended;

  /** What is left is not passed on. */
  private volatile boolean stopped;

  private volatile long lastNanos;
  private long pause = FIRST_PAUSE_NANOS;
  private boolean complained;

  /** Starts the thread; OutOfMemoryError if the system allows no more threads. */
  Follower(Time time, Output output, List<Consumer<Line>> consumers, String command) {
    this.time = time;
    this.lastNanos = time.nanos();
    this.output = output;
    this.readers = output.readers(time);
    this.consumers = consumers;
    this.command = command;
    this.thread = time.thread(this::run, THREAD);
    time.start(thread);
  }

  private void run() {
    try {
      boolean more = true;
      while (more && !stopped) {
        more = step();
      }
    } finally {
      readers.forEach(LineReader::stop);
      output.endOfReaders();
      done.countDown();
    }
  }

  /** Reads what there is, or waits for more. Returns false when all is read. */
  boolean step() {
    boolean last = ended; // before it reads: all that was written until then is read now
    boolean any = false;
    for (LineReader reader : readers) {
      any |= reader.read(this::pass);
    }
    if (last && !any) {
      readers.forEach(reader -> reader.end(this::pass));
      return false;
    }
    pause = any ? FIRST_PAUSE_NANOS : Math.min(2 * pause, LONGEST_PAUSE_NANOS);
    if (!any) {
      time.park(pause);
    }
    return true;
  }

  private void pass(Line line) {
    for (Consumer<Line> consumer : consumers) {
      if (stopped) {
        return;
      }
      try {
        consumer.accept(line);
      } catch (Throwable e) { // of any language
        complain(e);
      } finally {
        Thread.interrupted(); // a flag that it has left set is its own matter
        lastNanos = time.nanos();
      }
    }
  }

  private void complain(Throwable failure) {
    if (!complained) {
      complained = true;
      warn(
          "a consumer of the output of `"
              + command
              + "` threw this. It gets later lines all the same; what else it throws is not"
              + " logged",
          failure);
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
   * Waits until the consumers have all lines: no process writes any more. If a consumer itself
   * calls, it gets the rest afterwards. Not interruptible.
   */
  void end() {
    ended = true;
    time.unpark(thread);
    if (Thread.currentThread() == thread) {
      output.keepRest();
      return;
    }
    long start = time.nanos();
    lastNanos = start;
    while (!time.await(done, LOOK_NANOS)) {
      long now = time.nanos();
      if (now - start >= LONGEST_END_NANOS || now - lastNanos >= LONGEST_LINE_NANOS) {
        stopped = true;
        long left = readers.stream().mapToLong(LineReader::left).sum();
        warn(
            "the consumer of the output of `"
                + command
                + "` has not taken "
                + left
                + " bytes of it when the scope ended. To fix: let it return sooner",
            null);
        return;
      }
    }
    time.join(thread, LONGEST_LINE_NANOS);
  }
}
