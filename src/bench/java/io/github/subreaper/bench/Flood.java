package io.github.subreaper.bench;

import io.github.subreaper.Descendant;
import io.github.subreaper.ExitStatus;
import io.github.subreaper.Launch;
import io.github.subreaper.Program;
import io.github.subreaper.ScopeOptions;
import io.github.subreaper.Subreaper;
import io.github.subreaper.Supervisor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Orphans at full speed until the last one is known with its status, against a loop of wait4(-1) in
 * C below which the same generators run. Each side's clock runs from the start of the generators,
 * in a supervisor that is running already; for a burst from the moment when all are zombies.
 */
final class Flood {
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final String C = "C wait4(-1) loop";
  private static final String KNOWING = "C, the same calls";
  private static final String KNOWING_MEANING =
      "The same, compared with a supervisor in C that reads what the library reads of each"
          + " orphan, by the same calls: the kernel's cost of knowing the process.";

  private Flood() {}

  static void run(Setting setting, Report report) throws Exception {
    int orphans = setting.size(10_000, 300);
    int rounds = setting.size(3, 2);
    library(setting, 1, orphans / 2);
    c(setting, false, 1, orphans / 2);
    for (int generators = 1; generators <= 2; generators++) {
      int times = generators;
      int each = orphans / generators;
      List<Double> bytes = new ArrayList<>();
      Contest contest =
          Contest.of(
              rounds,
              "s",
              () -> Allocation.beside(() -> library(setting, times, each), orphans, bytes),
              new Contest.Peer(C, () -> c(setting, false, times, each)),
              new Contest.Peer(KNOWING, () -> c(setting, true, times, each)));
      report.add(
          rows(
              contest,
              String.format(
                  "%,d orphans, %s", orphans, generators == 1 ? "one generator" : "two generators"),
              1.03,
              Row.NO_GOAL,
              "Programs double-fork at full speed. The time until the status of the last"
                  + " orphan is known. 1 is as fast as a supervisor in C."));
      if (generators == 1) {
        report.add(
            Row.absolute(
                "bytes allocated an orphan",
                Spread.of(bytes),
                "B",
                Row.NO_GOAL,
                "What all threads of the JVM allocate in a flood, the benchmark's own queries"
                    + " included, for each orphan."));
      }
    }
    Flame.record(setting, () -> library(setting, 1, orphans));
  }

  static void burst(Setting setting, Report report) throws Exception {
    int zombies = setting.size(5000, 100);
    burstLibrary(setting, zombies);
    Contest contest =
        Contest.of(
            setting.size(9, 1),
            "ms",
            () -> burstLibrary(setting, zombies),
            new Contest.Peer(C, () -> burstC(setting, false, zombies)),
            new Contest.Peer(KNOWING, () -> burstC(setting, true, zombies)));
    report.add(
        rows(
            contest,
            String.format("burst of %,d zombies", zombies),
            Row.NO_GOAL,
            1.5,
            "All of them are dead when their parent exits and they are adopted at once. The time"
                + " from then until the last one is recorded. C reads nothing about them."));
  }

  private static List<Row> rows(
      Contest contest, String what, double goal, double knowingGoal, String meaning) {
    return List.of(
        contest.row(what, C, goal, meaning),
        contest.row(what, KNOWING, knowingGoal, KNOWING_MEANING));
  }

  static double library(Setting setting, int generators, int count) throws InterruptedException {
    return library(setting, false, generators, count);
  }

  /** Returns the seconds until the status of every orphan is known. */
  static double library(Setting setting, boolean traced, int generators, int count)
      throws InterruptedException {
    Program untraced = Program.of(setting.program("flood"), Integer.toString(count));
    Program program = traced ? untraced.traced() : untraced;
    return inAScope(
        supervisor -> {
          long start = System.nanoTime();
          List<Launch> launches = new ArrayList<>();
          for (int i = 0; i < generators; i++) {
            launches.add(supervisor.launch(program));
          }
          for (Launch launch : launches) {
            checkExit(launch);
            awaitAll(launch, count);
          }
          double seconds = (System.nanoTime() - start) / 1e9;
          for (Launch launch : launches) {
            check(launch.orphans().size(), codes(launch), count, 1);
          }
          return seconds;
        });
  }

  static double burstLibrary(Setting setting, int count) throws InterruptedException {
    return inAScope(
        supervisor -> {
          Launch launch = supervisor.launch(setting.program("burst"), Integer.toString(count));
          awaitAll(launch, count);
          long end = System.nanoTime();
          checkExit(launch);
          check(launch.orphans().size(), codes(launch), count, 1);
          return (end - Long.parseLong(launch.stdout().trim())) / 1e6;
        });
  }

  /** A measurement in its own scope. */
  private interface InScope {
    double measure(Supervisor supervisor) throws InterruptedException;
  }

  private static double inAScope(InScope work) throws InterruptedException {
    ScopeOptions options = ScopeOptions.defaults().withAwait(PATIENCE);
    try (Subreaper subreaper = Subreaper.activate();
        Supervisor supervisor = subreaper.open("flood", options)) {
      return work.measure(supervisor);
    }
  }

  private static void checkExit(Launch launch) {
    ExitStatus status = launch.awaitExit();
    Setting.check(status.equals(ExitStatus.exited(0)), "the generator:", status);
  }

  private static void awaitAll(Launch launch, int count) throws InterruptedException {
    long start = System.nanoTime();
    List<Descendant> orphans = launch.orphans();
    while (orphans.size() < count || !allKnown(orphans)) {
      Thread.sleep(1);
      Setting.check(
          System.nanoTime() - start < PATIENCE.toNanos(), orphans.size(), "of", count, "orphans");
      orphans = launch.orphans();
    }
  }

  private static boolean allKnown(List<Descendant> orphans) {
    for (Descendant orphan : orphans) {
      if (orphan.exitStatus().isEmpty()) {
        return false;
      }
    }
    return true;
  }

  private static long codes(Launch launch) {
    long codes = 0;
    for (Descendant orphan : launch.orphans()) {
      codes +=
          orphan.exitStatus().orElseThrow() instanceof ExitStatus.Exited exited
              ? exited.code()
              : 1000;
    }
    return codes;
  }

  private static double c(Setting setting, boolean knowing, int generators, int count)
      throws Exception {
    String[] words = reap(setting, knowing, generators, "flood", count);
    return (Long.parseLong(words[4]) - Long.parseLong(words[3])) / 1e9;
  }

  private static double burstC(Setting setting, boolean knowing, int count) throws Exception {
    String[] words = reap(setting, knowing, 1, "burst", count);
    return (Long.parseLong(words[5]) - Long.parseLong(words[0])) / 1e6;
  }

  /** What the generator printed, and then what the supervisor in C did. */
  private static String[] reap(
      Setting setting, boolean knowing, int generators, String program, int count)
      throws Exception {
    String[] words =
        setting
            .run(
                setting.program("reap"),
                knowing ? "knowing" : "waiting",
                Integer.toString(generators),
                setting.program(program),
                Integer.toString(count))
            .trim()
            .split("\\s+", -1);
    int first = words.length - 5;
    check(Integer.parseInt(words[first]), Long.parseLong(words[first + 1]), count, generators);
    Setting.check(words[first + 2].equals("0"), "the generators ended with", words[first + 2]);
    return words;
  }

  /** Orphan i of a generator exits with i modulo 128. */
  private static void check(int orphans, long codes, int count, int generators) {
    long expected = 0;
    for (int i = 0; i < count; i++) {
      expected += (long) generators * (i & 127);
    }
    Setting.check(
        orphans == generators * count && codes == expected,
        orphans,
        "orphans with codes of",
        codes,
        "in all, not",
        generators * count,
        "and",
        expected);
  }
}
