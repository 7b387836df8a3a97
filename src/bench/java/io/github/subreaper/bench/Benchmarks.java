package io.github.subreaper.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Runs all benchmarks, or those named, and prints one table. Arguments: names, and {@code quick}
 * for sizes that only show that everything still runs. A wrong result ends it with an exception; a
 * missed goal is only printed.
 */
public final class Benchmarks {
  private static final Map<String, Benchmark> ALL = new LinkedHashMap<>();

  static {
    ALL.put("flood", Flood::run);
    ALL.put("launch", InJvm::launch);
    ALL.put("test", EmptyMethods::run);
    ALL.put("idle", Idle::run);
    ALL.put("memory", Memory::run);
    ALL.put("latency", Latency::run);
    ALL.put("activation", InJvm::activation);
    ALL.put("scope", InJvm::emptyScope);
    ALL.put("cleanup", Cleanup::run);
    ALL.put("death", Death::run);
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
    names.remove("");
    boolean quick = names.remove("quick");
    if (!ALL.keySet().containsAll(names)) {
      throw new IllegalArgumentException("not among quick and " + ALL.keySet() + ": " + names);
    }
    Set<String> selected = names.isEmpty() ? ALL.keySet() : Set.copyOf(names);
    Setting setting = Setting.prepare(quick);
    String machine = Machine.describe();
    List<Row> rows = new ArrayList<>();
    for (Map.Entry<String, Benchmark> benchmark : ALL.entrySet()) {
      if (selected.contains(benchmark.getKey())) {
        long start = System.nanoTime();
        rows.addAll(benchmark.getValue().run(setting));
        System.out.printf(
            "benchmark %s: %d s%n",
            benchmark.getKey(), (System.nanoTime() - start) / 1_000_000_000);
      }
    }
    System.out.println();
    System.out.print(machine);
    System.out.println("load      " + Machine.load() + " at the end, this run's included");
    if (quick) {
      System.out.println("quick: the sizes are too small for the figures to mean anything");
    }
    System.out.println();
    System.out.print(Row.table(rows));
  }
}
