package io.github.subreaper.internal.engine.output;

import io.github.subreaper.internal.linux.Time;
import java.io.ByteArrayOutputStream;
import java.util.function.Consumer;

/**
 * Reads all lines of one stream, however long it takes: what it has not read is not cut. For one
 * thread.
 */
public final class LineReader {
  private static final int PART = 1 << 16;

  /** A longer line is read in pieces. */
  static final int LONGEST = 1 << 20;

  private final Time time;
  private final OutputFile file;
  private final boolean isError;
  private final ByteArrayOutputStream line = new ByteArrayOutputStream();
  private long offset;

  LineReader(Time time, OutputFile file, boolean isError) {
    this.time = time;
    this.file = file;
    this.isError = isError;
    file.keepFrom(0);
  }

  /** Reads on; returns false if nothing has been written since. */
  public boolean read(Consumer<Line> consumer) {
    byte[] part = file.read(offset, PART);
    int from = 0;
    int before = line.size();
    for (int i = 0; i < part.length; i++) {
      boolean ends = part[i] == '\n';
      boolean tooLong = before + i - from >= LONGEST;
      if (ends || (tooLong && (part[i] & 0xC0) != 0x80)) { // not within a character
        line.write(part, from, i - from);
        deliver(consumer);
        from = ends ? i + 1 : i;
        before = 0;
      }
    }
    line.write(part, from, part.length - from);
    offset += part.length;
    file.keepFrom(offset);
    return part.length > 0;
  }

  /** Delivers a last line without an end. */
  public void end(Consumer<Line> consumer) {
    if (line.size() > 0) {
      deliver(consumer);
    }
  }

  private void deliver(Consumer<Line> consumer) {
    String text = OutputFile.text(line.toByteArray());
    line.reset();
    String bare = text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
    consumer.accept(new Line(bare, isError, time.now()));
  }

  /** Returns how many bytes it has not read. */
  public long left() {
    return file.end() - offset;
  }

  /** Nothing has to be kept for it any more. */
  public void stop() {
    file.keepFrom(Long.MAX_VALUE);
  }
}
