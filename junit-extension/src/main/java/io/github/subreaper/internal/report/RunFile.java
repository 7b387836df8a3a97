package io.github.subreaper.internal.report;

import io.github.subreaper.internal.report.Recording.Result;
import io.github.subreaper.internal.report.RunSummary.Leak;
import io.github.subreaper.internal.report.RunSummary.ScopeEnd;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes and reads the summary of a run as JSON lines: one for the run, one for each scope and one
 * for each note. What is 0 or missing is not written.
 */
final class RunFile {
  /** Goes up if older readers would misunderstand a file. */
  static final int FORMAT = 1;

  /** How many are kept in a directory. */
  static final int MOST_FILES = 200;

  /** Of more scopes, those without news are left out first. */
  private static final int MOST_SCOPES = 20_000;

  /** Of one scope. */
  private static final int MOST_LEAKS = 50;

  /** Leaks of all scopes: each takes memory. */
  private static final int MOST_READ = 1_000_000;

  private static final Leak OTHER_LEAK = new Leak("(not listed)", null);

  private @Nullable RunSummary head;
  private final List<ScopeEnd> scopes = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();
  private int leaksRead;
  private boolean ended;

  private RunFile() {}

  /**
   * What a file has.
   *
   * @param summary of the run
   * @param isWhole whether the end of the file is there
   */
  record Content(RunSummary summary, boolean isWhole) {}

  // writing

  static String write(RunSummary summary) {
    StringBuilder lines = new StringBuilder();
    line(head(summary), lines);
    for (ScopeEnd scope : most(summary.scopes())) {
      line(scope(scope), lines);
    }
    for (String note : summary.notes()) {
      Map<String, Object> line = record("note");
      line.put("text", note);
      line(line, lines);
    }
    line(record("end"), lines);
    return lines.toString();
  }

  private static void line(Map<String, Object> line, StringBuilder to) {
    to.append(Json.write(line)).append('\n');
  }

  private static Map<String, Object> record(String type) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("record", type);
    return line;
  }

  private static List<ScopeEnd> most(List<ScopeEnd> scopes) {
    if (scopes.size() <= MOST_SCOPES) {
      return scopes;
    }
    List<ScopeEnd> most = new ArrayList<>(scopes);
    most.sort(Comparator.comparing(scope -> !scope.isNews())); // stable
    return most.subList(0, MOST_SCOPES);
  }

  private static Map<String, Object> head(RunSummary summary) {
    Map<String, Object> line = record("run");
    line.put("format", FORMAT);
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
    line.put("classes", summary.classes());
    return line;
  }

  private static Map<String, Object> scope(ScopeEnd scope) {
    Map<String, Object> line = record("scope");
    line.put("scope", scope.scope());
    line.put("result", RecordingWriter.key(scope.result()));
    putUnless0(line, "processes", scope.processes());
    if (scope.mayMiss()) {
      line.put("may_miss", true);
    }
    putUnless0(line, "orphans", scope.orphans());
    putUnless0(line, "survivors", scope.survivors());
    if (!scope.leaks().isEmpty()) {
      line.put("leaks", leaks(scope.leaks()));
    }
    line.put("nanos", scope.endNanos());
    if (scope.report() != null) {
      line.put("report", scope.report());
    }
    return line;
  }

  private static void putUnless0(Map<String, Object> line, String key, int number) {
    if (number != 0) {
      line.put(key, number);
    }
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
          if (leak.origin() != null) {
            one.put("origin", leak.origin());
          }
          one.put("count", count);
          list.add(one);
        });
    return list;
  }

  // reading

  /**
   * Reads a file, perhaps of another machine.
   *
   * @throws IOException if it cannot be read, or is not a summary: the message says in which line
   */
  static Content read(Path file) throws IOException {
    try (BufferedReader in = JsonLines.open(file)) {
      return new RunFile().read(in, file.toString());
    }
  }

  private Content read(BufferedReader in, String name) throws IOException {
    JsonLines.read(in, name, this::read);
    if (head == null) {
      throw new IOException(Bounds.text(name) + ": it is empty");
    }
    return new Content(
        new RunSummary(
            head.run(),
            head.module(),
            head.version(),
            head.host(),
            head.kernel(),
            head.jvm(),
            head.capabilities(),
            head.startedAt(),
            head.endedAt(),
            head.tests(),
            head.failed(),
            head.processes(),
            head.orphans(),
            head.classes(),
            scopes,
            notes),
        ended);
  }

  private void read(Fields line) {
    if (head == null) {
      head = head(line);
      return;
    }
    switch (line.text("record")) {
      case "scope" -> scopes.add(scope(line));
      case "note" -> notes.add(line.text("text"));
      case "end" -> ended = true;
      default -> {
        // of a later version
      }
    }
  }

  private static RunSummary head(Fields line) {
    if (!line.text("record").equals("run")) {
      throw new IllegalArgumentException("it is not a summary of a run");
    }
    if (line.number("format") != FORMAT) {
      throw new IllegalArgumentException(
          "a summary in the format "
              + line.number("format")
              + "; this version reads the format "
              + FORMAT);
    }
    return new RunSummary(
        line.text("run"),
        line.text("module"),
        line.text("version"),
        line.text("host"),
        line.text("kernel"),
        line.text("jvm"),
        line.text("capabilities"),
        line.instant("started"),
        line.instant("ended"),
        line.small("tests"),
        line.small("failed"),
        line.small("processes"),
        line.small("orphans"),
        line.has("classes") ? line.texts("classes") : List.of(),
        List.of(),
        List.of());
  }

  private ScopeEnd scope(Fields line) {
    List<Leak> leaks = new ArrayList<>();
    if (line.has("leaks")) {
      for (Fields leak : line.objects("leaks")) {
        int count = leak.small("count");
        if (count < 0 || count > MOST_READ - leaksRead) {
          throw new IllegalArgumentException("so many leaks: " + count);
        }
        leaksRead += count;
        Leak one = new Leak(leak.text("command"), leak.textOrNull("origin"));
        leaks.addAll(Collections.nCopies(count, one));
      }
    }
    return new ScopeEnd(
        line.text("scope"),
        RecordingWriter.constant(Result.class, line.text("result")),
        line.smallOr0("processes"),
        line.has("may_miss") && line.isTrue("may_miss"),
        line.smallOr0("orphans"),
        line.smallOr0("survivors"),
        leaks,
        line.number("nanos"),
        line.textOrNull("report"));
  }

  // keeping

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
