package io.github.subreaper.internal.junit.scopes;

import io.github.subreaper.ScopeOptions;
import io.github.subreaper.ScopeReport;
import io.github.subreaper.Supervisor;
import io.github.subreaper.internal.access.Access;
import io.github.subreaper.junit.Judge;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Ends a scope for good: judges what it leaves, and makes the report of its test. */
public final class Conclusion {
  private Conclusion() {}

  /**
   * Ends a scope whose launches have ended.
   *
   * @param dead what makes the test fail by now; null for nothing
   * @param nanos how long the end has taken so far
   * @param outer the reports of the classes around
   * @return what the test must fail with; null if it must not
   */
  public static @Nullable AssertionError end(
      Supervisor scope,
      Guarded guarded,
      TestReport report,
      @Nullable AssertionError dead,
      long nanos,
      Supplier<List<TestReport>> outer) {
    Session session = guarded.session();
    session.ends(scope);
    long start = System.nanoTime();
    ScopeReport found = endScope(scope, guarded);
    long all = nanos + System.nanoTime() - start;
    ScopeVerdict verdict = ScopeVerdict.of(found, guarded, report::during, report.born(found));
    AssertionError failure = verdict.failure(null);
    if (report.hasFailed()) {
      guarded.thrown().ifPresent(thrown -> addReasons(thrown, session));
    }
    if (!found.leaked().isEmpty()) {
      session.left().add(found, guarded.isOptIn(), session.subreaper());
    }
    if (failure != null || report.hasFailed()) {
      // It may have failed because of a process of its class.
      outer.get().forEach(its -> its.failedTest(guarded.scope()));
    }
    Path page = report.make(found, verdict.known(), failure != null ? failure : dead, all);
    if (page == null && failure == null && report.hasFailed()) {
      guarded.thrown().ifPresent(thrown -> TestReport.nameLater(thrown, outer.get()));
    }
    // The message names the page, which is known only now.
    AssertionError shown = failure == null || page == null ? failure : verdict.failure(page);
    if (dead == null) {
      return shown;
    }
    AssertionError died =
        page == null ? dead : new AssertionError(dead.getMessage() + RunReport.where(page));
    if (shown != null) {
      died.addSuppressed(shown);
    }
    return died;
  }

  /**
   * A guard must change nothing but the verdict: only a test that has the extension in its code has
   * its leaks terminated at once.
   */
  private static ScopeReport endScope(Supervisor scope, Guarded guarded) {
    ScopeOptions options = scope.options();
    if (options.settle().isZero() && options.grace().isZero() && guarded.isOptIn()) {
      return scope.end(); // a fork bomb is stopped before it is looked at
    }
    if (guarded.isJudgedLater()) {
      return scope.release();
    }
    boolean isJudgedByRun = guarded.settings().judge() == Judge.RUN;
    return Access.get()
        .end(
            scope,
            process -> isJudgedByRun || SharedStart.is(process.originStack()),
            leaked -> !guarded.isOptIn() || ScopeVerdict.tolerates(leaked, guarded));
  }

  private static void addReasons(Throwable thrown, Session session) {
    session.left().reasonsFor(thrown).ifPresent(line -> ProcessReport.addAtTheEnd(thrown, line));
  }
}
