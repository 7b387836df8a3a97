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
 * What records hold in the heap: between the scope held and the scope dropped. Of those that
 * arrived dead less is known than of those that were seen alive.
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

  static void run(Setting setting, Report report) throws Exception {
    int records = setting.size(10_000, 50);
    int alive = setting.size(2000, 50);
    report.add(
        row(
            setting,
            "heap of a finished record, seen alive",
            1,
            records,
            true,
            (supervisor, count) -> crowds(setting, supervisor, count)));
    report.add(
        row(
            setting,
            "heap of a finished record, arrived dead",
            1,
            records,
            true,
            (supervisor, count) -> flood(setting, supervisor, count)));
    report.add(
        row(
            setting,
            "heap of a live process",
            2,
            alive,
            false,
            (supervisor, count) -> crowd(setting, supervisor, count)));
  }

  /**
   * Kilobytes a record.
   *
   * @param ended whether the scope ends before the heap is measured
   */
  private static Row row(
      Setting setting, String what, double goal, int records, boolean ended, Work work)
      throws InterruptedException {
    List<Double> held = new ArrayList<>();
    List<Double> left = new ArrayList<>();
    int looks = setting.size(4, 1);
    try (Subreaper subreaper = Subreaper.activate()) {
      warmUp(subreaper, work, Math.max(records / 10, Math.min(records, ALIVE_AT_ONCE)));
      double before = usedKilobytes(looks);
      for (int round = 0; round < setting.size(3, 1); round++) {
        Supervisor supervisor = subreaper.open("memory", OPTIONS);
        work.fill(supervisor, records);
        if (ended) {
          supervisor.close();
        }
        double full = usedKilobytes(looks);
        Setting.check(supervisor.descendants().size() >= records, "records are missing");
        supervisor.close();
        supervisor = null;
        double empty = usedKilobytes(looks);
        held.add((full - empty) / records);
        left.add((empty - before) / records);
      }
    }
    return Row.absolute(
            what,
            Spread.of(held),
            "KB",
            goal,
            "How much of the heap becomes free when the scope is dropped, for each of its"
                + " records.")
        .withNote(Row.number(Spread.of(left).median()) + " KB a record are not freed");
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
    int atOnce = Math.min(records, ALIVE_AT_ONCE);
    for (int done = 0; done < records; done += atOnce) {
      Launch launch = crowd(setting, supervisor, atOnce);
      launch.stop();
      awaitFinished(launch, atOnce);
    }
  }

  private static Launch crowd(Setting setting, Supervisor supervisor, int count) {
    Launch launch = supervisor.launch(setting.program("crowd"), Integer.toString(count));
    Setting.check(launch.awaitExit().equals(ExitStatus.exited(0)), "the generator failed");
    for (Descendant orphan : launch.orphans()) {
      Setting.check(!orphan.commandLine().isEmpty(), "nothing is known of", orphan);
    }
    return launch;
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

  private static double usedKilobytes(int looks) throws InterruptedException {
    double used = Double.MAX_VALUE;
    for (int i = 0; i < looks; i++) {
      System.gc();
      Thread.sleep(50);
      used =
          Math.min(used, ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed() / 1e3);
    }
    return used;
  }
}
