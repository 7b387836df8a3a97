package io.github.subreaper.internal.report;

import io.github.subreaper.internal.report.RunSummary.Leak;
import io.github.subreaper.internal.report.RunSummary.ScopeEnd;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Writes the summary of a run as JSON lines: one for the run, one for its classes, one for each
 * scope that has news or was slow to end, one for each note. What is 0 or missing is not written.
 */
final class RunFile {
  /** How many are kept in a directory. */
  static final int MOST_FILES = 200;

  /** With news. */
  private static final int MOST_SCOPES = 2_000;

  /** Without news. */
  private static final int MOST_SLOW = 20;

  /** Of one scope. */
  private static final int MOST_LEAKS = 50;

  private static final Leak OTHER_LEAK = new Leak("(not listed)", null);

  private RunFile() {}

  static String write(RunSummary summary) {
    StringBuilder lines = new StringBuilder();
    JsonLines.appendFirst(head(summary), lines);
    Map<String, Object> classes = JsonLines.record("classes");
    classes.put("names", summary.classes());
    JsonLines.append(classes, lines);
    most(summary.scopes()).forEach(scope -> JsonLines.append(scope(scope), lines));
    for (String note : summary.notes()) {
      Map<String, Object> line = JsonLines.record("note");
      line.put("text", note);
      JsonLines.append(line, lines);
    }
    return lines.append(JsonLines.END).toString();
  }

  private static List<ScopeEnd> most(List<ScopeEnd> scopes) {
    Set<ScopeEnd> kept = new HashSet<>();
    scopes.stream().filter(ScopeEnd::isNews).limit(MOST_SCOPES).forEach(kept::add);
    scopes.stream()
        .sorted(Comparator.comparingLong(ScopeEnd::endNanos).reversed())
        .limit(MOST_SLOW)
        .forEach(kept::add);
    return scopes.stream().filter(kept::contains).toList();
  }

  private static Map<String, Object> head(RunSummary summary) {
    Map<String, Object> line = JsonLines.record("run");
    line.put("format", JsonLines.FORMAT);
    line.put("run", summary.run());
    line.put("module", summary.module());
    line.put("version", summary.version());
    line.put("host", summary.host());
    line.put("kernel", summary.kernel());
    line.put("jvm", summary.jvm());
    line.put("capabilities", summary.capabilities());
    line.put("started", summary.startedAt().toString());
    line.put("ended", summary.endedAt().toString());
    line.put("tests", summary.tests());
    line.put("failed", summary.failed());
    line.put("processes", summary.processes());
    line.put("orphans", summary.orphans());
    line.put("leaks", summary.leaks());
    line.put("survivors", summary.survivors());
    return line;
  }

  private static Map<String, Object> scope(ScopeEnd scope) {
    Map<String, Object> line = JsonLines.record("scope");
    line.put("scope", scope.scope());
    line.put("result", RecordingWriter.key(scope.result()));
    JsonLines.putUnless0(line, "processes", scope.processes());
    JsonLines.put(line, "may_miss", scope.mayMiss() ? true : null);
    JsonLines.putUnless0(line, "orphans", scope.orphans());
    JsonLines.putUnless0(line, "survivors", scope.survivors());
    JsonLines.put(line, "leaks", scope.leaks().isEmpty() ? null : leaks(scope.leaks()));
    line.put("nanos", scope.endNanos());
    JsonLines.put(line, "report", scope.report());
    return line;
  }

  /** A fork bomb leaks thousands that are the same. */
  private static List<Map<String, Object>> leaks(List<Leak> leaks) {
    Map<Leak, Integer> counts = new LinkedHashMap<>();
    for (Leak leak : leaks) {
      boolean isListed = counts.containsKey(leak) || counts.size() < MOST_LEAKS;
      counts.merge(isListed ? leak : OTHER_LEAK, 1, Integer::sum);
    }
    List<Map<String, Object>> list = new ArrayList<>();
    counts.forEach(
        (leak, count) -> {
          Map<String, Object> one = new LinkedHashMap<>();
          one.put("command", leak.command());
          JsonLines.put(one, "origin", leak.origin());
          one.put("count", count);
          list.add(one);
        });
    return list;
  }

  /** Removes the oldest files of a directory, if there are too many. */
  static void removeOldest(Path directory) {
    List<Path> files = new ArrayList<>();
    try (DirectoryStream<Path> all = Files.newDirectoryStream(directory, "run-*.jsonl")) {
      for (Path file : all) {
        if (ReportFiles.isRun(file) && Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
          files.add(file);
        }
      }
      files.sort(Comparator.comparingLong(ReportFiles::startOf));
      for (Path file : files.subList(0, Math.max(0, files.size() - MOST_FILES))) {
        NewFile.remove(file);
      }
    } catch (IOException | DirectoryIteratorException e) {
      return; // too many are no harm for now
    }
  }
}
