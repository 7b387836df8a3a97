package io.github.subreaper.internal.report;

import io.github.subreaper.internal.report.KnownReports.Owner;
import io.github.subreaper.internal.report.pages.FirstLine;
import io.github.subreaper.internal.report.pages.RecordingWriter;
import io.github.subreaper.internal.report.pages.Viewer;
import io.github.subreaper.internal.report.recording.About;
import io.github.subreaper.internal.report.recording.Recorder;
import io.github.subreaper.internal.report.recording.Recording;
import io.github.subreaper.internal.report.recording.RunSummary;
import io.github.subreaper.internal.report.text.Visible;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The directory of all reports. Several JVMs may write to it at the same time: a file has its name
 * when all of it is written, and a name that is taken is not given away again.
 *
 * <pre>{@code
 * ReportDirectory reports = ReportDirectory.at(Path.of("target/subreaper"));
 * ReportDirectory.Written written = reports.write(recording);
 * Path index = reports.finish(summary);
 * }</pre>
 */
public final class ReportDirectory {
  /** Of how many scopes the tree is kept for the summary of a job. */
  public static final int MOST_TREES = 20;

  private final Path directory;
  private final boolean canLink;
  private final AtomicReference<@Nullable KnownReports> known = new AtomicReference<>();
  private final Map<String, List<String>> trees = new ConcurrentHashMap<>();
  private volatile boolean isMade;

  /**
   * Names a directory.
   *
   * @param canLink false to do without hard links, as on file systems that have none
   */
  ReportDirectory(Path directory, boolean canLink) {
    this.directory = directory.toAbsolutePath().normalize();
    this.canLink = canLink;
  }

  /**
   * Names a directory. It is made when the first file is written.
   *
   * @param directory which may be missing
   * @return it
   */
  public static ReportDirectory at(Path directory) {
    return new ReportDirectory(directory, true);
  }

  /**
   * Returns the directory.
   *
   * @return absolute
   */
  public Path path() {
    return directory;
  }

  /**
   * The files of a report.
   *
   * @param name what their names begin with
   * @param lines the JSON lines
   * @param page for people
   */
  public record Written(String name, Path lines, Path page) {}

  /**
   * Writes the report of a test: either all of its files or none. A report that an earlier run has
   * left of this test is replaced; any other file stays.
   *
   * @param recording what to report
   * @return the files
   * @throws IOException if it cannot be written: the message says which file, and why
   */
  public Written write(Recording recording) throws IOException {
    make();
    String base = ReportFiles.base(recording.header().test());
    String text = RecordingWriter.write(recording);
    Owner owner = Owner.of(new FirstLine(text.substring(0, text.indexOf('\n'))));
    try (NewFile lines = file(base + ReportFiles.LINES, text);
        NewFile page = file(base + ReportFiles.PAGE, Viewer.page(text))) {
      known().removeOlder(base, owner);
      Written written = reserve(base, lines);
      publish(written, page);
      known().add(written.name, owner);
      if (trees.size() < MOST_TREES) {
        trees.put(written.name, recording.treeBefore());
      }
      return written;
    }
  }

  /**
   * Writes a file that is no report.
   *
   * @param name of the file; one with this name is replaced
   * @param text its content
   * @throws IOException if it cannot be written
   */
  public void write(String name, String text) throws IOException {
    make();
    try (NewFile made = file(name, text)) {
      made.replace(directory.resolve(name));
    }
  }

  private static void publish(Written written, NewFile page) throws IOException {
    try {
      page.replace(written.page);
    } catch (IOException e) {
      NewFile.remove(written.lines);
      throw e;
    }
  }

  /** Returns the tree before the end of the scope of one of the first reports of this JVM. */
  public List<String> tree(String report) {
    return trees.getOrDefault(report, List.of());
  }

  private NewFile file(String name, String text) throws IOException {
    return NewFile.write(directory, name, text);
  }

  private Written reserve(String base, NewFile lines) throws IOException {
    for (int copy = 1; ; copy++) {
      String name = ReportFiles.copy(base, copy);
      Path file = directory.resolve(name + ReportFiles.LINES);
      if (lines.reserve(file, canLink)) {
        return new Written(name, file, directory.resolve(name + ReportFiles.PAGE));
      }
    }
  }

  /** Makes the directory again if it was removed meanwhile, and trusts one that it has made. */
  private void make() throws IOException {
    if (!isMade || !Files.isDirectory(directory)) {
      SafeDirectory.make(directory);
      isMade = true;
    }
  }

  private KnownReports known() {
    return Objects.requireNonNull(
        known.updateAndGet(read -> read == null ? KnownReports.in(directory) : read));
  }

  /**
   * Removes the reports that earlier runs have left of a test, which has passed now. Without such a
   * report this costs next to nothing. What cannot be removed stays.
   *
   * @param test which, of this JVM
   */
  public void removeStale(Recorder.Test test) {
    removeStale(test, About.thisJvm());
  }

  void removeStale(Recorder.Test test, About about) {
    KnownReports reports = known();
    if (!reports.isEmpty()) {
      reports.removeOlder(ReportFiles.base(test), Owner.now(test, about));
    }
  }

  /**
   * Returns the page that a test will have if its report is written next. Another JVM that writes
   * one with the same name before that takes it.
   *
   * @param test which, of this JVM
   * @return a file that need not exist
   */
  public Path expectedPage(Recorder.Test test) {
    Owner owner = Owner.now(test, About.thisJvm());
    return directory.resolve(known().nextName(ReportFiles.base(test), owner) + ReportFiles.PAGE);
  }

  /**
   * Ends a run. Writes its summary, if that is news or there is an index already, and makes the
   * index again.
   *
   * @param summary of the run
   * @return the index; null if there is none
   * @throws IOException if it cannot be written: the message says which file, and why
   */
  public @Nullable Path finish(RunSummary summary) throws IOException {
    if (!summary.isNews() && !IndexFile.exists(directory)) {
      return null;
    }
    make();
    writeRun(summary);
    return DirectoryLock.hold(
        directory.resolve(DirectoryLock.NAME),
        () -> {
          NewFile.removeAbandoned(directory);
          RunFile.removeOldest(directory);
          return IndexFile.write(directory, Gathered.in(directory, false));
        });
  }

  private void writeRun(RunSummary summary) throws IOException {
    long start = Math.max(0, summary.startedAt().toEpochMilli());
    long pid = ProcessHandle.current().pid();
    String name = ReportFiles.run(start, pid, 1);
    try (NewFile lines = file(name, RunFile.write(summary))) {
      for (int copy = 2; !lines.reserve(directory.resolve(name), canLink); copy++) {
        name = ReportFiles.run(start, pid, copy);
      }
    }
  }

  /**
   * Makes pages and index again from nothing but the JSON lines in this directory and those below
   * it, which may be of many machines. A file that cannot be read is a problem, and ends nothing.
   *
   * @return what was made
   * @throws IOException if the directory cannot be read or the index not be written
   */
  public Remade remake() throws IOException {
    if (!Files.isDirectory(directory)) {
      throw new IOException(Visible.line(directory.toString()) + " is not a directory");
    }
    return DirectoryLock.hold(
        directory.resolve(DirectoryLock.NAME),
        () -> {
          Gathered all = Gathered.in(directory, true);
          all.remake();
          boolean isEmpty = all.isEmpty() && !IndexFile.exists(directory);
          return new Remade(
              isEmpty ? null : IndexFile.write(directory, all),
              all.reports(),
              all.runs(),
              all.problems());
        });
  }

  /**
   * What was made again.
   *
   * @param index null if there is nothing to show
   * @param reports how many have a page
   * @param runs how many summaries were found
   * @param problems what could not be read or written, and why
   */
  public record Remade(@Nullable Path index, int reports, int runs, List<String> problems) {
    /** Copies the list. */
    public Remade {
      problems = List.copyOf(problems);
    }
  }
}
