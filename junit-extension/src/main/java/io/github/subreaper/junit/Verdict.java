package io.github.subreaper.junit;

import static java.lang.System.Logger.Level.WARNING;

import io.github.subreaper.ScopeOptions;
import io.github.subreaper.ScopeReport;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * What the end of a scope does to its test. The processes are dead by now.
 *
 * @param report what was found
 * @param options of the scope
 * @param context of the test, the class or the run
 */
record Verdict(ScopeReport report, ScopeOptions options, ExtensionContext context) {
  private static final System.Logger LOG = System.getLogger(Verdict.class.getPackageName());

  /**
   * Throws if the test must fail. JUnit adds what is thrown to a failure that the test had before,
   * as suppressed; an aborted test fails.
   */
  void pass() {
    if (!Session.of(context).isNews(report.survivors())) {
      judgeLeaks();
      return;
    }
    UnkillableProcessesError error = new UnkillableProcessesError(report, options.kill());
    try {
      judgeLeaks();
    } catch (LeakedProcessesError leak) {
      error.addSuppressed(leak);
    }
    throw error;
  }

  private void judgeLeaks() {
    if (report.leaked().isEmpty()) {
      return;
    }
    switch (ResolvedSettings.of(context).leaks()) {
      case DEFAULT, FAIL -> throw new LeakedProcessesError(report, Remedy.of(context, report));
      case WARN -> warn(report + "\n\n" + Remedy.of(context, report));
      case IGNORE -> {}
    }
  }

  private void warn(String text) {
    context.publishReportEntry("subreaper.leaks", text);
    LOG.log(WARNING, text);
  }
}
