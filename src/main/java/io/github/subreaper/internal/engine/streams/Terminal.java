package io.github.subreaper.internal.engine.streams;

import io.github.subreaper.internal.linux.Kernel;
import io.github.subreaper.internal.linux.Time;
import io.github.subreaper.internal.linux.files.PseudoTerminal;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The pseudo-terminal of one launch. A thread moves what the program writes to the file that is its
 * stdout, so the terminal never gets full. The same thread closes it: no other number is waited for
 * then.
 */
public final class Terminal implements AutoCloseable {
  static final String THREAD = "subreaper terminal";

  /** So much is moved at once, though the program goes on writing: 1 MiB. */
  private static final int MOST_PARTS = 64;

  /** A process may open a terminal again that none has open. */
  private static final int REOPENED_MILLIS = 50;

  private static final int NO_LIMIT = -1;
  private static final long LONGEST_CLOSE_NANOS = 10_000_000_000L;

  private final Time time;
  private final PseudoTerminal master;
  private final String name;
  private final Sink sink;
  private final Path file;
  private final CountDownLatch done = new CountDownLatch(1);

  /** Guards the next two, and the order of what is moved. */
  private final ReentrantLock moving;

  private final byte[] part = new byte[PseudoTerminal.PART];
  private @Nullable FileOutputStream output;

  private volatile boolean hungUp;
  private volatile boolean isLineOpen;
  private volatile @Nullable Thread thread;

  /**
   * Opens a terminal, from which nothing is read yet.
   *
   * @param file gets what the program writes, without {@code \r}
   */
  Terminal(Kernel kernel, Time time, String command, Path file) {
    this.time = time;
    this.moving = time.newLock();
    this.master = kernel.pseudoTerminal();
    this.name = master.name();
    this.sink = new Sink(time, "the terminal of `" + command + "`", master.outlet());
    this.file = file;
  }

  /**
   * Starts the thread.
   *
   * @throws IOException if the file cannot be written
   * @throws OutOfMemoryError if the system allows no more threads
   */
  void begin() throws IOException {
    output = new FileOutputStream(file.toFile(), true);
    Thread mover = time.thread(this::run, THREAD);
    time.start(mover);
    thread = mover;
  }

  /** Returns the path of the program's side, such as {@code /dev/pts/3}. */
  public String name() {
    return name;
  }

  private void run() {
    try {
      while (!hungUp) {
        step();
      }
      move(); // what was written before the hang-up
    } finally {
      closeAll();
      done.countDown();
    }
  }

  /** Moves what there is, and waits for more. */
  void step() {
    boolean gone = move() == PseudoTerminal.GONE;
    if (!hungUp) {
      master.await(!gone, gone ? REOPENED_MILLIS : NO_LIMIT);
    }
  }

  /**
   * Moves what the program has written. Returns why it stopped: nothing is left, no process has the
   * terminal open, or it is closed.
   */
  int move() {
    moving.lock();
    try {
      int count = PseudoTerminal.NOTHING;
      for (int i = 0; i < MOST_PARTS; i++) {
        count = master.read(part);
        if (count <= 0) {
          break;
        }
        keep(count);
      }
      return count;
    } finally {
      moving.unlock();
    }
  }

  private void keep(int count) {
    int length = 0;
    for (int i = 0; i < count; i++) {
      if (part[i] != '\r') {
        part[length++] = part[i];
      }
    }
    FileOutputStream its = output;
    try {
      if (its != null) {
        its.write(part, 0, length);
      }
    } catch (IOException e) {
      return; // no space is left: the program must not wait for that
    }
  }

  private void closeAll() {
    moving.lock();
    try {
      master.close();
      FileOutputStream its = output;
      if (its != null) {
        its.close();
      }
    } catch (IOException e) {
      return; // each write was whole
    } finally {
      moving.unlock();
    }
  }

  /**
   * Writes text in UTF-8, as if it was typed.
   *
   * @throws java.io.InterruptedIOException on an interrupt while it waits; the flag stays set
   * @throws IOException if the terminal was hung up
   */
  public void write(String text) throws IOException {
    sink.lock();
    try {
      sink.write(text.getBytes(StandardCharsets.UTF_8));
      isLineOpen = text.isEmpty() ? isLineOpen : text.charAt(text.length() - 1) >= ' ';
    } finally {
      sink.unlock();
    }
  }

  /** Returns whether the last text ended in the midst of a line, so that a shell waits for more. */
  public boolean isLineOpen() {
    return isLineOpen;
  }

  /** Sets the size. Returns false if the terminal was hung up. */
  public boolean resize(int columns, int rows) {
    return master.resize(columns, rows);
  }

  /** Closes it, and waits for that. Idempotent, not interruptible. */
  public void hangUp() {
    hungUp = true;
    if (thread == null) {
      closeAll(); // the launch has failed before it began
      return;
    }
    master.wake();
    time.await(done, LONGEST_CLOSE_NANOS);
  }

  /** The launch has ended: hangs up, and waits until the thread is gone. */
  @Override
  public void close() {
    sink.ended();
    hangUp();
    Thread its = thread;
    if (its != null) {
      time.join(its, LONGEST_CLOSE_NANOS);
    }
  }
}
