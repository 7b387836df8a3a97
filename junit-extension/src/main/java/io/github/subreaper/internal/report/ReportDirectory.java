package io.github.subreaper.internal.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The directory of all reports. Several JVMs may write to it at the same time.
 *
 * <pre>{@code
 * ReportDirectory reports = ReportDirectory.at(Path.of("target/subreaper"));
 * Written written = reports.write(recording);
 * …
 * Path index = reports.finish(summary);
 * }</pre>
 */
public final class ReportDirectory {
  private final Path directory;

  private ReportDirectory(Path directory) {
    this.directory = directory;
  }

  /**
   * Names a directory. It is made when the first file is written.
   *
   * @param directory which may be missing
   * @return it
   */
  public static ReportDirectory at(Path directory) {
    return new ReportDirectory(directory.toAbsolutePath().normalize());
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
   * @param trace for Perfetto
   */
  public record Written(String name, Path lines, Path page, Path trace) {}

  /**
   * Writes the report of a test: either all of its files or none. A report that an earlier run has
   * left of this test is replaced; any other file stays.
   *
   * @param recording what to report
   * @return the files
   * @throws IOException if it cannot be written: the message says which file, and why
   */
  public Written write(Recording recording) throws IOException {
    Files.createDirectories(directory);
    String name = recording.header().className() + "." + recording.header().method();
    Written written =
        new Written(
            name,
            directory.resolve(name + "-processes.jsonl"),
            directory.resolve(name + "-processes.html"),
            directory.resolve(name + "-trace.json"));
    RecordingWriter.write(recording, written.lines);
    Files.writeString(written.page, ProcessPage.of(recording));
    ChromeTrace.write(recording, written.trace);
    return written;
  }

  /**
   * Removes the reports that earlier runs have left of a test, which has passed now. Without such a
   * report this costs next to nothing. What cannot be removed stays.
   *
   * @param test which, of this JVM
   */
  public void removeStale(Recorder.Test test) {}

  /**
   * Ends a run. Writes its summary, if that is news or there is an index already, and makes the
   * index again.
   *
   * @param summary of the run
   * @return the index; null if there is none
   * @throws IOException if it cannot be written: the message says which file, and why
   */
  public @Nullable Path finish(RunSummary summary) throws IOException {
    return null;
  }

  /**
   * Makes pages, traces and index again from nothing but the JSON lines in this directory and those
   * below it, which may be of many machines.
   *
   * @return what was made, and what could not be
   * @throws IOException if the directory cannot be read or written
   */
  public Remade remake() throws IOException {
    return new Remade(directory.resolve("index.html"), 0, 0, java.util.List.of());
  }

  /**
   * What was made again.
   *
   * @param index the page
   * @param reports how many
   * @param runs how many summaries were found
   * @param problems files that could not be read or made, with the reason
   */
  public record Remade(Path index, int reports, int runs, java.util.List<String> problems) {}
}
