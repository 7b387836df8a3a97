package io.github.subreaper.bench;

import java.util.Arrays;
import java.util.Collection;

/** The figures of several rounds. */
record Spread(double min, double median, double max) {
  static Spread of(Collection<Double> figures) {
    double[] sorted = figures.stream().mapToDouble(figure -> figure).sorted().toArray();
    int middle = sorted.length / 2;
    double median =
        sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    return new Spread(sorted[0], median, sorted[sorted.length - 1]);
  }

  static Spread of(double[] figures) {
    return of(Arrays.stream(figures).boxed().toList());
  }
}
