package io.github.subreaper.internal.engine.streams;

import io.github.subreaper.internal.linux.Kernel;
import io.github.subreaper.internal.linux.Time;
import io.github.subreaper.internal.linux.files.PassedDescriptors;
import io.github.subreaper.internal.linux.files.Pipe;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;

/**
 * The standard input of a program that this JVM writes to. A program that never reads blocks a
 * writer only as long as the pipe is open. No call blocks in the kernel: the writer may be a
 * virtual thread, and the end of the scope closes the pipe at any time.
 */
public final class PipedInput implements AutoCloseable {
  private final Pipe pipe;
  private final String name;
  private final Sink sink;
  private final Writer writer = new Input();

  PipedInput(Kernel kernel, Time time, String command) {
    this.pipe = kernel.pipe();
    this.name = pipe.name();
    this.sink = new Sink(time, "the standard input of `" + command + "`", pipe.writing());
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
    sink.ended();
    pipe.close();
  }

  /** Writes text in UTF-8, at once and in whole: what was written needs no flush. */
  private final class Input extends Writer {
    /** The first half of a character whose other half comes with the next call; 0 for none. */
    private char half;

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
      sink.lock();
      try {
        String all = half == 0 ? text : half + text;
        boolean open = !all.isEmpty() && Character.isHighSurrogate(all.charAt(all.length() - 1));
        half = open ? all.charAt(all.length() - 1) : 0;
        String whole = open ? all.substring(0, all.length() - 1) : all;
        sink.write(whole.getBytes(StandardCharsets.UTF_8));
      } finally {
        sink.unlock();
      }
    }

    @Override
    public void flush() {
      // each write is whole
    }

    /** The program reads what was written, and then the end. */
    @Override
    public void close() {
      pipe.writing().close();
    }
  }
}
