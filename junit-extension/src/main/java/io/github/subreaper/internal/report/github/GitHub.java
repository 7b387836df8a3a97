package io.github.subreaper.internal.report.github;

import io.github.subreaper.internal.report.DirectoryLock;
import io.github.subreaper.internal.report.NewFile;
import io.github.subreaper.internal.report.ReportDirectory;
import io.github.subreaper.internal.report.recording.Recording.Result;
import io.github.subreaper.internal.report.recording.RunSummary;
import io.github.subreaper.internal.report.recording.RunSummary.Failure;
import io.github.subreaper.internal.report.recording.RunSummary.Leak;
import io.github.subreaper.internal.report.recording.RunSummary.ScopeSummary;
import io.github.subreaper.internal.report.text.Counts;
import io.github.subreaper.internal.report.text.Visible;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a run shows where GitHub Actions runs it: annotations at the lines that started leaks or
 * failed, and a part of the job's summary.
 *
 * <pre>{@code
 * Optional<GitHub> github = GitHub.of(System.getenv());
 * github.ifPresent(here -> here.annotations(summary).forEach(System.out::println));
 * }</pre>
 */
public final class GitHub {
  /** GitHub shows no more of one kind for a step. */
  private static final int MOST_ANNOTATIONS = 10;

  /** Of the summary file: GitHub refuses one that is larger than 1 MiB. */
  private static final int MOST_BYTES = 512 << 10;

  private static final int LONGEST = 1_000;
  private static final int MOST_NAMED = 3;

  private final Path workspace;
  private final @Nullable Path summaryFile;

  private GitHub(Path workspace, @Nullable Path summaryFile) {
    this.workspace = workspace;
    this.summaryFile = summaryFile;
  }

  /**
   * Finds out whether this is GitHub.
   *
   * @param environment of the JVM
   * @return empty unless {@code GITHUB_ACTIONS=true}
   */
  public static Optional<GitHub> of(Map<String, String> environment) {
    if (!"true".equals(environment.get("GITHUB_ACTIONS"))) {
      return Optional.empty();
    }
    String workspace = environment.getOrDefault("GITHUB_WORKSPACE", "");
    String summary = environment.getOrDefault("GITHUB_STEP_SUMMARY", "");
    return Optional.of(
        new GitHub(
            Path.of(workspace).toAbsolutePath(), summary.isBlank() ? null : Path.of(summary)));
  }

  /** What is annotated at one line of code. */
  private static final class Annotation {
    final @Nullable String origin;
    final String title;
    final String text;
    final Set<String> scopes = new LinkedHashSet<>();
    boolean isError;

    Annotation(@Nullable String origin, String title, String text) {
      this.origin = origin;
      this.title = title;
      this.text = text;
    }
  }

  /**
   * Returns an annotation for each line of code that has started leaks, or in which this library
   * made a test fail: 10 at most, since GitHub shows no more of a step. The last counts the rest.
   *
   * @param summary of the run
   * @return workflow commands, each for a line of its own on stdout
   */
  public List<String> annotations(RunSummary summary) {
    Map<String, Annotation> all = new LinkedHashMap<>();
    for (ScopeSummary scope : summary.scopes()) {
      Map<Leak, Integer> leaks = new LinkedHashMap<>();
      scope.leaks().forEach(leak -> leaks.merge(leak, 1, Integer::sum));
      leaks.forEach(
          (leak, count) ->
              add(
                  all,
                  scope,
                  leak.origin(),
                  scope.scope() + " left " + (count == 1 ? "a process" : Counts.processes(count)),
                  leak.command() + (leak.origin() == null ? "" : "\nstarted by " + leak.origin())));
      Failure failure = scope.failure();
      if (failure != null && failure.isOurs() && leaks.isEmpty()) {
        add(all, scope, failure.origin(), scope.scope() + " failed", failure.text());
      }
    }
    SourceFiles sources = new SourceFiles(workspace, summary.about().module());
    List<String> commands = new ArrayList<>();
    int shown = all.size() <= MOST_ANNOTATIONS ? all.size() : MOST_ANNOTATIONS - 1;
    all.values().stream().limit(shown).forEach(one -> commands.add(command(one, sources)));
    if (shown < all.size()) {
      List<Annotation> rest = all.values().stream().skip(shown).toList();
      Annotation last =
          new Annotation(
              null,
              Counts.of(rest.size(), "more line") + " of code with leaks or failures",
              "The summary of the job has all of them.");
      last.isError = rest.stream().anyMatch(one -> one.isError);
      commands.add(command(last, sources));
    }
    return commands;
  }

  private static void add(
      Map<String, Annotation> all,
      ScopeSummary scope,
      @Nullable String origin,
      String title,
      String text) {
    String key = origin == null ? title + '\n' + text : origin;
    Annotation annotation = all.computeIfAbsent(key, its -> new Annotation(origin, title, text));
    annotation.scopes.add(scope.scope());
    annotation.isError |= scope.result() == Result.FAILED;
  }

  private static String command(Annotation one, SourceFiles sources) {
    StringBuilder command = new StringBuilder(one.isError ? "::error " : "::warning ");
    SourceFiles.Place place = one.origin == null ? null : sources.find(one.origin);
    if (place != null) {
      command.append("file=").append(property(place.file()));
      command.append(",line=").append(place.line()).append(',');
    }
    List<String> others = one.scopes.stream().skip(1).toList();
    String more =
        others.isEmpty()
            ? ""
            : "\nso in "
                + String.join(", ", others.subList(0, Math.min(MOST_NAMED, others.size())))
                + (others.size() > MOST_NAMED
                    ? " and " + (others.size() - MOST_NAMED) + " more"
                    : "");
    command.append("title=").append(property("subreaper: " + one.title));
    return command.append("::").append(data(one.text + more)).toString();
  }

  /** Escapes the message of a workflow command. Lines stay, other control characters are shown. */
  static String data(String text) {
    return Stream.of(text.split("\n", -1))
        .map(line -> Visible.line(line, LONGEST).replace("%", "%25"))
        .collect(Collectors.joining("%0A"));
  }

  /** Escapes the value of a property of a workflow command. */
  static String property(String text) {
    return Visible.line(text, LONGEST).replace("%", "%25").replace(":", "%3A").replace(",", "%2C");
  }

  /**
   * Appends a run to the summary of the job, unless it is not news or the summary is long already.
   *
   * @param summary of the run
   * @param reports where its reports are
   * @throws IOException if it cannot be written
   */
  public void summarize(RunSummary summary, ReportDirectory reports) throws IOException {
    if (summaryFile == null || !summary.isNews()) {
      return;
    }
    Path file = summaryFile;
    JobSummary text = new JobSummary(summary, reports, workspace);
    try {
      // Forks of several modules append to it.
      DirectoryLock.hold(
          file,
          () -> {
            append(text, file);
            return file;
          });
    } catch (IOException e) {
      throw NewFile.failed(file, e);
    }
  }

  private static void append(JobSummary text, Path file) throws IOException {
    byte[] bytes = text.write(MOST_BYTES - file.toFile().length()).getBytes(StandardCharsets.UTF_8);
    if (bytes.length > 0) {
      try (FileOutputStream out = new FileOutputStream(file.toFile(), true)) {
        out.write(bytes);
      }
    }
  }
}
