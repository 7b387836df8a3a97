package io.github.subreaper.internal.report.github;

import io.github.subreaper.internal.report.ReportDirectory;
import io.github.subreaper.internal.report.ReportFiles;
import io.github.subreaper.internal.report.pages.RecordingWriter;
import io.github.subreaper.internal.report.recording.RunSummary;
import io.github.subreaper.internal.report.recording.RunSummary.Leak;
import io.github.subreaper.internal.report.recording.RunSummary.ScopeSummary;
import io.github.subreaper.internal.report.text.Counts;
import io.github.subreaper.internal.report.text.Visible;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The part of a run in the summary of a job: a table of what needs a look, and the trees of these
 * tests. It is HTML without an empty line, so that Markdown reads nothing in it.
 */
final class JobSummary {
  /** Of one run. */
  private static final int MOST_BYTES = 60 << 10;

  private static final int MOST_ROWS = 50;
  private static final int LONGEST_TABLE = 20_000;
  private static final int MOST_LINES = 100;
  private static final int MOST_NOTES = 20;
  private static final int LONGEST = 300;

  /** Punctuation without a meaning in HTML and Markdown, wherever it stands in a line. */
  private static final String PLAIN = " .,/;?-";

  private final RunSummary run;
  private final ReportDirectory reports;
  private final Path workspace;

  JobSummary(RunSummary run, ReportDirectory reports, Path workspace) {
    this.run = run;
    this.reports = reports;
    this.workspace = workspace;
  }

  /** A text with a limit: what does not fit is left out as a whole. */
  private static final class Room {
    private final StringBuilder text = new StringBuilder();
    private long left;

    Room(long bytes) {
      left = bytes;
    }

    boolean add(String part) {
      int length = part.getBytes(StandardCharsets.UTF_8).length;
      if (length > left) {
        return false;
      }
      left -= length;
      text.append(part);
      return true;
    }

    @Override
    public String toString() {
      return text.toString();
    }
  }

  /**
   * Writes it.
   *
   * @param room how many bytes there are for it
   * @return empty if not even the start fits
   */
  String write(long room) {
    Room text = new Room(Math.min(room, MOST_BYTES));
    if (!text.add("\n" + heading() + "\n")) {
      return "";
    }
    List<ScopeSummary> news = run.scopes().stream().filter(ScopeSummary::isNews).toList();
    if (!news.isEmpty() && text.add(table(news))) {
      trees(news.subList(0, Math.min(MOST_ROWS, news.size())), text);
    }
    run.notes().stream()
        .limit(MOST_NOTES)
        .forEach(note -> text.add("<p>" + escape(note) + "</p>\n"));
    text.add("\n");
    return text.toString();
  }

  private String heading() {
    return "<h3>subreaper: %s</h3>\n<p>%s, %s failed · %s%s · %s adopted · %s · %s</p>"
        .formatted(
            escape(module()),
            Counts.of(run.tests(), "test"),
            Counts.of(run.failed()),
            Counts.atLeast(run.mayMiss()),
            Counts.processes(run.processes()),
            Counts.of(run.orphans(), "orphan"),
            Counts.of(run.leaks(), "leak"),
            Counts.of(run.survivors(), "survivor"));
  }

  /** Returns the module below the workspace, or the last part of its name. */
  private String module() {
    String module = run.about().module();
    String above = workspace + "/";
    return module.startsWith(above)
        ? module.substring(above.length())
        : module.substring(module.lastIndexOf('/') + 1);
  }

  private static String table(List<ScopeSummary> news) {
    StringBuilder table = new StringBuilder("<table>\n<tr><th>Test</th><th>Result</th>");
    table.append("<th>Processes</th><th>Leaks</th><th>Survivors</th><th>Report</th></tr>\n");
    int rows = 0;
    while (rows < Math.min(MOST_ROWS, news.size()) && table.length() < LONGEST_TABLE) {
      ScopeSummary scope = news.get(rows++);
      table.append("<tr><td>").append(escape(scope.scope()));
      table.append("</td><td>").append(RecordingWriter.key(scope.result()));
      table.append(
          scope.failure() == null ? "" : "<br><code>" + escape(scope.failure().text()) + "</code>");
      table.append("</td><td>").append(Counts.atLeast(scope.mayMiss()));
      table.append(Counts.of(scope.processes()));
      table.append("</td><td>").append(leaks(scope));
      table.append("</td><td>").append(Counts.of(scope.survivors()));
      table.append("</td><td>");
      table.append(scope.report() == null ? "" : escape(scope.report() + ReportFiles.PAGE));
      table.append("</td></tr>\n");
    }
    table.append("</table>\n");
    if (news.size() > rows) {
      table.append("<p>").append(Counts.of(news.size() - rows, "more test"));
      table.append(" in the index.html of the reports.</p>\n");
    }
    return table.toString();
  }

  private static String leaks(ScopeSummary scope) {
    if (scope.leaks().isEmpty()) {
      return "0";
    }
    Leak first = scope.leaks().get(0);
    String text = Counts.of(scope.leaks().size()) + ": <code>" + escape(first.command());
    text += "</code>" + (scope.leaks().size() > 1 ? ", …" : "");
    return first.origin() == null ? text : text + "<br>" + escape(first.origin());
  }

  private void trees(List<ScopeSummary> news, Room to) {
    int trees = 0;
    for (ScopeSummary scope : news) {
      List<String> lines = trees == ReportDirectory.MOST_TREES ? List.of() : tree(scope);
      if (!lines.isEmpty()) {
        trees++;
        to.add(
            "<details><summary>%s</summary>\n<pre>%s</pre></details>\n"
                .formatted(escape(scope.scope()), String.join("\n", lines)));
      }
    }
  }

  /** Returns the tree before the end of the scope, escaped and without empty lines. */
  private List<String> tree(ScopeSummary scope) {
    List<String> tree = scope.report() == null ? List.of() : reports.tree(scope.report());
    List<String> escaped = new ArrayList<>();
    tree.stream()
        .filter(line -> !line.isBlank())
        .limit(MOST_LINES)
        .forEach(line -> escaped.add(escape(line)));
    if (tree.size() > MOST_LINES) {
      escaped.add("… " + Counts.of(tree.size() - MOST_LINES, "more line"));
    }
    return escaped;
  }

  /** Escapes a text for HTML and for Markdown, in one line. */
  static String escape(String text) {
    StringBuilder escaped = new StringBuilder();
    Visible.line(text, LONGEST)
        .codePoints()
        .forEach(
            c -> {
              if (c >= 0x80 || Character.isLetterOrDigit(c) || PLAIN.indexOf(c) >= 0) {
                escaped.appendCodePoint(c);
              } else {
                escaped.append("&#").append(c).append(';');
              }
            });
    return escaped.toString();
  }
}
