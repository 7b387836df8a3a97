package io.github.subreaper.bench;

import io.github.subreaper.Descendant;
import io.github.subreaper.Subreaper;
import io.github.subreaper.Supervisor;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What the threads of an activation use while a daemon lives and nothing happens. */
final class Idle {
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private Idle() {}

  static List<Row> run(Setting setting) throws InterruptedException {
    long millis = setting.size(10_000, 500);
    List<Double> shares = new ArrayList<>();
    Map<String, Double> last = new TreeMap<>();
    for (int round = 0; round < setting.size(3, 1); round++) {
      last.clear();
      shares.add(percent(millis, last));
    }
    List<String> names = new ArrayList<>();
    last.forEach((name, share) -> names.add(name + " " + Row.number(share) + " %"));
    return List.of(
        Row.absolute(
                "an idle active reaper, one daemon alive", Spread.of(shares), "% of a core", 0.1)
            .withNote("the last round by thread: " + String.join(", ", names)));
  }

  private static double percent(long millis, Map<String, Double> shares)
      throws InterruptedException {
    Map<Long, String> before = names();
    try (Subreaper subreaper = Subreaper.activate();
        Supervisor supervisor = subreaper.open("idle")) {
      Descendant daemon =
          supervisor.launch("sh", "-c", "(setsid sleep 1000 &) ; exit 0").awaitOrphan("sleep*");
      Thread.sleep(millis / 10);
      Map<Long, String> ours = names();
      ours.keySet().removeAll(before.keySet());
      Map<Long, Long> used = new HashMap<>();
      ours.keySet().forEach(id -> used.put(id, THREADS.getThreadCpuTime(id)));
      long start = System.nanoTime();
      Thread.sleep(millis);
      double total = 0;
      for (Map.Entry<Long, String> thread : ours.entrySet()) {
        long nanos =
            THREADS.getThreadCpuTime(thread.getKey()) - used.getOrDefault(thread.getKey(), 0L);
        double share = nanos * 100.0 / (System.nanoTime() - start);
        shares.merge(thread.getValue(), share, Double::sum);
        total += share;
      }
      Setting.check(daemon.isAlive() && daemon.isOrphan(), daemon);
      Setting.check(ours.values().stream().anyMatch(name -> name.contains("reaper")), ours);
      return total;
    }
  }

  private static Map<Long, String> names() {
    Map<Long, String> names = new HashMap<>();
    for (ThreadInfo thread : THREADS.dumpAllThreads(false, false)) {
      names.put(thread.getThreadId(), thread.getThreadName());
    }
    return names;
  }
}
