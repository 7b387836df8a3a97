package io.github.subreaper.junit;

import static io.github.subreaper.junit.Processes.leak;

import org.junit.jupiter.api.Test;

/**
 * A suite that knows nothing of the extension; only its {@code junit-platform.properties} do. Run
 * by Surefire and by the console launcher.
 */
final class GuardedSuite {
  private GuardedSuite() {}

  static class OneTestCases {
    @Test
    void leaks() {
      ChildJvm.say("pid", leak());
    }
  }

  static class OtherTestCases {
    @Test
    void leaks() {
      ChildJvm.say("pid", leak());
    }

    @Test
    void leavesNothing() {}
  }
}
