package io.github.subreaper.internal.junit.scopes;

import static java.lang.System.Logger.Level.WARNING;
import static java.util.stream.Collectors.joining;

import io.github.subreaper.Crashes;
import io.github.subreaper.Descendant;
import io.github.subreaper.ScopeReport;
import io.github.subreaper.internal.access.Access;
import io.github.subreaper.internal.junit.settings.Baseline;
import io.github.subreaper.internal.secrets.Masker;
import io.github.subreaper.junit.CrashedProcessesError;
import io.github.subreaper.junit.LeakedProcessesError;
import io.github.subreaper.junit.Leaks;
import io.github.subreaper.junit.UnkillableProcessesError;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What the end of a scope does to its test. The scope has ended by now.
 *
 * @param report what the end of the scope found
 * @param guarded the test, the class or the run
 * @param known the leaks that the suite's baseline tolerates
 * @param during during which test a process of a class has ended, for texts
 * @param born in which dynamic test its leaks were born, to append to the verdict
 * @param isUnkillable whether survivors make the test fail: the first scope that finds them fails
 * @param isLeaky whether leaks do
 * @param isCrashed whether crashes do
 */
record ScopeVerdict(
    ScopeReport report,
    Guarded guarded,
    List<Descendant> known,
    Function<Descendant, String> during,
    String born,
    boolean isUnkillable,
    boolean isLeaky,
    boolean isCrashed) {
  private static final System.Logger LOG = System.getLogger("io.github.subreaper.junit");

  /** Judges, and warns of what fails no test. */
  static ScopeVerdict of(
      ScopeReport report, Guarded guarded, Function<Descendant, String> during, String born) {
    Session session = guarded.session();
    List<Descendant> foreign = session.newForeign(report.foreign());
    if (!foreign.isEmpty()) {
      warn("subreaper.foreign", report.scope() + ": " + Session.notEnded(foreign), guarded);
    }
    boolean isUnkillable = session.isNews(report.survivors());
    session.baseline().ran(report.scope());
    if (guarded.thrown().isPresent()) {
      guarded.cutShort();
    }
    List<Descendant> known = new ArrayList<>();
    Leaks policy = report.leaked().isEmpty() ? Leaks.IGNORE : policy(report, guarded, known);
    if (policy == Leaks.WARN) {
      warn("subreaper.leaks", text(report, born) + LeakAdvice.of(guarded, report), guarded);
    }
    if (!known.isEmpty()) {
      guarded.publish(
          "subreaper.known", known.stream().map(Descendant::toString).collect(joining(", ")));
    }
    boolean isAbsent =
        !Access.get().absentCrashes(report).isEmpty()
            && guarded.settings().crashes() != Crashes.IGNORE
            && guarded.thrown().filter(TestReport::isAbort).isEmpty();
    boolean crashFails = isCrashFailing(report, isAbsent, guarded.settings().crashes());
    if (guarded.settings().crashes() != Crashes.IGNORE) {
      session.report().countUnknownEnds(CrashText.unknown(report));
    }
    if ((!report.crashed().isEmpty() || isAbsent) && !crashFails) {
      warn("subreaper.crashes", CrashText.of(report, during), guarded);
    }
    return new ScopeVerdict(
        report, guarded, known, during, born, isUnkillable, isFailing(policy), crashFails);
  }

  private static String text(ScopeReport report, String born) {
    String text = report.toString();
    int end = (text + '\n').indexOf('\n');
    return text.substring(0, end) + born + text.substring(end);
  }

  /**
   * Returns what the test must fail with. If the test has failed already, JUnit adds it as
   * suppressed; an aborted test fails.
   *
   * @param page the report of the test, which the message ends with; null if there is none
   * @return null if it must not fail
   */
  @Nullable AssertionError failure(@Nullable Path page) {
    String where = page == null ? "" : RunReport.where(page);
    String end = (isLeaky ? LeakAdvice.of(guarded, report) : "") + where;
    AssertionError left =
        isUnkillable
            ? new UnkillableProcessesError(report, end)
            : isLeaky ? new LeakedProcessesError(report, text(report, born) + end) : null;
    if (!isCrashed) {
      return left;
    }
    AssertionError crash = new CrashedProcessesError(report, CrashText.of(report, during) + where);
    if (left != null) {
      crash.addSuppressed(left);
    }
    return crash;
  }

  /** Those of other code than launches are a warning: it may ask them for their status. */
  private static boolean isCrashFailing(ScopeReport report, boolean isAbsent, Crashes policy) {
    return (policy == Crashes.DEFAULT || policy == Crashes.FAIL)
        && (isAbsent
            || report.crashed().stream().anyMatch(process -> process.launch().isPresent()));
  }

  /** Returns whether a leak fails no test. Counts nothing. */
  static boolean tolerates(Descendant leaked, Guarded guarded) {
    Session session = guarded.session();
    Leaks its = policyFor(leaked, guarded.settings().leaks(), session);
    return !isFailing(its) || session.baseline().tolerates(leaked, scopes(leaked, guarded.scope()));
  }

  private static List<String> scopes(Descendant leaked, String scope) {
    List<String> scopes = new ArrayList<>(origins(leaked));
    scopes.add(scope);
    return scopes;
  }

  /** Returns the scopes that may have started it; a test that its class judges is one. */
  private static List<String> origins(Descendant leaked) {
    List<String> possible = Access.get().possibleScopes(leaked);
    return possible.isEmpty() ? List.of(leaked.scope()) : possible;
  }

  /**
   * Returns the strictest policy that applies to any of the leaks.
   *
   * @param known gets those that would make the test fail, and are known
   */
  private static Leaks policy(ScopeReport report, Guarded guarded, List<Descendant> known) {
    Session session = guarded.session();
    Leaks own = guarded.settings().leaks();
    Leaks strictest = Leaks.IGNORE;
    for (Descendant leaked : report.leaked()) {
      Leaks its = policyFor(leaked, own, session);
      boolean tolerated = isKnown(leaked, report.scope(), session.baseline(), isFailing(its));
      if (isFailing(its) && tolerated) {
        known.add(leaked);
      } else if (strictness(its) < strictness(strictest)) {
        strictest = its;
      }
    }
    return strictest;
  }

  private static boolean isKnown(
      Descendant leaked, String scope, Baseline baseline, boolean failing) {
    List<String> possible = Access.get().possibleScopes(leaked);
    return baseline.knows(leaked, scopes(leaked, scope))
        || (failing && baseline.adds(leaked, possible.size() == 1 ? possible.get(0) : scope));
  }

  private static boolean isFailing(Leaks policy) {
    return strictness(policy) == strictness(Leaks.FAIL);
  }

  /**
   * Returns the policy for one leak. If several tests may have started it and one of them tolerates
   * leaks, no scope fails for it.
   */
  private static Leaks policyFor(Descendant leaked, Leaks own, Session session) {
    List<Leaks> candidates =
        origins(leaked).stream().map(scope -> session.leaksOf(scope, own)).toList();
    if (candidates.stream().allMatch(ScopeVerdict::isFailing)) {
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

  private static void warn(String key, String text, Guarded guarded) {
    String masked = Masker.ofJvm().text(text);
    guarded.publish(key, masked);
    LOG.log(WARNING, masked);
  }
}
