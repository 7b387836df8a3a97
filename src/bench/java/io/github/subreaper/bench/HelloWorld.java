package io.github.subreaper.bench;

import io.github.subreaper.Descendant;
import io.github.subreaper.ExitStatus;
import io.github.subreaper.Launch;
import io.github.subreaper.ScopeOptions;
import io.github.subreaper.Subreaper;
import io.github.subreaper.Supervisor;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** The CPU time that the library adds to a JVM that does nothing else. */
final class HelloWorld {
  private HelloWorld() {}

  static void run(Setting setting, Report report) throws Exception {
    report.add(row(setting, "CPU of a JVM that says hello", Row.NO_GOAL, "Without the library."));
    report.add(
        row(
            setting,
            "the same, activated",
            Row.NO_GOAL,
            "An activation and its end, no scope: the flight recorder is not started.",
            "activate"));
    report.add(
        row(
            setting,
            "the same, with a scope",
            0.45,
            "The first scope starts the flight recorder, which shows origins.",
            "open"));
    report.add(
        row(
            setting,
            "the same, with a scope, origin=off",
            Row.NO_GOAL,
            "Without the flight recorder.",
            "open",
            "off"));
    report.add(
        row(
            setting,
            "the flight recorder alone",
            Row.NO_GOAL,
            "A JVM without the library that starts one recording of jdk.ProcessStart in memory.",
            "recorder"));
  }

  private static Row row(
      Setting setting, String what, double goal, String explanation, String... arguments)
      throws Exception {
    List<Double> seconds = new ArrayList<>();
    for (int round = 0; round < setting.size(7, 1); round++) {
      seconds.add(seconds(System.getProperty("java.class.path"), arguments));
    }
    return Row.absolute(what, Spread.of(seconds), "s of CPU", goal, explanation);
  }

  static double seconds(String classPath, String... arguments) {
    boolean off = arguments.length == 2;
    String[] command =
        Stream.concat(
                Stream.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "--enable-native-access=ALL-UNNAMED",
                    "-Dsubreaper.directory=/dev/null/none",
                    "-Dsubreaper.origin=" + (off ? "off" : ""),
                    "-cp",
                    classPath,
                    HelloWorld.class.getName()),
                Arrays.stream(arguments))
            .toArray(String[]::new);
    ScopeOptions options = ScopeOptions.defaults().withAwait(Duration.ofMinutes(1));
    try (Subreaper subreaper = Subreaper.activate();
        Supervisor supervisor = subreaper.open("hello", options)) {
      Launch launch = supervisor.launch(command);
      ExitStatus status = launch.awaitExit();
      Setting.check(status.equals(ExitStatus.exited(0)), status, launch.stderr());
      Setting.check(launch.stdout().contains("hello"), launch.stdout());
      Descendant jvm = launch.process();
      return jvm.userTime().orElseThrow().plus(jvm.systemTime().orElseThrow()).toNanos() / 1e9;
    }
  }

  /** The JVM that is measured. */
  public static void main(String[] arguments) {
    String what = arguments.length == 0 ? "" : arguments[0];
    if (what.equals("recorder")) {
      Recorder.startAndStop();
    } else if (!what.isEmpty()) {
      Library.activate(what.equals("open"));
    }
    System.out.println("hello");
  }

  /** A separate class, so that a plain JVM does not load the library. */
  private static final class Library {
    static void activate(boolean open) {
      try (Subreaper subreaper = Subreaper.activate()) {
        if (open) {
          subreaper.open("scope").close();
        }
      }
    }
  }

  private static final class Recorder {
    static void startAndStop() {
      try (jdk.jfr.Recording recording = new jdk.jfr.Recording()) {
        recording.setToDisk(false);
        recording.enable("jdk.ProcessStart").withStackTrace();
        recording.start();
      }
    }
  }
}
