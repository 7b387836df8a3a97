package io.github.subreaper.bench;

import io.github.subreaper.ExitStatus;
import io.github.subreaper.Launch;
import io.github.subreaper.ScopeOptions;
import io.github.subreaper.Subreaper;
import io.github.subreaper.Supervisor;
import java.io.BufferedReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** From SIGKILL to a JVM until its guardian has ended all that it had started, and itself. */
final class Death {
  private Death() {}

  static List<Row> run(Setting setting) throws Exception {
    int daemons = setting.size(400, 20);
    String what = "SIGKILL of the JVM until " + daemons + " daemons are gone";
    List<Row> rows = new ArrayList<>();
    rows.add(Row.absolute(what, Spread.of(rounds(setting, daemons)), "s", 2));
    int others = setting.size(10_000, 100);
    Process strangers = new ProcessBuilder(setting.program("strangers"), "" + others).start();
    try (BufferedReader output = strangers.inputReader(StandardCharsets.UTF_8)) {
      String said = output.readLine();
      Setting.check(("strangers=" + others).equals(said), said);
      String among = String.format("%s, among %,d others", what, others);
      rows.add(Row.plain(among, Spread.of(rounds(setting, daemons)), "s"));
    } finally {
      strangers.getOutputStream().close();
      strangers.waitFor();
    }
    return rows;
  }

  private static List<Double> rounds(Setting setting, int daemons) throws Exception {
    List<Double> seconds = new ArrayList<>();
    for (int round = 0; round < setting.size(5, 1); round++) {
      seconds.add(kill(setting, daemons));
    }
    return seconds;
  }

  private static double kill(Setting setting, int daemons) throws Exception {
    Process jvm =
        new ProcessBuilder(
                System.getProperty("java.home") + "/bin/java",
                "--enable-native-access=ALL-UNNAMED",
                "-Dsubreaper.reports=" + setting.directory().resolve("guardian"),
                "-cp",
                System.getProperty("java.class.path"),
                Victim.class.getName(),
                setting.program("victims"),
                String.valueOf(daemons))
            .redirectError(setting.log("death").toFile())
            .start();
    try (BufferedReader output = jvm.inputReader(StandardCharsets.UTF_8)) {
      Setting.check("ready".equals(output.readLine()), "the JVM is not ready; see death.log");
      List<ProcessHandle> below = jvm.descendants().toList();
      Setting.check(below.size() == daemons + 1, below.size(), "processes below the JVM");
      long start = System.nanoTime();
      jvm.destroyForcibly();
      while (below.stream().anyMatch(ProcessHandle::isAlive)) {
        Thread.sleep(1);
        Setting.check(System.nanoTime() - start < 60_000_000_000L, "still alive after a minute");
      }
      return (System.nanoTime() - start) / 1e9;
    }
  }

  /** The JVM that is killed. */
  static final class Victim {
    private Victim() {}

    /** Starts the daemons and waits for its own end. */
    public static void main(String[] arguments) throws Exception {
      Subreaper subreaper = Subreaper.activate();
      Supervisor supervisor =
          subreaper.open("victim", ScopeOptions.defaults().withAwait(Duration.ofMinutes(1)));
      Launch launch = supervisor.launch(arguments[0], "idle", arguments[1]);
      ExitStatus status = launch.awaitExit();
      System.out.println(status.equals(ExitStatus.exited(0)) ? "ready" : status);
      Thread.currentThread().join();
    }
  }
}
