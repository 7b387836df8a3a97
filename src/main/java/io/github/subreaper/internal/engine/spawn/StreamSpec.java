package io.github.subreaper.internal.engine.spawn;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What a program reads from.
 *
 * @param inputText in UTF-8; null if it is given no text
 * @param inputFile null if it is given no file
 */
public record StreamSpec(@Nullable String inputText, @Nullable Path inputFile) {
  /** Nothing to read. */
  public static final StreamSpec NONE = new StreamSpec(null, null);

  /** Returns one that reads a text and nothing else. */
  public StreamSpec withInput(String text) {
    return new StreamSpec(text, null);
  }

  /** Returns one that reads a file and nothing else. */
  public StreamSpec withInput(Path file) {
    return new StreamSpec(null, file);
  }
}
