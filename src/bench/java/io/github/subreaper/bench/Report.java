package io.github.subreaper.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** The text of a run, between two marks of a page, and the charts beside it. */
final class Report {
  private static final String START = "<!-- a run, written by -Pbench -->\n";
  private static final String END = "<!-- the end of the run -->";

  private Report() {}

  /** Returns what was written. */
  static String write(Setting setting, String machine, List<Row> rows) throws IOException {
    StringBuilder text = new StringBuilder(machine);
    for (Row.Table table : Row.Table.values()) {
      List<Row> lines = rows.stream().filter(row -> row.table() == table).toList();
      if (!lines.isEmpty()) {
        String chart = table.name().toLowerCase(Locale.ROOT) + ".svg";
        if (table != Row.Table.GROWTH) {
          Chart.goals(setting.results().resolve(chart), lines);
        }
        text.append("\n## ").append(table.title).append("\n\n").append(Row.markdown(lines));
        text.append("\n![").append(table.title).append("](").append(chart).append(")\n");
      }
    }
    if (setting.quick()) {
      text.append("\nquick: the sizes are too small for the figures to mean anything\n");
    }
    insert(setting.results().resolve("README.md"), text.toString());
    return text.toString();
  }

  private static void insert(Path file, String run) throws IOException {
    String text = Files.readString(file);
    int start = text.indexOf(START);
    int end = text.indexOf(END);
    if (start < 0 || end < start) {
      throw new IllegalStateException(file + " has lost its marks");
    }
    Files.writeString(file, text.substring(0, start + START.length()) + run + text.substring(end));
  }
}
