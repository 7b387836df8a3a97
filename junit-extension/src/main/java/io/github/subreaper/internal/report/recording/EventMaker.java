package io.github.subreaper.internal.report.recording;

import io.github.subreaper.ProcessEvent;
import io.github.subreaper.ProcessEvent.Source;
import io.github.subreaper.internal.access.JournalEntry;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

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
    FirstAndLast<JournalEntry> entries = evidence.entries().kept();
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
    ProcessEvent event = entry.event();
    long at = evidence.time().of(entry.nanos());
    made.add(
        event == null
            ? new Event(
                next(),
                at,
                entry.kind(),
                entry.source(),
                0,
                secrets.text(entry.text()),
                0,
                null,
                null)
            : new Event(
                next(),
                at,
                entry.kind(),
                entry.source(),
                evidence.numbers().of(event.process()),
                text(entry, event),
                evidence.numbers().of(Evidence.related(event)),
                signal(event),
                event instanceof ProcessEvent.Signaled signaled
                    ? signaled.sender().map(one -> secrets.text(one.toString())).orElse(null)
                    : null));
  }

  private void addOmission(long omitted, List<JournalEntry> last) {
    long at = last.isEmpty() ? 0 : evidence.time().of(last.get(0).nanos());
    String text =
        String.format(Locale.ROOT, "%,d events are left out here: there are too many", omitted);
    made.add(new Event(next(), at, "events_lost", Source.LIBRARY, 0, text, 0, null, null));
  }

  private static @Nullable String signal(ProcessEvent event) {
    if (event instanceof ProcessEvent.Signaled signaled) {
      return signaled.signal().toString();
    }
    if (event instanceof ProcessEvent.Unsent unsent) {
      return unsent.signal().toString();
    }
    return event instanceof ProcessEvent.Stopped stopped ? stopped.signal().toString() : null;
  }

  private String text(JournalEntry entry, ProcessEvent event) {
    if (event instanceof ProcessEvent.Launched launched) {
      return "launched " + words(launched.command());
    } else if (event instanceof ProcessEvent.Executed executed) {
      return "executed " + words(executed.command());
    } else if (event instanceof ProcessEvent.Renamed renamed) {
      return "has the command line " + words(renamed.command());
    }
    return secrets.text(entry.text());
  }

  private String words(List<String> command) {
    return String.join(" ", Bounds.words(secrets.words(command)));
  }
}
