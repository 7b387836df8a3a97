package io.github.subreaper.internal.assertj.shapes;

import io.github.subreaper.internal.assertj.shapes.ShapeMatch.Found;
import io.github.subreaper.internal.assertj.shapes.ShapeWriter.Line;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * An approved shape and the tree that was found, as one: for a failure, which marks what differs,
 * and for the file, which keeps each line that still matches.
 */
public final class ShapeMerge {
  private final Shape shape;
  private final ShapeMatch match;
  private final ShapeWriter writer;
  private final Below all;

  /** A row of the shape with those below it; {@code row} is null above the first ones. */
  private record Below(Shape.Row row, List<Below> children) {
    Below(Shape.Row row) {
      this(row, new ArrayList<>());
    }
  }

  public ShapeMerge(Shape shape, ShapeMatch match, ShapeWriter writer) {
    this.shape = shape;
    this.match = match;
    this.writer = writer;
    this.all = new Below(new Shape.Row(ShapeLine.Head.OF_ALL, shape.root(), List.of()));
    List<Below> path = new ArrayList<>(List.of(all));
    for (Shape.Row row : shape.rows()) {
      Below below = new Below(row);
      path.subList(row.head().depth() + 1, path.size()).clear();
      path.get(row.head().depth()).children.add(below);
      path.add(below);
    }
  }

  // for a failure -------------------------------------------------------------------------------

  /** Returns the shape with its marks, and with what was found beside it. */
  public String marked() {
    List<ShapeMarks.Row> rows = new ArrayList<>();
    ShapeMarks marks = match.marks();
    mark(all, List.of(match.found()), marks, rows);
    return ShapeMarks.text(rows, ShapeMarks.column(rows));
  }

  private void mark(Below below, List<Found> found, ShapeMarks marks, List<ShapeMarks.Row> rows) {
    int depth = below.row.head().depth();
    if (depth >= 0) {
      rows.add(marks.row(below.row));
      Map<String, String> others = new LinkedHashMap<>();
      for (Found one : found) {
        if (!one.differences().isEmpty()) {
          others.put(writer.head(one.process(), 1), String.join(", ", one.differences()));
        }
      }
      others.forEach((text, difference) -> rows.add(new ShapeMarks.Row(depth, text, difference)));
    }
    for (Below child : below.children) {
      ShapeLine line = child.row.line();
      List<Found> there =
          line == null
              ? List.of()
              : found.stream().flatMap(one -> one.of(line).taken().stream()).toList();
      mark(child, there, marks, rows);
    }
    List<SeenProcess> strangers = found.stream().flatMap(one -> one.strangers().stream()).toList();
    for (Line line : writer.siblings(strangers)) {
      rows.add(new ShapeMarks.Row(depth + 1 + line.depth(), line.text(), "new"));
    }
  }

  // for the file --------------------------------------------------------------------------------

  /** Returns the lines of the shape, those replaced that do not match. */
  public List<String> rewritten() {
    List<String> text =
        new ArrayList<>(ShapeWriter.text(below(all, match.found())).lines().toList());
    text.addAll(shape.end());
    return text;
  }

  private List<Line> below(Below above, Found found) {
    List<Line> lines = new ArrayList<>();
    for (Below child : above.children) {
      ShapeLine line = child.row.line();
      lines.addAll(line == null ? kept(child) : rewritten(child, line, found.of(line)));
    }
    lines.addAll(writer.siblings(found.strangers()));
    return lines;
  }

  private static List<Line> kept(Below below) {
    List<Line> lines = above(below);
    lines.add(new Line(0, below.row.head().source()));
    below.children.forEach(child -> kept(child).forEach(line -> lines.add(line.below(1))));
    return lines;
  }

  private static List<Line> above(Below below) {
    return below.row.above().stream()
        .map(Line::raw)
        .collect(Collectors.toCollection(ArrayList::new));
  }

  /**
   * The same lines for some processes.
   *
   * @param attributes of their line; null if it stays as it is
   * @param below it
   */
  private record Same(@Nullable List<String> attributes, List<Line> below) {}

  /** Returns what a line becomes: one line, or several if what is below its processes differs. */
  private List<Line> rewritten(Below below, ShapeLine line, ShapeMatch.Share share) {
    if (share.isRightFor(line)) {
      return kept(below);
    }
    Map<Same, Integer> counts = new LinkedHashMap<>();
    Stream.concat(share.taken().stream(), share.tooMany().stream())
        .map(found -> new Same(attributes(line, found), below(below, found)))
        .forEach(same -> counts.merge(same, 1, Integer::sum));
    ShapeLine.Head head = below.row.head();
    List<Line> lines = counts.isEmpty() ? new ArrayList<>() : above(below);
    counts.forEach(
        (same, count) -> {
          boolean fits = counts.size() == 1 && count >= head.min() && count <= head.max();
          List<String> attributes = same.attributes;
          String text =
              fits && attributes == null
                  ? head.source()
                  : ShapeWriter.line(
                      head.name(),
                      fits ? quantifier(head) : ShapeWriter.quantifier(count),
                      attributes == null ? List.copyOf(head.written().values()) : attributes);
          lines.add(new Line(0, text));
          same.below.forEach(one -> lines.add(one.below(1)));
        });
    return lines;
  }

  /** Returns the attributes that are right, and what the line must name beside them. */
  private @Nullable List<String> attributes(ShapeLine line, Found found) {
    if (found.differences().isEmpty()) {
      return null;
    }
    Map<ShapeAttribute, String> right = new LinkedHashMap<>(line.written());
    right.keySet().removeIf(one -> !found.process().differences(Set.of(one)).isEmpty());
    List<String> all = new ArrayList<>(right.values());
    all.addAll(writer.unstatedAttributes(found.process(), right.keySet()));
    return all;
  }

  private static String quantifier(ShapeLine.Head head) {
    return head.max() == ShapeLine.UNBOUNDED
        ? "{" + head.min() + ",}"
        : head.min() == head.max()
            ? ShapeWriter.quantifier(head.min())
            : "{" + head.min() + "," + head.max() + "}";
  }
}
