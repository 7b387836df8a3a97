package io.github.subreaper.internal.junit.scopes;

import static java.util.stream.Collectors.joining;

import io.github.subreaper.Descendant;
import io.github.subreaper.ScopeReport;
import io.github.subreaper.SubreaperException;
import io.github.subreaper.Supervisor;
import io.github.subreaper.Survivor;
import io.github.subreaper.internal.access.Access;
import io.github.subreaper.internal.report.ReportDirectory.Written;
import io.github.subreaper.internal.report.recording.Recorder;
import io.github.subreaper.internal.report.recording.Recording;
import io.github.subreaper.internal.report.recording.Recording.Result;
import io.github.subreaper.internal.report.recording.RunSummary;
import io.github.subreaper.junit.CrashedProcessesError;
import io.github.subreaper.junit.Reports;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The report of a test or a class: notes its phases and what made it fail, and is made when its
 * scope has ended.
 */
public final class TestReport {
  private static final Set<String> ABORTS =
      Set.of(
          "org.opentest4j.TestAbortedException",
          "org.junit.internal.AssumptionViolatedException",
          "org.testng.SkipException");

  private static final Pattern CALLERS =
      Pattern.compile("(java\\.lang|jdk\\.internal)\\.reflect\\.|org\\.junit\\.");

  private final Guarded guarded;
  private final Supervisor supervisor;
  private final Reports when;
  private final RunReport run;
  private final Recorder recorder;
  private final DynamicTests dynamicTests = new DynamicTests();
  private volatile String phase = "";
  private volatile @Nullable Throwable failure;

  private volatile @Nullable String timedOut;

  /** A test of this class that failed: it may have been for a process of the class. */
  private volatile @Nullable String failedTest;

  public TestReport(Guarded guarded, Supervisor supervisor) {
    this.guarded = guarded;
    this.supervisor = supervisor;
    Reports reports = guarded.settings().reports();
    this.when = reports == Reports.DEFAULT ? Reports.FAILURES : reports;
    this.run = guarded.session().report();
    this.recorder = new Recorder(supervisor, guarded.identity());
    if (guarded.isCounted()) {
      run.startTest(supervisor.name());
    }
  }

  /** Returns whether it says that a test was skipped: each engine has a type of its own. */
  public static boolean isAbort(Throwable thrown) {
    Class<?> type = thrown.getClass();
    while (type != null && !ABORTS.contains(type.getName())) {
      type = type.getSuperclass();
    }
    return type != null;
  }

  /** Notes that another phase begins. */
  public void phase(String next) {
    if (!phase.equals(next)) {
      phase = next;
      recorder.phase(next);
    }
  }

  /** Notes that a part of the test has begun. */
  public void part(String name, long nanos) {
    recorder.phase(name, nanos);
  }

  /** Returns during which of its tests a process of a class has ended; empty for others. */
  String during(Descendant ended) {
    String phase = guarded.isClass() ? ended.endedAt().map(recorder::phaseAt).orElse("") : "";
    return phase.contains("(") ? ", during " + phase : ""; // else no test ran
  }

  /** Notes a dynamic test of this factory that ends now. */
  public void ran(String dynamicTest, DynamicTests.Moment start) {
    dynamicTests.ran(dynamicTest, start);
  }

  /** Returns in which dynamic test the leaks were born, to append to the verdict. */
  String born(ScopeReport end) {
    return dynamicTests.born(leakedTrees(end, List.of()));
  }

  /** Notes what a step of the test has thrown. */
  public void failed(Throwable thrown) {
    if (failure == null || isAbort(failure)) {
      failure = thrown;
    }
  }

  /** Notes where the test waits that is about to be interrupted for its time-out. */
  public void timedOut(String waits) {
    timedOut = waits;
  }

  /** Notes that a test of this class has failed. */
  void failedTest(String test) {
    if (failedTest == null) {
      failedTest = test;
    }
  }

  /** Returns whether the test has failed by now, other than by what it left. */
  boolean hasFailed() {
    Throwable thrown = thrown();
    return thrown != null && !isAbort(thrown);
  }

  private @Nullable Throwable thrown() {
    return guarded.thrown().orElse(failure);
  }

  /**
   * Records the children of this JVM that ended before a scan saw them, if there will be a report.
   * The scope is open: later they cannot be assigned to it. (Its end does so if something leaks.)
   * Does not throw.
   *
   * @param verdict what makes the test fail by now; null for nothing
   */
  public void beforeEnd(@Nullable AssertionError verdict) {
    try {
      if (isWanted(result(verdict))) {
        supervisor.descendants();
      }
    } catch (RuntimeException | Error e) {
      run.warn(e);
    }
  }

  /**
   * Makes the report, if it is wanted. Does not throw: a test must not fail for its report.
   *
   * @param end of the scope
   * @param known the leaks that were reported before
   * @param verdict what the scope's end makes the test fail with; null for nothing
   * @param endNanos how long the end took
   * @return the page; null if there is none
   */
  @Nullable Path make(
      ScopeReport end, List<Descendant> known, @Nullable AssertionError verdict, long endNanos) {
    boolean interrupted = Thread.interrupted(); // it would close the files
    try {
      return tryToMake(end, known, verdict, endNanos);
    } catch (IOException | RuntimeException | Error e) {
      run.warn(e);
      return null;
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private @Nullable Path tryToMake(
      ScopeReport end, List<Descendant> known, @Nullable AssertionError verdict, long endNanos)
      throws IOException {
    Result result = result(verdict);
    if (guarded.isCounted()) {
      run.countTest(supervisor.name(), result);
    }
    List<Descendant> processes = ownProcesses(end);
    Written written = null;
    try {
      if (isWanted(result) && (!processes.isEmpty() || hasNestedOfItsOwn(end))) {
        Recording recording = recorder.record(end, run.secrets(), result, failure(verdict));
        written = run.directory().write(recording);
        guarded.attach(written);
        if (verdict == null) { // which names it itself
          nameInFailure(written.page());
        }
      } else if (result == Result.PASSED) {
        run.removeStale(guarded.identity());
      }
    } finally {
      RunSummary.Failure reason = result == Result.FAILED ? reason(verdict) : null;
      if (!processes.isEmpty() || (reason != null && reason.isOurs())) {
        run.add(summary(end, known, result, reason, processes, endNanos, written));
      }
    }
    return written == null ? null : written.page();
  }

  /** Returns those of this scope, without those of the scopes in it: they have their own report. */
  private List<Descendant> ownProcesses(ScopeReport end) {
    List<Descendant> ended = end.ended();
    if (ended.isEmpty() && end.isClean()) {
      return List.of();
    }
    return Stream.of(
            ended.stream(),
            end.leaked().stream(), // they may live on
            end.survivors().stream().map(Survivor::process))
        .flatMap(processes -> processes)
        .distinct()
        .filter(one -> one.scope().equals(supervisor.name()) || end.leaked().contains(one))
        .toList();
  }

  /** Returns whether a test has opened a scope in its own, with processes. */
  private boolean hasNestedOfItsOwn(ScopeReport end) {
    return guarded.isTest() && recorder.hasProcesses(end);
  }

  private boolean isWanted(Result result) {
    return when == Reports.ALWAYS || (when == Reports.FAILURES && result == Result.FAILED);
  }

  private Result result(@Nullable AssertionError verdict) {
    if (verdict != null || hasFailed() || failedTest != null) {
      return Result.FAILED;
    }
    return thrown() == null ? Result.PASSED : Result.ABORTED;
  }

  /** Returns all that made it fail, a crash first: it may be the cause of the rest. */
  private @Nullable String failure(@Nullable AssertionError verdict) {
    Throwable thrown = thrown();
    String own =
        thrown == null
            ? ""
            : thrown + place(thrown) + (timedOut == null ? "" : "\n  " + timedOut) + "\n\n";
    String found =
        verdict == null
            ? ""
            : Stream.concat(Stream.of(verdict), Stream.of(verdict.getSuppressed()))
                .map(one -> String.valueOf(one.getMessage()).strip() + "\n\n")
                .collect(joining());
    String all = verdict instanceof CrashedProcessesError ? found + own : own + found;
    return !all.isEmpty() ? all.strip() : failedTest == null ? null : failedTest + " failed";
  }

  /** Returns the line of the test class that has thrown. */
  private String place(Throwable thrown) {
    String testClass = guarded.identity().className();
    return Arrays.stream(thrown.getStackTrace())
        .filter(frame -> frame.getClassName().equals(testClass))
        .findFirst()
        .map(frame -> "\n    at " + frame)
        .orElse("");
  }

  /** Adds the path to what the test has thrown: it stands at the end of the stack trace. */
  private void nameInFailure(Path page) {
    Optional<Throwable> thrown = guarded.thrown();
    if (thrown.isPresent() && hasFailed()) {
      thrown.get().addSuppressed(new ProcessReport(RunReport.shortened(page)));
    }
  }

  /**
   * Adds the paths of pages that will be made when their scopes end. One is made for a scope that
   * has had processes of its own by now. Does not throw.
   *
   * @param thrown by a test that has no page, or none yet
   * @param reports of the scopes that the test is in
   */
  public static void nameLater(Throwable thrown, List<TestReport> reports) {
    if (!isAbort(thrown)) {
      reports.forEach(report -> report.nameLater(thrown));
    }
  }

  private void nameLater(Throwable thrown) {
    try {
      if (isWanted(Result.FAILED) && hasOwnProcesses()) {
        String page = RunReport.shortened(run.directory().expectedPage(guarded.identity()));
        thrown.addSuppressed(
            new ProcessReport("of " + supervisor.name() + ", made when it ends: " + page));
      }
    } catch (RuntimeException | Error e) {
      run.warn(e);
    }
  }

  private boolean hasOwnProcesses() {
    return supervisor.descendants().stream()
        .anyMatch(process -> process.scope().equals(supervisor.name()));
  }

  private RunSummary.ScopeSummary summary(
      ScopeReport end,
      List<Descendant> known,
      Result result,
      RunSummary.@Nullable Failure reason,
      List<Descendant> processes,
      long endNanos,
      @Nullable Written written) {
    return new RunSummary.ScopeSummary(
        supervisor.name(),
        result,
        processes.size(),
        Access.get().mayMissProcesses(supervisor),
        (int) processes.stream().filter(Descendant::isOrphan).count(),
        end.survivors().size(),
        leakedTrees(end, known).map(run::leak).toList(),
        endNanos,
        written == null ? null : written.name(),
        reason);
  }

  private RunSummary.@Nullable Failure reason(@Nullable AssertionError verdict) {
    Throwable thrown = hasFailed() ? thrown() : verdict;
    if (thrown == null) {
      return null;
    }
    String message = String.valueOf(thrown.getMessage()).strip();
    String first =
        run.secrets().text(message.lines().findFirst().orElse(thrown.getClass().getName()));
    String testClass = guarded.identity().className();
    boolean isOurs = thrown.equals(verdict) || thrown instanceof SubreaperException;
    for (StackTraceElement frame : thrown.getStackTrace()) {
      if (frame.getClassName().equals(testClass)) {
        return new RunSummary.Failure(first, frame.toString(), isOurs);
      }
      if (CALLERS.matcher(frame.getClassName()).lookingAt()) {
        break; // what called the test may be this library, too
      }
      isOurs |= frame.getClassName().startsWith("io.github.subreaper.");
    }
    return new RunSummary.Failure(first, null, isOurs);
  }

  /** Returns the top of each: a server with its workers is one leak. */
  private static Stream<Descendant> leakedTrees(ScopeReport end, List<Descendant> known) {
    List<Descendant> fresh = end.leaked().stream().filter(one -> !known.contains(one)).toList();
    return fresh.stream().filter(one -> one.parent().filter(fresh::contains).isEmpty());
  }
}
