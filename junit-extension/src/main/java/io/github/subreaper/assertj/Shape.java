package io.github.subreaper.assertj;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a tree of processes should look like. The grammar is the table in {@code ASSERTIONS.md}.
 *
 * @param rows the lines in the order of the text
 * @param root what stands above the first line
 */
record Shape(List<Row> rows, ShapeLine root) {

  /**
   * One line of the text.
   *
   * @param head what it says
   * @param line null for {@code ...}
   */
  record Row(ShapeLine.Head head, @Nullable ShapeLine line) {}

  /**
   * Reads a pattern.
   *
   * @throws IllegalArgumentException pointing at the line and column that is none
   */
  static Shape parse(String pattern) {
    return ShapeParser.parse(Objects.requireNonNull(pattern, "pattern"));
  }

  ShapeMatch match(List<? extends ShapeNode> roots) {
    return new ShapeMatch(this, roots);
  }
}
