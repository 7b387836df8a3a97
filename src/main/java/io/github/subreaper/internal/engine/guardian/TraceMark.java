package io.github.subreaper.internal.engine.guardian;

import io.github.subreaper.internal.engine.spawn.PrivateDirectory;
import io.github.subreaper.internal.text.Printable;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A file that stands in the private directory as long as a launch is traced. If the JVM dies then,
 * the kernel ends what is traced, and this file is what the next run learns of it.
 */
public final class TraceMark {
  /** The name begins so, and ends with a digit. The content is a pid and a program's name. */
  static final String PREFIX = "traced-";

  private static final int MOST_CHARACTERS = 80;
  private static final AtomicLong COUNTER = new AtomicLong();

  private final PrivateDirectory directory;
  private volatile @Nullable Path file;

  public TraceMark(PrivateDirectory directory) {
    this.directory = directory;
  }

  /** Marks that a launch is traced. No argument is written: it may be a secret. */
  public void set(int pid, String program) {
    Path mark = directory.path(PREFIX + COUNTER.incrementAndGet());
    file = mark;
    String name = program.substring(program.lastIndexOf('/') + 1);
    int end =
        name.offsetByCodePoints(
            0, Math.min(name.codePointCount(0, name.length()), MOST_CHARACTERS));
    String text = Printable.of(name.substring(0, end)) + (end < name.length() ? "…" : "");
    // Not through a channel: an interrupt would close it.
    try (FileOutputStream stream = new FileOutputStream(mark.toFile())) {
      stream.write((pid + " " + text + "\n").getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      return; // the next run does not report it, for want of space
    }
  }

  /** The trace is over. */
  public void remove() {
    directory.remove(file);
  }
}
