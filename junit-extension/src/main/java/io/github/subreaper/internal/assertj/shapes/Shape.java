package io.github.subreaper.internal.assertj.shapes;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The expected shape of a process tree. The grammar is the table at {@link
 * ProcessTreeAssert#hasShape}, and with more examples in {@code ASSERTIONS.md}.
 *
 * @param rows the lines in the order of the text
 * @param root the invisible line above the first ones
 * @param end the blank lines and remarks after the last row
 */
public record Shape(List<Row> rows, ShapeLine root, List<String> end) {

  /**
   * One line of the text.
   *
   * @param head the line without those below it
   * @param line the line with those below it; null for {@code ...}
   * @param above the blank lines and remarks between the previous row and this one
   */
  record Row(ShapeLine.Head head, @Nullable ShapeLine line, List<String> above) {}

  /**
   * Parses a pattern.
   *
   * @throws IllegalArgumentException if it is not a pattern; the message points at line and column
   */
  public static Shape parse(String pattern) {
    return ShapeParser.parse(Objects.requireNonNull(pattern, "pattern"));
  }

  public ShapeMatch match(List<? extends ShapeNode> roots) {
    return match(SeenProcess.all(roots), ShapeMatch.Unstated.ALLOWED);
  }

  /**
   * Matches a tree.
   *
   * @param processes all of a tree, as {@link SeenProcess#all} returns them
   * @param unstated what is wrong with attributes that a line does not name
   */
  public ShapeMatch match(List<SeenProcess> processes, ShapeMatch.Unstated unstated) {
    return new ShapeMatch(this, processes, unstated);
  }
}
