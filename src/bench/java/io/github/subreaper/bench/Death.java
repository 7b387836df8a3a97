package io.github.subreaper.bench;

import io.github.subreaper.ExitStatus;
import io.github.subreaper.Launch;
import io.github.subreaper.ScopeOptions;
import io.github.subreaper.Subreaper;
import io.github.subreaper.Supervisor;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * From SIGKILL to a JVM, or to a supervisor in C, until its guardian has ended all that it started.
 */
final class Death {
  private static final String C = "C guardian";

  private Death() {}

  static void run(Setting setting, Report report) throws Exception {
    int daemons = setting.size(400, 20);
    int others = setting.size(10_000, 100);
    String what = "SIGKILL until " + daemons + " daemons are gone";
    report.add(rows(what, contest(setting, daemons, setting.size(5, 1)), 1));
    report.add(
        rows(
            String.format("%s, among %,d others", what, others),
            Strangers.beside(setting, others, () -> contest(setting, daemons, setting.size(3, 1))),
            Row.NO_GOAL));
  }

  private static Contest contest(Setting setting, int daemons, int rounds) throws Exception {
    String[] victims = {setting.program("victims"), "idle", Integer.toString(daemons)};
    List<String> jvm = setting.java(Victim.class, victims);
    List<String> supervisor = new ArrayList<>(List.of(setting.program("guardian")));
    supervisor.addAll(List.of(victims));
    return Contest.of(
        rounds,
        "s",
        () -> kill(setting, jvm, daemons),
        new Contest.Peer(C, () -> kill(setting, supervisor, daemons)));
  }

  private static List<Row> rows(String what, Contest contest, double seconds) {
    return List.of(
        contest.row(
            what,
            C,
            2,
            "The library's guardian, a shell script, against one in C that also finds the"
                + " processes by their tag and stops all before it kills any."),
        Row.absolute(
            what,
            Spread.of(contest.ours()),
            "s",
            seconds,
            "How long the processes that a killed JVM had started stay alive, the JVM's own"
                + " death included."));
  }

  static double kill(Setting setting, List<String> command, int daemons) throws Exception {
    Process parent =
        new ProcessBuilder(command).redirectError(setting.log("death").toFile()).start();
    try (BufferedReader output = parent.inputReader()) {
      Setting.check("ready".equals(output.readLine()), command, "is not ready; see death.log");
      List<ProcessHandle> below = parent.descendants().toList();
      Setting.check(below.size() == daemons + 1, below.size(), "processes below it");
      List<ProcessHandle> victims = below.stream().filter(Death::isVictim).toList();
      Setting.check(victims.size() == daemons, victims.size(), "daemons");
      long start = System.nanoTime();
      parent.destroyForcibly();
      awaitEnd(victims);
      double seconds = (System.nanoTime() - start) / 1e9;
      awaitEnd(below);
      return seconds;
    } finally {
      parent.destroyForcibly();
    }
  }

  private static boolean isVictim(ProcessHandle process) {
    return process.info().command().orElse("").endsWith("/victims");
  }

  private static void awaitEnd(List<ProcessHandle> processes) throws InterruptedException {
    long start = System.nanoTime();
    while (processes.stream().anyMatch(Death::isThere)) {
      Thread.sleep(1);
      Setting.check(System.nanoTime() - start < 60_000_000_000L, "still alive after a minute");
    }
  }

  /** A zombie counts as gone: its adopter decides when it is collected. */
  private static boolean isThere(ProcessHandle process) {
    try {
      String stat = Files.readString(Path.of("/proc/" + process.pid() + "/stat"));
      return process.isAlive() && stat.charAt(stat.lastIndexOf(')') + 2) != 'Z';
    } catch (IOException e) {
      return false;
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
      Launch launch = supervisor.launch(arguments);
      ExitStatus status = launch.awaitExit();
      System.out.println(status.equals(ExitStatus.exited(0)) ? "ready" : status);
      Thread.currentThread().join();
    }
  }
}
