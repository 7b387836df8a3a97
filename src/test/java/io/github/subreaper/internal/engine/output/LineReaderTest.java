package io.github.subreaper.internal.engine.output;

import static io.github.subreaper.testing.Linux.TIME;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Lines of an output, which may be longer than a reading. */
class LineReaderTest {
  private static final int WRITTEN = 2 * LineReader.LONGEST;

  @TempDir private Path directory;

  /** The lines of a file that grows between reads are those of its text, the longest in pieces. */
  @ParameterizedTest
  @ValueSource(strings = {"ä", "aä漢😀", "a😀\r\n\n"})
  void linesAreThoseOfTheText(String characters) throws Exception {
    Random random = new Random(characters.hashCode());
    String text = text(characters, random);
    byte[] bytes = text.getBytes(UTF_8);
    Path path = Files.createFile(directory.resolve("output"));
    LineReader reader = new LineReader(TIME, new OutputFile(path, false, 1), false);
    List<String> lines = new ArrayList<>();
    for (int from = 0; from < bytes.length; ) {
      int to = Math.min(bytes.length, from + 1 + random.nextInt(300_000));
      Files.write(path, Arrays.copyOfRange(bytes, from, to), StandardOpenOption.APPEND);
      while (reader.read(line -> lines.add(line.text()))) {
        assertThat(reader.left()).isNotNegative();
      }
      from = to;
    }
    reader.end(line -> lines.add(line.text()));
    assertThat(reader.left()).isZero();
    assertThat(lines.equals(pieces(text))).as("%d lines", lines.size()).isTrue();
  }

  /** Returns short and long lines of characters chosen by chance, the last without an end. */
  private static String text(String characters, Random random) {
    int[] some = characters.codePoints().toArray();
    StringBuilder text = new StringBuilder();
    while (text.length() < WRITTEN) {
      int line = random.nextInt(8) == 0 ? LineReader.LONGEST : 50_000;
      for (int left = random.nextInt(line); left > 0; left--) {
        text.appendCodePoint(some[random.nextInt(some.length)]);
      }
      text.append(random.nextBoolean() ? "\n" : "");
    }
    return text.toString();
  }

  /** Cuts by characters, not bytes: a piece ends before the first one that begins too late. */
  private static List<String> pieces(String text) {
    List<String> pieces = new ArrayList<>();
    StringBuilder piece = new StringBuilder();
    int size = 0;
    for (int c : text.codePoints().toArray()) {
      if (c == '\n' || size >= LineReader.LONGEST) {
        pieces.add(bare(piece));
        piece.setLength(0);
        size = 0;
      }
      if (c != '\n') {
        piece.appendCodePoint(c);
        size += c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
      }
    }
    if (piece.length() > 0) {
      pieces.add(bare(piece));
    }
    return pieces;
  }

  private static String bare(StringBuilder piece) {
    int end = piece.length();
    return piece.substring(0, end > 0 && piece.charAt(end - 1) == '\r' ? end - 1 : end);
  }
}
