package io.github.subreaper.junit;

import static io.github.subreaper.junit.Processes.leak;

import org.junit.jupiter.api.Test;

/**
 * A suite without annotations: only its {@code junit-platform.properties} name the extension.
 * Surefire and the console launcher run it.
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
