package io.github.subreaper.internal.messages;

import io.github.subreaper.internal.engine.guardian.GuardianLog;
import io.github.subreaper.internal.linux.calls.SignalNumber;
import io.github.subreaper.internal.linux.calls.WaitStatus;
import io.github.subreaper.internal.text.Text;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/** Describes a run whose JVM died, and what became of the processes that it left. */
public final class PreviousRun {
  private static final int MOST_NAMES = 5;

  private static final String UNNAMED =
      ". No log names these processes, and what was not traced may still run";

  private PreviousRun() {}

  public static String of(GuardianLog log) {
    StringBuilder text = new StringBuilder("subreaper: the previous run (pid ");
    text.append(log.jvm()).append(") ").append(how(log));
    if (log.total() > 0 || !log.alive().isEmpty()) {
      text.append("; its guardian ended ");
      text.append(Text.count(log.total(), "process", "processes")).append(" it had left");
      names(text, log.ended(), log.total());
    }
    if (!log.alive().isEmpty()) {
      text.append("; could not end ");
      text.append(Text.count(log.alive().size(), "process", "processes"));
      names(text, log.alive(), log.alive().size());
    }
    if (!log.traced().isEmpty()) {
      text.append("; the kernel ended what was left of ");
      text.append(Text.count(log.traced().size(), "traced launch", "traced launches"));
      names(text, log.traced(), log.traced().size());
    }
    if (!log.memory().isEmpty()) {
      text.append("; shared memory of theirs stayed, and is removed by: ipcrm");
      log.memory().forEach(segment -> text.append(" -m ").append(segment.pid()));
    }
    Path file = log.file();
    return text.append(file == null ? UNNAMED : " — details in " + shortened(file)).toString();
  }

  private static String how(GuardianLog log) {
    if (log.file() == null) {
      return "ended without closing its scopes, and its guardian was killed";
    }
    if (log.waitStatus().isEmpty()) {
      return "ended without closing its scopes";
    }
    int status = log.waitStatus().getAsInt();
    int signal = WaitStatus.signal(status);
    return signal == 0
        ? "ended without closing its scopes, " + WaitStatus.describe(status)
        : "ended by " + SignalNumber.name(signal);
  }

  private static void names(StringBuilder text, List<GuardianLog.Entry> entries, int total) {
    if (!entries.isEmpty()) {
      text.append(": ");
      text.append(
          entries.stream()
              .limit(MOST_NAMES)
              .map(entry -> Text.safe(entry.name()) + " (" + entry.pid() + ")")
              .collect(Collectors.joining(", ")));
      text.append(total > MOST_NAMES ? ", …" : "");
    }
  }

  private static Path shortened(Path file) {
    Path here = Path.of("").toAbsolutePath();
    return file.startsWith(here) ? here.relativize(file) : file;
  }
}
