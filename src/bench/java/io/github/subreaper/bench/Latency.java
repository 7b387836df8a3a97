package io.github.subreaper.bench;

import io.github.subreaper.ExitStatus;
import io.github.subreaper.Launch;
import io.github.subreaper.Program;
import io.github.subreaper.ScopeOptions;
import io.github.subreaper.Subreaper;
import io.github.subreaper.Supervisor;
import java.io.BufferedReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * From the last thing that a program does to the moment when Java knows of its end. The program
 * writes the clock that {@link System#nanoTime()} reads on Linux.
 */
final class Latency {
  private static final String MILLIS = "5";
  private static final String C = "C through a pipe";
  private static final String JDK = "ProcessBuilder waitFor";

  private Latency() {}

  static void run(Setting setting, Report report) throws Exception {
    int crowd = setting.size(5000, 50);
    report.add(new Comparison(setting, 0).rows("death to awaitExit, idle", 1.3));
    report.add(
        new Comparison(setting, crowd)
            .rows(String.format("death to awaitExit beside %,d live children", crowd), 1));
  }

  /** The median of so many deaths, in microseconds. */
  static double median(Setting setting, int deaths) throws Exception {
    return Spread.percentile(new Comparison(setting, 0, deaths).library(false), 50);
  }

  /** The deaths of traced programs, compared with those of others. */
  static List<Row> traced(Setting setting) throws Exception {
    Comparison one = new Comparison(setting, 0);
    return Contest.of(
            setting.size(5, 1),
            "µs",
            () -> Spread.percentile(one.library(true), 50),
            new Contest.Peer("untraced", () -> Spread.percentile(one.library(false), 50)))
        .rows(
            "traced: death to awaitExit, p50",
            1.5,
            "A traced program notes the time and exits. The time until a thread that waits for it"
                + " has its status, the median of "
                + one.samples
                + " deaths a round.");
  }

  /** One situation. The medians of a round are compared, and so are its 99th percentiles. */
  private static final class Comparison {
    private final Setting setting;
    private final int crowd;
    private final int samples;
    private final List<Double> oursHigh = new ArrayList<>();
    private final List<Double> theirsHigh = new ArrayList<>();

    Comparison(Setting setting, int crowd) {
      this(setting, crowd, setting.size(200, 5));
    }

    Comparison(Setting setting, int crowd, int samples) {
      this.setting = setting;
      this.crowd = crowd;
      this.samples = samples;
    }

    List<Row> rows(String what, double goal) throws Exception {
      Contest medians =
          Contest.of(
              setting.size(5, 1),
              "µs",
              () -> median(library(false), oursHigh),
              new Contest.Peer(C, () -> median(c(), theirsHigh)),
              new Contest.Peer(JDK, () -> Spread.percentile(jdk(), 50)));
      Contest highs = new Contest(oursHigh, Map.of(C, theirsHigh), "µs");
      String meaning =
          "A program notes the time and exits. The time until a thread that waits for it has its"
              + " status, %s of "
              + samples
              + " deaths a round. In C a supervisor writes to a pipe that a Java thread reads.";
      return List.of(
          medians.row(what + ", p50", C, goal, String.format(meaning, "the median")),
          highs.row(what + ", p99", C, goal, String.format(meaning, "the 99th percentile")),
          medians.row(
              what + ", p50",
              JDK,
              Row.NO_GOAL,
              "The same, compared with what the JDK needs for a process that it started"
                  + " itself, with no other children."));
    }

    private static double median(double[] micros, List<Double> high) {
      high.add(Spread.percentile(micros, 99));
      return Spread.percentile(micros, 50);
    }

    private double[] library(boolean traced) throws Exception {
      ScopeOptions options = ScopeOptions.defaults().withAwait(Duration.ofMinutes(1));
      Program untraced = Program.of(setting.program("stamp"), MILLIS);
      Program program = traced ? untraced.traced() : untraced;
      double[] micros = new double[samples];
      try (Subreaper subreaper = Subreaper.activate();
          Supervisor supervisor = subreaper.open("latency", options)) {
        Launch launch = supervisor.launch(setting.program("crowd"), Integer.toString(crowd));
        Setting.check(launch.awaitExit().equals(ExitStatus.exited(0)), "no crowd");
        for (int i = 0; i < samples; i++) {
          Launch stamp = supervisor.launch(program);
          ExitStatus status = stamp.awaitExit();
          long now = System.nanoTime();
          Setting.check(status.equals(ExitStatus.exited(0)), status);
          micros[i] = micros(stamp.stdout(), now);
        }
        Setting.check(launch.tree().size() == crowd, "the crowd has not stayed");
      }
      return micros;
    }

    private double[] c() throws Exception {
      Process supervisor =
          new ProcessBuilder(
                  setting.program("supervise"),
                  Integer.toString(crowd),
                  Integer.toString(samples),
                  setting.program("stamp"),
                  MILLIS)
              .start();
      double[] micros = new double[samples];
      try (BufferedReader output = supervisor.inputReader()) {
        for (int i = 0; i < samples; i++) {
          int mark = output.read();
          long now = System.nanoTime();
          Setting.check(mark == '!', "the supervisor in C has failed");
          micros[i] = micros(output.readLine(), now);
        }
        int code = supervisor.waitFor();
        Setting.check(code == 0, "the supervisor in C ended with", code);
      } finally {
        supervisor.destroyForcibly();
      }
      return micros;
    }

    private double[] jdk() throws Exception {
      Path log = setting.log("stamp");
      double[] micros = new double[samples];
      for (int i = 0; i < samples; i++) {
        Process process =
            new ProcessBuilder(setting.program("stamp"), MILLIS)
                .redirectOutput(log.toFile())
                .start();
        int code = process.waitFor();
        long now = System.nanoTime();
        Setting.check(code == 0, "stamp ended with", code);
        micros[i] = micros(Files.readString(log), now);
      }
      return micros;
    }

    private static double micros(String stamp, long now) {
      double micros = (now - Long.parseLong(stamp.trim())) / 1e3;
      Setting.check(micros > 0 && micros < 10_000_000, micros, "µs after the death");
      return micros;
    }
  }
}
