package io.github.subreaper.bench;

import io.github.subreaper.Descendant;
import io.github.subreaper.ExitStatus;
import io.github.subreaper.Launch;
import io.github.subreaper.ScopeOptions;
import io.github.subreaper.Subreaper;
import io.github.subreaper.Supervisor;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * What the records of the dead hold in the heap: between the scope held and the scope dropped. Of
 * those that arrived dead less is known than of those that were seen alive.
 */
final class Memory {
  private static final int ALIVE_AT_ONCE = 500;
  private static final ScopeOptions OPTIONS =
      ScopeOptions.defaults().withAwait(Duration.ofMinutes(5));

  private Memory() {}

  /** Something that leaves records in a scope. */
  private interface Work {
    void fill(Supervisor supervisor, int records) throws InterruptedException;
  }

  static List<Row> run(Setting setting) throws InterruptedException {
    int records = setting.size(10_000, 500);
    int rounds = setting.size(3, 1);
    return List.of(
        row(
            "heap of 1,000 finished records, seen alive",
            rounds,
            records,
            (supervisor, count) -> crowds(setting, supervisor, count)),
        row(
            "heap of 1,000 finished records, arrived dead",
            rounds,
            records,
            (supervisor, count) -> flood(setting, supervisor, count)));
  }

  private static Row row(String what, int rounds, int records, Work work)
      throws InterruptedException {
    List<Double> held = new ArrayList<>();
    List<Double> left = new ArrayList<>();
    try (Subreaper subreaper = Subreaper.activate()) {
      warmUp(subreaper, work, Math.max(ALIVE_AT_ONCE, records / 10));
      double before = usedMegabytes();
      for (int round = 0; round < rounds; round++) {
        Supervisor supervisor = subreaper.open("memory", OPTIONS);
        work.fill(supervisor, records);
        supervisor.close();
        double full = usedMegabytes();
        Setting.check(supervisor.descendants().size() >= records, "records are missing");
        supervisor = null;
        double empty = usedMegabytes();
        held.add((full - empty) * 1000 / records);
        left.add((empty - before) * 1000 / records);
      }
    }
    return Row.absolute(what, Spread.of(held), "MB", 2)
        .withNote(
            String.format(
                "%s MB a 1,000 stay when the scope is dropped",
                Row.number(Spread.of(left).median())));
  }

  /** Loads classes and lets lists grow. */
  private static void warmUp(Subreaper subreaper, Work work, int records)
      throws InterruptedException {
    try (Supervisor supervisor = subreaper.open("memory", OPTIONS)) {
      work.fill(supervisor, records);
    }
  }

  private static void flood(Setting setting, Supervisor supervisor, int records)
      throws InterruptedException {
    Launch launch = supervisor.launch(setting.program("flood"), Integer.toString(records));
    Setting.check(launch.awaitExit().equals(ExitStatus.exited(0)), "the generator failed");
    awaitFinished(launch, records);
  }

  private static void crowds(Setting setting, Supervisor supervisor, int records)
      throws InterruptedException {
    for (int done = 0; done < records; done += ALIVE_AT_ONCE) {
      Launch launch = supervisor.launch(setting.program("crowd"), Integer.toString(ALIVE_AT_ONCE));
      Setting.check(launch.awaitExit().equals(ExitStatus.exited(0)), "the generator failed");
      for (Descendant orphan : launch.orphans()) {
        Setting.check(!orphan.commandLine().isEmpty(), "nothing is known of", orphan);
      }
      launch.stop();
      awaitFinished(launch, ALIVE_AT_ONCE);
    }
  }

  private static void awaitFinished(Launch launch, int count) throws InterruptedException {
    long start = System.nanoTime();
    long known = 0;
    while (known < count) {
      known = launch.orphans().stream().filter(orphan -> orphan.exitStatus().isPresent()).count();
      Setting.check(System.nanoTime() - start < 60_000_000_000L, known, "of", count);
      Thread.sleep(1);
    }
    Setting.check(known == count, known, "orphans instead of", count);
  }

  private static double usedMegabytes() throws InterruptedException {
    double used = Double.MAX_VALUE;
    for (int i = 0; i < 4; i++) {
      System.gc();
      Thread.sleep(50);
      used =
          Math.min(used, ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed() / 1e6);
    }
    return used;
  }
}
