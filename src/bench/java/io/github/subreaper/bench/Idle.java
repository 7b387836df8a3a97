package io.github.subreaper.bench;

import io.github.subreaper.ExitStatus;
import io.github.subreaper.Launch;
import io.github.subreaper.Program;
import io.github.subreaper.ScopeOptions;
import io.github.subreaper.Subreaper;
import io.github.subreaper.Supervisor;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What an activation uses while daemons live and nothing happens: its threads and its guardian. */
final class Idle {
  private static final String TRACE = "subreaper trace";
  private static final String CLOCK = "subreaper clock";

  private Idle() {}

  /**
   * What a thread has used, proc(5), {@code schedstat}.
   *
   * @param nanos on a CPU
   * @param turns how often it got one
   */
  private record Use(long nanos, long turns) {
    Use plus(Use other) {
      return new Use(nanos + other.nanos, turns + other.turns);
    }

    Use since(Use before) {
      return new Use(nanos - before.nanos, turns - before.turns);
    }
  }

  static List<Row> run(Setting setting) throws Exception {
    int daemons = setting.size(1000, 20);
    long millis = setting.size(10_000, 300);
    List<Double> shares = new ArrayList<>();
    List<Double> wakeups = new ArrayList<>();
    Map<String, Use> last = Map.of();
    for (int round = 0; round < setting.size(2, 1); round++) {
      last = used(setting, false, daemons, millis);
      double nanos = last.values().stream().mapToLong(Use::nanos).sum();
      double turns = last.values().stream().mapToLong(Use::turns).sum();
      shares.add(nanos / millis / 1e4);
      wakeups.add(turns * 1000 / millis);
    }
    List<String> each = new ArrayList<>();
    last.forEach((name, use) -> each.add(name + " " + use.turns));
    String what = String.format("idle with %,d live daemons", daemons);
    return List.of(
        Row.absolute(
            what,
            Spread.of(shares),
            "% of a core",
            0.1,
            "The share of a core that the library's threads and its guardian use while"
                + " nothing happens."),
        Row.absolute(
                what, Spread.of(wakeups), "wakeups/s", Row.NO_GOAL, "How often they get a CPU.")
            .withNote("wakeups by thread " + String.join(", ", each)));
  }

  /** What the trace of daemons that do nothing uses, more than all the rest. */
  static List<Row> traced(Setting setting) throws Exception {
    List<Row> rows = new ArrayList<>();
    long millis = setting.size(10_000, 300);
    for (int daemons : new int[] {1, setting.size(1000, 20)}) {
      List<Double> more = new ArrayList<>();
      String turns = "";
      for (int round = 0; round < setting.size(2, 1); round++) {
        Map<String, Use> without = used(setting, false, daemons, millis);
        Map<String, Use> with = used(setting, true, daemons, millis);
        double nanos = nanosOfThreads(with) - nanosOfThreads(without);
        more.add(nanos / 1e6 * 60_000 / millis);
        turns =
            String.format(
                "tracing thread %d, clock %d (untraced %d)",
                with.getOrDefault(TRACE, new Use(0, 0)).turns,
                with.getOrDefault(CLOCK, new Use(0, 0)).turns,
                without.getOrDefault(CLOCK, new Use(0, 0)).turns);
      }
      rows.add(
          Row.absolute(
                  String.format("traced: idle with %,d live daemons", daemons),
                  Spread.of(more),
                  "ms/min",
                  6,
                  "How much more CPU time the library's threads use in a minute in which nothing"
                      + " happens, because the daemons are traced. 6 ms are 0.01 % of a core.")
              .withNote("wakeups " + turns));
    }
    return rows;
  }

  private static double nanosOfThreads(Map<String, Use> used) {
    return used.entrySet().stream()
        .filter(one -> one.getKey().startsWith("subreaper"))
        .mapToLong(one -> one.getValue().nanos)
        .sum();
  }

  private static Map<String, Use> used(Setting setting, boolean traced, int daemons, long millis)
      throws Exception {
    Program untraced = Program.of(setting.program("victims"), "idle", Integer.toString(daemons));
    ScopeOptions options = ScopeOptions.defaults().withAwait(Duration.ofMinutes(1));
    try (Subreaper subreaper = Subreaper.activate();
        Supervisor supervisor = subreaper.open("idle", options)) {
      Launch launch = supervisor.launch(traced ? untraced.traced() : untraced);
      Setting.check(launch.awaitExit().equals(ExitStatus.exited(0)), "victims failed");
      Setting.check(launch.tree().size() == daemons, "not all are there");
      Thread.sleep(
          setting.size(traced ? 3000 : 1000, 10)); // the trace looks for stolen stops again
      List<Path> threads = threads();
      Map<Path, Use> before = new TreeMap<>();
      for (Path thread : threads) {
        before.put(thread, use(thread));
      }
      Thread.sleep(millis);
      Map<String, Use> used = new TreeMap<>();
      for (Map.Entry<Path, Use> thread : before.entrySet()) {
        if (Files.exists(thread.getKey())) { // one that has started something may have ended
          String name = Files.readString(thread.getKey().resolve("comm")).trim();
          used.merge(name, use(thread.getKey()).since(thread.getValue()), Use::plus);
        }
      }
      Setting.check(launch.tree().size() == daemons, "not all have stayed");
      Setting.check(used.containsKey("subreaper reape"), used, "lacks the reaper");
      Setting.check(threads.stream().anyMatch(Idle::isGuardian), used, "lacks the guardian");
      return used;
    }
  }

  /** Their directories in /proc. */
  private static List<Path> threads() throws IOException {
    List<Path> threads = new ArrayList<>();
    try (DirectoryStream<Path> all = Files.newDirectoryStream(Path.of("/proc/self/task"))) {
      for (Path thread : all) {
        if (Files.readString(thread.resolve("comm")).startsWith("subreaper")) {
          threads.add(thread);
        }
      }
    }
    ProcessHandle.current()
        .children()
        .filter(child -> child.info().commandLine().orElse("").contains("guardian"))
        .forEach(guardian -> threads.add(Path.of("/proc/" + guardian.pid())));
    return threads;
  }

  private static boolean isGuardian(Path thread) {
    return !thread.startsWith("/proc/self");
  }

  private static Use use(Path thread) throws IOException {
    String[] words = Files.readString(thread.resolve("schedstat")).trim().split(" ", -1);
    return new Use(Long.parseLong(words[0]), Long.parseLong(words[2]));
  }
}
