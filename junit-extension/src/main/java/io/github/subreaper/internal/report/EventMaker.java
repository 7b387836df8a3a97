package io.github.subreaper.internal.report;

import io.github.subreaper.JournalEntry;
import io.github.subreaper.ProcessEvent;
import io.github.subreaper.SessionEvent;
import io.github.subreaper.internal.report.Event.Kind;
import io.github.subreaper.internal.report.Recording.Source;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Makes the events of a recording. */
final class EventMaker {
  private final Evidence evidence;
  private final Secrets secrets;
  private final List<Event> made = new ArrayList<>();

  EventMaker(Evidence evidence) {
    this.evidence = evidence;
    this.secrets = evidence.secrets();
  }

  /** Returns all in order; where some are left out, one that says so. */
  List<Event> events() {
    KeptEntries entries = evidence.entries();
    entries.first().forEach(this::add);
    List<JournalEntry> last = entries.last();
    if (entries.omitted() > 0) {
      addOmission(entries.omitted(), last);
    }
    last.forEach(this::add);
    return made;
  }

  private long next() {
    return made.size() + 1L;
  }

  private void add(JournalEntry entry) {
    made.add(
        entry instanceof ProcessEvent event ? event(event) : sessionEvent((SessionEvent) entry));
  }

  private void addOmission(long omitted, List<JournalEntry> last) {
    long at = last.isEmpty() ? 0 : evidence.time().of(last.get(0));
    String text =
        String.format(Locale.ROOT, "%,d events are left out here: there are too many", omitted);
    made.add(new Event(next(), at, Kind.EVENTS_LOST, Source.LIBRARY, 0, text, 0, null, null));
  }

  private Event sessionEvent(SessionEvent event) {
    Kind kind =
        switch (event.kind()) {
          case SCOPE_OPENED -> Kind.SCOPE_OPENED;
          case SCOPE_ENDED -> Kind.SCOPE_ENDED;
          case GUARDIAN_REPLACED -> Kind.GUARDIAN_REPLACED;
          case SCAN_INCOMPLETE -> Kind.SCAN_INCOMPLETE;
          case EVENTS_LOST -> Kind.EVENTS_LOST;
        };
    String text = secrets.text(event.toString());
    long at = evidence.time().of(event);
    return new Event(next(), at, kind, source(event), 0, text, 0, null, null);
  }

  private Event event(ProcessEvent event) {
    return new Event(
        next(),
        evidence.time().of(event),
        EventText.kind(event.getClass()),
        source(event),
        evidence.numbers().of(event.process()),
        EventText.of(event, secrets),
        evidence.numbers().of(Evidence.related(event)),
        EventText.signal(event),
        event instanceof ProcessEvent.Signaled signaled
            ? signaled.sender().map(one -> secrets.text(one.toString())).orElse(null)
            : null);
  }

  private static Source source(JournalEntry entry) {
    return switch (entry.source()) {
      case TRACE -> Source.TRACE;
      case SCAN -> Source.SCAN;
      case WAIT -> Source.WAIT;
      case LIBRARY -> Source.LIBRARY;
    };
  }
}
