package io.github.subreaper.internal.report;

import io.github.subreaper.internal.report.Recording.Proc;
import io.github.subreaper.internal.text.Counts;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the parts of a page share: the recording, its lines, and how much of each text fits. */
final class Content {
  /** Beyond this, like processes fold. */
  static final int MOST_LINES = 500;

  private static final int ALL_COMMANDS = 80_000;
  private static final int ALL_EVENTS = 3_000;

  private final Recording recording;
  private final Rows rows;
  private final long end;
  private final Map<Integer, List<Event>> events = new HashMap<>();

  Content(Recording recording) {
    this.recording = recording;
    this.end = recording.end();
    this.rows = Rows.of(recording, MOST_LINES);
    List<Event> ordered = new ArrayList<>(recording.events());
    ordered.sort(Comparator.comparingLong(Event::at)); // a scan reports late
    for (Event event : ordered) {
      Row row = rows.of(event.process());
      events.computeIfAbsent(row == null ? 0 : row.id(), k -> new ArrayList<>()).add(event);
    }
  }

  Recording recording() {
    return recording;
  }

  Rows rows() {
    return rows;
  }

  /** Returns how many processes there are, in words. */
  String processes() {
    return Counts.atLeast(recording.header().mayMiss()) + Counts.processes(rows.processes());
  }

  /** Returns the last moment that is recorded. */
  long end() {
    return end;
  }

  /** Returns the events of a line, in order. */
  List<Event> events(Row row) {
    return events.getOrDefault(row.id(), List.of());
  }

  /** Returns the events of no process. */
  List<Event> otherEvents() {
    return events.getOrDefault(0, List.of());
  }

  /** Returns the scope of a process if it is another than the one that is recorded. */
  @Nullable String otherScope(Proc process) {
    String scope = process.scope();
    return scope == null || scope.equals(recording.header().scope()) ? null : scope;
  }

  /** Returns how many characters of a command line are shown in the table. */
  int commandLimit() {
    return share(ALL_COMMANDS, 160, 4_000);
  }

  /** Returns how many characters of a command line are shown where there is one line for it. */
  int titleLimit() {
    return share(ALL_COMMANDS / 2, 60, 200);
  }

  /** Returns how many events of a process are shown. */
  int eventLimit() {
    return share(ALL_EVENTS, 6, 60);
  }

  private int share(int all, int least, int most) {
    return Math.max(least, Math.min(most, all / Math.max(1, rows.list().size())));
  }

  /** Writes a link to the line of a process; its pid alone if the page does not show it. */
  void link(int number, Html html) {
    Row row = rows.of(number);
    if (row == null) {
      html.text("process " + number);
      return;
    }
    Proc process = recording.process(number).orElse(row.first());
    html.element("a", Long.toString(process.pid()), "href", "#p" + row.id());
  }
}
