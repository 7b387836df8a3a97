package io.github.subreaper.bench;

import java.util.Arrays;
import java.util.Collection;

/** The figures of several rounds. */
record Spread(double min, double median, double max) {
  static Spread of(Collection<Double> figures) {
    return of(figures.stream().mapToDouble(figure -> figure).toArray());
  }

  static Spread of(double... figures) {
    double[] sorted = figures.clone();
    Arrays.sort(sorted);
    return new Spread(sorted[0], percentile(sorted, 50), sorted[sorted.length - 1]);
  }

  /** Between two figures, the part of the way that falls to it. */
  static double percentile(double[] figures, double percent) {
    double[] sorted = figures.clone();
    Arrays.sort(sorted);
    double place = (sorted.length - 1) * percent / 100;
    int below = (int) place;
    int above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (sorted[above] - sorted[below]) * (place - below);
  }
}
