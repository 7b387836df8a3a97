package io.github.subreaper.internal.report;

import io.github.subreaper.internal.report.Event.Kind;
import io.github.subreaper.internal.report.Recording.Cause;
import io.github.subreaper.internal.report.Recording.Command;
import io.github.subreaper.internal.report.Recording.End;
import io.github.subreaper.internal.report.Recording.Mark;
import io.github.subreaper.internal.report.Recording.Proc;
import io.github.subreaper.internal.report.Recording.Source;
import io.github.subreaper.internal.report.Recording.Usage;
import io.github.subreaper.internal.text.Counts;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collector;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** All that is known of a process, each with its name. */
final class ProcessFacts {
  private static final int SHORT = 200;

  private final Content content;
  private final TreeLines trees;

  ProcessFacts(Content content, TreeLines trees) {
    this.content = content;
    this.trees = trees;
  }

  void ofOne(Proc process, List<Event> events, Html html) {
    html.open("dl").line();
    longFact("Started by", process.origin(), html);
    longFact("Launch", process.launch(), html);
    parent(process, html);
    fact("Born", Times.of(process.bornAt()) + bornBy(process.bornBy()), html);
    fact("Adopted", process.adoptedAt() == null ? null : Times.of(process.adoptedAt()), html);
    fact("Ended", ended(process), html);
    if (process.end() != null) {
      end(process.end(), html);
    }
    usage(process.usage(), html);
    fact("User", user(process), html);
    longFact("Scope", content.otherScope(process), html);
    fact("Marks", marks(process), html);
    fact("Name", process.name(), html);
    fact("Number", Integer.toString(process.number()), html);
    trees.links(process.number(), html);
    commands(process.commands(), html);
    events(events.stream().filter(ProcessFacts::isNews).toList(), html);
    html.close();
  }

  /** Writes what like processes have in common, and what they have together. */
  void ofAll(Row row, Html html) {
    html.open("dl").line();
    fact("Processes", Counts.of(row.processes().size()), html);
    fact("Pids", some(row.processes(), Proc::pid), html);
    fact("Numbers", some(row.processes(), one -> (long) one.number()), html);
    fact("Name", row.first().name(), html);
    longFact("Scope", content.otherScope(row.first()), html);
    parent(row.first(), html);
    fact("Born", Times.of(row.from()) + ", the first one", html);
    fact("Ended", Times.of(row.to(content.end())) + ", the last one", html);
    fact(
        "Ends",
        row.processes().stream().map(Fate::brief).distinct().limit(20).collect(joined()),
        html);
    fact("Marks", marks(row.first()), html);
    trees.links(row.id(), html);
    commands(row.first().commands(), html);
    Map<Kind, Long> counts = new EnumMap<>(Kind.class);
    content.events(row).forEach(event -> counts.merge(event.kind(), 1L, Long::sum));
    fact(
        "Events",
        counts.isEmpty()
            ? null
            : counts.entrySet().stream()
                .map(entry -> Counts.of(entry.getValue()) + " " + words(entry.getKey()))
                .collect(joined()),
        html);
    html.close();
  }

  private static Collector<CharSequence, ?, String> joined() {
    return Collectors.joining(", ");
  }

  private static String some(List<Proc> processes, Function<Proc, Long> number) {
    int most = 20;
    String first =
        processes.stream().limit(most).map(one -> number.apply(one).toString()).collect(joined());
    int left = processes.size() - most;
    return left > 0 ? first + " and " + Counts.of(left) + " more" : first;
  }

  private static void fact(String name, @Nullable String value, Html html) {
    if (value != null) {
      html.open("div").element("dt", name).open("dd").text(value, SHORT).close().close().line();
    }
  }

  /** Writes a fact that has the whole width. */
  private static void longFact(String name, @Nullable String value, Html html) {
    if (value != null) {
      html.open("div", "class", "long").element("dt", name).open("dd").text(value, SHORT);
      html.close().close().line();
    }
  }

  private void parent(Proc process, Html html) {
    html.open("div").element("dt", "Parent").open("dd");
    if (process.parent() == 0) {
      html.text("the JVM, or unknown");
    } else {
      content.link(process.parent(), html);
    }
    html.close().close().line();
  }

  private static String bornBy(Source source) {
    return switch (source) {
      case TRACE -> ", reported by the kernel";
      case SCAN -> ", found by a scan";
      case WAIT -> ", reported by wait(2)";
      case LIBRARY -> ", reported by the library or the JDK";
    };
  }

  private static String ended(Proc process) {
    Long ended = process.endedAt();
    Long alive = process.aliveAt();
    if (ended == null) {
      return "it was alive at the end of the recording";
    }
    String after = Times.of(ended - process.bornAt()) + " after its birth";
    return alive == null
        ? Times.of(ended) + ", " + after
        : "between %s and %s, %s to %s"
            .formatted(Times.of(alive), Times.of(ended), Times.of(alive - process.bornAt()), after);
  }

  private void end(End end, Html html) {
    fact("How", end.text() + cause(end.cause()), html);
    if (end.code() != null && !end.text().contains(end.code().toString())) {
      fact("Exit code", end.code().toString(), html);
    }
    if (end.signal() != null && !end.text().contains(end.signal())) {
      fact("Signal", end.signal(), html);
    }
    fact("Core dump", end.coreDumped() ? "written" : null, html);
    if (end.sender() != null || end.senderProcess() != 0) {
      html.open("div").element("dt", "Sender").open("dd");
      if (end.sender() != null) {
        html.text(end.sender(), SHORT).text(" ");
      }
      if (end.senderProcess() != 0) {
        content.link(end.senderProcess(), html);
      }
      html.close().close().line();
    }
  }

  private static String cause(@Nullable Cause cause) {
    if (cause == null) {
      return "";
    }
    return switch (cause) {
      case BY_ITSELF -> ", not by the library";
      case STOP_SIGNAL -> ", after the library's stop signal";
      case KILL -> ", which the library sent";
    };
  }

  private static void usage(@Nullable Usage usage, Html html) {
    if (usage == null) {
      return;
    }
    String user = Times.of(usage.userMicros() * Times.MICRO);
    String system = Times.of(usage.systemMicros() * Times.MICRO);
    fact("CPU time", user + " in user mode, " + system + " in the kernel", html);
    fact("Peak memory", usage.peakBytes() == null ? null : Counts.bytes(usage.peakBytes()), html);
  }

  private static @Nullable String user(Proc process) {
    if (process.uid() == null) {
      return process.user();
    }
    return process.user() == null
        ? process.uid().toString()
        : process.user() + " (" + process.uid() + ")";
  }

  private static @Nullable String marks(Proc process) {
    return process.marks().isEmpty()
        ? null
        : process.marks().stream().map(ProcessFacts::words).collect(joined());
  }

  private static String words(Mark mark) {
    return switch (mark) {
      case LAUNCHED -> "first process of its launch";
      case TRACED -> "traced";
      case ADOPTED -> "adopted";
      case LEAKED -> "leaked";
      case SURVIVOR -> "survived SIGKILL";
      case FOREIGN -> "foreign: nothing proves that the JVM started it";
    };
  }

  private static String words(Kind kind) {
    return kind.key().toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  private void commands(List<Command> commands, Html html) {
    if (commands.isEmpty()) {
      return;
    }
    int most = content.eventLimit();
    int limit = Math.max(content.commandLimit() / Math.min(most, commands.size()), 100);
    html.open("div", "class", "list").element("dt", "Command lines").open("dd").open("ol").line();
    for (Command command : commands.subList(0, Math.min(most, commands.size()))) {
      html.open("li").text(Times.of(command.at()) + " ");
      html.text(command.isExec() ? "executed " : "has the title ");
      if (command.executable() != null) {
        html.text(command.executable(), SHORT).text(" as ");
      }
      html.open("code").text(String.join(" ", command.words()), limit).close().close().line();
    }
    more(commands.size() - most, html);
    html.close().close().close().line();
  }

  /** Returns whether neither the command lines nor the end show an event. */
  private static boolean isNews(Event event) {
    return switch (event.kind()) {
      case EXECUTED, RENAMED, EXITED -> false;
      default -> true;
    };
  }

  private void events(List<Event> events, Html html) {
    if (events.isEmpty()) {
      return;
    }
    int most = content.eventLimit();
    html.open("div", "class", "list").element("dt", "Events").open("dd").open("ol").line();
    for (Event event : events.subList(0, Math.min(most, events.size()))) {
      event(event, html);
    }
    more(events.size() - most, html);
    html.close().close().close().line();
  }

  /** Writes an event as a list item. */
  void event(Event event, Html html) {
    html.open("li").text(Times.of(event.at()) + " ");
    html.text(event.text(), content.titleLimit());
    if (event.other() != 0) {
      html.text(", see ");
      content.link(event.other(), html);
    }
    html.text(" (" + event.source().name().toLowerCase(Locale.ROOT) + ")").close().line();
  }

  private static void more(int count, Html html) {
    if (count > 0) {
      html.element("li", Counts.of(count) + " more are not shown.").line();
    }
  }
}
