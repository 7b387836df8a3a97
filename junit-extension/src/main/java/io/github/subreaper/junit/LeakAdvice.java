package io.github.subreaper.junit;

import io.github.subreaper.Descendant;
import io.github.subreaper.ScopeReport;
import java.util.List;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Writes the last paragraph of a leak: how to fix it. */
final class LeakAdvice {
  private LeakAdvice() {}

  static String of(ExtensionContext context, ScopeReport report) {
    Descendant first = report.leaked().get(0);
    List<String> scopes = first.possibleScopes();
    String survivors = "survivors = \"%s*\"".formatted(BaselineLine.oneLine(first.name()));
    if (context.getTestMethod().isPresent()) {
      return lines(
          "stop the process (and wait for its end) in the test or in @AfterEach · shared by several"
              + " tests: start it in @BeforeAll",
          "meant to stay for the whole run: "
              + survivors
              + " · known and tolerated here: @SubreaperTest(leaks = WARN) on the method");
    }
    if (context.getTestClass().isPresent()) {
      return lines(
          "stop the process (and wait for its end) in @AfterAll, or in the test that started it",
          "meant to stay for the whole run: "
              + survivors
              + " · known and tolerated here: @SubreaperTest(leaks = WARN) on the class");
    }
    return lines(
        "stop the process (and wait for its end) in the test that started it"
            + (scopes.size() == 1
                ? ", " + scopes.get(0)
                : "; no evidence says which test that was"),
        "meant to stay for the whole run: subreaper.survivors="
            + BaselineLine.oneLine(first.name())
            + "* · known and tolerated: subreaper.leaks=WARN");
  }

  private static String lines(String one, String two) {
    return "  To fix: " + one + " ·\n  " + two;
  }
}
