package io.github.subreaper.bench;

import io.github.subreaper.ExitStatus;
import io.github.subreaper.Launch;
import io.github.subreaper.ScopeOptions;
import io.github.subreaper.Subreaper;
import io.github.subreaper.Supervisor;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.platform.launcher.Launcher;
import org.junit.platform.launcher.core.LauncherFactory;

/**
 * The JVM of one version, which does a round of its work at each byte of its input and prints the
 * figure. It calls only what the older version has, too.
 */
final class Rounds {
  private static final ScopeOptions PATIENT =
      ScopeOptions.defaults().withAwait(Duration.ofMinutes(1));

  private Rounds() {}

  /** The work, the sizes, and where the programs are. */
  public static void main(String[] arguments) throws Exception {
    Path directory = Path.of(arguments[2]);
    Setting setting = new Setting(arguments[1].equals("quick"), directory, directory);
    Contest.Work work = work(arguments[0], setting);
    while (System.in.read() >= 0) {
      System.out.println(work.measure());
    }
    System.exit(0); // JUnit's session stays open
  }

  private static Contest.Work work(String name, Setting setting) {
    return switch (name) {
      case "launch" -> launches(setting);
      case "death" -> () -> Latency.median(setting, setting.size(60, 5));
      case "snapshot" -> snapshots(setting, setting.size(1000, 30));
      case "amid" -> snapshots(setting, setting.size(100, 10));
      case "burst" -> () -> Flood.burstLibrary(setting, setting.size(5000, 100));
      case "flood" -> () -> Flood.library(setting, 1, setting.size(10_000, 100));
      case "traced" -> () -> Flood.library(setting, true, 1, setting.size(3000, 50));
      case "end" -> () -> Cleanup.library(setting, "idle", setting.size(1000, 20));
      case "chains" -> () -> Cleanup.library(setting, "chains", 8);
      case "activation" -> activation();
      case "test" -> tests(setting);
      case "scope" -> scopes(setting);
      case "daemon" -> daemons(setting);
      default -> throw new IllegalArgumentException(name);
    };
  }

  private static double timed(Runnable work) {
    long start = System.nanoTime();
    work.run();
    return (System.nanoTime() - start) / 1e3;
  }

  /** The median of many, after as much warm-up as a test class has. */
  private static Contest.Work many(int count, Contest.Work one) {
    return () -> {
      double[] figures = new double[count];
      for (int i = 0; i < count; i++) {
        figures[i] = one.measure();
      }
      return Spread.of(figures).median();
    };
  }

  private static Contest.Work launches(Setting setting) {
    Subreaper subreaper = Subreaper.activate();
    return many(
        setting.size(200, 2),
        () -> {
          try (Supervisor supervisor = subreaper.open("launch")) {
            return timed(
                () -> {
                  Launch launch = supervisor.launch("sh", "-c", "exit 3");
                  ExitStatus status = launch.awaitExit();
                  Setting.check(status.equals(ExitStatus.exited(3)), status);
                });
          }
        });
  }

  private static Contest.Work snapshots(Setting setting, int processes) {
    Supervisor supervisor = Subreaper.activate().open("snapshot", PATIENT);
    ExitStatus status =
        supervisor.launch(setting.program("tree"), Integer.toString(processes)).awaitExit();
    Setting.check(status.equals(ExitStatus.exited(0)), "tree", status);
    return many(
        setting.size(7, 1),
        () ->
            timed(
                    () -> {
                      int seen = supervisor.tree().find("*").size();
                      Setting.check(seen == processes, seen, "of", processes, "were seen");
                    })
                / 1e3);
  }

  private static Contest.Work activation() {
    Setting.check(!ActivationBenchmark.loadJna().getName().isEmpty(), "JNA finds no function");
    return () -> timed(Subreaper::activate) / 1e3;
  }

  private static Contest.Work tests(Setting setting) {
    Launcher launcher = LauncherFactory.openSession().getLauncher();
    return many(
        setting.size(5, 1), () -> EmptyMethods.millis(launcher, EmptyMethods.Guarded.class) * 1e3);
  }

  private static Contest.Work scopes(Setting setting) {
    Subreaper subreaper = Subreaper.activate();
    return many(
        setting.size(300, 2),
        () -> {
          Supervisor supervisor = subreaper.open("empty");
          return timed(supervisor::close);
        });
  }

  /** As in most tests: the tree of one process, and its end. */
  private static Contest.Work daemons(Setting setting) {
    Subreaper subreaper = Subreaper.activate();
    return many(
        setting.size(50, 2),
        () -> {
          Supervisor supervisor = subreaper.open("daemon", PATIENT);
          supervisor.launch("sleep", "1000");
          return timed(
              () -> {
                int seen = supervisor.tree().roots().size();
                Setting.check(seen == 1, seen, "of 1 were seen");
                supervisor.close();
              });
        });
  }
}
