package io.github.subreaper.bench;

import io.github.subreaper.ExitStatus;
import io.github.subreaper.Launch;
import io.github.subreaper.ScopeOptions;
import io.github.subreaper.ScopeReport;
import io.github.subreaper.Subreaper;
import io.github.subreaper.Supervisor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The end of a scope that is full of processes, without settling or grace, against the same way to
 * kill in C. Each side's clock runs from the launcher's end until all are dead and collected.
 */
final class Cleanup {
  private static final String UNUSED_UID = "54399";

  private Cleanup() {}

  static List<Row> run(Setting setting) throws Exception {
    List<Row> rows = new ArrayList<>();
    rows.add(compare(setting, "idle", setting.size(1000, 20)));
    if (isRoot()) {
      rows.add(compare(setting, "chains", 8));
      rows.add(compare(setting, "bomb", setting.size(400, 30)));
    } else {
      System.out.println(
          "cleanup: chains and bombs are confined to a uid of their own: needs root");
    }
    return rows;
  }

  private static boolean isRoot() throws Exception {
    return Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
  }

  private static Row compare(Setting setting, String shape, int count) throws Exception {
    library(setting, shape, count);
    List<Double> ours = new ArrayList<>();
    List<Double> theirs = new ArrayList<>();
    List<Double> ratios = new ArrayList<>();
    for (int round = 0; round < setting.size(9, 2); round++) {
      boolean first = round % 2 == 0;
      double before = first ? library(setting, shape, count) : 0;
      double their = c(setting, shape, count);
      double our = first ? before : library(setting, shape, count);
      ours.add(our);
      theirs.add(their);
      ratios.add(our / their);
    }
    return Row.ratio(
        String.format("the end of %s of %,d : the same in C", shape, count),
        Row.number(Spread.of(ours).median()) + " ms",
        Row.number(Spread.of(theirs).median()) + " ms",
        Spread.of(ratios),
        2);
  }

  private static double library(Setting setting, String shape, int count) {
    ScopeOptions options =
        ScopeOptions.defaults()
            .withAwait(Duration.ofMinutes(1))
            .withSettle(Duration.ZERO)
            .withGrace(Duration.ZERO)
            .withKill(Duration.ofMinutes(1));
    try (Subreaper subreaper = Subreaper.activate();
        Supervisor supervisor = subreaper.open("cleanup", options)) {
      Launch launch =
          supervisor.launch(setting.program("victims"), shape, String.valueOf(count), UNUSED_UID);
      ExitStatus status = launch.awaitExit();
      Setting.check(status.equals(ExitStatus.exited(0)), "victims", status);
      long start = System.nanoTime();
      ScopeReport report = supervisor.end();
      double millis = (System.nanoTime() - start) / 1e6;
      Setting.check(report.survivors().isEmpty(), report);
      int seen = supervisor.descendants().size();
      Setting.check(seen > (shape.equals("idle") ? count : 8), seen, "were seen");
      return millis;
    }
  }

  private static double c(Setting setting, String shape, int count) throws Exception {
    Path log = setting.log("cleanup");
    int code =
        new ProcessBuilder(
                setting.program("cleanup"),
                setting.program("victims"),
                shape,
                String.valueOf(count),
                UNUSED_UID)
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start()
            .waitFor();
    Setting.check(code == 0, "cleanup ended with", code);
    String[] words = Files.readString(log).trim().split(" ", -1);
    int collected = Integer.parseInt(words[0]);
    Setting.check(collected >= (shape.equals("idle") ? count : 8), collected, "were collected");
    return Long.parseLong(words[1]) / 1e6;
  }
}
