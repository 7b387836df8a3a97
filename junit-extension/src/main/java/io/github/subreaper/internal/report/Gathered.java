package io.github.subreaper.internal.report;

import io.github.subreaper.internal.report.pages.FirstLine;
import io.github.subreaper.internal.report.pages.JsonLine;
import io.github.subreaper.internal.report.pages.Viewer;
import io.github.subreaper.internal.report.recording.Bounds;
import io.github.subreaper.internal.report.recording.RunSummary;
import io.github.subreaper.internal.report.text.Counts;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What lies in a directory of reports: the lines of its index. */
final class Gathered {
  /** More reports are not read, so that an index takes seconds at most. */
  private static final int MOST_REPORTS = 50_000;

  /** Of all runs; the oldest are not read. */
  private static final long MOST_BYTES = 16 << 20;

  private static final int MOST_LINKS = 500;
  private static final int MOST_OF_A_LOG = 20_000;
  private static final int DEEPEST = 20;

  private final Path directory;
  private final List<Path> reports = new ArrayList<>();
  private final List<Path> runs = new ArrayList<>();
  private final List<Path> logs = new ArrayList<>();
  private final List<String> problems = new ArrayList<>();

  /** When a run began that has run a class, by its machine, directory and class. */
  private final Map<List<String>, Instant> begun = new HashMap<>();

  /** When runs ended. */
  private final Map<String, Instant> ended = new HashMap<>();

  private int readRuns;

  private Gathered(Path directory) {
    this.directory = directory;
  }

  /**
   * Finds the files of a directory.
   *
   * @param deep whether also those below it
   * @throws IOException if it cannot be read; any single file that cannot be is a problem only
   */
  static Gathered in(Path directory, boolean deep) throws IOException {
    Gathered all = new Gathered(directory.toRealPath()); // no walk begins at a link
    Files.walkFileTree(
        all.directory,
        EnumSet.noneOf(java.nio.file.FileVisitOption.class),
        deep ? DEEPEST : 1,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (attributes.isRegularFile()) {
              all.add(file);
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
            if (file.equals(all.directory)) {
              throw e;
            }
            all.problem(e);
            return FileVisitResult.CONTINUE;
          }
        });
    all.reports.sort(Comparator.naturalOrder());
    all.runs.sort(
        Comparator.comparingLong(ReportFiles::startOf)
            .thenComparing(Comparator.naturalOrder())
            .reversed());
    return all;
  }

  private void add(Path file) {
    if (ReportFiles.isReport(file)) {
      reports.add(file);
    } else if (ReportFiles.isRun(file)) {
      runs.add(file);
    } else if (ReportFiles.isGuardianLog(file)) {
      logs.add(file);
    }
  }

  /** Makes the page of each report again. */
  void remake() {
    for (Path file : reports) {
      try {
        if (!FirstLine.of(file).isReport()) {
          problems.add(path(file) + ": its first line is not a header of this format");
        }
        String name = ReportFiles.base(file) + ReportFiles.PAGE;
        String lines = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
        try (NewFile made = NewFile.write(file.resolveSibling(""), name, Viewer.page(lines))) {
          made.replace(file.resolveSibling(name));
        }
      } catch (IOException e) {
        problem(e);
      }
    }
  }

  String index() {
    StringBuilder ofRuns = new StringBuilder();
    addRuns(ofRuns);
    StringBuilder lines = new StringBuilder();
    StringBuilder links = new StringBuilder();
    List<FirstLine> failed = new ArrayList<>();
    for (Path file : reports.subList(0, Math.min(MOST_REPORTS, reports.size()))) {
      try {
        FirstLine first = FirstLine.of(file);
        begin(file, lines, isOlder(first));
        lines.append(first.text()).append('\n');
        if (first.get("result").equals("failed")) {
          links.append(failed.size() < MOST_LINKS ? link(file, first) : "");
          failed.add(first);
        }
      } catch (IOException e) {
        problem(e);
      }
    }
    lines.append(ofRuns);
    logs.forEach(log -> addLog(log, lines));
    problems.forEach(problem -> addProblem(problem, lines));
    if (reports.size() > MOST_REPORTS) {
      String left = Counts.of(reports.size() - MOST_REPORTS, "more report");
      addProblem(left + " are not in this index.", lines);
    }
    return Viewer.index(
        failures(failed), reports.size(), readRuns, links.toString(), lines.toString());
  }

  private static void addProblem(String text, StringBuilder lines) {
    JsonLine.record("problem").put("text", Bounds.text(text)).append(lines);
  }

  /** Appends the line that says whose lines follow. */
  private void begin(Path file, StringBuilder to, boolean isOlder) throws IOException {
    Path page = file.resolveSibling(ReportFiles.base(file) + ReportFiles.PAGE);
    JsonLine.record("file")
        .put("path", path(file))
        .put("page", Files.isRegularFile(page, LinkOption.NOFOLLOW_LINKS))
        .put("whole", hasEnd(file))
        .putIf("older", isOlder)
        .append(to);
  }

  private static boolean hasEnd(Path file) throws IOException {
    // Not a channel: an interrupt would close it.
    try (RandomAccessFile in = new RandomAccessFile(file.toFile(), "r")) {
      byte[] end = new byte[JsonLine.END.length()];
      in.seek(Math.max(0, in.length() - end.length));
      return in.read(end) == end.length
          && new String(end, StandardCharsets.UTF_8).equals(JsonLine.END);
    }
  }

  private String link(Path file, FirstLine first) {
    String page = path(file).replaceFirst("\\.jsonl$", ".html");
    return "<li><a href=\"%s\">%s</a> %s%s</li>\n"
        .formatted(
            directory.toUri().relativize(directory.resolve(page).toUri()).getRawPath(),
            Viewer.escaped(first.get("scope")),
            Viewer.escaped(first.get("verdict")),
            isOlder(first) ? " (not in the latest run of its class)" : "");
  }

  private void addRuns(StringBuilder lines) {
    long bytes = 0;
    for (Path file : runs) {
      bytes += file.toFile().length();
      if (bytes > MOST_BYTES) {
        problems.add(Counts.of(runs.size() - readRuns, "older run") + " are not in this index.");
        return;
      }
      try {
        String content = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
        begin(file, lines, false);
        lines.append(content).append('\n');
        note(content, ReportFiles.startOf(file));
        readRuns++;
      } catch (IOException e) {
        problem(e);
      }
    }
  }

  /** Notes which classes a run has run. The newest comes first. */
  private void note(String run, long start) {
    List<FirstLine> lines = run.lines().limit(2).map(FirstLine::new).toList();
    if (lines.size() < 2) {
      return;
    }
    FirstLine head = lines.get(0);
    for (String type : lines.get(1).texts("names")) {
      List<String> key = List.of(head.get("host"), head.get("module"), type);
      begun.putIfAbsent(key, Instant.ofEpochMilli(start));
    }
    try {
      Instant end = Instant.parse(head.get("ended"));
      ended.merge(head.get("run"), end, (one, other) -> one.isAfter(other) ? one : other);
    } catch (DateTimeParseException e) {
      return; // as if it was killed
    }
  }

  /**
   * Returns whether the class of a report has run again, after that report's run had ended: with
   * the same failure it would have been replaced. Of a JVM that was killed no end is known.
   */
  private boolean isOlder(FirstLine report) {
    List<String> key =
        List.of(report.get("host"), report.get("module"), RunSummary.classOf(report.get("scope")));
    Instant again = begun.getOrDefault(key, Instant.MIN);
    Instant began = Instant.ofEpochMilli(report.number("began"));
    return !again.isBefore(ended.getOrDefault(report.get("run"), began));
  }

  private void addLog(Path file, StringBuilder lines) {
    try {
      String log = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
      JsonLine.record("guardian")
          .put("path", path(file))
          .put("at", Files.getLastModifiedTime(file).toMillis())
          .put("text", Bounds.text(log, MOST_OF_A_LOG))
          .append(lines);
    } catch (IOException e) {
      problem(e);
    }
  }

  /**
   * Returns how many reports are of a failure of their own, which counts: not that of a class which
   * has a report since a test in it failed, if that test has one, too; and none that is older.
   */
  private long failures(List<FirstLine> failed) {
    Set<String> causes = new HashSet<>();
    failed.forEach(one -> causes.add(one.get("run") + "\n" + one.get("scope") + " failed"));
    return failed.stream()
        .filter(one -> !isOlder(one))
        .filter(one -> !causes.contains(one.get("run") + "\n" + one.get("verdict")))
        .count();
  }

  private String path(Path file) {
    return directory.relativize(file).toString();
  }

  private void problem(IOException e) {
    String problem =
        e instanceof java.nio.file.FileSystemException of
            ? of.getFile() + ": " + NewFile.reason(e)
            : e.getMessage() + "";
    problems.add(problem.replace(directory + "/", ""));
  }

  /** Returns which files could not be read, and why; not escaped. */
  List<String> problems() {
    return problems;
  }

  int reports() {
    return reports.size();
  }

  int runs() {
    return runs.size();
  }

  boolean isEmpty() {
    return reports.isEmpty() && runs.isEmpty() && logs.isEmpty() && problems.isEmpty();
  }
}
