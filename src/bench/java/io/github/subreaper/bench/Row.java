package io.github.subreaper.bench;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A line of a table.
 *
 * @param table where it stands
 * @param ours the library's own figure, for people; empty where the spread says it all
 * @param theirs that of the side that it is compared with; empty where there is none
 * @param unit of the spread; × for a ratio
 * @param goal what the median is not to exceed; NaN for none
 * @param meaning one sentence about what is measured
 * @param note what came to light in this run; empty for nothing
 */
record Row(
    Table table,
    String what,
    String ours,
    String theirs,
    Spread spread,
    String unit,
    double goal,
    String meaning,
    String note) {
  static final double NO_GOAL = Double.NaN;

  /** The tables of a run. */
  enum Table {
    PEERS("Against others"),
    ALONE("By itself"),
    GROWTH("Growth");

    final String title;

    Table(String title) {
      this.title = title;
    }
  }

  static Row ratio(String what, Spread spread, double goal, String meaning) {
    return new Row(Table.PEERS, what, "", "", spread, "×", goal, meaning, "");
  }

  static Row absolute(String what, Spread spread, String unit, double goal, String meaning) {
    return new Row(Table.ALONE, what, "", "", spread, unit, goal, meaning, "");
  }

  static Row growth(String what, double exponent, double goal, String meaning) {
    return new Row(Table.GROWTH, what, "", "", Spread.of(exponent), "", goal, meaning, "");
  }

  Row between(String ourFigure, String theirFigure) {
    return new Row(table, what, ourFigure, theirFigure, spread, unit, goal, meaning, note);
  }

  Row withNote(String text) {
    return new Row(table, what, ours, theirs, spread, unit, goal, meaning, text);
  }

  boolean hasGoal() {
    return !Double.isNaN(goal);
  }

  boolean isMet() {
    return spread.median() <= goal;
  }

  /** The row by itself. */
  String line() {
    return String.format(
        "%s: %s %s (%s to %s)%s%s%s",
        what,
        number(spread.median()),
        unit,
        number(spread.min()),
        number(spread.max()),
        theirs.isEmpty() ? "" : ", " + ours + " to " + theirs,
        hasGoal() ? ", goal " + trimmed(goal) + (isMet() ? " met" : " MISSED") : "",
        note.isEmpty() ? "" : "; " + note);
  }

  /** A table of Markdown, and below it what the rows mean and what came to light. */
  static String markdown(List<Row> rows) {
    boolean compared = rows.stream().anyMatch(row -> !row.theirs.isEmpty());
    StringBuilder text = new StringBuilder();
    text.append(compared ? "|what|ours|theirs|ratio|goal|\n" : "|what|figure|goal|\n");
    text.append(compared ? "|---|---:|---:|---:|---|\n" : "|---|---:|---|\n");
    for (Row row : rows) {
      String sides = compared ? row.ours + "|" + row.theirs + "|" : "";
      text.append("|" + row.what.replace(" : ", ": ") + "|" + sides + row.figure() + "|");
      text.append(row.hasGoal() ? "≤" + trimmed(row.goal) + (row.isMet() ? "" : " MISSED") : "");
      text.append("|\n");
    }
    text.append('\n');
    meanings(rows).forEach((meaning, names) -> text.append("- " + names + ": " + meaning + "\n"));
    for (Row row : rows) {
      text.append(row.note.isEmpty() ? "" : "- This run, " + row.what + ": " + row.note + ".\n");
    }
    return text.toString();
  }

  /** The median, with the smallest and the largest value. */
  private String figure() {
    String median = number(spread.median());
    String range = "(" + number(spread.min()) + "–" + number(spread.max()) + ")";
    return median
        + (unit.isEmpty() ? "" : unit.equals("×") ? " " + range : " " + unit + " " + range);
  }

  /** Each sentence once, with the names of the work that it is about. */
  private static Map<String, String> meanings(List<Row> rows) {
    Map<String, String> names = new LinkedHashMap<>();
    for (Row row : rows) {
      String name = "**" + row.what.replaceFirst(" : .*", "") + "**";
      names.merge(row.meaning, name, (all, one) -> all.contains(one) ? all : all + ", " + one);
    }
    return names;
  }

  /** Three digits, or what there is before the point. */
  static String number(double value) {
    double size = Math.abs(value);
    int places = size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : size >= 0.1 ? 3 : 4;
    return String.format(Locale.ROOT, "%,." + places + "f", value);
  }

  static String trimmed(double value) {
    String text = number(value);
    return text.contains(".") ? text.replaceFirst("\\.?0+$", "") : text;
  }
}
