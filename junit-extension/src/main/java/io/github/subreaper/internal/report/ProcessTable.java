package io.github.subreaper.internal.report;

import io.github.subreaper.internal.report.Recording.Proc;
import io.github.subreaper.internal.text.Counts;

/**
 * The table: one row for each line of the page. What does not fit into columns is below the command
 * line, which opens it.
 */
final class ProcessTable {
  /** With more lines than this the details start closed. */
  private static final int MOST_OPEN = 12;

  private final Content content;
  private final ProcessFacts facts;

  ProcessTable(Content content, ProcessFacts facts) {
    this.content = content;
    this.facts = facts;
  }

  void write(Html html) {
    html.open("section", "aria-labelledby", "processes").line();
    html.element("h2", "Processes", "id", "processes").line();
    if (content.rows().list().isEmpty()) {
      html.element("p", "No process was recorded.").close().line();
      return;
    }
    html.open("table", "class", "processes").line();
    html.element(
        "caption",
        Counts.processes(content.rows().processes())
            + ", each below its parent. A command line opens what else is known.");
    html.line().open("thead").open("tr").line();
    column("Process", "", html);
    column("Command line", "", html);
    column("Born", "num", html);
    column("Lived", "num", html);
    column("Ended", "", html);
    column("CPU time", "num", html);
    column("Peak memory", "num", html);
    html.close().close().line().open("tbody").line();
    content.rows().list().forEach(row -> row(row, html));
    html.close().close().line().close().line();
  }

  private static void column(String title, String style, Html html) {
    if (style.isEmpty()) {
      html.element("th", title, "scope", "col").line();
    } else {
      html.element("th", title, "scope", "col", "class", style).line();
    }
  }

  private void row(Row row, Html html) {
    html.open("tr", "id", "p" + row.id()).line();
    html.open("th", "scope", "row").element("a", row.who(), "href", "#b" + row.id()).close();
    html.open("td");
    if (content.rows().list().size() > MOST_OPEN) {
      html.open("details");
    } else {
      html.open("details", "open", "open");
    }
    html.open("summary").text(row.title(), content.titleLimit());
    String scope = content.otherScope(row.first());
    if (scope != null) {
      html.text(" ").open("span").text("of ").text(scope, content.titleLimit()).close();
    }
    for (String warning : row.warnings()) {
      html.text(" ").element("strong", warning);
    }
    html.close().line();
    if (row.isFolded()) {
      facts.ofAll(row, html);
    } else {
      facts.ofOne(row.first(), content.events(row), html);
    }
    html.close().close().line();
    number(Times.of(row.from()), html);
    number(lived(row), html);
    html.element("td", row.ends(), "class", "end");
    number(cpu(row), html);
    number(peak(row), html);
    html.close().line();
  }

  private static void number(String text, Html html) {
    html.element("td", text, "class", "num");
  }

  private String lived(Row row) {
    long recorded = content.end();
    long least = Long.MAX_VALUE;
    long most = 0;
    for (Proc process : row.processes()) {
      Long ended = process.endedAt();
      Long after = process.endedAfter();
      least = Math.min(least, Math.max(0, (after == null ? recorded : after) - process.bornAt()));
      most = Math.max(most, Math.max(0, (ended == null ? recorded : ended) - process.bornAt()));
    }
    String shortest = Times.of(least);
    String longest = Times.of(most);
    return shortest.equals(longest) ? longest : shortest + " to " + longest;
  }

  private static String cpu(Row row) {
    long micros = 0;
    boolean known = false;
    for (Proc process : row.processes()) {
      if (process.usage() != null) {
        known = true;
        micros += process.usage().userMicros() + process.usage().systemMicros();
      }
    }
    return known ? Times.of(micros * Times.MICRO) : "unknown";
  }

  private static String peak(Row row) {
    long peak = -1;
    for (Proc process : row.processes()) {
      if (process.usage() != null && process.usage().peakBytes() != null) {
        peak = Math.max(peak, process.usage().peakBytes());
      }
    }
    return peak < 0 ? "unknown" : Counts.bytes(peak);
  }
}
