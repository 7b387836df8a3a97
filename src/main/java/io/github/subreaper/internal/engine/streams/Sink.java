package io.github.subreaper.internal.engine.streams;

import io.github.subreaper.internal.linux.Time;
import io.github.subreaper.internal.linux.files.Outlet;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.Locale;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Writes to a program in whole, however slowly it reads. No call blocks in the kernel, so the
 * writer may be a virtual thread, and the other side can be closed at any time.
 */
final class Sink {
  private static final long FIRST_PAUSE_NANOS = 20_000;
  private static final long LONGEST_PAUSE_NANOS = 5_000_000;

  private final Time time;
  private final String what;
  private final Outlet outlet;

  /** No monitor: a writer may wait for long. */
  private final ReentrantLock turn;

  /** Whether the launch has ended, and not the user has closed it. */
  private volatile boolean ended;

  /**
   * Writes nothing yet.
   *
   * @param what is written to, for messages
   */
  Sink(Time time, String what, Outlet outlet) {
    this.time = time;
    this.turn = time.newLock();
    this.what = what;
    this.outlet = outlet;
  }

  /** Takes the turn to write, for several writes in a row. */
  void lock() throws InterruptedIOException {
    try {
      turn.lockInterruptibly();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw interrupted(0);
    }
  }

  void unlock() {
    turn.unlock();
  }

  /** A writer that still waits fails, since the launch has ended. */
  void ended() {
    ended = true;
  }

  /**
   * Writes all; the caller has the turn.
   *
   * @throws InterruptedIOException on an interrupt while it waits; the flag stays set
   * @throws IOException if it is closed, or no process reads it any more
   */
  void write(byte[] bytes) throws IOException {
    long pause = FIRST_PAUSE_NANOS;
    int done = 0;
    while (done < bytes.length) {
      int written = outlet.write(bytes, done);
      if (written < 0) {
        throw new IOException("cannot write to " + what + ": " + reason(written));
      }
      if (written > 0) {
        done += written;
        pause = FIRST_PAUSE_NANOS;
        continue;
      }
      if (Thread.currentThread().isInterrupted()) {
        throw interrupted(done);
      }
      time.park(pause);
      pause = Math.min(2 * pause, LONGEST_PAUSE_NANOS);
    }
  }

  private String reason(int failure) {
    return failure == Outlet.GONE
        ? "no process has it open any more"
        : ended ? "its launch has ended" : "it was closed";
  }

  private InterruptedIOException interrupted(int done) {
    InterruptedIOException stop =
        new InterruptedIOException(
            String.format(
                Locale.ROOT,
                "interrupted while the program did not read %s, after %d bytes",
                what,
                done));
    stop.bytesTransferred = done;
    return stop;
  }
}
