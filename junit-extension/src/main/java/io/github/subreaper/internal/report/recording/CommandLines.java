package io.github.subreaper.internal.report.recording;

import io.github.subreaper.Descendant;
import io.github.subreaper.ProcessEvent;
import io.github.subreaper.internal.report.recording.Recording.Command;
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
    List<Command> reported = reported(events);
    String file = process.executable().map(Object::toString).orElse(null);
    if (reported.isEmpty() && !process.commandLine().isEmpty()) {
      long first = events.isEmpty() ? time.of(process.startTime()) : time.of(events.get(0).nanos());
      reported.add(new Command(first, false, file, secrets.words(process.commandLine())));
    } else if (reported.size() == 1 && reported.get(0).executable() == null) {
      Command only = reported.get(0);
      reported.set(0, new Command(only.at(), only.isExec(), file, only.words()));
    }
    commands.put(process, reported);
  }

  private List<Command> reported(List<ProcessEvent> events) {
    List<Command> reported = new ArrayList<>();
    for (ProcessEvent event : events) {
      if (event instanceof ProcessEvent.Launched launched) {
        reported.add(command(event, true, null, launched.command()));
      } else if (event instanceof ProcessEvent.Executed executed) {
        String file = executed.executable().map(Object::toString).orElse(null);
        reported.add(command(event, true, file, executed.command()));
      } else if (event instanceof ProcessEvent.Renamed renamed) {
        String file = reported.isEmpty() ? null : reported.get(reported.size() - 1).executable();
        reported.add(command(event, false, file, renamed.command()));
      }
    }
    return reported;
  }

  private Command command(
      ProcessEvent event, boolean isExec, @Nullable String file, List<String> words) {
    return new Command(time.of(event.nanos()), isExec, file, secrets.words(words));
  }

  /** Returns the command lines of a process, in order. */
  List<Command> of(Descendant process) {
    return commands.getOrDefault(process, List.of());
  }
}
