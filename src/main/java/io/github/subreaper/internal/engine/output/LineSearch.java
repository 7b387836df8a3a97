package io.github.subreaper.internal.engine.output;

import java.io.ByteArrayOutputStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Reads a growing file from where it stopped, and returns each line that matches, however much
 * follows it.
 */
final class LineSearch {
  /** A file that other processes append to. */
  interface Growing {
    /** Returns its present size. */
    long end();

    /** Returns the offset where its content begins. */
    long begin();

    /** Returns at most so many bytes from an offset on; none at the end. */
    byte[] read(long offset, int limit);
  }

  private static final int PART = 1 << 16;
  private static final int LONGEST_LINE = 1 << 20;

  private final Growing file;
  private final Predicate<String> wanted;
  private final ByteArrayOutputStream line = new ByteArrayOutputStream();
  private final Deque<String> found = new ArrayDeque<>();
  private long offset;
  private boolean isFound;
  private @Nullable String last;

  LineSearch(Growing file, Predicate<String> wanted) {
    this.file = file;
    this.wanted = wanted;
  }

  /**
   * Returns the next match in what is there at the call; null if there is none yet. An incomplete
   * last line counts, too; as it was then, and once.
   */
  @Nullable String next() {
    long end = file.end();
    while (found.isEmpty()) {
      offset = Math.max(offset, file.begin());
      byte[] part = file.read(offset, PART);
      offset += part.length;
      for (byte b : part) {
        if (b == '\n') {
          test(true);
        } else if (line.size() < LONGEST_LINE) {
          line.write(b);
        }
      }
      if (part.length == 0 || offset >= end) {
        test(false);
        break;
      }
    }
    return found.poll();
  }

  private void test(boolean complete) {
    String text = OutputFile.text(line.toByteArray());
    String bare = text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
    if (!bare.isEmpty()) {
      last = bare;
    }
    if (!isFound && (complete || !bare.isEmpty()) && wanted.test(bare)) {
      found.add(bare);
      isFound = true;
    }
    if (complete) {
      line.reset();
      isFound = false;
    }
  }

  /** Returns the last line so far that is not empty; null if there is none. */
  @Nullable String last() {
    return last;
  }
}
