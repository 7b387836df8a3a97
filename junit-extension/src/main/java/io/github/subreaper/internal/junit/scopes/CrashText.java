package io.github.subreaper.internal.junit.scopes;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.toList;

import io.github.subreaper.Descendant;
import io.github.subreaper.Ending;
import io.github.subreaper.ExitStatus;
import io.github.subreaper.ScopeReport;
import io.github.subreaper.internal.access.Access;
import io.github.subreaper.internal.junit.settings.BaselineLine;
import io.github.subreaper.internal.junit.settings.ProcessGlob;
import io.github.subreaper.internal.text.Text;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * Writes which processes have crashed: first which, how often, and the line that launched them,
 * then a line for each. And which crashes have not come though the test expects them.
 */
final class CrashText {
  /** The number of groups in the first line, and of lines of processes. */
  private static final int MOST = 3;

  private static final Access SUPPORT = Access.get();

  private CrashText() {}

  /**
   * Writes about the crashes of a scope.
   *
   * @param during for a process, such as {@code , during aTest()}
   */
  static String of(ScopeReport report, Function<Descendant, String> during) {
    List<String> lines = new ArrayList<>();
    if (!report.crashed().isEmpty()) {
      lines.addAll(crashed(report, during));
    }
    for (String absent : Access.get().absentCrashes(report)) {
      lines.add(
          Text.safe(report.scope())
              + ": no process has crashed that matches the glob "
              + Text.safe(absent));
    }
    if (!Access.get().absentCrashes(report).isEmpty()) {
      lines.add(
          "  To fix: wait for the crash before the test ends · a process of an outer scope, such as a"
              + " static @Daemon: expect it by that scope's Supervisor, in @BeforeAll · a process may be"
              + " too short-lived to be seen: launch it traced() · it need not crash:"
              + " supervisor.allowsCrash(…)");
    }
    return String.join("\n", lines);
  }

  private static List<String> crashed(ScopeReport report, Function<Descendant, String> during) {
    List<Descendant> crashed = report.crashed();
    List<String> lines = new ArrayList<>();
    Map<String, List<Descendant>> kinds = by(crashed, CrashText::kind);
    Map<String, List<Descendant>> places = by(crashed, SUPPORT::startedAt);
    lines.add(
        Text.safe(report.scope())
            + ": "
            + kinds.entrySet().stream()
                .limit(MOST)
                .map(kind -> kind.getKey() + times(kind.getValue().size()))
                .collect(joining(", "))
            + (kinds.size() > MOST ? " and others" : "")
            + (places.size() == 1 ? places.keySet().iterator().next() : ""));
    lines.addAll(
        Text.some(
            crashed.stream()
                .map(
                    process ->
                        "  "
                            + process.pid()
                            + " "
                            + command(process)
                            + "; "
                            + SUPPORT.describeEnd(process).orElse("ended")
                            + during.apply(process)
                            + (places.size() == 1 ? "" : SUPPORT.startedAt(process))
                            + core(process)),
            crashed.size() > MOST ? MOST - 1 : MOST,
            crashed.size()));
    crashed.stream()
        .flatMap(process -> process.launch().stream())
        .distinct()
        .map(LastOutput::of)
        .filter(line -> !line.isEmpty())
        .distinct()
        .limit(MOST)
        .forEach(line -> lines.add("  last output " + line));
    int unknown = unknown(report);
    if (unknown > 0) {
      lines.add("  the status of " + unknown + " more is unknown: only their parents have it");
    }
    lines.add(
        "  To fix: find the fault, or expect it: supervisor.expectsCrash(\""
            + BaselineLine.oneLine(ProcessGlob.of(crashed.get(0)))
            + "\")");
    return lines;
  }

  /** Returns how many processes of launches may have crashed: their statuses are unknown. */
  static int unknown(ScopeReport report) {
    return (int)
        report.ended().stream()
            .filter(process -> process.launch().isPresent())
            .filter(process -> process.exitStatus().orElseThrow() instanceof ExitStatus.Unknown)
            .filter(process -> process.ending().orElseThrow() != Ending.KILL)
            .count();
  }

  private static Map<String, List<Descendant>> by(
      List<Descendant> crashed, Function<Descendant, String> text) {
    return crashed.stream().collect(groupingBy(text, LinkedHashMap::new, toList()));
  }

  private static String kind(Descendant process) {
    return Text.safe(process.name())
        + " crashed with "
        + process
            .exitStatus()
            .map(status -> ((ExitStatus.Signaled) status).signal().toString())
            .orElseThrow();
  }

  private static String times(int count) {
    return count == 1 ? "" : ", " + count + " times";
  }

  private static String command(Descendant process) {
    String words = String.join(" ", process.commandLine());
    return Text.safe(words.isEmpty() ? process.name() : words);
  }

  /** Returns where core(5) says that the core is; empty if there is none. */
  private static String core(Descendant process) {
    Optional<ExitStatus> status = process.exitStatus();
    if (!(status.orElseThrow() instanceof ExitStatus.Signaled signaled) || !signaled.coreDumped()) {
      return "";
    }
    try {
      String pattern = Files.readString(Path.of("/proc/sys/kernel/core_pattern")).strip();
      return switch (pattern.isEmpty() ? ' ' : pattern.charAt(0)) {
        case '|' -> ", passed to " + Text.safe(pattern.substring(1));
        case '/' -> ", as " + Text.safe(pattern);
        default -> ", as " + Text.safe(pattern) + " in its working directory";
      };
    } catch (IOException e) {
      return "";
    }
  }
}
