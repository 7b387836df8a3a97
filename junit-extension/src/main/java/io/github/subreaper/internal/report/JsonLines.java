package io.github.subreaper.internal.report;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Reads files with one JSON object a line. */
final class JsonLines {
  /** No line of ours is longer by far. */
  private static final int LONGEST = 16_000_000;

  private JsonLines() {}

  /** Opens a file in UTF-8. Malformed input is replaced, which the reader of Files refuses. */
  static BufferedReader open(Path file) throws IOException {
    return new BufferedReader(
        new InputStreamReader(Files.newInputStream(file), StandardCharsets.UTF_8));
  }

  /**
   * Reads all lines. Only the last one has no end: what is wrong with it, a death may have caused,
   * so it is left out, unless it is the first.
   *
   * @param name of the file, for messages
   * @param each takes the lines, and throws IllegalArgumentException for one that is wrong
   * @throws IOException which says in which line something is wrong
   */
  static void read(BufferedReader in, String name, Consumer<Fields> each) throws IOException {
    int number = 0;
    for (Line line = next(in); line != null; line = next(in)) {
      number++;
      try {
        each.accept(Fields.of(Json.read(line.text)));
      } catch (IllegalArgumentException e) {
        if (line.isWhole || number == 1) {
          throw wrong(name, number, e);
        }
        return;
      }
    }
  }

  /**
   * Reads the first line only.
   *
   * @param what takes the line, and throws IllegalArgumentException if it is wrong
   */
  static <T> T first(Path file, Function<Fields, T> what) throws IOException {
    try (BufferedReader in = open(file)) {
      Line line = next(in);
      if (line == null) {
        throw new IOException(Bounds.text(file.toString()) + ": it is empty");
      }
      return what.apply(Fields.of(Json.read(line.text)));
    } catch (IllegalArgumentException e) {
      throw wrong(file.toString(), 1, e);
    }
  }

  private static IOException wrong(String name, int number, IllegalArgumentException e) {
    return new IOException(
        Bounds.text(name) + ", line " + number + ": " + Bounds.text(e.getMessage() + ""), e);
  }

  /** A line, and whether its end is there. */
  private record Line(String text, boolean isWhole) {}

  private static @Nullable Line next(BufferedReader in) throws IOException {
    StringBuilder text = new StringBuilder();
    for (int c = in.read(); c != '\n'; c = in.read()) {
      if (c < 0) {
        return text.isEmpty() ? null : new Line(text.toString(), false);
      }
      if (text.length() == LONGEST) {
        throw new IOException("a line of more than " + LONGEST + " characters");
      }
      text.append((char) c);
    }
    return new Line(text.toString(), true);
  }
}
