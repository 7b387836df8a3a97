package io.github.subreaper.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Runs all benchmarks, or those named, prints the tables and writes them. Arguments: names, and
 * {@code quick} for sizes that only show that everything still runs. A wrong result ends it with an
 * exception; a missed goal is only reported. Only a whole run goes into README.md.
 */
public final class Benchmarks {
  private static final Duration MOST = Duration.ofMinutes(20);
  static final List<Benchmark> ALL =
      List.of(
          new Benchmark("flood", 80, Flood::run),
          new Benchmark("burst", 15, Flood::burst),
          new Benchmark("latency", 60, Latency::run),
          new Benchmark("snapshot", 45, Snapshot::run),
          new Benchmark("cleanup", 40, Cleanup::run),
          new Benchmark("death", 40, Death::run),
          new Benchmark("trace", 100, Trace::run),
          new Benchmark("launch", 55, InJvm::launch),
          new Benchmark("test", 15, EmptyMethods::run),
          new Benchmark("reports", 50, ReportFiles::run),
          new Benchmark("scope", 12, InJvm::emptyScope),
          new Benchmark("activation", 40, InJvm::activation),
          new Benchmark("hello", 35, HelloWorld::run),
          new Benchmark("memory", 45, Memory::run),
          new Benchmark("idle", 85, Idle::run),
          new Benchmark("growth", 60, Growth::run));

  /**
   * One kind of work, measured.
   *
   * @param seconds what it may take on an idle machine: all of them 13 minutes, so that with the
   *     build they take 15
   */
  record Benchmark(String name, int seconds, Work work) {}

  /** Adds a row as soon as it is known. */
  interface Work {
    void run(Setting setting, Report report) throws Exception;
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
    haltAfter(MOST);
    Setting setting = Setting.prepare(quick);
    String base = System.getProperty("bench.base", "");
    if (!base.isEmpty()) {
      Versions.run(setting, base, names);
      return;
    }
    List<String> known = ALL.stream().map(Benchmark::name).toList();
    if (!known.containsAll(names)) {
      throw new IllegalArgumentException("not among quick and " + known + ": " + names);
    }
    Report report = new Report(setting);
    for (Benchmark benchmark : ALL) {
      if (names.isEmpty() || names.contains(benchmark.name)) {
        run(benchmark, setting, report);
      }
    }
    String text = report.finish();
    if (!quick && names.isEmpty()) {
      report.publish(text);
    }
    System.out.println(text);
  }

  private static void run(Benchmark benchmark, Setting setting, Report report) throws Exception {
    report.starts(benchmark.name);
    long start = System.nanoTime();
    benchmark.work.run(setting, report);
    double seconds = (System.nanoTime() - start) / 1e9;
    String over = seconds > benchmark.seconds ? ": OVER" : "";
    System.out.printf(
        "benchmark %s: %.1f of %d s%s%n", benchmark.name, seconds, benchmark.seconds, over);
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
                  "the benchmarks have taken more than "
                      + most.toMinutes()
                      + " minutes; the rows so far are on the page in "
                      + System.getProperty("bench.target"));
              Thread.getAllStackTraces()
                  .forEach((other, stack) -> System.err.println(other + " " + List.of(stack)));
              Runtime.getRuntime().halt(1);
            },
            "benchmark limit");
    thread.setDaemon(true);
    thread.start();
  }
}
