package io.github.subreaper.internal.report;

import io.github.subreaper.internal.report.Gathered.Report;
import io.github.subreaper.internal.report.Gathered.Run;
import io.github.subreaper.internal.report.Recording.Result;
import io.github.subreaper.internal.report.RunSummary.ScopeEnd;
import io.github.subreaper.internal.report.ScopeTables.EndRow;
import io.github.subreaper.internal.report.ScopeTables.LeakRow;
import io.github.subreaper.internal.text.Counts;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The tables of the index. On a phone only their first columns are shown. */
final class IndexTables {
  static final DateTimeFormatter DATE =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss 'UTC'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  private static final int MOST_REPORTS = 1_000;
  private static final int MOST_RUNS = 200;

  private final Gathered all;
  private final Html html;
  private final Map<String, Report> byKey = new HashMap<>();

  IndexTables(Gathered all, Html html) {
    this.all = all;
    this.html = html;
    for (Report report : all.reports()) {
      byKey.putIfAbsent(ScopeTables.key(report.run(), report.name()), report);
    }
  }

  static boolean isFailed(Report report) {
    return report.result() == Result.FAILED;
  }

  /** Writes how much is not shown, if anything is. */
  static void left(long count, String what, Html html) {
    if (count > 0) {
      html.element("p", Counts.of(count, what) + (count == 1 ? " is" : " are") + " not shown.");
      html.line();
    }
  }

  private void table(String caption, String... columns) {
    html.open("table", "class", "index").line().element("caption", caption).line();
    html.open("thead").open("tr").line();
    for (int i = 0; i < columns.length; i += 2) {
      if (columns[i + 1].isEmpty()) {
        html.element("th", columns[i], "scope", "col").line();
      } else {
        html.element("th", columns[i], "scope", "col", "class", columns[i + 1]).line();
      }
    }
    html.close().close().line().open("tbody").line();
  }

  private void endTable() {
    html.close().close().line();
  }

  private void section(String id, String title) {
    html.open("section", "aria-labelledby", id).line().element("h2", title, "id", id).line();
  }

  private void time(Instant at) {
    html.element(
        "time", DATE.format(at), "datetime", at.truncatedTo(ChronoUnit.SECONDS).toString());
  }

  // reports

  void reports() {
    section("tests", "Tests");
    List<Report> shown = shown();
    if (shown.isEmpty()) {
      html.element("p", "No test has a report.").line();
    } else {
      table(
          "The tests that have a report, the newest first.",
          "Result",
          "",
          "Test",
          "",
          "Processes",
          "num",
          "Leaks",
          "num",
          "When and where",
          "wide",
          "Files",
          "wide");
      shown.forEach(this::report);
      endTable();
      left(all.reports().size() - shown.size(), "more report", html);
    }
    html.close().line();
  }

  /** Returns the newest; of too many, all failures come before the others. */
  private List<Report> shown() {
    List<Report> shown = all.reports();
    if (shown.size() > MOST_REPORTS) {
      List<Report> most = new ArrayList<>(shown);
      most.sort(Comparator.comparing(report -> !isFailed(report))); // stable
      shown = new ArrayList<>(most.subList(0, MOST_REPORTS));
      shown.sort(Comparator.comparing(Report::at).reversed());
    }
    return shown;
  }

  private void report(Report report) {
    html.open("tr").line();
    String result = report.result().name().toLowerCase(Locale.ROOT);
    html.open("td", "class", result).element("strong", result(report.result())).close();
    html.open("th", "scope", "row");
    String title = report.scope().isEmpty() ? report.displayName() : report.scope();
    link(report, ReportFiles.PAGE, title);
    if (!report.displayName().isEmpty() && !title.contains(report.displayName())) {
      html.open("em").text(report.displayName(), 200).close();
    }
    if (report.failure() != null) {
      html.open("em").text(report.failure(), 300).close();
    }
    html.close();
    ScopeEnd end = all.scopes().end(report);
    html.element(
        "td", end == null ? "" : processes(end.processes(), end.mayMiss()), "class", "num");
    html.element("td", end == null ? "" : Counts.of(end.leaks().size()), "class", "num");
    html.open("td", "class", "wide");
    time(report.at());
    html.empty("br").text(report.module(), 200).text(" on ").text(report.host(), 100).close();
    html.open("td", "class", "wide");
    link(report, ReportFiles.TRACE, "trace");
    html.text(" ");
    link(report, ReportFiles.LINES, "lines");
    html.close().line().close().line();
  }

  private static String result(Result result) {
    return switch (result) {
      case PASSED -> "✓ passed";
      case FAILED -> "✗ failed";
      case ABORTED -> "– aborted";
      case UNKNOWN -> "? unknown";
    };
  }

  private void link(Report report, String ending, String text) {
    if (all.has(report, ending)) {
      html.open("a", "href", href(report.folder() + report.name() + ending));
      html.text(text, 200).close();
    } else {
      html.text(text, 200);
    }
  }

  /** Returns a link to a file below the directory: no part of its name has a meaning in it. */
  static String href(String path) {
    StringBuilder link = new StringBuilder();
    for (byte b : path.getBytes(StandardCharsets.UTF_8)) {
      char c = (char) (b & 0xff);
      boolean isPlain =
          (c >= 'a' && c <= 'z')
              || (c >= 'A' && c <= 'Z')
              || (c >= '0' && c <= '9')
              || "-._~/".indexOf(c) >= 0;
      if (isPlain) {
        link.append(c);
      } else {
        link.append(String.format(Locale.ROOT, "%%%02X", (int) c));
      }
    }
    return link.toString();
  }

  // scopes

  private void scope(String scope, @Nullable String reportKey) {
    Report report = reportKey == null ? null : byKey.get(reportKey);
    if (report == null) {
      html.text(scope, 200);
    } else {
      link(report, ReportFiles.PAGE, scope);
    }
  }

  void leaks() {
    section("leaks", "Leaks");
    List<LeakRow> leaks = all.scopes().leaks();
    if (leaks.isEmpty()) {
      html.element("p", "None.").line();
    } else {
      table(
          "Processes that a test left. Each was ended with its scope.",
          "Process",
          "",
          "Test",
          "",
          "Started by",
          "",
          "When and where",
          "wide");
      leaks.forEach(this::leak);
      endTable();
      left(all.scopes().unlistedLeaks(), "more leak", html);
    }
    html.close().line();
  }

  private void leak(LeakRow row) {
    html.open("tr").line().open("th", "scope", "row").text(row.leak().command(), 200);
    if (row.count() > 1) {
      html.text(" ").element("strong", "× " + Counts.of(row.count()));
    }
    html.close().open("td");
    scope(row.scope(), row.reportKey());
    older(row.isOlder(), row.at());
    html.close().open("td");
    html.text(row.leak().origin() == null ? "unknown" : row.leak().origin(), 300).close();
    where(row.at(), row.module());
    html.close().line();
  }

  /** Says why a row does not count. */
  private void older(boolean isOlder, Instant at) {
    if (isOlder) {
      html.open("em").text("run of " + DATE.format(at) + "; not in the latest run of its class");
      html.close();
    }
  }

  private void where(Instant at, String module) {
    html.open("td", "class", "wide");
    time(at);
    html.empty("br").text(module, 200).close().line();
  }

  void survivors() {
    section("survivors", "Survivors");
    List<EndRow> survivors = all.scopes().survivors();
    if (survivors.isEmpty()) {
      html.element("p", "None.").line();
    } else {
      table(
          "Processes that could not be killed.",
          "Test",
          "",
          "Survivors",
          "",
          "When and where",
          "wide");
      for (EndRow row : survivors) {
        end(row, Counts.of(row.survivors()));
      }
      endTable();
      left(all.scopes().unlistedSurvivors(), "more scope", html);
    }
    html.close().line();
  }

  void slowestEnds() {
    section("ends", "Slowest ends of scopes");
    List<EndRow> ends = all.scopes().slowest();
    if (ends.isEmpty()) {
      html.element("p", "No scope has ended.").line();
    } else {
      table(
          "How long it took to end all processes of a scope.",
          "Test",
          "",
          "Took",
          "",
          "When and where",
          "wide");
      for (EndRow row : ends) {
        end(row, Times.of(row.nanos()));
      }
      endTable();
    }
    html.close().line();
  }

  private void end(EndRow row, String value) {
    html.open("tr").line().open("th", "scope", "row");
    scope(row.scope(), row.reportKey());
    older(row.isOlder(), row.at());
    html.close().element("td", value);
    where(row.at(), row.module());
    html.close().line();
  }

  // runs

  void runs() {
    section("runs", "Runs");
    if (all.runs().isEmpty()) {
      html.element("p", "No run has written its summary.").line();
    } else {
      table(
          "The newest first. Each fork of a build is a run.",
          "Began",
          "",
          "Module and machine",
          "",
          "Tests",
          "num",
          "Failed",
          "count",
          "Processes",
          "num",
          "Orphans adopted",
          "num",
          "Leaks",
          "count",
          "Survivors",
          "count",
          "Took",
          "num");
      all.runs().stream().limit(MOST_RUNS).forEach(this::run);
      endTable();
      left(all.runs().size() - MOST_RUNS, "more run", html);
    }
    html.close().line();
  }

  private void run(Run run) {
    RunSummary of = run.summary();
    html.open("tr").line().open("th", "scope", "row");
    time(of.startedAt());
    html.close().open("td").text(of.module(), 200).text(" on ").text(of.host(), 100).close();
    number(of.tests(), "num");
    number(of.failed(), "count");
    html.element("td", processes(of.processes(), run.mayMiss()), "class", "num");
    number(of.orphans(), "num");
    number(run.leaks(), "count");
    number(run.survivors(), "count");
    html.element("td", took(of), "class", "num").close().line();
  }

  private static String processes(int number, boolean mayMiss) {
    return Counts.atLeast(mayMiss) + Counts.of(number);
  }

  private void number(int number, String style) {
    html.element("td", Counts.of(number), "class", style);
  }

  private static String took(RunSummary run) {
    try {
      return Times.of(Duration.between(run.startedAt(), run.endedAt()).toNanos());
    } catch (ArithmeticException e) {
      return ""; // no clock is so wrong
    }
  }
}
