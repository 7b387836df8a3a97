package io.github.subreaper.internal.report;

import io.github.subreaper.internal.report.RunSummary.Leak;
import io.github.subreaper.internal.report.RunSummary.ScopeEnd;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * What the scopes of all runs have left, and which ends were slow. Of a scope that several runs on
 * one machine have reported, the newest counts: a leak that was mended is shown no more. What an
 * older run has reported does not count if the class has run again since, without that scope: its
 * test is gone, starts nothing any more, or was left out. It is shown as older.
 */
final class ScopeTables {
  private static final int MOST_LEAKS = 500;
  private static final int MOST_SURVIVORS = 100;
  private static final int MOST_ENDS = 20;

  private final Map<Key, String> newest = new HashMap<>();
  private final Map<String, ScopeEnd> byReport = new HashMap<>();
  private final List<LeakRow> leaks = new ArrayList<>();
  private final List<EndRow> survivors = new ArrayList<>();
  private final PriorityQueue<EndRow> slowest =
      new PriorityQueue<>(Comparator.comparingLong(EndRow::nanos));
  private long leakCount;
  private long survivorCount;
  private long unlistedLeaks;
  private long unlistedSurvivors;

  /** When the newest run of each class began. */
  private final Map<Key, Instant> latestStarts = new HashMap<>();

  private record Key(String host, String module, String name) {}

  /**
   * Leaks of one scope that are the same.
   *
   * @param reportKey see {@link #key}; null if there is no report
   * @param isOlder whether its class has run again since
   */
  record LeakRow(
      Leak leak,
      int count,
      String scope,
      String module,
      Instant at,
      @Nullable String reportKey,
      boolean isOlder) {}

  /**
   * The end of a scope.
   *
   * @param isOlder whether its class has run again since
   */
  record EndRow(
      String scope,
      String module,
      Instant at,
      long nanos,
      int survivors,
      @Nullable String reportKey,
      boolean isOlder) {}

  /** Adds the scopes of a run. The newest run has to come first. */
  void add(RunSummary run) {
    run.scopes().forEach(scope -> add(run, scope));
    run.classes()
        .forEach(
            name ->
                latestStarts.putIfAbsent(new Key(run.host(), run.module(), name), run.startedAt()));
  }

  private void add(RunSummary run, ScopeEnd scope) {
    String reportKey = scope.report() == null ? null : key(run.run(), scope.report());
    if (reportKey != null) {
      byReport.put(reportKey, scope);
    }
    Key key = new Key(run.host(), run.module(), scope.scope());
    if (!newest.computeIfAbsent(key, first -> run.run()).equals(run.run())) {
      return;
    }
    EndRow row =
        new EndRow(
            scope.scope(),
            run.module(),
            run.startedAt(),
            scope.endNanos(),
            scope.survivors(),
            reportKey,
            hasRunSince(run, RunSummary.classOf(scope.scope())));
    slowest.add(row);
    if (slowest.size() > MOST_ENDS) {
      slowest.remove();
    }
    if (scope.survivors() > 0) {
      survivorCount += row.isOlder ? 0 : scope.survivors();
      if (survivors.size() < MOST_SURVIVORS) {
        survivors.add(row);
      } else {
        unlistedSurvivors++;
      }
    }
    addLeaks(scope.leaks(), row);
  }

  /** A fork that ran at the same time is not a later run: it may have a class of the same name. */
  private boolean hasRunSince(RunSummary run, String name) {
    Instant began = latestStarts.get(new Key(run.host(), run.module(), name));
    return began != null && !began.isBefore(run.endedAt());
  }

  private void addLeaks(List<Leak> added, EndRow of) {
    Map<Leak, Integer> counts = new LinkedHashMap<>();
    added.forEach(leak -> counts.merge(leak, 1, Integer::sum));
    leakCount += of.isOlder ? 0 : added.size();
    counts.forEach(
        (leak, count) -> {
          if (leaks.size() < MOST_LEAKS) {
            leaks.add(
                new LeakRow(leak, count, of.scope, of.module, of.at, of.reportKey, of.isOlder));
          } else {
            unlistedLeaks += count;
          }
        });
  }

  /** Returns what names a report: its name alone may be that of several runs. */
  static String key(String run, String report) {
    return run + "\n" + report;
  }

  /** Returns what the summary of its run has of a report; null if there is none. */
  @Nullable ScopeEnd end(Gathered.Report report) {
    return byReport.get(key(report.run(), report.name()));
  }

  List<LeakRow> leaks() {
    return leaks;
  }

  List<EndRow> survivors() {
    return survivors;
  }

  /** Returns the slowest first. */
  List<EndRow> slowest() {
    List<EndRow> ends = new ArrayList<>(slowest);
    ends.sort(Comparator.comparingLong(EndRow::nanos).reversed());
    return ends;
  }

  long leakCount() {
    return leakCount;
  }

  long survivorCount() {
    return survivorCount;
  }

  long unlistedLeaks() {
    return unlistedLeaks;
  }

  long unlistedSurvivors() {
    return unlistedSurvivors;
  }
}
