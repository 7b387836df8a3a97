package io.github.subreaper.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The rows of a run, on a page between two marks, and the charts beside it. Each row is printed
 * when it is known. Before that, the page in the target directory has it: a run that is cut loses
 * none.
 */
final class Report {
  private static final String START = "<!-- a run, written by -Pbench -->\n";
  private static final String END = "<!-- the end of the run -->";
  private static final String PAGE = "README.md";
  private static final List<String> BESIDE =
      List.of("peers.svg", "alone.svg", "growth.svg", "flood.folded");

  private final Setting setting;
  private final String machine;
  private final String load;
  private final long start = System.nanoTime();
  private final List<Row> rows = new ArrayList<>();
  private String running = "";

  Report(Setting setting) throws Exception {
    this.setting = setting;
    this.machine = Machine.describe(setting);
    this.load = Machine.load();
  }

  /** The benchmark that the next rows are of. */
  void starts(String benchmark) throws IOException {
    running = benchmark;
    writeAsCut();
  }

  void add(Row row) throws IOException {
    add(List.of(row));
  }

  void add(List<Row> more) throws IOException {
    rows.addAll(more);
    writeAsCut();
    more.forEach(row -> System.out.println(row.line()));
  }

  private void writeAsCut() throws IOException {
    write(
        String.format(
            Locale.ROOT,
            "\n**This run was cut** in the benchmark `%s`, after %.0f s: it lacks the rows that"
                + " were not known yet.\n",
            running,
            seconds()));
  }

  /** Returns what the page says of the whole run. */
  String finish() throws IOException {
    return write(
        String.format(
            Locale.ROOT,
            "| load | %s at the start, %s at the end, this run's included |%n"
                + "| the run took | %.0f s |%n",
            load,
            Machine.load(),
            seconds()));
  }

  /** Puts the tables of a whole run beside the sources, without what is listed below them. */
  void publish(String text) throws IOException {
    String tables = text.replaceAll("(?m)^- .*\\R+", "");
    insert(setting.sources().resolve(PAGE), setting.sources().resolve(PAGE), tables);
    for (String name : BESIDE) {
      Files.copy(
          setting.directory().resolve(name),
          setting.sources().resolve(name),
          StandardCopyOption.REPLACE_EXISTING);
    }
  }

  private double seconds() {
    return (System.nanoTime() - start) / 1e9;
  }

  private String write(String state) throws IOException {
    StringBuilder text = new StringBuilder(machine).append(state);
    for (Row.Table table : Row.Table.values()) {
      List<Row> lines = rows.stream().filter(row -> row.table() == table).toList();
      if (!lines.isEmpty()) {
        String chart = table.name().toLowerCase(Locale.ROOT) + ".svg";
        if (table != Row.Table.GROWTH) {
          Chart.goals(setting.directory().resolve(chart), lines);
        }
        text.append("\n## ").append(table.title).append("\n\n").append(Row.markdown(lines));
        text.append("\n![").append(table.title).append("](").append(chart).append(")\n");
      }
    }
    if (setting.quick()) {
      text.append("\nquick: the sizes are too small for the figures to mean anything\n");
    }
    insert(setting.sources().resolve(PAGE), setting.directory().resolve(PAGE), text.toString());
    return text.toString();
  }

  /** Writes a page with another run than it has; whole, even if the JVM is halted meanwhile. */
  private static void insert(Path page, Path target, String run) throws IOException {
    String text = Files.readString(page);
    int start = text.indexOf(START);
    int end = text.indexOf(END);
    if (start < 0 || end < start) {
      throw new IllegalStateException(page + " has lost its marks");
    }
    Path part = target.resolveSibling(PAGE + ".part");
    Files.writeString(part, text.substring(0, start + START.length()) + run + text.substring(end));
    Files.move(part, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }
}
