package io.github.subreaper.internal.report.recording;

import io.github.subreaper.Descendant;
import io.github.subreaper.ProcessEvent;
import io.github.subreaper.ScopeReport;
import io.github.subreaper.Sender;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What journal and report have about a scope, by process. The recording is made of this.
 *
 * @param births when those were that were reported
 */
record Evidence(
    KeptEntries entries,
    RecordedTime time,
    Secrets secrets,
    ProcessNumbers numbers,
    RecordedMarks marks,
    CommandLines commands,
    RecordedLaunches launches,
    Map<Descendant, List<ProcessEvent>> events,
    Map<Descendant, Long> births) {

  /**
   * Gathers all.
   *
   * @param report of the end of the scope; null if it has not ended
   */
  static Evidence of(
      KeptEntries entries, @Nullable ScopeReport report, RecordedTime time, Secrets secrets) {
    Evidence all =
        new Evidence(
            entries,
            time,
            secrets,
            new ProcessNumbers(),
            new RecordedMarks(),
            new CommandLines(time, secrets),
            new RecordedLaunches(secrets),
            new HashMap<>(),
            new HashMap<>());
    all.gather(report);
    return all;
  }

  private void gather(@Nullable ScopeReport report) {
    entries.all().flatMap(entry -> Stream.ofNullable(entry.event())).forEach(this::add);
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
      births.put(forked.child(), time.of(event.nanos()));
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

  List<ProcessEvent> events(Descendant process) {
    return events.getOrDefault(process, List.of());
  }
}
