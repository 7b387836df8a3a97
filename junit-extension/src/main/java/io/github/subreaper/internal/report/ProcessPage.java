package io.github.subreaper.internal.report;

import io.github.subreaper.internal.report.Recording.Header;
import io.github.subreaper.internal.report.Recording.Mark;
import io.github.subreaper.internal.text.Counts;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The page of a test: one file that shows what its processes did. It has no script and loads
 * nothing, and its own policy forbids both. It is well-formed XML, too.
 *
 * <pre>{@code
 * Files.writeString(file, ProcessPage.of(recording));
 * }</pre>
 */
public final class ProcessPage {
  private static final int MOST_OTHER_EVENTS = 100;
  private static final DateTimeFormatter DATE =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.SSS 'UTC'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  private final Content content;
  private final Header header;
  private final Html html = new Html();

  private ProcessPage(Recording recording) {
    this.content = new Content(recording);
    this.header = recording.header();
  }

  /**
   * Makes the page of a recording.
   *
   * @param recording of any machine
   * @return to be written in UTF-8
   */
  public static String of(Recording recording) {
    return new ProcessPage(recording).write();
  }

  private String write() {
    html.doctype().open("html", "lang", "en").line();
    html.pageHead(Visible.line(title(), 200) + ": processes", Style.SHEET);
    html.open("body").line();
    heading();
    html.open("main").line();
    new Timeline(content).write(html);
    TreeLines trees = new TreeLines(content);
    ProcessFacts facts = new ProcessFacts(content, trees);
    trees.write(html);
    new ProcessTable(content, facts).write(html);
    otherEvents(facts);
    new Outputs(content).write(html);
    html.close().line();
    html.open("footer").open("p").text("Made by subreaper ").text(header.version(), 60);
    html.close().close().line();
    return html.close().close().line().toString();
  }

  private String title() {
    String simple = header.className().substring(header.className().lastIndexOf('.') + 1);
    if (header.method().isEmpty()) {
      return simple.isEmpty() ? header.displayName() : simple;
    }
    return simple + "." + header.method() + (header.method().endsWith(")") ? "" : "()");
  }

  private void heading() {
    String result = header.result().name().toLowerCase(Locale.ROOT);
    html.open("header", "class", result).line();
    html.open("h1").text(title(), 300).close().line();
    html.open("p", "class", "result " + result).element("strong", result()).line();
    summary();
    html.close().line();
    if (header.failure() != null) {
      html.open("pre", "class", "failure").line();
      html.lines(header.failure(), 4_000).close().line();
    }
    notes();
    html.open("dl", "class", "facts").line();
    fact("Test", header.displayName());
    fact("Class", header.className());
    html.open("div").element("dt", "Time").open("dd");
    String time = header.wallOrigin().truncatedTo(ChronoUnit.MILLIS).toString();
    html.element("time", DATE.format(header.wallOrigin()), "datetime", time);
    html.close().close().line();
    fact("Host", header.host());
    fact("Kernel", header.kernel());
    fact("JVM", header.jvm());
    fact("Run", header.run());
    fact("Directory", header.module());
    fact("Id", header.test());
    html.close().line();
    html.open("nav", "aria-label", "Parts of this page").open("ul");
    html.open("li").element("a", "Timeline", "href", "#timeline").close();
    html.open("li").element("a", "Trees", "href", "#trees").close();
    html.open("li").element("a", "Processes", "href", "#processes").close();
    html.open("li").element("a", "Output", "href", "#outputs").close();
    html.close().close().line().close().line();
  }

  private String result() {
    return switch (header.result()) {
      case PASSED -> "✓ Passed";
      case FAILED -> "✗ Failed";
      case ABORTED -> "– Aborted";
      case UNKNOWN -> "? Result unknown";
    };
  }

  private void summary() {
    html.element("span", content.processes()).line();
    count(Mark.ADOPTED, "adopted", "some");
    count(Mark.LEAKED, "leaked", "bad");
    count(Mark.SURVIVOR, "survived SIGKILL", "bad");
    count(Mark.FOREIGN, "foreign", "bad");
  }

  private void count(Mark mark, String word, String style) {
    long count =
        content.recording().processes().stream().filter(process -> process.is(mark)).count();
    if (count > 0) {
      html.element("span", Counts.of(count) + " " + word, "class", style).line();
    }
  }

  private void notes() {
    List<String> notes = new ArrayList<>();
    if (!header.complete()) {
      notes.add(
          header.lost() > 0
              ? "Something is missing: " + Counts.of(header.lost(), "event") + " got lost."
              : "Something is missing: the recording was cut.");
    }
    if (!header.exact()) {
      notes.add(
          "Not each event was reported by the kernel: a process that lived for less than 0.2 s may be"
              + " missing, and what a scan found happened before its time here.");
    }
    if (header.mayMiss()) {
      notes.add(
          "More processes were started at a time than could be read: others may be missing, too.");
    }
    Rows rows = content.rows();
    if (!rows.rule().isEmpty()) {
      notes.add(
          Counts.processes(rows.processes())
              + " are too many for a page: those with the same "
              + rows.rule()
              + " are folded into "
              + Counts.of(rows.list().size(), "line")
              + ".");
    }
    if (!notes.isEmpty()) {
      html.open("ul", "class", "notes").line();
      notes.forEach(note -> html.element("li", note).line());
      html.close().line();
    }
  }

  private void fact(String name, String value) {
    if (!value.isEmpty()) {
      html.open("div").element("dt", name).open("dd").text(value, 300).close().close().line();
    }
  }

  private void otherEvents(ProcessFacts facts) {
    List<Event> events = content.otherEvents();
    if (events.isEmpty()) {
      return;
    }
    html.open("section", "aria-labelledby", "events").line();
    html.element("h2", "Events of no process", "id", "events").line();
    html.open("ol", "class", "events").line();
    events.stream().limit(MOST_OTHER_EVENTS).forEach(event -> facts.event(event, html));
    if (events.size() > MOST_OTHER_EVENTS) {
      String left = Counts.of(events.size() - MOST_OTHER_EVENTS, "more event");
      html.element("li", left + " are not shown.").line();
    }
    html.close().close().line();
  }
}
