package io.github.subreaper.bench;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.util.Statistics;

/** What JMH measures, in forks of its own; what it says goes to a log. */
final class InJvm {
  private InJvm() {}

  static List<Row> launch(Setting setting) throws RunnerException {
    List<Double> ours = new ArrayList<>();
    List<Double> theirs = new ArrayList<>();
    List<Double> ratios = new ArrayList<>();
    int rounds = setting.size(5, 1);
    for (int round = 0; round < rounds; round++) {
      boolean first = round % 2 == 0;
      double before = first ? median(setting, "LaunchBenchmark.library") : 0;
      double their = median(setting, "LaunchBenchmark.processBuilder");
      double our = first ? before : median(setting, "LaunchBenchmark.library");
      ours.add(our);
      theirs.add(their);
      ratios.add(our / their);
    }
    return List.of(
        Row.ratio(
            "launch to its status, medians : ProcessBuilder to waitFor",
            Row.number(Spread.of(ours).median()) + " µs",
            Row.number(Spread.of(theirs).median()) + " µs",
            Spread.of(ratios),
            1.1));
  }

  static List<Row> emptyScope(Setting setting) throws RunnerException {
    List<Double> medians = new ArrayList<>();
    for (int round = 0; round < setting.size(3, 1); round++) {
      medians.add(median(setting, "ScopeBenchmark.endEmptyScope"));
    }
    return List.of(
        Row.absolute("the end of an empty scope, medians", Spread.of(medians), "µs", 300));
  }

  static List<Row> activation(Setting setting) throws RunnerException {
    String benchmark = "ActivationBenchmark.activate";
    ChainedOptionsBuilder first =
        options(setting, benchmark)
            .mode(org.openjdk.jmh.annotations.Mode.SingleShotTime)
            .warmupIterations(0)
            .measurementIterations(1)
            .forks(setting.size(5, 1));
    ChainedOptionsBuilder later =
        options(setting, benchmark)
            .mode(org.openjdk.jmh.annotations.Mode.SingleShotTime)
            .warmupIterations(setting.size(50, 2))
            .measurementIterations(setting.size(50, 2))
            .forks(1);
    return List.of(
        Row.plain("activation, the first in a JVM", Spread.of(figures(run(first))), "ms"),
        Row.plain("activation, later ones", Spread.of(figures(run(later))), "ms"));
  }

  private static double median(Setting setting, String benchmark) throws RunnerException {
    TimeValue iteration = TimeValue.milliseconds(setting.size(1000, 100));
    return run(options(setting, benchmark)
            .warmupIterations(setting.size(2, 1))
            .warmupTime(iteration)
            .measurementIterations(setting.size(3, 1))
            .measurementTime(iteration)
            .forks(1))
        .getPercentile(50);
  }

  private static ChainedOptionsBuilder options(Setting setting, String benchmark) {
    return new OptionsBuilder()
        .include("\\b" + benchmark + "$")
        .shouldFailOnError(true)
        .output(setting.log("jmh-" + benchmark).toString());
  }

  private static Statistics run(ChainedOptionsBuilder options) throws RunnerException {
    Collection<RunResult> results = new Runner(options.build()).run();
    Setting.check(results.size() == 1, results.size(), "benchmarks");
    return results.iterator().next().getPrimaryResult().getStatistics();
  }

  private static double[] figures(Statistics statistics) {
    List<Double> figures = new ArrayList<>();
    statistics
        .getRawData()
        .forEachRemaining(
            entry -> {
              for (long i = 0; i < entry.getValue(); i++) {
                figures.add(entry.getKey());
              }
            });
    return figures.stream().mapToDouble(figure -> figure).toArray();
  }
}
