package io.github.subreaper.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/** Pictures of the tables, in SVG. */
final class Chart {
  private static final String MET = "#2c7a4b";
  private static final String MISSED = "#b3261e";
  private static final String FAINT = "#8a8a8a";
  private static final List<String> COLOURS = List.of("#1f5fa8", MET, "#b06a00");
  private static final int WIDTH = 860;
  private static final int SCALE = 420;

  /** The widest usual sans-serif font, DejaVu, at 12 pixels. */
  private static final double LETTER = 7;

  private final StringBuilder shapes = new StringBuilder();
  private final int width;

  private Chart(int width) {
    this.width = width;
  }

  /**
   * Each row with a goal: from its minimum to its maximum, with a dot at the median, as multiples
   * of its goal on a logarithmic scale. The longest label says how wide the margin is.
   */
  static void goals(Path file, List<Row> all) throws IOException {
    List<Row> rows = all.stream().filter(Row::hasGoal).toList();
    double least = 0.5;
    double most = 2;
    for (Row row : rows) {
      least = Math.min(least, positive(row.spread().min() / row.goal()));
      most = Math.max(most, row.spread().max() / row.goal());
    }
    int longest = rows.stream().mapToInt(row -> row.what().length()).max().orElse(0);
    int margin = (int) Math.ceil(longest * LETTER) + 10;
    int from = margin + 10;
    Axis axis = new Axis(least, most, from, from + SCALE);
    int bottom = 40 + 22 * rows.size();
    Chart chart = new Chart(from + SCALE + 20);
    chart.text(from, 18, "start", FAINT, "the goal is 1; further left is better");
    for (double tick : axis.powersOfTen()) {
      chart.line(axis.at(tick), 28, axis.at(tick), bottom, tick == 1 ? "#222222" : "#d8d8d8", 1);
      chart.text(axis.at(tick), bottom + 16, "middle", FAINT, Row.trimmed(tick) + " ×");
    }
    for (int i = 0; i < rows.size(); i++) {
      Row row = rows.get(i);
      Spread spread = row.spread();
      String colour = row.isMet() ? MET : MISSED;
      double y = 44 + 22 * i;
      chart.text(margin, y + 4, "end", "#222222", row.what());
      chart.line(at(axis, row, spread.min()), y, at(axis, row, spread.max()), y, colour, 3);
      chart.circle(at(axis, row, spread.median()), y, colour);
    }
    chart.write(file, bottom + 28);
  }

  private static double at(Axis axis, Row row, double figure) {
    return axis.at(positive(figure / row.goal()));
  }

  /** A difference may be below zero, which has no place on the scale. */
  private static double positive(double multiple) {
    return Math.max(multiple, 0.01);
  }

  /** Each curve with its points and the fitted line, both scales logarithmic. */
  static void growth(Path file, List<Growth.Curve> curves) throws IOException {
    double[] sizes =
        curves.stream().flatMap(c -> c.points().stream()).mapToDouble(Growth.Point::size).toArray();
    double[] times =
        curves.stream()
            .flatMap(c -> c.points().stream())
            .mapToDouble(Growth.Point::seconds)
            .toArray();
    Axis x = new Axis(Spread.of(sizes).min(), Spread.of(sizes).max(), 80, WIDTH - 220);
    Axis y = new Axis(Spread.of(times).min(), Spread.of(times).max(), 360, 30);
    Chart chart = new Chart(WIDTH);
    for (double tick : x.powersOfTen()) {
      chart.line(x.at(tick), 30, x.at(tick), 360, "#d8d8d8", 1);
      chart.text(x.at(tick), 378, "middle", FAINT, String.format(Locale.ROOT, "%,.0f", tick));
    }
    for (double tick : y.powersOfTen()) {
      chart.line(80, y.at(tick), WIDTH - 220, y.at(tick), "#d8d8d8", 1);
      chart.text(72, y.at(tick) + 4, "end", FAINT, Row.trimmed(tick * 1000) + " ms");
    }
    for (int i = 0; i < curves.size(); i++) {
      Growth.Curve curve = curves.get(i);
      String colour = COLOURS.get(i % COLOURS.size());
      Growth.Point first = curve.points().get(0);
      Growth.Point last = curve.points().get(curve.points().size() - 1);
      chart.line(
          x.at(first.size()),
          y.at(curve.at(first.size())),
          x.at(last.size()),
          y.at(curve.at(last.size())),
          colour,
          1.5);
      curve.points().forEach(p -> chart.circle(x.at(p.size()), y.at(p.seconds()), colour));
      chart.text(
          WIDTH - 205,
          50 + 22 * i,
          "start",
          colour,
          curve.name() + " ~ n^" + Row.number(curve.exponent()));
    }
    chart.write(file, 395);
  }

  /** A logarithmic scale between two places. */
  private record Axis(double least, double most, double from, double to) {
    double at(double figure) {
      return from + (to - from) * Math.log(figure / least) / Math.log(most / least);
    }

    double[] powersOfTen() {
      int first = (int) Math.ceil(Math.log10(least) - 1e-9);
      int last = (int) Math.floor(Math.log10(most) + 1e-9);
      return IntStream.rangeClosed(first, last).mapToDouble(power -> Math.pow(10, power)).toArray();
    }
  }

  private void line(double x1, double y1, double x2, double y2, String colour, double width) {
    add(
        "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\" stroke-width=\"%.1f\"/>",
        x1, y1, x2, y2, colour, width);
  }

  private void circle(double x, double y, String colour) {
    add("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4\" fill=\"%s\"/>", x, y, colour);
  }

  private void text(double x, double y, String anchor, String colour, String text) {
    String escaped = text.replace("&", "&amp;").replace("<", "&lt;");
    add(
        "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" fill=\"%s\">%s</text>",
        x, y, anchor, colour, escaped);
  }

  private void add(String format, Object... values) {
    shapes.append("  ").append(String.format(Locale.ROOT, format, values)).append('\n');
  }

  private void write(Path file, int height) throws IOException {
    Files.writeString(
        file,
        String.format(
            Locale.ROOT,
            """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d"
                font-family="sans-serif" font-size="12">
              <rect width="100%%" height="100%%" fill="white"/>
            %s</svg>
            """,
            width,
            height,
            width,
            height,
            shapes));
  }
}
