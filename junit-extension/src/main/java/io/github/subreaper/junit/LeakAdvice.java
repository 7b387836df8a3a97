package io.github.subreaper.junit;

import io.github.subreaper.Descendant;
import io.github.subreaper.ScopeReport;
import java.util.List;

/** Writes the line of a leak that says how to fix it. */
final class LeakAdvice {
  private LeakAdvice() {}

  static String of(Guarded guarded, ScopeReport report) {
    Descendant first = report.leaked().get(0);
    String glob = BaselineLine.oneLine(ProcessGlob.of(first));
    String it = report.leaked().size() == 1 ? "it" : "them";
    return "\n  To fix: stop "
        + it
        + " in "
        + where(guarded, first.possibleScopes())
        + ", or allow "
        + it
        + (guarded.hasSettingsInCode()
            ? ": survivors = \"" + glob + "\""
            : " in junit-platform.properties: subreaper.survivors = " + glob);
  }

  private static String where(Guarded guarded, List<String> scopes) {
    if (guarded.isTest() || guarded.isClass()) {
      return guarded.whereToStop();
    }
    return scopes.size() == 1
        ? scopes.get(0) + ", which started it"
        : "the test that started it (no evidence says which)";
  }
}
