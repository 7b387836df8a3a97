package io.github.subreaper.internal.report;

import io.github.subreaper.internal.report.Event.Kind;
import io.github.subreaper.internal.report.Recording.Command;
import io.github.subreaper.internal.report.Recording.Mark;
import io.github.subreaper.internal.report.Recording.Proc;
import io.github.subreaper.internal.report.Recording.Source;
import io.github.subreaper.internal.text.Counts;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One line of the timeline: a label, how it ended, and the bar. */
final class TimelineLane {
  private static final int DEEPEST = 12;

  /** How high a lane is, as the style sheet has it. */
  private static final int HIGH = 28;

  private static final int MIDDLE = HIGH / 2;
  private static final int BAR = 10;

  /** With more lanes than this, the lines from parents to children would hide the bars. */
  private static final int MOST_FORKS = 40;

  private final Content content;
  private final Axis axis;
  private final Map<Integer, Integer> places = new HashMap<>();
  private final Set<Glyph> used = EnumSet.noneOf(Glyph.class);

  TimelineLane(Content content, Axis axis) {
    this.content = content;
    this.axis = axis;
    content.rows().list().forEach(row -> places.put(row.id(), places.size()));
  }

  /** Returns the shapes that were drawn. */
  Set<Glyph> used() {
    return used;
  }

  void write(Row row, Html html) {
    html.open("li", "id", "b" + row.id());
    html.open("span", "class", "who d" + Math.min(row.depth(), DEEPEST));
    html.element("a", row.who(), "href", "#p" + row.id()).text(" ");
    html.text(row.title(), content.titleLimit()).close();
    html.open("span", "class", "end");
    for (String warning : row.warnings()) {
      html.element("strong", warning).text(" ");
    }
    html.text(row.ends()).close();
    html.open("svg", "role", "img");
    html.element("title", row.who() + " " + Visible.line(row.first().name(), 40));
    html.element("desc", description(row));
    html.empty("use", "href", "#grid");
    fork(row, html);
    bar(row, html);
    html.close().close().line();
  }

  /** Returns what the bar shows, in words. */
  private String description(Row row) {
    long end = row.to(content.end());
    StringBuilder text = new StringBuilder();
    text.append("From ").append(Times.of(row.from())).append(" to ");
    Long alive = row.isFolded() ? null : row.first().aliveAt();
    if (alive != null) {
      text.append("between ").append(Times.of(alive)).append(" and ");
    }
    text.append(Times.of(end));
    Row parent = content.rows().of(row.parent());
    if (parent != null) {
      text.append(", child of ").append(parent.who());
    }
    count(Kind.EXECUTED, row, "program executed", "programs executed", text);
    String scope = content.otherScope(row.first());
    if (scope != null) {
      text.append(", of ").append(Visible.line(scope, content.titleLimit()));
    }
    Long adopted = row.first().adoptedAt();
    if (adopted != null) {
      text.append(", adopted at ").append(Times.of(adopted));
    }
    count(Kind.READY, row, "time ready", "times ready", text);
    count(Kind.SIGNALED, row, "signal", "signals", text);
    return text.append(": ").append(row.ends()).toString();
  }

  private void count(Kind kind, Row row, String one, String more, StringBuilder text) {
    long count = content.events(row).stream().filter(event -> event.kind() == kind).count();
    if (count > 0) {
      text.append(", ").append(Counts.of(count, one, more));
    }
  }

  private void draw(Glyph glyph, long at, String text, Html html) {
    used.add(glyph);
    glyph.draw(html, axis.at(at), Integer.toString(MIDDLE), text);
  }

  /** Draws a line from the bar of the parent to the birth. */
  private void fork(Row row, Html html) {
    Integer above = places.get(row.parent());
    Integer place = places.get(row.id());
    boolean isDrawn = places.size() <= MOST_FORKS && row.from() >= axis.from();
    if (isDrawn && above != null && place != null) {
      String x = axis.at(row.from());
      int top = MIDDLE + BAR / 2 - HIGH * (place - above);
      String from = Integer.toString(top);
      html.empty(
          "line", "class", "fork", "x1", x, "x2", x, "y1", from, "y2", Integer.toString(MIDDLE));
    }
  }

  private void bar(Row row, Html html) {
    long recorded = content.end();
    long from = row.from();
    long to = Math.max(from, row.to(recorded));
    if (row.isFolded()) {
      part("all", row, from, to, html);
      lives(row, recorded, html);
    } else {
      life(row.first().is(Mark.LEAKED) ? "bar leaked" : "bar", row, row.first(), to, html);
    }
    birth(row, html);
    if (!row.isFolded()) {
      parentless(row.first(), to, html);
      marks(row.first(), content.events(row), html);
    }
    Long alive = row.isFolded() ? null : row.first().aliveAt();
    String when = " at " + Times.of(to);
    if (alive != null) {
      when = " between " + Times.of(alive) + " and " + Times.of(to);
      draw(Glyph.LAST_ALIVE, alive, "last seen alive at " + Times.of(alive), html);
    }
    draw(Glyph.of(row.fate()), to, row.ends() + when, html);
  }

  /** Draws when the processes of a fold lived: the first, the last, and some between them. */
  private void lives(Row row, long recorded, Html html) {
    List<Proc> processes = row.processes();
    int drawn = Math.min(content.eventLimit(), processes.size());
    for (int i = 0; i < drawn; i++) {
      Proc process = processes.get((int) ((long) i * (processes.size() - 1) / (drawn - 1)));
      Long ended = process.endedAt();
      life("bar", row, process, ended == null ? recorded : ended, html);
    }
  }

  /** Draws a life, open from when it was last seen alive if its end is not known better. */
  private void life(String style, Row row, Proc process, long to, Html html) {
    Long alive = process.aliveAt();
    long known = alive == null ? to : Math.max(process.bornAt(), alive);
    part(style, row, process.bornAt(), known, html);
    if (alive != null) {
      part(style + " open", row, known, to, html);
    }
  }

  private void part(String style, Row row, long from, long to, Html html) {
    html.empty(
        "rect",
        "class",
        style + " " + row.fate().key(),
        "x",
        axis.at(from),
        "y",
        Integer.toString(style.equals("all") ? MIDDLE - 1 : MIDDLE - BAR / 2),
        "width",
        axis.width(from, to),
        "height",
        Integer.toString(style.equals("all") ? 2 : BAR));
  }

  private void birth(Row row, Html html) {
    long from = row.from();
    Glyph glyph =
        from < axis.from()
            ? Glyph.EARLIER
            : row.first().bornBy() == Source.TRACE ? Glyph.BORN : Glyph.SEEN;
    draw(glyph, from, "born at " + Times.of(from), html);
  }

  /** Draws when the parent ended and when the JVM adopted it, with a line from then on. */
  private void parentless(Proc process, long to, Html html) {
    Long adopted = process.adoptedAt();
    if (adopted == null) {
      return;
    }
    Long orphaned = orphanedAt(process);
    long since = orphaned == null || orphaned > adopted ? adopted : orphaned;
    html.empty(
        "line",
        "class",
        "adopted",
        "x1",
        axis.at(since),
        "x2",
        axis.at(Math.max(since, to)),
        "y1",
        "22",
        "y2",
        "22");
    if (orphaned != null && orphaned == since) {
      draw(Glyph.ORPHANED, since, "orphaned at " + Times.of(since), html);
    }
    draw(Glyph.ADOPTED, adopted, "adopted at " + Times.of(adopted), html);
  }

  private @Nullable Long orphanedAt(Proc process) {
    return content.recording().process(process.parent()).map(Proc::endedAt).orElse(null);
  }

  private void marks(Proc process, List<Event> events, Html html) {
    List<Event> drawn = new ArrayList<>();
    for (Event event : events) {
      if (glyph(event) != null && event.at() >= axis.from()) {
        drawn.add(event);
      }
    }
    if (events.stream().noneMatch(event -> event.kind() == Kind.EXECUTED)) {
      executions(process, html);
    }
    int limit = content.eventLimit();
    for (Event event : drawn.subList(0, Math.min(limit, drawn.size()))) {
      Glyph glyph = glyph(event);
      if (glyph != null) {
        String text =
            Times.of(event.at()) + ": " + Visible.line(event.text(), content.titleLimit());
        draw(glyph, event.at(), text, html);
      }
    }
  }

  /** Draws what a scan found: command lines, not events. */
  private void executions(Proc process, Html html) {
    List<Command> commands = process.commands();
    for (Command command : commands.subList(0, Math.min(content.eventLimit(), commands.size()))) {
      if (command.isExec() && command.at() >= axis.from()) {
        String text = Times.of(command.at()) + ": executed " + String.join(" ", command.words());
        draw(Glyph.EXECUTED, command.at(), Visible.line(text, content.titleLimit()), html);
      }
    }
  }

  private static @Nullable Glyph glyph(Event event) {
    return switch (event.kind()) {
      case EXECUTED -> Glyph.EXECUTED;
      case READY -> Glyph.READY;
      case SIGNALED -> Glyph.SIGNALED;
      case STOPPED -> Glyph.STOPPED;
      case CONTINUED -> Glyph.CONTINUED;
      default -> null;
    };
  }
}
