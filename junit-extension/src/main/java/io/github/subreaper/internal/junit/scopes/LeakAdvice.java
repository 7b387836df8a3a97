package io.github.subreaper.internal.junit.scopes;

import static java.util.stream.Collectors.joining;

import io.github.subreaper.Descendant;
import io.github.subreaper.ScopeReport;
import io.github.subreaper.internal.access.Access;
import io.github.subreaper.internal.junit.settings.ConfiguredSettings;
import io.github.subreaper.internal.junit.settings.ProcessGlob;
import io.github.subreaper.internal.text.Text;
import java.util.List;

/** Writes the line of a leak that says how to fix it. */
final class LeakAdvice {
  /** A hostile program has a name for each process. */
  private static final int MOST_GLOBS = 8;

  private LeakAdvice() {}

  static String of(Guarded guarded, ScopeReport report) {
    List<Descendant> leaked = report.leaked();
    List<String> globs = ProcessGlob.ofAll(leaked);
    String it = leaked.size() == 1 ? "it" : "them";
    String parameter = guarded.hasSettingsInCode() ? "" : ConfiguredSettings.PREFIX;
    return "\n  To fix: stop "
        + it
        + " in "
        + where(guarded, Access.get().possibleScopes(leaked.get(0)))
        + ", or allow "
        + it
        + (parameter.isEmpty()
            ? ": survivors = " + inCode(globs)
            : " in junit-platform.properties: subreaper.survivors = " + asParameter(globs))
        + (leaked.stream().anyMatch(LeakAdvice::isOfALibrary)
            ? " · if a shutdown hook ends " + it + ": " + parameter + "judge = RUN"
            : "");
  }

  private static String inCode(List<String> globs) {
    String quoted =
        globs.stream().limit(MOST_GLOBS).map(glob -> '"' + glob + '"').collect(joining(", "));
    return (globs.size() == 1 ? quoted : "{" + quoted + "}") + Text.more(globs.size() - MOST_GLOBS);
  }

  /** Returns them as a parameter has them: it is split at commas. */
  static String asParameter(List<String> globs) {
    return Text.some(globs.stream().map(glob -> glob.replace(',', '?')).toList(), MOST_GLOBS);
  }

  /** Such code may share one process among all tests; the test that needs it first starts it. */
  private static boolean isOfALibrary(Descendant leaked) {
    return leaked.launch().isEmpty()
        && Access.get().originText(leaked).filter(text -> text.contains(" → ")).isPresent();
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
