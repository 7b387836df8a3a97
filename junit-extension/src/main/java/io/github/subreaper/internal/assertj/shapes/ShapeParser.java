package io.github.subreaper.internal.assertj.shapes;

import io.github.subreaper.internal.assertj.shapes.ShapeLine.Head;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.stream.Collectors;

/** Parses a pattern line by line: what each line says, and which one is its parent. */
final class ShapeParser {
  private static final int NO_LINE = -1;

  private final List<Head> heads = new ArrayList<>();
  private final List<Integer> parents = new ArrayList<>();
  private final List<List<String>> above = new ArrayList<>();
  private List<String> skipped = new ArrayList<>();

  /** The previous line and its ancestors. */
  private final Deque<Level> levels = new ArrayDeque<>();

  private record Level(int column, int line) {}

  private ShapeParser() {}

  static Shape parse(String pattern) {
    ShapeParser parser = new ShapeParser();
    int number = 0;
    for (String line : pattern.lines().toList()) {
      parser.read(new ShapeScanner(line, ++number));
    }
    return parser.shape();
  }

  private void read(ShapeScanner line) {
    int column = line.skipIndentation();
    if (line.isBlank()) {
      skipped.add(line.text());
      return;
    }
    Level before = levels.peek();
    if (before != null && column <= before.column) {
      leaveLevelsRightOf(column, line);
    } else if (before != null && heads.get(before.line).isRest()) {
      throw line.errorHere("nothing may be below `...`, which allows whatever is there");
    }
    Level parent = levels.peek();
    parents.add(parent == null ? NO_LINE : parent.line);
    levels.push(new Level(column, heads.size()));
    heads.add(line.head(levels.size() - 1));
    above.add(skipped);
    skipped = new ArrayList<>();
  }

  private void leaveLevelsRightOf(int column, ShapeScanner line) {
    if (levels.stream().noneMatch(level -> level.column == column)) {
      throw line.errorHere(
          "no line above begins in this column; allowed are columns "
              + levels.stream()
                  .map(level -> String.valueOf(level.column + 1))
                  .collect(Collectors.collectingAndThen(Collectors.toList(), ShapeParser::listed))
              + ", or one to the right of the previous line");
    }
    while (levels.getFirst().column > column) {
      levels.pop();
    }
    levels.pop();
  }

  private static String listed(List<String> innermostFirst) {
    Collections.reverse(innermostFirst);
    return String.join(", ", innermostFirst);
  }

  /** Builds from the last line to the first, so that children exist before their parents. */
  private Shape shape() {
    ShapeLine.Kinds kinds = new ShapeLine.Kinds();
    List<List<ShapeLine>> below = new ArrayList<>();
    boolean[] open = new boolean[heads.size() + 1];
    for (int i = 0; i <= heads.size(); i++) {
      below.add(new ArrayList<>());
    }
    List<Shape.Row> rows = new ArrayList<>();
    for (int i = heads.size() - 1; i >= 0; i--) {
      int parent = parents.get(i) + 1; // 0 is above the first line
      Head head = heads.get(i);
      if (head.isRest()) {
        open[parent] = true;
        rows.add(new Shape.Row(head, null, above.get(i)));
      } else {
        Collections.reverse(below.get(i + 1));
        ShapeLine line = new ShapeLine(head, open[i + 1], below.get(i + 1), kinds);
        below.get(parent).add(line);
        rows.add(new Shape.Row(head, line, above.get(i)));
      }
    }
    Collections.reverse(below.get(0));
    Collections.reverse(rows);
    return new Shape(rows, new ShapeLine(Head.OF_ALL, open[0], below.get(0), kinds), skipped);
  }
}
