package io.github.subreaper.samples;

import io.github.subreaper.assertj.Convention;
import io.github.subreaper.assertj.Daemonization;
import io.github.subreaper.assertj.Daemonization.Verdict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
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
    List<String> titles = new ArrayList<>();
    for (Convention convention : Convention.values()) {
      titles.add(convention.title());
    }
    titles.add("survives the logout");
    Map<RealDaemon, List<String>> rows = new TreeMap<>();
    measured.forEach((daemon, found) -> rows.put(daemon, cells(found, logouts.get(daemon))));
    List<String> kept = new ArrayList<>();
    for (int column = titles.size() - 1; column >= 0; column--) {
      int index = column;
      if (rows.values().stream().allMatch(cells -> cells.get(index).equals("✓"))) {
        kept.add(0, titles.remove(column));
        rows.values().forEach(cells -> cells.remove(index));
      }
    }
    StringBuilder text = new StringBuilder();
    text.append("\nAll keep: ").append(String.join(", ", kept)).append(".\n\n|daemon|");
    titles.forEach(title -> text.append(title).append("|"));
    text.append("\n|---|").append(":-:|".repeat(titles.size())).append('\n');
    rows.forEach(
        (daemon, cells) ->
            text.append("|" + daemon.executable() + "|" + String.join("|", cells) + "|\n"));
    text.append("\nWhat was found instead, where that is not the canary itself:\n\n");
    measured.forEach((daemon, found) -> text.append(failures(daemon, found)));
    return text.append('\n').toString();
  }

  private static List<String> cells(Daemonization found, DaemonsTest.@Nullable Logout logout) {
    List<String> cells = new ArrayList<>();
    for (Daemonization.Finding finding : found.findings()) {
      cells.add(
          logout != null && finding.convention() == Convention.NO_CONTROLLING_TERMINAL
              ? cell(logout.terminal())
              : cell(finding.verdict()));
    }
    cells.add(logout == null ? "–" : logout.survived() ? "✓" : "**✗**");
    return cells;
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
