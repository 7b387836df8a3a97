package io.github.subreaper.junit;

import static java.lang.System.Logger.Level.WARNING;
import static java.util.Comparator.comparingInt;

import io.github.subreaper.Descendant;
import io.github.subreaper.ScopeOptions;
import io.github.subreaper.ScopeReport;
import java.util.List;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Decides what the end of a scope does to its test. The scope has ended by now.
 *
 * @param report what the end of the scope found
 * @param options of the scope
 * @param context of the test, the class or the run
 */
record ScopeVerdict(ScopeReport report, ScopeOptions options, ExtensionContext context) {
  private static final System.Logger LOG = System.getLogger(ScopeVerdict.class.getPackageName());

  /**
   * Throws if the test must fail. If the test has failed already, JUnit adds the exception as
   * suppressed; an aborted test fails.
   */
  void enforce() {
    List<Descendant> foreign = Session.of(context).newForeign(report.foreign());
    if (!foreign.isEmpty()) {
      warn("subreaper.foreign", report.scope() + ": " + Session.notEnded(foreign));
    }
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
    switch (policy()) {
      case DEFAULT, FAIL -> throw new LeakedProcessesError(report, LeakAdvice.of(context, report));
      case WARN -> warn("subreaper.leaks", report + "\n\n" + LeakAdvice.of(context, report));
      case IGNORE -> {}
    }
  }

  /** Returns the strictest policy that applies to any of the leaks. */
  private Leaks policy() {
    Leaks own = ResolvedSettings.of(context).leaks();
    return report.leaked().stream()
        .map(leaked -> policyFor(leaked, own))
        .min(comparingInt(ScopeVerdict::strictness))
        .orElse(own);
  }

  /**
   * Returns the policy for one leak. If several tests may have started it and one of them tolerates
   * leaks, no scope fails for it.
   */
  private Leaks policyFor(Descendant leaked, Leaks own) {
    Session session = Session.of(context);
    List<Leaks> candidates =
        leaked.possibleScopes().stream().map(scope -> session.leaksOf(scope, own)).toList();
    if (candidates.stream().allMatch(one -> strictness(one) == strictness(Leaks.FAIL))) {
      return own;
    }
    return candidates.stream().allMatch(Leaks.IGNORE::equals) ? Leaks.IGNORE : Leaks.WARN;
  }

  private static int strictness(Leaks leaks) {
    return switch (leaks) {
      case DEFAULT, FAIL -> 0;
      case WARN -> 1;
      case IGNORE -> 2;
    };
  }

  private void warn(String key, String text) {
    context.publishReportEntry(key, text);
    LOG.log(WARNING, text);
  }
}
