package io.github.subreaper.bench;

import io.github.subreaper.Descendant;
import io.github.subreaper.ExitStatus;
import io.github.subreaper.Launch;
import io.github.subreaper.ScopeOptions;
import io.github.subreaper.Subreaper;
import io.github.subreaper.Supervisor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Double forks at full speed until the last orphan is known with its status, against a loop of
 * wait4(-1) in C below which the same generator runs. Each side's clock runs from the start of the
 * generator, in a supervisor that is running already.
 */
final class Flood {
  private Flood() {}

  static List<Row> run(Setting setting) throws Exception {
    int orphans = setting.size(20_000, 300);
    int rounds = setting.size(5, 2);
    library(setting, orphans / 4);
    c(setting, orphans / 4);
    List<Double> ours = new ArrayList<>();
    List<Double> theirs = new ArrayList<>();
    List<Double> ratios = new ArrayList<>();
    for (int round = 0; round < rounds; round++) {
      boolean first = round % 2 == 0;
      double before = first ? library(setting, orphans) : 0;
      double their = c(setting, orphans);
      double our = first ? before : library(setting, orphans);
      ours.add(our);
      theirs.add(their);
      ratios.add(our / their);
    }
    return List.of(
        Row.ratio(
            String.format("%,d orphans until all are known : C wait4(-1) loop", orphans),
            Row.number(Spread.of(ours).median()) + " s",
            Row.number(Spread.of(theirs).median()) + " s",
            Spread.of(ratios),
            1.1));
  }

  private static double library(Setting setting, int count) throws InterruptedException {
    ScopeOptions options = ScopeOptions.defaults().withAwait(Duration.ofMinutes(5));
    try (Subreaper subreaper = Subreaper.activate();
        Supervisor supervisor = subreaper.open("flood", options)) {
      long start = System.nanoTime();
      Launch launch = supervisor.launch(setting.program("flood"), Integer.toString(count));
      ExitStatus generator = launch.awaitExit();
      List<Descendant> orphans = launch.orphans();
      while (orphans.size() < count || !allKnown(orphans)) {
        Thread.sleep(1);
        Setting.check(
            System.nanoTime() - start < 300_000_000_000L,
            orphans.size(),
            "of",
            count,
            "orphans after 5 minutes");
        orphans = launch.orphans();
      }
      double seconds = (System.nanoTime() - start) / 1e9;
      long codes = 0;
      for (Descendant orphan : orphans) {
        codes +=
            orphan.exitStatus().orElseThrow() instanceof ExitStatus.Exited exited
                ? exited.code()
                : 1000;
      }
      Setting.check(generator.equals(ExitStatus.exited(0)), "the generator:", generator);
      check(orphans.size(), codes, count);
      return seconds;
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

  private static double c(Setting setting, int count) throws Exception {
    Path log = setting.log("reap");
    int code =
        new ProcessBuilder(
                setting.program("reap"), setting.program("flood"), Integer.toString(count))
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start()
            .waitFor();
    Setting.check(code == 0, "reap ended with", code);
    String[] words = Files.readString(log).trim().split(" ", -1);
    check(Integer.parseInt(words[0]), Long.parseLong(words[1]), count);
    Setting.check(words[2].equals("0"), "the generator ended with", words[2]);
    return Long.parseLong(words[3]) / 1e9;
  }

  /** Orphan i exits with i modulo 128. */
  private static void check(int orphans, long codes, int count) {
    long expected = 0;
    for (int i = 0; i < count; i++) {
      expected += i & 127;
    }
    Setting.check(
        orphans == count && codes == expected,
        orphans,
        "orphans with codes of",
        codes,
        "in all, not",
        count,
        "and",
        expected);
  }
}
