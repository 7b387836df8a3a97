package io.github.subreaper.internal.assertj.shapes;

import io.github.subreaper.internal.assertj.facts.Hint;
import io.github.subreaper.internal.report.text.Counts;
import io.github.subreaper.internal.text.GlobMatcher;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Tree and pattern as a failure shows them: each wrong line has a mark beside it. */
public final class ShapeMarks {
  private static final String INDENT = "   ";
  private static final int FARTHEST = 100;

  /** A tree of more processes shows equal siblings as one row. */
  private static final int MOST_SINGLE = 20;

  private static final Pattern REGEX = Pattern.compile("^\\^|\\.\\*|\\$$");

  private final Shape shape;
  private final List<SeenProcess> processes;
  private final Map<SeenProcess, String> ofProcesses = new HashMap<>();
  private final Map<ShapeLine, Tally> tallies = new HashMap<>();

  /** Counts the places in which a line was checked: one below each process of the line above it. */
  private static final class Tally {
    int places;
    int wrongPlaces;
    @Nullable String firstWrong;
  }

  ShapeMarks(Shape shape, List<SeenProcess> processes) {
    this.shape = shape;
    this.processes = processes.subList(1, processes.size());
  }

  void differ(SeenProcess process, List<String> differences) {
    if (!differences.isEmpty()) {
      ofProcesses.put(process, String.join(", ", differences));
    }
  }

  void notInThePattern(SeenProcess process) {
    markAll(process, "not in the pattern");
  }

  void tooMany(SeenProcess process) {
    markAll(process, "too many");
  }

  /** Marks a process and all below it, which follow it in the list. */
  private void markAll(SeenProcess process, String mark) {
    int start = process.position() - 1;
    processes.subList(start, start + process.size()).forEach(one -> ofProcesses.put(one, mark));
  }

  /** Marks a line by what was found below one process; "nearly" are wrong only in attributes. */
  void found(ShapeLine line, int right, int nearly, int tooMany) {
    Tally tally = tallies.computeIfAbsent(line, unknown -> new Tally());
    tally.places++;
    String mark = mark(line, right, nearly, tooMany);
    if (mark != null) {
      tally.wrongPlaces++;
      tally.firstWrong = tally.firstWrong == null ? mark : tally.firstWrong;
    }
  }

  private static @Nullable String mark(ShapeLine line, int right, int nearly, int tooMany) {
    int found = right + tooMany;
    if (tooMany == 0 && right >= line.min()) {
      return null;
    }
    if (found + nearly == 0 && line.min() == 1 && line.max() == 1) {
      return "missing";
    }
    return "found "
        + found
        + " of "
        + wanted(line)
        + (nearly > 0 && right < line.min() ? " with these attributes" : "");
  }

  private static String wanted(ShapeLine line) {
    if (line.max() == ShapeLine.UNBOUNDED) {
      return line.min() + " or more";
    }
    return line.min() == line.max() ? "" + line.min() : line.min() + " to " + line.max();
  }

  /** Returns the first line that is wrong, with its mark, and how many others are. */
  public String verdict() {
    List<Row> wrong =
        Stream.concat(treeRows().stream(), patternRows().stream())
            .filter(row -> row.mark != null)
            .toList();
    return wrong.isEmpty()
        ? "it differs"
        : "`%s` is wrong (%s)%s"
            .formatted(
                wrong.get(0).text.strip(),
                wrong.get(0).mark,
                wrong.size() == 1
                    ? ""
                    : ", and " + Counts.of(wrong.size() - 1, "other line", "other lines"));
  }

  /** Returns the tree. It is a pattern too, since marks are remarks in a pattern. */
  public String tree() {
    return text(treeRows());
  }

  private List<Row> treeRows() {
    List<Row> rows = processes.stream().map(this::row).toList();
    return rows.size() <= MOST_SINGLE ? rows : together(rows);
  }

  /**
   * Returns one row for equal siblings without children, with their number, as a pattern has it.
   */
  private static List<Row> together(List<Row> rows) {
    List<Row> fewer = new ArrayList<>();
    int next;
    for (int i = 0; i < rows.size(); i = next) {
      Row row = rows.get(i);
      next = i + 1;
      while (next < rows.size() && rows.get(next).equals(row)) {
        next++;
      }
      boolean hasChildren = next < rows.size() && rows.get(next).depth() > row.depth();
      int alike = next - i - (hasChildren ? 1 : 0);
      if (alike > 0) {
        fewer.add(alike == 1 ? row : new Row(row.text + " {" + alike + "}", row.mark));
      }
      if (hasChildren) {
        fewer.add(row);
      }
    }
    return fewer;
  }

  public String pattern() {
    return text(patternRows());
  }

  /** Returns what would have matched where a line that found nothing looks like a regex. */
  public String hint() {
    return shape.rows().stream()
        .filter(
            row -> tallies.containsKey(row.line()) && tallies.get(row.line()).firstWrong != null)
        .map(row -> String.valueOf(row.head().glob()))
        .filter(glob -> REGEX.matcher(glob).find() && !matchesWrong(glob))
        .map(glob -> Hint.forGlob(glob, this::matchesWrong))
        .filter(hint -> !hint.isEmpty())
        .findFirst()
        .orElse("");
  }

  private boolean matchesWrong(String text) {
    GlobMatcher glob = new GlobMatcher(text);
    return ofProcesses.keySet().stream()
        .anyMatch(one -> glob.matches(one.name(), one.commandLine()));
  }

  private List<Row> patternRows() {
    return shape.rows().stream().map(this::row).toList();
  }

  /**
   * One line of a tree or a pattern.
   *
   * @param text with its indentation
   * @param mark what is wrong; null if nothing is
   */
  record Row(String text, @Nullable String mark) {
    Row(int depth, String text, @Nullable String mark) {
      this(INDENT + "  ".repeat(depth) + text, mark);
    }

    int depth() {
      return text.length() - text.stripLeading().length();
    }
  }

  private Row row(SeenProcess process) {
    return new Row(process.depth(), process.toString(), ofProcesses.get(process));
  }

  Row row(Shape.Row row) {
    Tally tally = row.line() == null ? null : tallies.get(row.line());
    String mark = tally == null ? null : tally.firstWrong;
    if (tally != null && mark != null && tally.places > 1) {
      mark += ", in " + tally.wrongPlaces + " of " + tally.places + " places";
    }
    return new Row(row.head().depth(), row.head().text(), mark);
  }

  private String text(List<Row> rows) {
    return text(rows, column());
  }

  /** Returns lines with their marks in one column. */
  static String text(List<Row> rows, int column) {
    if (rows.isEmpty()) {
      return INDENT + "(nothing)";
    }
    return rows.stream()
        .map(
            row ->
                row.mark == null
                    ? row.text
                    : row.text
                        + " ".repeat(Math.max(2, column - row.text.length()))
                        + "← "
                        + row.mark)
        .collect(Collectors.joining("\n"));
  }

  /** Returns the column of the marks, the same in tree and pattern. */
  private int column() {
    int widest = 0;
    for (SeenProcess process : processes) {
      widest = wider(widest, row(process));
    }
    for (Shape.Row row : shape.rows()) {
      widest = wider(widest, row(row));
    }
    return widest + 2;
  }

  static int column(List<Row> rows) {
    int widest = 0;
    for (Row row : rows) {
      widest = wider(widest, row);
    }
    return widest + 2;
  }

  private static int wider(int widest, Row row) {
    int length = row.text.length();
    return row.mark == null || length > FARTHEST ? widest : Math.max(widest, length);
  }
}
