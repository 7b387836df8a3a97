package io.github.subreaper;

import io.github.subreaper.chaos.Fault;
import io.github.subreaper.chaos.Fault.Kind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Compares a journal with what is known of its processes: each end once and with the same status,
 * an adoption before it, its first sight before all else, no signal after it, times in order,
 * nothing lost.
 */
final class JournalComparison {
  private final List<Fault> faults = new ArrayList<>();
  private int exits;

  /** Compares all that the scope knows. */
  static JournalComparison of(Supervisor scope) {
    List<Descendant> processes = scope.descendants();
    return of(scope.journal(), processes);
  }

  static JournalComparison of(Journal journal, List<Descendant> processes) {
    JournalComparison comparison = new JournalComparison();
    comparison.compare(journal, processes);
    return comparison;
  }

  List<Fault> faults() {
    return faults;
  }

  /** Returns how many ends the journal has. */
  int exits() {
    return exits;
  }

  private void compare(Journal journal, List<Descendant> processes) {
    Map<Descendant, List<ProcessEvent>> byProcess = new HashMap<>();
    long before = Long.MIN_VALUE;
    for (Journal.Entry entry : journal.entries().toList()) {
      if (entry.fact().nanos() < before) {
        fault(Kind.WRONG, "out of order in the journal: " + entry);
      }
      before = entry.fact().nanos();
      ProcessEvent event = entry.event();
      if (event != null) {
        byProcess.computeIfAbsent(event.process(), key -> new ArrayList<>()).add(event);
        if (event instanceof ProcessEvent.Forked fork) {
          byProcess.computeIfAbsent(fork.child(), key -> new ArrayList<>()).add(event);
        }
      } else if (entry.isLoss()) {
        fault(Kind.LOST, entry.toString());
      }
    }
    for (Descendant process : processes) {
      compare(process, byProcess.getOrDefault(process, List.of()));
    }
  }

  private void compare(Descendant process, List<ProcessEvent> events) {
    List<ProcessEvent.Exited> ends = all(ProcessEvent.Exited.class, events);
    exits += ends.size();
    if (ends.size() != (process.exitStatus().isPresent() ? 1 : 0)) {
      fault(Kind.LOST, ends.size() + " ends in the journal of " + process);
    }
    for (ProcessEvent.Exited end : ends) {
      if (!end.status().equals(process.exitStatus().orElse(null))) {
        fault(Kind.WRONG, end + " in the journal, not " + process.exitStatus());
      }
    }
    List<ProcessEvent.Adopted> adoptions = all(ProcessEvent.Adopted.class, events);
    if (adoptions.size() != (process.isOrphan() ? 1 : 0)) {
      fault(Kind.LOST, adoptions.size() + " adoptions in the journal of " + process);
    }
    for (ProcessEvent.Adopted adoption : adoptions) {
      if (!Objects.equals(adoption.formerParent(), process.parent())) {
        fault(Kind.WRONG, adoption + " in the journal, not " + process.parent());
      }
      if (!ends.isEmpty() && events.indexOf(adoption) > events.indexOf(ends.get(0))) {
        fault(Kind.WRONG, "adopted after its end: " + process);
      }
    }
    compareOrder(process, events);
    long births = events.stream().filter(event -> isBirth(event, process)).count();
    if (births != 1) {
      fault(
          Kind.LOST,
          births
              + " first sights in the journal of "
              + process
              + ": "
              + events.stream().map(event -> event.nanos() / 1_000_000 + " ms: " + event).toList());
    }
    for (ProcessEvent.Forked fork : all(ProcessEvent.Forked.class, events)) {
      boolean its = fork.child().equals(process);
      if (its && !process.parent().equals(Optional.of(fork.process()))) {
        fault(Kind.WRONG, fork + " in the journal, not " + process.parent());
      }
    }
  }

  private void compareOrder(Descendant process, List<ProcessEvent> events) {
    boolean first = true;
    boolean ended = false;
    for (ProcessEvent event : events) {
      boolean birth = isBirth(event, process);
      if (birth != first) {
        fault(Kind.WRONG, event + " is not where it belongs among the events of " + process);
      }
      boolean ofALivingOne =
          event instanceof ProcessEvent.Signaled
              || event instanceof ProcessEvent.Stopped
              || event instanceof ProcessEvent.Continued;
      if (ended && ofALivingOne) {
        fault(Kind.WRONG, event + " after the end of " + process);
      }
      first = false;
      ended |= event instanceof ProcessEvent.Exited;
    }
  }

  private static boolean isBirth(ProcessEvent event, Descendant process) {
    return event instanceof ProcessEvent.Seen
        || event instanceof ProcessEvent.Launched
        || (event instanceof ProcessEvent.Forked fork && fork.child().equals(process));
  }

  private static <T> List<T> all(Class<T> type, List<ProcessEvent> events) {
    return events.stream().filter(type::isInstance).map(type::cast).toList();
  }

  private void fault(Kind kind, String what) {
    faults.add(new Fault(kind, what));
  }
}
