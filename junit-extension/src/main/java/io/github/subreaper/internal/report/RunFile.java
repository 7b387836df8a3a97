package io.github.subreaper.internal.report;

import io.github.subreaper.internal.report.pages.JsonLine;
import io.github.subreaper.internal.report.pages.RecordingWriter;
import io.github.subreaper.internal.report.recording.About;
import io.github.subreaper.internal.report.recording.RunSummary;
import io.github.subreaper.internal.report.recording.RunSummary.Leak;
import io.github.subreaper.internal.report.recording.RunSummary.ScopeSummary;
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
public final class RunFile {
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

  public static String write(RunSummary summary) {
    StringBuilder lines = new StringBuilder();
    head(summary).appendFirst(lines);
    JsonLine.record("classes").put("names", summary.classes()).append(lines);
    most(summary.scopes()).forEach(scope -> scope(scope).append(lines));
    summary.notes().forEach(note -> JsonLine.record("note").put("text", note).append(lines));
    return lines.append(JsonLine.END).toString();
  }

  private static List<ScopeSummary> most(List<ScopeSummary> scopes) {
    Set<ScopeSummary> kept = new HashSet<>();
    scopes.stream().filter(ScopeSummary::isNews).limit(MOST_SCOPES).forEach(kept::add);
    scopes.stream()
        .sorted(Comparator.comparingLong(ScopeSummary::endNanos).reversed())
        .limit(MOST_SLOW)
        .forEach(kept::add);
    return scopes.stream().filter(kept::contains).toList();
  }

  private static JsonLine head(RunSummary summary) {
    About about = summary.about();
    return JsonLine.record("run")
        .put("format", JsonLine.FORMAT)
        .put("run", about.run())
        .put("module", about.module())
        .put("version", about.version())
        .put("host", about.host())
        .put("kernel", about.kernel())
        .put("jvm", about.jvm())
        .put("capabilities", summary.capabilities())
        .put("started", summary.startedAt().toString())
        .put("ended", summary.endedAt().toString())
        .put("tests", summary.tests())
        .put("failed", summary.failed())
        .put("processes", summary.processes())
        .put("orphans", summary.orphans())
        .put("leaks", summary.leaks())
        .put("survivors", summary.survivors());
  }

  private static JsonLine scope(ScopeSummary scope) {
    return JsonLine.record("scope")
        .put("scope", scope.scope())
        .put("result", RecordingWriter.key(scope.result()))
        .putUnless0("processes", scope.processes())
        .putIf("may_miss", scope.mayMiss())
        .putUnless0("orphans", scope.orphans())
        .putUnless0("survivors", scope.survivors())
        .put("leaks", scope.leaks().isEmpty() ? null : leaks(scope.leaks()))
        .put("nanos", scope.endNanos())
        .put("report", scope.report());
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
        (leak, count) ->
            list.add(
                new JsonLine()
                    .put("command", leak.command())
                    .put("origin", leak.origin())
                    .put("count", count)
                    .keys()));
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
