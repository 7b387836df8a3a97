package io.github.subreaper.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A line of the table.
 *
 * @param ours the library's own figure, for people; empty where the spread says it all
 * @param theirs that of the side that it is compared with; empty where there is none
 * @param unit of the spread; empty for a ratio
 * @param goal what the median is not to exceed; NaN for none
 * @param note shown below the table; empty for none
 */
record Row(
    String what, String ours, String theirs, Spread spread, String unit, double goal, String note) {
  private static final double NO_GOAL = Double.NaN;

  static Row ratio(String what, String ours, String theirs, Spread spread, double goal) {
    return new Row(what, ours, theirs, spread, "", goal, "");
  }

  static Row absolute(String what, Spread spread, String unit, double goal) {
    return new Row(what, "", "", spread, unit, goal, "");
  }

  static Row plain(String what, Spread spread, String unit) {
    return absolute(what, spread, unit, NO_GOAL);
  }

  Row between(String ourFigure, String theirFigure) {
    return new Row(what, ourFigure, theirFigure, spread, unit, goal, note);
  }

  Row withNote(String text) {
    return new Row(what, ours, theirs, spread, unit, goal, text);
  }

  /** All lines as plain text, the notes below. */
  static String table(List<Row> rows) {
    List<List<String>> lines = new ArrayList<>();
    lines.add(List.of("what", "ours", "theirs", "min", "median", "max", "", "goal", ""));
    rows.forEach(row -> lines.add(row.cells()));
    int[] widths = new int[lines.get(0).size()];
    for (List<String> line : lines) {
      for (int column = 0; column < widths.length; column++) {
        widths[column] = Math.max(widths[column], line.get(column).length());
      }
    }
    StringBuilder text = new StringBuilder();
    for (List<String> line : lines) {
      StringBuilder padded = new StringBuilder();
      for (int column = 0; column < widths.length; column++) {
        String cell = line.get(column);
        String blanks = " ".repeat(widths[column] - cell.length());
        boolean left = column == 0 || column == 6 || column == 8;
        padded.append(left ? cell + blanks : blanks + cell).append("  ");
      }
      text.append(padded.toString().stripTrailing()).append('\n');
    }
    for (Row row : rows) {
      if (!row.note.isEmpty()) {
        text.append('\n').append(row.what).append(": ").append(row.note);
      }
    }
    return text.append('\n').toString();
  }

  private List<String> cells() {
    boolean hasGoal = !Double.isNaN(goal);
    return List.of(
        what,
        ours,
        theirs,
        number(spread.min()),
        number(spread.median()),
        number(spread.max()),
        unit.isEmpty() ? "×" : unit,
        hasGoal ? "≤ " + trimmed(goal) : "",
        hasGoal ? (spread.median() <= goal ? "met" : "MISSED") : "");
  }

  /** Three digits, or what there is before the point. */
  static String number(double value) {
    double size = Math.abs(value);
    int places = size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : size >= 0.1 ? 3 : 4;
    return String.format(Locale.ROOT, "%." + places + "f", value);
  }

  private static String trimmed(double value) {
    String text = number(value);
    return text.contains(".") ? text.replaceFirst("\\.?0+$", "") : text;
  }
}
