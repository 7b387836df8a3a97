package io.github.subreaper;

import io.github.subreaper.internal.engine.guardian.GuardianLog;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/** Describes a run whose JVM died, and the processes that it left to its guardian. */
final class PreviousRun {
  private static final int MOST_NAMES = 5;

  private PreviousRun() {}

  static String of(GuardianLog log) {
    StringBuilder text = new StringBuilder("subreaper: the previous run (pid ");
    text.append(log.jvm()).append(") ").append(how(log)).append("; its guardian ended ");
    text.append(Text.count(log.total(), "process", "processes")).append(" it had left");
    names(text, log.ended(), log.total());
    if (!log.alive().isEmpty()) {
      text.append("; could not end ");
      text.append(Text.count(log.alive().size(), "process", "processes"));
      names(text, log.alive(), log.alive().size());
    }
    return text.append(" — details in ").append(shortened(log.file())).toString();
  }

  private static String how(GuardianLog log) {
    if (log.waitStatus().isEmpty()) {
      return "ended without closing its scopes";
    }
    ExitStatus status = Descendant.decoded(log.waitStatus().getAsInt());
    return status instanceof ExitStatus.Signaled signaled
        ? "ended by " + signaled.signal()
        : "ended without closing its scopes, " + status;
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
