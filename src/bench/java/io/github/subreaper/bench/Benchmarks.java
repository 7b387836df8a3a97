package io.github.subreaper.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Runs all benchmarks, or those named, prints the tables and writes them. Arguments: names, and
 * {@code quick} for sizes that only show that everything still runs. A wrong result ends it with an
 * exception; a missed goal is only told. Only a whole run goes into README.md.
 */
public final class Benchmarks {
  private static final Duration MOST = Duration.ofMinutes(20);
  private static final Map<String, Benchmark> ALL = new LinkedHashMap<>();

  static {
    ALL.put("flood", Flood::run);
    ALL.put("burst", Flood::burst);
    ALL.put("latency", Latency::run);
    ALL.put("snapshot", Snapshot::run);
    ALL.put("cleanup", Cleanup::run);
    ALL.put("death", Death::run);
    ALL.put("trace", Trace::run);
    ALL.put("launch", InJvm::launch);
    ALL.put("test", EmptyMethods::run);
    ALL.put("reports", ReportFiles::run);
    ALL.put("scope", InJvm::emptyScope);
    ALL.put("activation", InJvm::activation);
    ALL.put("hello", HelloWorld::run);
    ALL.put("memory", Memory::run);
    ALL.put("idle", Idle::run);
    ALL.put("growth", Growth::run);
  }

  /** One kind of work, measured. */
  interface Benchmark {
    List<Row> run(Setting setting) throws Exception;
  }

  private Benchmarks() {}

  /** Starts what the arguments name. */
  public static void main(String[] arguments) throws Exception {
    List<String> names = new ArrayList<>();
    for (String argument : arguments) {
      names.addAll(List.of(argument.trim().split("\\s+", -1)));
    }
    names.removeIf(String::isEmpty);
    boolean quick = names.remove("quick");
    if (!ALL.keySet().containsAll(names)) {
      throw new IllegalArgumentException("not among quick and " + ALL.keySet() + ": " + names);
    }
    haltAfter(MOST);
    Set<String> selected = names.isEmpty() ? ALL.keySet() : Set.copyOf(names);
    Setting setting = Setting.prepare(quick, !quick && names.isEmpty());
    String load = Machine.load();
    long start = System.nanoTime();
    List<Row> rows = new ArrayList<>();
    for (Map.Entry<String, Benchmark> benchmark : ALL.entrySet()) {
      if (selected.contains(benchmark.getKey())) {
        long before = System.nanoTime();
        rows.addAll(benchmark.getValue().run(setting));
        System.out.printf("benchmark %s: %.1f s%n", benchmark.getKey(), seconds(before));
      }
    }
    String machine =
        Machine.describe(setting)
            + String.format(
                "| load | %s at the start, %s at the end, this run's included |%n"
                    + "| the run took | %.0f s |%n",
                load, Machine.load(), seconds(start));
    System.out.println(Report.write(setting, machine, rows));
  }

  private static double seconds(long since) {
    return (System.nanoTime() - since) / 1e9;
  }

  /** Halts the JVM if something hangs; the guardian then ends the processes that it has started. */
  private static void haltAfter(Duration most) {
    Thread thread =
        new Thread(
            () -> {
              try {
                Thread.sleep(most.toMillis());
              } catch (InterruptedException e) {
                return;
              }
              System.err.println(
                  "the benchmarks have taken more than " + most.toMinutes() + " minutes");
              Thread.getAllStackTraces()
                  .forEach((other, stack) -> System.err.println(other + " " + List.of(stack)));
              Runtime.getRuntime().halt(1);
            },
            "benchmark limit");
    thread.setDaemon(true);
    thread.start();
  }
}
