package io.github.subreaper.internal.engine.streams;

import io.github.subreaper.internal.linux.Outlet;
import io.github.subreaper.internal.linux.PassedDescriptors;
import io.github.subreaper.internal.linux.Pipe;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The standard input of a program that this JVM writes to. A program that never reads blocks a
 * writer only as long as the pipe is open. No call blocks in the kernel: the writer may be a
 * virtual thread, and the end of the scope closes the pipe at any time.
 */
public final class PipedInput implements AutoCloseable {
  private final Pipe pipe = new Pipe();
  private final String name = pipe.name();
  private final Input writer;

  PipedInput(String command) {
    this.writer = new Input(command, pipe.writing());
  }

  /** Returns what the kernel calls it, such as {@code pipe:[123]}. */
  String name() {
    return name;
  }

  void pass(PassedDescriptors passed) {
    pipe.pass(passed, 0);
  }

  /** The child has the reading end, or is gone. */
  void passed() {
    pipe.passed();
  }

  public Writer writer() {
    return writer;
  }

  /** Frees a writer that waits. Idempotent. */
  @Override
  public void close() {
    writer.ended = true;
    pipe.close();
  }

  /** Writes text in UTF-8, at once and in whole: what was written needs no flush. */
  private static final class Input extends Writer {
    private static final long FIRST_PAUSE_NANOS = 20_000;
    private static final long LONGEST_PAUSE_NANOS = 5_000_000;

    private final String command;
    private final Outlet outlet;

    /** No monitor: a writer may wait for long, and on a virtual thread. */
    private final ReentrantLock turn = new ReentrantLock();

    /** The first half of a character whose other half comes with the next call; 0 for none. */
    private char half;

    /** Whether the launch has ended, and not the user has closed it. */
    private volatile boolean ended;

    Input(String command, Outlet outlet) {
      this.command = command;
      this.outlet = outlet;
    }

    @Override
    public void write(char[] text, int offset, int length) throws IOException {
      write(new String(text, offset, length));
    }

    @Override
    public void write(String text, int offset, int length) throws IOException {
      write(text.substring(offset, offset + length));
    }

    @Override
    public void write(int character) throws IOException {
      write(String.valueOf((char) character));
    }

    @Override
    public void write(String text) throws IOException {
      lockOrStop();
      try {
        String all = half == 0 ? text : half + text;
        boolean open = !all.isEmpty() && Character.isHighSurrogate(all.charAt(all.length() - 1));
        half = open ? all.charAt(all.length() - 1) : 0;
        writeAll(
            (open ? all.substring(0, all.length() - 1) : all).getBytes(StandardCharsets.UTF_8));
      } finally {
        turn.unlock();
      }
    }

    private void lockOrStop() throws IOException {
      try {
        turn.lockInterruptibly();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw interrupted(0);
      }
    }

    private void writeAll(byte[] bytes) throws IOException {
      long pause = FIRST_PAUSE_NANOS;
      int done = 0;
      while (done < bytes.length) {
        int written = outlet.write(bytes, done);
        if (written < 0) {
          throw new IOException(
              "cannot write to the standard input of `" + command + "`: " + reason(written));
        }
        if (written == 0) {
          if (Thread.currentThread().isInterrupted()) {
            throw interrupted(done);
          }
          LockSupport.parkNanos(this, pause);
          pause = Math.min(2 * pause, LONGEST_PAUSE_NANOS);
        } else {
          pause = FIRST_PAUSE_NANOS;
        }
        done += written;
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
                  "interrupted while `%s` did not read its standard input, after %d bytes",
                  command,
                  done));
      stop.bytesTransferred = done;
      return stop;
    }

    @Override
    public void flush() {
      // each write is whole
    }

    /** The program reads what was written, and then the end. */
    @Override
    public void close() {
      outlet.close();
    }
  }
}
