package io.github.subreaper.internal.report;

import io.github.subreaper.Descendant;
import io.github.subreaper.JournalEntry;
import io.github.subreaper.ProcessEvent;
import io.github.subreaper.ScopeReport;
import io.github.subreaper.Sender;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What journal and report have about a scope, by process. The recording is made of this. */
final class Evidence {
  private final KeptEntries entries;
  private final RecordedTime time;
  private final Secrets secrets;
  private final ProcessNumbers numbers = new ProcessNumbers();
  private final RecordedMarks marks = new RecordedMarks();
  private final CommandLines commands;
  private final RecordedLaunches launches;
  private final Map<Descendant, List<ProcessEvent>> events = new HashMap<>();
  private final Map<Descendant, Long> births = new HashMap<>();

  /**
   * Gathers all.
   *
   * @param report of the end of the scope; null if it has not ended
   */
  Evidence(KeptEntries entries, @Nullable ScopeReport report, RecordedTime time, Secrets secrets) {
    this.entries = entries;
    this.time = time;
    this.secrets = secrets;
    this.commands = new CommandLines(time, secrets);
    this.launches = new RecordedLaunches(secrets);
    for (JournalEntry entry : entries.all()) {
      if (entry instanceof ProcessEvent event) {
        add(event);
      }
    }
    if (report != null) {
      report.leaked().forEach(numbers::add);
      report.survivors().forEach(survivor -> numbers.add(survivor.process()));
      report.foreign().forEach(numbers::add);
      marks.add(report);
    }
    // All command lines before any text: what they hide is then hidden in texts, too.
    numbers.all().forEach(process -> commands.add(process, events(process)));
    numbers.all().forEach(process -> launches.add(process, commands));
  }

  private void add(ProcessEvent event) {
    numbers.add(event.process());
    events.computeIfAbsent(event.process(), one -> new ArrayList<>()).add(event);
    related(event).ifPresent(numbers::add);
    marks.add(event);
    if (event instanceof ProcessEvent.Forked forked) {
      births.put(forked.child(), time.of(event));
    }
  }

  /** Returns the other process that an event names. */
  static Optional<Descendant> related(ProcessEvent event) {
    if (event instanceof ProcessEvent.Forked forked) {
      return Optional.of(forked.child());
    }
    if (event instanceof ProcessEvent.Adopted adopted) {
      return adopted.formerParent();
    }
    return event instanceof ProcessEvent.Signaled signaled
        ? signaled.sender().flatMap(Sender::process)
        : Optional.empty();
  }

  KeptEntries entries() {
    return entries;
  }

  RecordedTime time() {
    return time;
  }

  Secrets secrets() {
    return secrets;
  }

  ProcessNumbers numbers() {
    return numbers;
  }

  RecordedMarks marks() {
    return marks;
  }

  CommandLines commands() {
    return commands;
  }

  RecordedLaunches launches() {
    return launches;
  }

  List<ProcessEvent> events(Descendant process) {
    return events.getOrDefault(process, List.of());
  }

  /** Returns when its birth was reported; null if it was not. */
  @Nullable Long birth(Descendant process) {
    return births.get(process);
  }
}
