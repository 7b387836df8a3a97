package io.github.subreaper.bench;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.util.Statistics;

/** The measurements of JMH, in its own forks; its output goes to a log. */
final class InJvm {
  private InJvm() {}

  static void launch(Setting setting, Report report) throws Exception {
    String jdk = "ProcessBuilder to waitFor";
    String executor = "zt-exec";
    String what = "launch to its status";
    Contest contest =
        Contest.of(
            setting.size(3, 1),
            "µs",
            () -> median(setting, "LaunchBenchmark.library"),
            new Contest.Peer(jdk, () -> median(setting, "LaunchBenchmark.processBuilder")),
            new Contest.Peer(executor, () -> median(setting, "LaunchBenchmark.ztExec")));
    report.add(
        contest.row(
            what,
            jdk,
            0.8,
            "From the launch of `sh -c 'exit 3'` until its status is known, the median of a"
                + " round. The streams are files on both sides."));
    report.add(
        contest.row(
            what,
            executor,
            Row.NO_GOAL,
            "The same, compared with the other library, which reads the output through a"
                + " pipe."));
  }

  static void emptyScope(Setting setting, Report report) throws Exception {
    List<Double> medians = new ArrayList<>();
    for (int round = 0; round < setting.size(2, 1); round++) {
      medians.add(median(setting, "ScopeBenchmark.endEmptyScope"));
    }
    report.add(
        Row.absolute(
            "end of an empty scope",
            Spread.of(medians),
            "µs",
            300,
            "To verify, twice, that nothing is left of a scope in which nothing was started."
                + " The median of a round."));
  }

  static void activation(Setting setting, Report report) throws Exception {
    int forks = setting.size(5, 0);
    int later = setting.size(50, 2);
    report.add(
        singleShots(
            setting,
            "ActivationBenchmark.jna",
            0,
            forks,
            Row.NO_GOAL,
            "JNA loaded",
            "JNA and a first function of the C library, as any user of JNA loads them. It"
                + " searches for libraries with ldconfig(8)."));
    report.add(
        singleShots(
            setting,
            "ActivationBenchmark.activate",
            0,
            forks,
            Row.NO_GOAL,
            "activation, the first in a JVM",
            "The loading of JNA and the start of the guardian are included."));
    report.add(
        singleShots(
            setting,
            "ActivationBenchmark.activateAfterJna",
            0,
            forks,
            60,
            "activation, the first after JNA is loaded",
            "The same, if other code has loaded JNA before."));
    report.add(
        singleShots(
            setting,
            "ActivationBenchmark.activateAfterMapping",
            0,
            forks,
            Row.NO_GOAL,
            "activation, the first after JNA has mapped a class",
            "The same, if other code has also called the C library directly before: then JNA"
                + " already has its descriptions of C's types."));
    report.add(
        singleShots(
            setting,
            "ActivationBenchmark.activate",
            later,
            setting.size(1, 0),
            Row.NO_GOAL,
            "activation, later ones",
            "In a JVM that has done the same before."));
    report.add(
        singleShots(
            setting,
            "ScopeBenchmark.endDaemon",
            0,
            forks,
            Row.NO_GOAL,
            "end of a scope with a daemon, the first in a JVM",
            "From the stop signal to the last scan, which finds nothing. Most of it is the"
                + " loading of classes."));
    report.add(
        singleShots(
            setting,
            "ScopeBenchmark.endDaemon",
            later,
            setting.size(1, 0),
            Row.NO_GOAL,
            "end of a scope with a daemon, later ones",
            "In a JVM that has done the same before."));
  }

  /** Single shots; after a warm-up as many again. */
  private static Row singleShots(
      Setting setting,
      String benchmark,
      int warmUp,
      int forks,
      double goal,
      String what,
      String meaning)
      throws RunnerException {
    ChainedOptionsBuilder shots =
        options(setting, benchmark)
            .mode(Mode.SingleShotTime)
            .warmupIterations(warmUp)
            .measurementIterations(Math.max(1, warmUp))
            .forks(forks);
    return Row.absolute(what, Spread.of(figures(run(shots))), "ms", goal, meaning);
  }

  private static double median(Setting setting, String benchmark) throws RunnerException {
    TimeValue iteration = TimeValue.milliseconds(setting.size(1000, 50));
    return run(options(setting, benchmark)
            .warmupIterations(setting.size(2, 1))
            .warmupTime(iteration)
            .measurementIterations(setting.size(3, 1))
            .measurementTime(iteration)
            .forks(setting.size(1, 0)))
        .getPercentile(50);
  }

  private static ChainedOptionsBuilder options(Setting setting, String benchmark) {
    if (setting.quick()) {
      System.setProperty("jmh.ignoreLock", "true"); // figures that another run may spoil
    }
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
