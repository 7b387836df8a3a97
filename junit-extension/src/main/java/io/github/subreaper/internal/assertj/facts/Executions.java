package io.github.subreaper.internal.assertj.facts;

import io.github.subreaper.Descendant;
import io.github.subreaper.Launch;
import io.github.subreaper.ProcessEvent;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** Shows what the processes of a traced launch have executed: when, which of them, below which. */
public final class Executions {
  private static final int DEEPEST = 10;

  private final List<ProcessEvent> events;

  public Executions(Launch launch) {
    this.events = launch.journal().events();
  }

  /** Returns the command lines, in order. */
  public Stream<List<String>> commands() {
    return events.stream().map(Executions::command).filter(command -> !command.isEmpty());
  }

  private static List<String> command(ProcessEvent event) {
    return event instanceof ProcessEvent.Launched launched
        ? launched.command()
        : event instanceof ProcessEvent.Executed executed ? executed.command() : List.of();
  }

  /** Returns a line for each command, and for each process that has executed none. */
  public List<String> lines() {
    Set<Descendant> executing = new HashSet<>();
    events.stream()
        .filter(event -> !command(event).isEmpty())
        .forEach(event -> executing.add(event.process()));
    Map<Descendant, Integer> depths = new HashMap<>();
    List<String> lines = new ArrayList<>();
    for (ProcessEvent event : events) {
      List<String> command = command(event);
      int depth = depths.getOrDefault(event.process(), 0);
      if (!command.isEmpty()) {
        lines.add(line(event, event.process(), depth, String.join(" ", command)));
      } else if (event instanceof ProcessEvent.Forked forked) {
        Descendant child = forked.child();
        depths.put(child, depth + 1);
        if (!executing.contains(child)) {
          String text = String.join(" ", child.commandLine());
          lines.add(
              line(event, child, depth + 1, text.isEmpty() ? child.name() : text)
                  + "   (forked by "
                  + event.process().pid()
                  + ", no exec)");
        }
      }
    }
    return lines;
  }

  private String line(ProcessEvent event, Descendant process, int depth, String text) {
    return String.format(
        Locale.ROOT,
        "%9.3f s  %-7d %s%s",
        (event.nanos() - events.get(0).nanos()) / 1e9,
        process.pid(),
        "  ".repeat(Math.min(depth, DEEPEST)),
        Naming.printable(text, Integer.MAX_VALUE));
  }
}
