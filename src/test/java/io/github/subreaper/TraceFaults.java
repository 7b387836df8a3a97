package io.github.subreaper;

import io.github.subreaper.ProcessEvent.Continued;
import io.github.subreaper.ProcessEvent.Executed;
import io.github.subreaper.ProcessEvent.Exited;
import io.github.subreaper.ProcessEvent.Forked;
import io.github.subreaper.ProcessEvent.Stopped;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What is wrong in the journal of a traced launch that has ended with all that it started. */
final class TraceFaults {
  private TraceFaults() {}

  /** Returns the events of this type in the journal of a launch. */
  static <T extends ProcessEvent> List<T> events(Class<T> type, Launch launch) {
    return launch.journal().events().stream().filter(type::isInstance).map(type::cast).toList();
  }

  /** Returns the commands of all execs of a launch. */
  static List<List<String>> executed(Launch launch) {
    return events(Executed.class, launch).stream().map(Executed::command).toList();
  }

  /**
   * Returns what is missing or reported twice. Each process is reported once when it is born and
   * once when it ends, with its status, and nothing before or after; each stop once, and it goes on
   * or ends.
   */
  static List<String> of(Launch launch) {
    List<String> faults = new ArrayList<>();
    if (!launch.journal().isExact()) {
      faults.add("it is not exact");
    }
    Set<Descendant> alive = new HashSet<>(Set.of(launch.process()));
    Set<Descendant> stopped = new HashSet<>();
    for (ProcessEvent event : launch.journal().events()) {
      boolean right = alive.contains(event.process());
      if (event instanceof Forked forked) {
        right &= alive.add(forked.child());
      } else if (event instanceof Stopped) {
        right &= stopped.add(event.process());
      } else if (event instanceof Continued) {
        right &= stopped.remove(event.process());
      } else if (event instanceof Exited exited) {
        right &= alive.remove(event.process());
        right &= !(exited.status() instanceof ExitStatus.Unknown);
      }
      if (!right) {
        faults.add(event.toString());
      }
    }
    alive.forEach(process -> faults.add("without an end: " + process));
    return faults;
  }
}
