package io.github.subreaper.bench;

import io.github.subreaper.ExitStatus;
import io.github.subreaper.Launch;
import io.github.subreaper.Subreaper;
import io.github.subreaper.Supervisor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * From the last thing that a program does to the return of the wait for it. The program writes the
 * clock that {@link System#nanoTime()} reads on Linux.
 */
final class Latency {
  private static final String MILLIS = "20";

  private Latency() {}

  static List<Row> run(Setting setting) throws Exception {
    int samples = setting.size(50, 5);
    List<Double> ours = new ArrayList<>();
    List<Double> theirs = new ArrayList<>();
    List<Double> ratios = new ArrayList<>();
    for (int round = 0; round < setting.size(5, 2); round++) {
      List<Double> library = new ArrayList<>();
      List<Double> jdk = new ArrayList<>();
      try (Subreaper subreaper = Subreaper.activate();
          Supervisor supervisor = subreaper.open("latency")) {
        for (int i = 0; i < samples; i++) {
          library.add(library(setting, supervisor));
        }
      }
      for (int i = 0; i < samples; i++) {
        jdk.add(jdk(setting));
      }
      double our = Spread.of(library).median();
      double their = Spread.of(jdk).median();
      ours.add(our);
      theirs.add(their);
      ratios.add(our / their);
    }
    return List.of(
        Row.ratio(
            "death to the return of awaitExit, medians : waitFor",
            Row.number(Spread.of(ours).median()) + " µs",
            Row.number(Spread.of(theirs).median()) + " µs",
            Spread.of(ratios),
            Double.NaN));
  }

  private static double library(Setting setting, Supervisor supervisor) {
    Launch launch = supervisor.launch(setting.program("stamp"), MILLIS);
    ExitStatus status = launch.awaitExit();
    long now = System.nanoTime();
    Setting.check(status.equals(ExitStatus.exited(0)), status);
    return micros(launch.stdout(), now);
  }

  private static double jdk(Setting setting) throws Exception {
    Path log = setting.log("stamp");
    Process process =
        new ProcessBuilder(setting.program("stamp"), MILLIS).redirectOutput(log.toFile()).start();
    int code = process.waitFor();
    long now = System.nanoTime();
    Setting.check(code == 0, "stamp ended with", code);
    return micros(Files.readString(log), now);
  }

  private static double micros(String stamp, long now) {
    double micros = (now - Long.parseLong(stamp.trim())) / 1e3;
    Setting.check(micros > 0 && micros < 10_000_000, micros, "µs after the death");
    return micros;
  }
}
