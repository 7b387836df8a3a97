package io.github.subreaper.internal.junit.scopes;

import static java.lang.System.Logger.Level.INFO;
import static java.lang.System.Logger.Level.WARNING;

import io.github.subreaper.Descendant;
import io.github.subreaper.Subreaper;
import io.github.subreaper.internal.access.Access;
import io.github.subreaper.internal.junit.settings.ConfiguredSettings;
import io.github.subreaper.internal.junit.settings.Misconfiguration;
import io.github.subreaper.internal.junit.settings.Parameters;
import io.github.subreaper.internal.junit.settings.Setting;
import io.github.subreaper.internal.report.ReportDirectory;
import io.github.subreaper.internal.report.github.GitHub;
import io.github.subreaper.internal.report.recording.About;
import io.github.subreaper.internal.report.recording.Recorder;
import io.github.subreaper.internal.report.recording.Recording.Result;
import io.github.subreaper.internal.report.recording.RunSummary;
import io.github.subreaper.internal.report.recording.Secrets;
import io.github.subreaper.internal.report.text.Counts;
import io.github.subreaper.internal.secrets.Masker;
import io.github.subreaper.internal.text.Text;
import io.github.subreaper.junit.Reports;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The report of a launcher session: its counts, and where all reports go. At the end it makes the
 * index of all reports in the directory, and logs the leaks in one line.
 */
final class RunReport {
  private static final System.Logger LOG = System.getLogger("io.github.subreaper.junit");
  private static final String DIRECTORY = ConfiguredSettings.PREFIX + "directory";

  private final Reports when;
  private final @Nullable String named;
  private final List<String> secretNames;
  private final EnginesRun engines;
  private final Instant startedAt = Instant.now();
  private final AtomicInteger tests = new AtomicInteger();
  private final AtomicInteger failed = new AtomicInteger();
  private final AtomicInteger unknownEnds = new AtomicInteger();
  private final Set<String> classes = new ConcurrentSkipListSet<>();
  private final Set<String> running = new ConcurrentSkipListSet<>();
  private final Queue<RunSummary.ScopeSummary> ends = new ConcurrentLinkedQueue<>();
  private final List<String> exitedRuns = new CopyOnWriteArrayList<>();
  private final AtomicBoolean warned = new AtomicBoolean();
  private volatile @Nullable ReportDirectory directory;

  private RunReport(
      Reports when, @Nullable String named, List<String> secretNames, EnginesRun engines) {
    this.when = when;
    this.named = named;
    this.secretNames = secretNames;
    Masker.ofJvm().addNames(secretNames);
    this.engines = engines;
  }

  /**
   * Reads the parameters that concern the whole run.
   *
   * @throws RuntimeException if one is malformed
   */
  static RunReport of(Parameters parameters, EnginesRun engines) {
    return new RunReport(
        ConfiguredSettings.reports(parameters),
        parameter("directory", parameters).map(RunReport::checked).orElse(null),
        parameter("secrets", parameters)
            .map(text -> new Setting("secrets", text, "configuration parameter subreaper.secrets"))
            .map(Setting::globs)
            .orElse(List.of()),
        engines);
  }

  private static Optional<String> parameter(String name, Parameters parameters) {
    return parameters.get(ConfiguredSettings.PREFIX + name).filter(text -> !text.isBlank());
  }

  private static String checked(String directory) {
    try {
      return Path.of(directory).toString();
    } catch (InvalidPathException e) {
      throw Misconfiguration.of(
          "Configuration parameter %s is not a path: %s".formatted(DIRECTORY, e.getMessage()), e);
    }
  }

  /**
   * Activates with the directory as a system property, which the core reads: JUnit may know the
   * parameter from other places. Logs which earlier runs ended by System.exit.
   */
  Subreaper activate() {
    for (String line : ExitedRun.take(directory())) {
      LOG.log(WARNING, Text.safe(line));
      exitedRuns.add(line);
    }
    String before = System.getProperty(DIRECTORY);
    if (named == null || named.equals(before)) {
      return Subreaper.activate();
    }
    System.setProperty(DIRECTORY, named);
    try {
      return Subreaper.activate();
    } finally {
      if (before == null) {
        System.clearProperty(DIRECTORY);
      } else {
        System.setProperty(DIRECTORY, before);
      }
    }
  }

  ReportDirectory directory() {
    ReportDirectory present = directory;
    if (present == null) {
      present =
          ReportDirectory.at(
              named == null ? Access.get().directory() : Path.of(named).toAbsolutePath());
      directory = present;
    }
    return present;
  }

  /** Returns a new one: it remembers what it has masked in a recording. */
  Secrets secrets() {
    return Secrets.with(secretNames);
  }

  /** Notes a test that runs until it is counted. */
  void startTest(String scope) {
    running.add(scope);
  }

  void countTest(String scope, Result result) {
    running.remove(scope);
    tests.incrementAndGet();
    classes.add(RunSummary.classOf(scope));
    if (result == Result.FAILED) {
      failed.incrementAndGet();
    }
  }

  /** Counts processes of launches of which no crash is known, since their statuses are not. */
  void countUnknownEnds(int count) {
    unknownEnds.addAndGet(count);
  }

  void add(RunSummary.ScopeSummary end) {
    ends.add(end);
  }

  RunSummary.Leak leak(Descendant leaked) {
    Secrets secrets = secrets();
    String command = String.join(" ", secrets.words(leaked.commandLine()));
    return new RunSummary.Leak(
        secrets.text(command.isEmpty() ? leaked.name() : command),
        Access.get().originText(leaked).orElse(null));
  }

  /** Removes what an earlier run has reported of a test that passes now. */
  void removeStale(Recorder.Test test) {
    if (when != Reports.NEVER) {
      directory().removeStale(test);
    }
  }

  /** Warns once in a run: each report may fail for the same reason. */
  void warn(Throwable failure) {
    if (!warned.getAndSet(true)) {
      boolean isOfTheSystem = failure instanceof IOException;
      LOG.log(
          WARNING,
          "subreaper: a report could not be made, and the tests go on"
              + (isOfTheSystem ? ": " + failure : "")
              + ". To fix: see the reason, or turn reports off with subreaper.reports = NEVER",
          isOfTheSystem ? null : failure);
    }
  }

  /** Returns what to say of a run that the end of the JVM cuts short. */
  String cutShort() {
    int leaks = ends.stream().mapToInt(end -> end.leaks().size()).sum();
    String during = running.isEmpty() ? "" : ", during " + String.join(", ", running);
    String exit = ExitedRun.place();
    if (!exit.isEmpty()) {
      ExitedRun.leave(directory(), secrets().text(during + exit));
    }
    return "subreaper: the JVM exits before the end of the run"
        + during
        + exit
        + " · so far "
        + Counts.of(tests.get(), "test")
        + " · "
        + Counts.of(leaks, "leak")
        + " · what the tests have started is terminated now\n";
  }

  /**
   * Makes the index, and logs what there is to report. Does not throw.
   *
   * @param postponed how many processes the end of the JVM judges
   */
  void end(List<String> previousRuns, int postponed) {
    boolean interrupted = Thread.interrupted();
    try {
      tryToEnd(Stream.concat(exitedRuns.stream(), previousRuns.stream()).toList(), postponed);
    } catch (IOException | RuntimeException | Error e) {
      warn(e);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void tryToEnd(List<String> previousRuns, int postponed) throws IOException {
    logUnknownEnds();
    List<RunSummary.ScopeSummary> scopes = List.copyOf(ends);
    RunSummary summary =
        new RunSummary(
            About.thisJvm(),
            Subreaper.capabilities().toString(),
            startedAt,
            Instant.now(),
            tests.get(),
            failed.get(),
            scopes.stream().mapToInt(RunSummary.ScopeSummary::processes).sum(),
            scopes.stream().mapToInt(RunSummary.ScopeSummary::orphans).sum(),
            List.copyOf(classes),
            scopes,
            previousRuns);
    Path index = null;
    try {
      if (when != Reports.NEVER || scopes.stream().anyMatch(scope -> scope.report() != null)) {
        try {
          index = directory().finish(summary);
        } finally {
          reportToGitHub(summary);
        }
      }
    } finally {
      if (engines.isAsked()
          || summary.leaks() > 0
          || summary.survivors() > 0
          || !previousRuns.isEmpty()) {
        // Not by a logger: Surefire's redirectTestOutputToFile hides what it writes in a file.
        ShutdownJudge.write(
            line(summary, engines.unwatched())
                + (postponed == 0
                    ? ""
                    : " · " + Counts.of(postponed, "process") + " to be judged when the JVM ends")
                + (index == null ? "" : " · report: " + shortened(index))
                + "\n");
      }
    }
  }

  private void logUnknownEnds() {
    if (unknownEnds.get() > 0) {
      LOG.log(
          INFO,
          "subreaper: "
              + Counts.of(unknownEnds.get(), "process")
              + " of launches may have crashed: only their parents have their statuses. To fix:"
              + " Program.traced(), or Linux 6.15");
    }
  }

  private void reportToGitHub(RunSummary summary) throws IOException {
    Optional<GitHub> github = GitHub.of(System.getenv());
    if (github.isPresent()) {
      github.get().annotations(summary).forEach(System.out::println);
      github.get().summarize(summary, directory());
    }
  }

  private static String line(RunSummary summary, Set<String> unwatched) {
    return String.format(
        Locale.ROOT,
        "subreaper: %s · %s%s · %s adopted · %s · %s%s",
        Counts.of(summary.tests(), "test"),
        summary.mayMiss() ? "at least " : "",
        Counts.of(summary.processes(), "process"),
        Counts.of(summary.orphans(), "orphan"),
        Counts.of(summary.leaks(), "leak"),
        Counts.of(summary.survivors(), "survivor"),
        unwatched.isEmpty() ? "" : " · not watched: " + String.join(", ", unwatched));
  }

  /** Returns what the message of a failure ends with. */
  static String where(Path page) {
    return "\n  report: " + shortened(page);
  }

  /** Returns the path below the working directory, where it is below it. */
  static String shortened(Path path) {
    Path here = Path.of("").toAbsolutePath();
    return (path.startsWith(here) ? here.relativize(path) : path).toString();
  }
}
