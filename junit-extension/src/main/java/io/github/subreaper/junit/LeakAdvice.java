package io.github.subreaper.junit;

import io.github.subreaper.Descendant;
import io.github.subreaper.ScopeReport;
import java.util.List;

/** Writes the last paragraph of a leak: how to fix it. */
final class LeakAdvice {
  private LeakAdvice() {}

  static String of(Guarded guarded, ScopeReport report) {
    Descendant first = report.leaked().get(0);
    String glob = BaselineLine.oneLine(ProcessGlob.of(first));
    if (guarded.isTest() || guarded.isClass()) {
      return lines(
          "stop the process (and wait for its end) in " + guarded.whereToStop(),
          settings(guarded, glob, guarded.isTest() ? "method" : "class"));
    }
    List<String> scopes = first.possibleScopes();
    return lines(
        "stop the process (and wait for its end) in the test that started it"
            + (scopes.size() == 1
                ? ", " + scopes.get(0)
                : "; no evidence says which test that was"),
        properties(glob));
  }

  /** Returns what tolerates the leak, in the form of the test's own settings. */
  private static String settings(Guarded guarded, String glob, String place) {
    return guarded.hasSettingsInCode()
        ? "meant to stay for the whole run: survivors = \"%s\"".formatted(glob)
            + " · known and tolerated here: @SubreaperTest(leaks = WARN) on the "
            + place
        : properties(glob);
  }

  private static String properties(String glob) {
    return "in junit-platform.properties: meant to stay for the whole run: subreaper.survivors = "
        + glob
        + " · shared by the tests of a class or of the run: subreaper.judge = CLASS or RUN"
        + " · known and tolerated: subreaper.leaks = WARN";
  }

  private static String lines(String one, String two) {
    return "  To fix: " + one + " ·\n  " + two;
  }
}
