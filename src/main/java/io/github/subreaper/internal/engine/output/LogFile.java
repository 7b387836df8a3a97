package io.github.subreaper.internal.engine.output;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Finds lines in a log that may be replaced or truncated meanwhile. A file that was renamed is read
 * further, since its writer may not have noticed yet. It is read through no channel, since an
 * interrupt of the reader would close that.
 */
public final class LogFile implements AutoCloseable {
  /** More replaced files than this are not read on. */
  private static final int GENERATIONS = 8;

  /** How much the clock of file systems may be behind: a tick of the kernel. */
  private static final Duration TICK = Duration.ofMillis(20);

  private final Path path;
  private final Predicate<String> wanted;
  private final Supplier<Instant> since;
  private final Deque<Generation> generations = new ArrayDeque<>();
  private String state = "";
  private boolean isReadable;

  /**
   * Opens nothing yet.
   *
   * @param since a file whose last write was before it has no line of interest
   */
  public LogFile(Path path, Predicate<String> wanted, Supplier<Instant> since) {
    this.path = path;
    this.wanted = wanted;
    this.since = since;
  }

  /** Returns the next wanted line; null if there is none yet. */
  public @Nullable String next() {
    open();
    for (Generation one : generations) {
      String line = one.next();
      if (line != null) {
        return line;
      }
    }
    return null;
  }

  /** Returns why there is none, for people. */
  public String state() {
    return state;
  }

  /** Returns its last line that is not empty; null if it cannot be read, or has none. */
  public @Nullable String lastLine() {
    Generation newest = generations.peekLast();
    return isReadable && newest != null ? newest.search.last() : null;
  }

  private void open() {
    isReadable = false;
    try {
      BasicFileAttributes now = Files.readAttributes(path, BasicFileAttributes.class);
      if (!now.isRegularFile()) {
        state = "the file is not a regular file"; // to open a FIFO may block for ever
        return;
      }
      state =
          generations.isEmpty() ? "the file has no such line" : "the file has no such line so far";
      Generation newest = generations.peekLast();
      if (newest == null || !Objects.equals(newest.key, now.fileKey())) {
        Instant oldest = since.get().minus(TICK);
        boolean old = newest == null && now.lastModifiedTime().toInstant().isBefore(oldest);
        generations.addLast(new Generation(now.fileKey(), old ? now.size() : 0));
        if (generations.size() > GENERATIONS) {
          generations.removeFirst().close();
        }
      }
      isReadable = true;
    } catch (NoSuchFileException | FileNotFoundException e) {
      state = "the file does not exist";
    } catch (IOException e) {
      state = "the file cannot be read: " + e;
    }
  }

  @Override
  public void close() {
    generations.forEach(Generation::close);
    generations.clear();
  }

  /** One file that had the name. */
  private final class Generation implements LineSearch.Growing {
    private final @Nullable Object key;
    private final RandomAccessFile file;
    private LineSearch search;
    private long start;
    private long seen;

    Generation(@Nullable Object key, long start) throws IOException {
      this.key = key;
      this.start = start;
      this.seen = start;
      this.file = new RandomAccessFile(path.toFile(), "r");
      this.search = new LineSearch(this, wanted);
    }

    @Nullable String next() {
      long size = size();
      if (size < seen) {
        start = 0; // truncated: all of it was written since
        search = new LineSearch(this, wanted);
      }
      seen = size;
      return search.next();
    }

    private long size() {
      try {
        return file.length();
      } catch (IOException e) {
        return seen;
      }
    }

    @Override
    public long end() {
      return size();
    }

    @Override
    public long begin() {
      return start;
    }

    @Override
    public byte[] read(long offset, int limit) {
      try {
        byte[] part = new byte[(int) Math.max(0, Math.min(limit, file.length() - offset))];
        file.seek(offset);
        file.readFully(part);
        return part;
      } catch (IOException e) {
        return new byte[0];
      }
    }

    void close() {
      try {
        file.close();
      } catch (IOException e) {
        return; // opened for reading: nothing is lost
      }
    }
  }
}
