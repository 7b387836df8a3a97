package io.github.subreaper.internal.report;

import io.github.subreaper.Descendant;
import io.github.subreaper.ProcessEvent;
import io.github.subreaper.Sender;
import io.github.subreaper.internal.report.Event.Kind;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What an event tells: its kind, its signal, and words without secrets. */
final class Telling {
  private Telling() {}

  static Kind kind(ProcessEvent event) {
    if (event instanceof ProcessEvent.Launched) {
      return Kind.LAUNCHED;
    } else if (event instanceof ProcessEvent.Seen) {
      return Kind.SEEN;
    } else if (event instanceof ProcessEvent.Forked) {
      return Kind.FORKED;
    } else if (event instanceof ProcessEvent.Executed) {
      return Kind.EXECUTED;
    } else if (event instanceof ProcessEvent.Renamed) {
      return Kind.RENAMED;
    } else if (event instanceof ProcessEvent.Adopted) {
      return Kind.ADOPTED;
    } else if (event instanceof ProcessEvent.Ready) {
      return Kind.READY;
    } else if (event instanceof ProcessEvent.Signaled) {
      return Kind.SIGNALED;
    } else if (event instanceof ProcessEvent.Stopped) {
      return Kind.STOPPED;
    } else if (event instanceof ProcessEvent.Continued) {
      return Kind.CONTINUED;
    } else if (event instanceof ProcessEvent.Exited) {
      return Kind.EXITED;
    } else if (event instanceof ProcessEvent.Leaked) {
      return Kind.LEAKED;
    } else if (event instanceof ProcessEvent.Unkillable) {
      return Kind.UNKILLABLE;
    } else if (event instanceof ProcessEvent.Foreign) {
      return Kind.FOREIGN;
    }
    throw new IllegalArgumentException("an event that is not known: " + event);
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
    return secrets.text(withoutCommand(event));
  }

  private static String words(List<String> command, Secrets secrets) {
    return String.join(" ", Bounds.words(secrets.words(command)));
  }

  private static String withoutCommand(ProcessEvent event) {
    if (event instanceof ProcessEvent.Seen) {
      return "first seen" + event.process().parent().map(one -> " below " + one.pid()).orElse("");
    } else if (event instanceof ProcessEvent.Forked forked) {
      return "forked " + forked.child().pid();
    } else if (event instanceof ProcessEvent.Adopted adopted) {
      return "adopted"
          + adopted.formerParent().map(one -> "; its parent was " + one.pid()).orElse("");
    } else if (event instanceof ProcessEvent.Ready ready) {
      return "ready: " + ready.condition();
    } else if (event instanceof ProcessEvent.Signaled signaled) {
      return signaled(signaled);
    } else if (event instanceof ProcessEvent.Stopped stopped) {
      return "stopped by " + stopped.signal();
    } else if (event instanceof ProcessEvent.Continued) {
      return "continued";
    } else if (event instanceof ProcessEvent.Exited exited) {
      return exited.status() + lived(exited.process());
    } else if (event instanceof ProcessEvent.Leaked) {
      return "is a leak";
    } else if (event instanceof ProcessEvent.Unkillable unkillable) {
      return "cannot be killed: " + unkillable.reason();
    }
    return "is foreign: nothing proves that this JVM started it";
  }

  private static String signaled(ProcessEvent.Signaled signaled) {
    boolean isOurs = signaled.source() == ProcessEvent.Source.LIBRARY;
    String sender =
        signaled
            .sender()
            .map(Sender::toString)
            .map(one -> (one.startsWith("the kernel") ? " from " : " by ") + one)
            .orElse("");
    return (isOurs ? "was sent " : "got ")
        + signaled.signal()
        + sender
        + signaled.reason().map(reason -> ": " + reason).orElse("");
  }

  private static String lived(Descendant process) {
    return process
        .endedBetween()
        .map(
            span ->
                String.format(
                    Locale.ROOT,
                    " between %.2f and %.2f s after its start",
                    seconds(process, span.from()),
                    seconds(process, span.to())))
        .or(() -> process.endedAt().map(end -> after(seconds(process, end))))
        .orElse("");
  }

  private static String after(double seconds) {
    return String.format(Locale.ROOT, " after %.2f s", seconds);
  }

  private static double seconds(Descendant process, Instant at) {
    return Math.max(0, Duration.between(process.startTime(), at).toMillis()) / 1e3;
  }
}
