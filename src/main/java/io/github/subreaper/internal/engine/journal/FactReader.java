package io.github.subreaper.internal.engine.journal;

import io.github.subreaper.internal.linux.Time;
import java.io.IOException;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads facts in order: those of the file one by one, then those that were in memory. Facts in a
 * row that are lost are one fact of that kind.
 */
public final class FactReader implements AutoCloseable {
  private final Time time;
  private final FactFile file;
  private final long bytes;
  private final Iterator<Fact> memory;
  private final long firstInMemory;
  private final long end;
  private FactFile.@Nullable Reader reader;
  private boolean fileIsOver;
  private boolean broken;
  private long bytesRead;

  /** The number that must follow. */
  private long expected;

  /** The fact after a gap that was reported first. */
  private @Nullable Fact behindGap;

  FactReader(Time time, FactFile file, long bytes, List<Fact> memory, long from, long end) {
    this.time = time;
    this.file = file;
    this.bytes = bytes;
    this.memory = memory.iterator();
    this.firstInMemory = memory.isEmpty() ? end : memory.get(0).number();
    this.expected = from;
    this.end = end;
    this.fileIsOver = bytes == 0 || from >= firstInMemory;
  }

  /** Returns the number after the last fact. */
  public long end() {
    return end;
  }

  /** Returns whether the file could not be read: what is said to be lost may come back. */
  boolean isBroken() {
    return broken;
  }

  /** Returns how many bytes of the file it has gone through. */
  long bytesRead() {
    return bytesRead;
  }

  /** Returns the next fact; null after the last. */
  public @Nullable Fact next() {
    Fact fact = behindGap != null ? behindGap : nextKept();
    behindGap = null;
    if (fact == null) {
      return expected < end ? gap(end, time.nanos()) : null;
    }
    if (fact.number() > expected) {
      behindGap = fact;
      return gap(fact.number(), fact.nanos());
    }
    expected = fact.number() + 1;
    return fact;
  }

  private Fact gap(long to, long nanos) {
    Fact lost = Fact.lost(expected, to, nanos);
    expected = to;
    return lost;
  }

  private @Nullable Fact nextKept() {
    Fact fact = fileIsOver ? null : nextOfFile();
    if (fact != null) {
      return fact;
    }
    return memory.hasNext() ? memory.next() : null;
  }

  private @Nullable Fact nextOfFile() {
    try {
      if (reader == null) {
        reader = file.read(expected, bytes);
      }
      Fact fact = reader.next();
      while (fact != null && fact.number() < expected) {
        fact = reader.next();
      }
      bytesRead = reader.bytesRead();
      if (fact != null && fact.number() < firstInMemory) {
        return fact;
      }
    } catch (IOException e) {
      broken = true; // for want of a descriptor, or the file has been removed
    }
    close();
    return null;
  }

  /** Closes the file. What was in memory can still be read. */
  @Override
  public void close() {
    fileIsOver = true;
    try {
      if (reader != null) {
        reader.close();
      }
    } catch (IOException e) {
      return; // it was only read
    } finally {
      reader = null;
    }
  }
}
