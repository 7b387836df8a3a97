package io.github.subreaper.internal.report.recording;

import io.github.subreaper.Journal;
import io.github.subreaper.Journal.SessionEvent;
import io.github.subreaper.ProcessEvent;
import io.github.subreaper.internal.report.recording.Event.Kind;
import io.github.subreaper.internal.report.recording.Recording.Source;
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
    FirstAndLast<Journal.Entry> entries = evidence.entries().kept();
    entries.first().forEach(this::add);
    List<Journal.Entry> last = entries.last();
    if (entries.omitted() > 0) {
      addOmission(entries.omitted(), last);
    }
    last.forEach(this::add);
    return made;
  }

  private long next() {
    return made.size() + 1L;
  }

  private void add(Journal.Entry entry) {
    made.add(
        entry instanceof ProcessEvent event ? event(event) : sessionEvent((SessionEvent) entry));
  }

  private void addOmission(long omitted, List<Journal.Entry> last) {
    long at = last.isEmpty() ? 0 : evidence.time().of(last.get(0).nanos());
    String text =
        String.format(Locale.ROOT, "%,d events are left out here: there are too many", omitted);
    made.add(new Event(next(), at, Kind.EVENTS_LOST, Source.LIBRARY, 0, text, 0, null, null));
  }

  private Event sessionEvent(SessionEvent event) {
    Kind kind = Kind.valueOf(event.kind().name());
    String text = secrets.text(event.toString());
    long at = evidence.time().of(event.nanos());
    return new Event(next(), at, kind, source(event), 0, text, 0, null, null);
  }

  private Event event(ProcessEvent event) {
    return new Event(
        next(),
        evidence.time().of(event.nanos()),
        kind(event.getClass()),
        source(event),
        evidence.numbers().of(event.process()),
        text(event, secrets),
        evidence.numbers().of(Evidence.related(event)),
        signal(event),
        event instanceof ProcessEvent.Signaled signaled
            ? signaled.sender().map(one -> secrets.text(one.toString())).orElse(null)
            : null);
  }

  private static Source source(Journal.Entry entry) {
    return Source.valueOf(entry.source().name());
  }

  /** Each kind has the name of the class of its events. */
  static Kind kind(Class<?> event) {
    return Kind.valueOf(event.getSimpleName().toUpperCase(Locale.ROOT));
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

  private static String text(ProcessEvent event, Secrets secrets) {
    if (event instanceof ProcessEvent.Launched launched) {
      return "launched " + words(launched.command(), secrets);
    } else if (event instanceof ProcessEvent.Executed executed) {
      return "executed " + words(executed.command(), secrets);
    } else if (event instanceof ProcessEvent.Renamed renamed) {
      return "has the command line " + words(renamed.command(), secrets);
    }
    return secrets.text(event.description());
  }

  private static String words(List<String> command, Secrets secrets) {
    return String.join(" ", Bounds.words(secrets.words(command)));
  }
}
