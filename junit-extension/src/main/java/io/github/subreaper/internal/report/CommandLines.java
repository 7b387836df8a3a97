package io.github.subreaper.internal.report;

import io.github.subreaper.Descendant;
import io.github.subreaper.ProcessEvent;
import io.github.subreaper.internal.report.Recording.Command;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What each process of a recording executed, without secrets. */
final class CommandLines {
  private final RecordedTime time;
  private final Secrets secrets;
  private final Map<Descendant, List<Command>> commands = new HashMap<>();

  CommandLines(RecordedTime time, Secrets secrets) {
    this.time = time;
    this.secrets = secrets;
  }

  /**
   * Adds a process.
   *
   * @param events its own
   */
  void add(Descendant process, List<ProcessEvent> events) {
    List<Command> told = told(events);
    String file = process.executable().map(Object::toString).orElse(null);
    if (told.isEmpty() && !process.commandLine().isEmpty()) {
      long first = events.isEmpty() ? time.of(process.startTime()) : time.of(events.get(0));
      told.add(new Command(first, false, file, secrets.words(process.commandLine())));
    } else if (told.size() == 1 && told.get(0).executable() == null) {
      Command only = told.get(0);
      told.set(0, new Command(only.at(), only.isExec(), file, only.words()));
    }
    commands.put(process, told);
  }

  private List<Command> told(List<ProcessEvent> events) {
    List<Command> told = new ArrayList<>();
    for (ProcessEvent event : events) {
      if (event instanceof ProcessEvent.Launched launched) {
        told.add(command(event, true, null, launched.command()));
      } else if (event instanceof ProcessEvent.Executed executed) {
        String file = executed.executable().map(Object::toString).orElse(null);
        told.add(command(event, true, file, executed.command()));
      } else if (event instanceof ProcessEvent.Renamed renamed) {
        String file = told.isEmpty() ? null : told.get(told.size() - 1).executable();
        told.add(command(event, false, file, renamed.command()));
      }
    }
    return told;
  }

  private Command command(
      ProcessEvent event, boolean isExec, @Nullable String file, List<String> words) {
    return new Command(time.of(event), isExec, file, secrets.words(words));
  }

  /** Returns the command lines of a process, in order. */
  List<Command> of(Descendant process) {
    return commands.getOrDefault(process, List.of());
  }
}
