package io.github.subreaper.internal.report;

import io.github.subreaper.internal.report.Gathered.Run;
import io.github.subreaper.internal.text.Counts;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The index of a directory of reports: like the page of a test, one file without a script. Each
 * table has an end, and says how much is missing.
 */
final class IndexPage {
  /** By this the library knows its own index. */
  static final String TITLE = "subreaper: reports of tests";

  private static final int MOST_PROBLEMS = 100;
  private static final int MOST_NOTES = 200;
  private static final int MOST_GUARDIANS = 50;
  private static final int MOST_MACHINES = 50;

  private final Gathered all;
  private final Html html = new Html();

  private IndexPage(Gathered all) {
    this.all = all;
  }

  /** Makes the page, to be written in UTF-8. */
  static String of(Gathered all) {
    return new IndexPage(all).write();
  }

  private String write() {
    html.doctype().open("html", "lang", "en").line();
    html.pageHead(TITLE, Style.INDEX_SHEET);
    html.open("body").line();
    heading();
    html.open("main").line();
    IndexTables tables = new IndexTables(all, html);
    tables.reports();
    tables.leaks();
    tables.survivors();
    tables.slowestEnds();
    tables.runs();
    notes();
    machines();
    html.close().line();
    html.open("footer").open("p").text("Made by subreaper ").text(About.version(), 60);
    html.text(" from the JSON lines beside it.");
    html.close().close().line();
    return html.close().close().line().toString();
  }

  private void heading() {
    long failed = all.failures();
    String result = failed == 0 ? "passed" : "failed";
    html.open("header", "class", result).line();
    html.element("h1", "Reports of tests and their processes").line();
    html.open("p", "class", "result " + result);
    html.element("strong", failed == 0 ? "✓ None failed" : "✗ " + Counts.of(failed) + " failed");
    html.line().element("span", Counts.of(all.reports().size(), "report")).line();
    html.element("span", Counts.of(all.runs().size(), "run")).line();
    count(all.scopes().leakCount(), "leak");
    count(all.scopes().survivorCount(), "survivor");
    html.close().line();
    problems();
    html.open("nav", "aria-label", "Parts of this page").open("ul");
    for (String part :
        List.of("Tests", "Leaks", "Survivors", "Ends", "Runs", "Notes", "Machines")) {
      html.open("li").element("a", part, "href", "#" + part.toLowerCase(java.util.Locale.ROOT));
      html.close();
    }
    html.close().close().line().close().line();
  }

  private void count(long count, String word) {
    html.open("span", "class", count == 0 ? "none" : "bad").text(Counts.of(count, word)).close();
    html.line();
  }

  private void problems() {
    List<String> problems = new ArrayList<>();
    for (String problem : all.problems()) {
      if (problems.size() == MOST_PROBLEMS) {
        int more = all.problems().size() - MOST_PROBLEMS;
        problems.add(Counts.of(more, "more file") + " could not be read.");
        break;
      }
      problems.add("Could not be read: " + problem);
    }
    if (all.unreadReports() > 0) {
      problems.add(Counts.of(all.unreadReports(), "more report") + " are not in this index.");
    }
    if (all.unreadRuns() > 0) {
      problems.add(Counts.of(all.unreadRuns(), "older run") + " are not in this index.");
    }
    if (!problems.isEmpty()) {
      html.open("ul", "class", "notes").line();
      problems.forEach(problem -> html.open("li").text(problem, 1_000).close().line());
      html.close().line();
    }
  }

  private void notes() {
    html.open("section", "aria-labelledby", "notes").line();
    html.element("h2", "Notes", "id", "notes").line();
    List<String> notes = new ArrayList<>();
    for (Run run : all.runs()) {
      run.summary()
          .notes()
          .forEach(
              note -> notes.add(IndexTables.DATE.format(run.summary().startedAt()) + " · " + note));
    }
    if (notes.isEmpty() && all.guardians().isEmpty()) {
      html.element("p", "None.").line();
    }
    if (!notes.isEmpty()) {
      html.open("ul", "class", "bullets").line();
      notes.stream()
          .limit(MOST_NOTES)
          .forEach(note -> html.open("li").text(note, 1_000).close().line());
      html.close().line();
      IndexTables.left(notes.size() - MOST_NOTES, "more note", html);
    }
    all.guardians().stream().limit(MOST_GUARDIANS).forEach(this::guardian);
    IndexTables.left(all.guardians().size() - MOST_GUARDIANS, "more log of a guardian", html);
    html.close().line();
  }

  private void guardian(GuardianNote note) {
    html.open("h3").text("Guardian: " + note.text(), 300).close().line();
    html.open("p").element("em", IndexTables.DATE.format(note.at()) + " · ");
    html.open("a", "href", IndexTables.href(note.file())).text(note.file(), 300);
    html.close().close().line();
    if (!note.lines().isEmpty()) {
      html.open("ul", "class", "bullets").line();
      note.lines().forEach(line -> html.open("li").text(line, 300).close().line());
      html.close().line();
      IndexTables.left(note.more(), "more process", html);
    }
  }

  /** What runs have in common. */
  private record Machine(
      String host, String kernel, String jvm, String version, String capabilities) {}

  private void machines() {
    Map<Machine, Integer> machines = new LinkedHashMap<>();
    for (Run run : all.runs()) {
      RunSummary of = run.summary();
      machines.merge(
          new Machine(of.host(), of.kernel(), of.jvm(), of.version(), of.capabilities()),
          1,
          Integer::sum);
    }
    html.open("section", "aria-labelledby", "machines").line();
    html.element("h2", "Machines", "id", "machines").line();
    if (machines.isEmpty()) {
      html.element("p", "No run has recorded its machine.").line();
    }
    machines.entrySet().stream()
        .limit(MOST_MACHINES)
        .forEach(one -> machine(one.getKey(), one.getValue()));
    IndexTables.left(machines.size() - MOST_MACHINES, "more machine", html);
    html.close().line();
  }

  private void machine(Machine one, int runs) {
    html.open("h3").text(one.host, 200).close().line();
    html.open("dl", "class", "facts").line();
    fact("Runs", Counts.of(runs));
    fact("Kernel", one.kernel);
    fact("JVM", one.jvm);
    fact("subreaper", one.version);
    html.close().line();
    if (!one.capabilities.isBlank()) {
      html.open("pre").lines(one.capabilities, 4_000).close().line();
    }
  }

  private void fact(String name, String value) {
    html.open("div").element("dt", name).open("dd").text(value, 300).close().close().line();
  }
}
