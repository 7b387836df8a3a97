package io.github.subreaper.samples;

import io.github.subreaper.assertj.Convention;
import io.github.subreaper.assertj.Daemonization;
import io.github.subreaper.assertj.Daemonization.Verdict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Writes the measurements as a Markdown table, between two marks of a file. */
final class DaemonTable {
  private static final String BEGIN = "<!-- measured -->\n";
  private static final String END = "<!-- end of what was measured -->\n";

  private static final Set<Convention> TELLING =
      EnumSet.of(
          Convention.STANDARD_STREAMS_DETACHED,
          Convention.WORKING_DIRECTORY,
          Convention.PID_FILE,
          Convention.READY_WHEN_LAUNCHER_RETURNED);

  private DaemonTable() {}

  static void write(
      Path file,
      Map<RealDaemon, Daemonization> measured,
      Map<RealDaemon, DaemonsTest.Logout> logouts)
      throws IOException {
    String text = Files.readString(file);
    int begin = text.indexOf(BEGIN) + BEGIN.length();
    int end = text.indexOf(END);
    if (begin < BEGIN.length() || end < begin) {
      throw new IOException(file + " lacks the marks " + BEGIN.strip() + " and " + END.strip());
    }
    Files.writeString(
        file, text.substring(0, begin) + table(measured, logouts) + text.substring(end));
  }

  private static String table(
      Map<RealDaemon, Daemonization> measured, Map<RealDaemon, DaemonsTest.Logout> logouts) {
    StringBuilder text = new StringBuilder("\n| daemon |");
    for (Convention convention : Convention.values()) {
      text.append(' ').append(convention.title()).append(" |");
    }
    text.append(" survives the logout |\n|---|")
        .append(":-:|".repeat(Convention.values().length + 1))
        .append('\n');
    measured.forEach((daemon, found) -> text.append(row(daemon, found, logouts.get(daemon))));
    text.append("\nWhat was found instead, where that is not the canary itself:\n\n");
    measured.forEach((daemon, found) -> text.append(failures(daemon, found)));
    return text.append('\n').toString();
  }

  private static String row(
      RealDaemon daemon, Daemonization found, DaemonsTest.@Nullable Logout logout) {
    Stream<String> cells =
        found.findings().stream()
            .map(
                finding ->
                    logout != null && finding.convention() == Convention.NO_CONTROLLING_TERMINAL
                        ? cell(logout.terminal())
                        : cell(finding.verdict()));
    String survived = logout == null ? "–" : logout.survived() ? "✓" : "**✗**";
    return Stream.concat(cells, Stream.of(survived))
        .collect(Collectors.joining(" | ", "| " + daemon.executable() + " | ", " |\n"));
  }

  private static String cell(Verdict verdict) {
    return switch (verdict) {
      case OK -> "✓";
      case FAIL -> "**✗**";
      case NOT_PROVEN -> "?";
      case NOT_TESTED -> "–";
    };
  }

  private static String failures(RealDaemon daemon, Daemonization found) {
    String failures =
        found.findings().stream()
            .filter(finding -> finding.verdict() == Verdict.FAIL)
            .filter(finding -> TELLING.contains(finding.convention()))
            .map(finding -> lasting(finding.found()))
            .collect(Collectors.joining("; "));
    return failures.isEmpty() ? "" : "- **" + daemon.executable() + "**: " + failures + "\n";
  }

  /** Returns the text without parts that differ from run to run. */
  private static String lasting(String found) {
    return found
        .replaceAll("/tmp/[^/ ,]+(/\\d+)?", "DIR")
        .replaceAll("written \\S+ s", "written")
        .replaceAll(":\\d{4,}", ":PORT")
        .replaceAll(":\\[\\d+]", "");
  }
}
