package io.github.subreaper.internal.engine.streams;

import io.github.subreaper.internal.engine.output.Line;
import io.github.subreaper.internal.engine.output.LineReader;
import io.github.subreaper.internal.engine.output.Output;
import io.github.subreaper.internal.engine.spawn.Uninterruptibly;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Tells consumers each line of a launch's output, on a thread of its own, which ends with the
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

  private final Output output;
  private final List<LineReader> readers;
  private final List<Consumer<Line>> consumers;
  private final String command;
  private final Thread thread;
  private final CountDownLatch done = new CountDownLatch(1);

  /** No process writes any more. */
  private volatile boolean ended;

  /** What is left is not told. */
  private volatile boolean stopped;

  private volatile long lastNanos = System.nanoTime();
  private boolean complained;

  /** Starts the thread; OutOfMemoryError if the system allows no more threads. */
  Follower(Output output, List<Consumer<Line>> consumers, String command) {
    this.output = output;
    this.readers = output.readers();
    this.consumers = consumers;
    this.command = command;
    this.thread = new Thread(null, this::run, THREAD, 0, false);
    thread.setDaemon(true);
    thread.start();
  }

  private void run() {
    try {
      long pause = FIRST_PAUSE_NANOS;
      while (!stopped) {
        boolean last = ended; // before it reads: all that was written until then is read now
        boolean any = false;
        for (LineReader reader : readers) {
          any |= reader.read(this::tell);
        }
        if (last && !any) {
          readers.forEach(reader -> reader.end(this::tell));
          return;
        }
        pause = any ? FIRST_PAUSE_NANOS : Math.min(2 * pause, LONGEST_PAUSE_NANOS);
        if (!any) {
          LockSupport.parkNanos(this, pause);
        }
      }
    } finally {
      readers.forEach(LineReader::stop);
      output.endOfReaders();
      done.countDown();
    }
  }

  private void tell(Line line) {
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
        lastNanos = System.nanoTime();
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
    LockSupport.unpark(thread);
    if (Thread.currentThread() == thread) {
      output.keepRest();
      return;
    }
    long start = System.nanoTime();
    lastNanos = start;
    while (!Uninterruptibly.await(done, LOOK_NANOS)) {
      long now = System.nanoTime();
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
    Uninterruptibly.join(thread, LONGEST_LINE_NANOS);
  }
}
