package io.github.subreaper.assertj;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The expected shape of a process tree. The grammar is the table at {@link
 * ProcessTreeAssert#hasShape}, and with more examples in {@code ASSERTIONS.md}.
 *
 * @param rows the lines in the order of the text
 * @param root the invisible line above the first ones
 */
record Shape(List<Row> rows, ShapeLine root) {

  /**
   * One line of the text.
   *
   * @param head the line without those below it
   * @param line the line with those below it; null for {@code ...}
   */
  record Row(ShapeLine.Head head, @Nullable ShapeLine line) {}

  /**
   * Parses a pattern.
   *
   * @throws IllegalArgumentException if it is not a pattern; the message points at line and column
   */
  static Shape parse(String pattern) {
    return ShapeParser.parse(Objects.requireNonNull(pattern, "pattern"));
  }

  ShapeMatch match(List<? extends ShapeNode> roots) {
    return new ShapeMatch(this, roots);
  }
}
