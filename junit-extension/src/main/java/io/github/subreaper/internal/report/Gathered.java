package io.github.subreaper.internal.report;

import io.github.subreaper.internal.report.Recording.Header;
import io.github.subreaper.internal.report.Recording.Result;
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
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What lies in a directory of reports: the material of its index. */
final class Gathered {
  /** More reports are not read, so that an index takes seconds at most. */
  private static final int MOST_REPORTS = 50_000;

  /** Of all summaries; the oldest are not read. */
  private static final long MOST_BYTES = 16 << 20;

  private static final int DEEPEST = 20;
  private static final byte[] END = "{\"record\":\"end\"}\n".getBytes(StandardCharsets.UTF_8);

  private final Path directory;
  private final List<Report> reports = new ArrayList<>();
  private final List<Run> runs = new ArrayList<>();
  private final List<GuardianNote> guardians = new ArrayList<>();
  private final List<String> problems = new ArrayList<>();
  private final ScopeTables scopes = new ScopeTables();
  private int unreadReports;
  private int unreadRuns;

  /**
   * A report, from the header of its lines.
   *
   * @param folder where it is below the directory: empty, or ending with a slash
   * @param name what the names of its files begin with
   * @param failure what made the test fail, in brief; null if nothing did
   */
  record Report(
      String folder,
      String name,
      String scope,
      String displayName,
      String className,
      Result result,
      @Nullable String failure,
      Instant at,
      String module,
      String host,
      String run) {

    private static final int LINE = 300;
    private static final int LINES = 5;

    /** Returns what is shown of the failure of a class in which a test failed. */
    static String causedBy(String test) {
      return brief(test + " failed");
    }

    static Report of(String folder, String name, Header header) {
      String failure = header.failure();
      return new Report(
          folder,
          name,
          header.scope(),
          header.displayName(),
          header.className(),
          header.result(),
          failure == null ? null : brief(failure),
          header.wallOrigin(),
          header.module(),
          header.host(),
          header.run());
    }

    /** Returns the first line, with some of the next ones if it only announces them. */
    private static String brief(String failure) {
      List<String> lines =
          failure.lines().map(String::strip).filter(line -> !line.isEmpty()).limit(LINES).toList();
      boolean announces = !lines.isEmpty() && lines.get(0).endsWith(":");
      Stream<String> shown =
          announces
              ? lines.stream().takeWhile(line -> !line.startsWith("at "))
              : lines.stream().limit(1);
      return Bounds.text(shown.collect(Collectors.joining(" ")), LINE);
    }
  }

  /**
   * A run, without its scopes.
   *
   * @param summary which has none
   */
  record Run(RunSummary summary, boolean mayMiss, int leaks, int survivors) {}

  private Gathered(Path directory) {
    this.directory = directory;
  }

  /**
   * Reads a directory.
   *
   * @param deep whether also those below it
   * @throws IOException if it cannot be read; any single file that cannot be is a problem only
   */
  static Gathered in(Path directory, boolean deep) throws IOException {
    Gathered all = new Gathered(directory.toRealPath()); // no walk begins at a link
    List<Path> lines = new ArrayList<>();
    List<Path> runs = new ArrayList<>();
    Files.walkFileTree(
        all.directory,
        EnumSet.noneOf(java.nio.file.FileVisitOption.class),
        deep ? DEEPEST : 1,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (!attributes.isRegularFile()) {
              return FileVisitResult.CONTINUE;
            }
            if (ReportFiles.isReport(file)) {
              lines.add(file);
            } else if (ReportFiles.isRun(file)) {
              runs.add(file);
            } else if (ReportFiles.isGuardianLog(file)) {
              all.guardian(file, attributes.lastModifiedTime().toInstant());
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
    all.readReports(lines);
    all.readRuns(runs);
    all.guardians.sort(Comparator.comparing(GuardianNote::at).reversed());
    return all;
  }

  private void guardian(Path file, Instant at) {
    try {
      guardians.add(GuardianNote.read(file, folder(file), at));
    } catch (IOException e) {
      problem(e);
    }
  }

  private String folder(Path file) {
    String folder = directory.relativize(file.getParent()).toString();
    return folder.isEmpty() ? "" : folder + "/";
  }

  private void readReports(List<Path> lines) {
    lines.sort(Comparator.naturalOrder());
    unreadReports = Math.max(0, lines.size() - MOST_REPORTS);
    for (Path file : lines.subList(0, lines.size() - unreadReports)) {
      try {
        Header header = RecordingReader.header(file);
        reports.add(Report.of(folder(file), ReportFiles.base(file), header));
        if (!hasEnd(file)) {
          problems.add(file + ": its end is missing");
        }
      } catch (IOException e) {
        problem(e);
      }
    }
    reports.sort(Comparator.comparing(Report::at).reversed()); // stable: else by name
  }

  private static boolean hasEnd(Path file) throws IOException {
    // Not a channel: an interrupt would close it.
    try (RandomAccessFile in = new RandomAccessFile(file.toFile(), "r")) {
      byte[] end = new byte[END.length];
      in.seek(Math.max(0, in.length() - END.length));
      return in.read(end) == end.length && java.util.Arrays.equals(end, END);
    }
  }

  /**
   * Reads the newest first: what a later run has reported about a scope, an earlier one does not.
   */
  private void readRuns(List<Path> files) {
    files.sort(
        Comparator.comparingLong(ReportFiles::startOf)
            .thenComparing(Comparator.naturalOrder())
            .reversed());
    long bytes = 0;
    for (Path file : files) {
      bytes += file.toFile().length();
      if (bytes > MOST_BYTES) {
        unreadRuns++;
        continue;
      }
      try {
        add(RunFile.read(file), file);
      } catch (IOException e) {
        problem(e);
      }
    }
  }

  private void add(RunFile.Content content, Path file) {
    RunSummary summary = content.summary();
    if (!content.isWhole()) {
      problems.add(file + ": its end is missing");
    }
    scopes.add(summary);
    runs.add(
        new Run(summary.withoutScopes(), summary.mayMiss(), summary.leaks(), summary.survivors()));
  }

  /** Notes that something could not be read or written. */
  void problem(IOException e) {
    problems.add(
        e instanceof java.nio.file.FileSystemException of
            ? of.getFile() + ": " + NewFile.reason(e)
            : e.getMessage() + "");
  }

  /** Returns the newest first. */
  List<Report> reports() {
    return reports;
  }

  /**
   * Returns how many reports have a failure of their own. A class that has a report since a test in
   * it failed is not a further failure, if that test has one, too.
   */
  long failures() {
    List<Report> failed = reports.stream().filter(IndexTables::isFailed).toList();
    Set<String> counted = new HashSet<>();
    failed.forEach(one -> counted.add(ScopeTables.key(one.run, Report.causedBy(one.scope))));
    return failed.stream()
        .filter(one -> !counted.contains(ScopeTables.key(one.run, one.failure + "")))
        .count();
  }

  /** Returns the newest first. */
  List<Run> runs() {
    return runs;
  }

  /** Returns the newest first. */
  List<GuardianNote> guardians() {
    return guardians;
  }

  ScopeTables scopes() {
    return scopes;
  }

  /** Returns which files could not be read, and why; not escaped. */
  List<String> problems() {
    String prefix = directory + "/";
    return problems.stream().map(problem -> problem.replace(prefix, "")).toList();
  }

  int unreadReports() {
    return unreadReports;
  }

  int unreadRuns() {
    return unreadRuns;
  }

  boolean isEmpty() {
    return reports.isEmpty() && runs.isEmpty() && guardians.isEmpty() && problems.isEmpty();
  }

  /** Returns the directory of a report. */
  Path folder(Report report) {
    return directory.resolve(report.folder);
  }

  /** Returns whether a report has such a file. */
  boolean has(Report report, String ending) {
    return Files.isRegularFile(
        folder(report).resolve(report.name + ending), LinkOption.NOFOLLOW_LINKS);
  }
}
