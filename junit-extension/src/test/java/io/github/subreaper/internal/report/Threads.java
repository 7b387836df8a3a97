package io.github.subreaper.internal.report;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Runs a task on several threads at the same time. */
public final class Threads {
  private Threads() {}

  /** Runs a task so often on so many threads; returns the results, or throws what a task threw. */
  public static <T> List<T> run(int threads, int times, Callable<T> task) throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try {
      List<T> results = new ArrayList<>();
      for (Future<T> one : pool.invokeAll(Collections.nCopies(times, task))) {
        results.add(one.get());
      }
      return results;
    } finally {
      pool.shutdownNow();
    }
  }
}
