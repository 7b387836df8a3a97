package io.github.subreaper.internal.report;

import io.github.subreaper.ProcessEvent;
import io.github.subreaper.internal.report.Event.Kind;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The parts of an event: its kind, its signal, and words without secrets. */
final class EventText {
  private EventText() {}

  /** Each kind has the name of the class of its events. */
  static Kind kind(Class<?> event) {
    return Kind.valueOf(event.getSimpleName().toUpperCase(Locale.ROOT));
  }

  static @Nullable String signal(ProcessEvent event) {
    if (event instanceof ProcessEvent.Signaled signaled) {
      return signaled.signal().toString();
    }
    return event instanceof ProcessEvent.Stopped stopped ? stopped.signal().toString() : null;
  }

  static String of(ProcessEvent event, Secrets secrets) {
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
