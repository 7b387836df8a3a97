package io.github.subreaper.bench;

import java.util.ArrayList;
import java.util.List;

/** How the time grows with the size of the work: a line through the logarithms of both. */
final class Growth {
  private Growth() {}

  /** The time for one size. */
  record Point(double size, double seconds) {}

  /**
   * All sizes of one kind of work.
   *
   * @param exponent b of time = a · sizeᵇ, by least squares
   * @param factor a
   */
  record Curve(String name, List<Point> points, double exponent, double factor) {
    static Curve through(String name, List<Point> points) {
      double x = 0;
      double y = 0;
      double xx = 0;
      double xy = 0;
      for (Point point : points) {
        double size = Math.log(point.size);
        double time = Math.log(point.seconds);
        x += size;
        y += time;
        xx += size * size;
        xy += size * time;
      }
      int n = points.size();
      double exponent = (n * xy - x * y) / (n * xx - x * x);
      return new Curve(name, points, exponent, Math.exp((y - exponent * x) / n));
    }

    double at(double size) {
      return factor * Math.pow(size, exponent);
    }
  }

  /** Seconds for a size. */
  private interface Sized {
    double seconds(int size) throws Exception;
  }

  static void run(Setting setting, Report report) throws Exception {
    int[] sizes = setting.quick() ? new int[] {10, 40} : new int[] {100, 1000, 10_000};
    int[] records = setting.quick() ? sizes : new int[] {100, 1000, 10_000, 100_000};
    int rounds = setting.size(3, 1);
    List<Curve> curves = new ArrayList<>();
    curves.add(curve("flood", records, rounds, size -> Flood.library(setting, 1, size)));
    report.add(row(curves.get(0)));
    curves.add(curve("snapshot", sizes, 1, size -> snapshot(setting, size)));
    report.add(row(curves.get(1)));
    curves.add(
        curve(
            "cleanup of idle",
            sizes,
            rounds,
            size -> Cleanup.library(setting, "idle", size) / 1000));
    Chart.growth(setting.directory().resolve("growth.svg"), curves);
    report.add(row(curves.get(2)));
  }

  private static double snapshot(Setting setting, int size) throws Exception {
    return Spread.of(Snapshot.measure(setting, size, false).contest().ours()).median() / 1000;
  }

  private static Curve curve(String name, int[] sizes, int rounds, Sized work) throws Exception {
    List<Point> points = new ArrayList<>();
    for (int size : sizes) {
      List<Double> seconds = new ArrayList<>();
      for (int round = 0; round < (size < 10_000 ? rounds : 1); round++) {
        seconds.add(work.seconds(size));
      }
      points.add(new Point(size, Spread.of(seconds).median()));
    }
    return Curve.through(name, points);
  }

  private static Row row(Curve curve) {
    List<String> times = new ArrayList<>();
    for (Point point : curve.points) {
      times.add(String.format("%,d in %s ms", (long) point.size, Row.number(point.seconds * 1000)));
    }
    return Row.growth(
            curve.name,
            curve.exponent,
            1.05,
            "The exponent b, where the time is a · nᵇ, fitted to the medians. 1 is linear.")
        .withNote(String.join(", ", times));
  }
}
