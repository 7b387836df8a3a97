package io.github.subreaper.internal.engine;

import java.io.ByteArrayOutputStream;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/** Reads a growing file on and on, and gives each line that matches, however much follows it. */
final class LineSearch {
  private static final int PART = 1 << 16;
  private static final int LONGEST_LINE = 1 << 20;

  private final OutputFile file;
  private final Glob wanted;
  private final ByteArrayOutputStream line = new ByteArrayOutputStream();
  private final Deque<String> found = new ArrayDeque<>();
  private long offset;

  LineSearch(OutputFile file, Glob wanted) {
    this.file = file;
    this.wanted = wanted;
  }

  /** The next one; null if there is none yet. A line that is not complete yet counts as well. */
  @Nullable String next() {
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
      if (part.length == 0) {
        test(false);
        break;
      }
    }
    return found.poll();
  }

  private void test(boolean complete) {
    String text = OutputFile.text(line.toByteArray());
    String bare = text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
    if (!bare.isEmpty() && wanted.matches(bare)) {
      found.add(bare);
    }
    if (complete) {
      line.reset();
    }
  }
}
