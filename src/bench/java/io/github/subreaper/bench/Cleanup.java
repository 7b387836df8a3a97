package io.github.subreaper.bench;

import io.github.subreaper.Descendant;
import io.github.subreaper.ExitStatus;
import io.github.subreaper.Launch;
import io.github.subreaper.ScopeOptions;
import io.github.subreaper.ScopeReport;
import io.github.subreaper.Subreaper;
import io.github.subreaper.Supervisor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.zeroturnaround.process.ProcessUtil;
import org.zeroturnaround.process.Processes;
import org.zeroturnaround.process.SystemProcess;

/**
 * The end of a scope that is full of processes, without settling or grace, against the same way to
 * kill in C. Each side's clock runs from the launcher's end until all are dead and collected.
 */
final class Cleanup {
  private static final String UNUSED_UID = "54399";
  private static final String C = "C, stop and kill";
  private static final String KNOWING = "C, the same calls";
  private static final String KILLER = "zt-process-killer";
  private static final ScopeOptions AT_ONCE =
      ScopeOptions.defaults()
          .withAwait(Duration.ofMinutes(1))
          .withSettle(Duration.ZERO)
          .withGrace(Duration.ZERO)
          .withKill(Duration.ofMinutes(1));

  private Cleanup() {}

  static void run(Setting setting, Report report) throws Exception {
    int idle = setting.size(1000, 20);
    report.add(compare(setting, "idle", idle));
    report.add(killer(setting, idle));
    if (Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0)) {
      report.add(compare(setting, "chains", 8));
      report.add(compare(setting, "bomb", setting.size(400, 30)));
    } else {
      System.out.println(
          "cleanup: chains and bombs are confined to a uid of their own: needs root");
    }
  }

  private static List<Row> compare(Setting setting, String shape, int count) throws Exception {
    library(setting, shape, count);
    Contest contest =
        Contest.of(
            setting.size(9, 1),
            "ms",
            () -> library(setting, shape, count),
            new Contest.Peer(C, () -> c(setting, "plain", shape, count)),
            new Contest.Peer(KNOWING, () -> c(setting, "knowing", shape, count)));
    String what = String.format("end of %s of %,d", shape, count);
    return List.of(
        contest.row(
            what,
            C,
            1.5,
            "The end of a scope without grace, until all its processes are dead and collected: "
                + switch (shape) {
                  case "idle" -> "daemons that do nothing.";
                  case "chains" -> "chains, in which each process forks the next one and exits.";
                  default -> "processes that fork for ever.";
                }),
        contest.row(
            what,
            KNOWING,
            shape.equals("chains") ? 1.2 : Row.NO_GOAL,
            "The same, compared with a program in C that reads what the library reads of each"
                + " process, dead or alive, by the same calls: the kernel's cost of knowing the"
                + " process."));
  }

  private static List<Row> killer(Setting setting, int count) throws Exception {
    return Contest.of(
            setting.size(5, 1),
            "ms",
            () -> library(setting, "idle", count),
            new Contest.Peer(KILLER, () -> killerOnce(setting, count)))
        .rows(
            String.format("end of idle of %,d", count),
            0.1,
            "The other library gets the pids of daemons that this one has adopted and"
                + " collects. It ends them by SIGKILL and checks twice a second. By itself it"
                + " could not find them.");
  }

  /** Milliseconds. */
  static double library(Setting setting, String shape, int count) {
    try (Subreaper subreaper = Subreaper.activate();
        Supervisor supervisor = subreaper.open("cleanup", AT_ONCE)) {
      launch(setting, supervisor, shape, count);
      long start = System.nanoTime();
      ScopeReport report = supervisor.end();
      double millis = (System.nanoTime() - start) / 1e6;
      Setting.check(report.survivors().isEmpty(), report);
      int seen = supervisor.descendants().size();
      Setting.check(seen > (shape.equals("idle") ? count : 8), seen, "were seen");
      return millis;
    }
  }

  private static Launch launch(Setting setting, Supervisor supervisor, String shape, int count) {
    Launch launch =
        supervisor.launch(setting.program("victims"), shape, Integer.toString(count), UNUSED_UID);
    ExitStatus status = launch.awaitExit();
    Setting.check(status.equals(ExitStatus.exited(0)), "victims", status);
    return launch;
  }

  private static double killerOnce(Setting setting, int count) throws Exception {
    try (Subreaper subreaper = Subreaper.activate();
        Supervisor supervisor = subreaper.open("killer", AT_ONCE)) {
      List<Descendant> daemons = launch(setting, supervisor, "idle", count).tree().roots();
      long start = System.nanoTime();
      ProcessUtil.destroyForcefullyAndWait(
          Processes.newProcessForMultiple(
              daemons.stream()
                  .map(daemon -> Processes.newPidProcess((int) daemon.pid()))
                  .toArray(SystemProcess[]::new)),
          1,
          TimeUnit.MINUTES);
      double millis = (System.nanoTime() - start) / 1e6;
      Setting.check(daemons.size() == count, daemons.size(), "daemons");
      Setting.check(daemons.stream().noneMatch(Descendant::isAlive), "some are alive");
      return millis;
    }
  }

  private static double c(Setting setting, String how, String shape, int count) throws Exception {
    String[] words =
        setting
            .run(
                setting.program("cleanup"),
                how,
                setting.program("victims"),
                shape,
                Integer.toString(count),
                UNUSED_UID)
            .trim()
            .split(" ", -1);
    int collected = Integer.parseInt(words[0]);
    Setting.check(collected >= (shape.equals("idle") ? count : 8), collected, "were collected");
    return Long.parseLong(words[1]) / 1e6;
  }
}
