package io.github.subreaper.junit;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.Supervisor;
import io.github.subreaper.assertj.SubreaperAssertions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Runs a JVM whose property says that its system is not Linux. */
class UnsupportedSystemTest {

  private static ChildJvm elsewhere(Class<?>... testCases) {
    return ChildJvm.tests(testCases).with("os.name", "Plan 9");
  }

  /** Of the classes that say nothing else, in one JVM. */
  private static ChildJvm.Output plan9;

  @BeforeAll
  static void runElsewhere() {
    plan9 =
        elsewhere(PlainTestCases.class, MethodTestCases.class, ParametersTestCases.class)
            .run()
            .assertExit(0);
    assertThat(plan9.text()).doesNotContain("body");
  }

  @Test
  void failsByDefaultAndNamesTheParameterThatSkips() {
    assertThat(plan9.text())
        .containsPattern(
            "FAILED test\\(\\): .*UnsupportedSystemException: .*Plan 9.*\n"
                + ".*@SubreaperTest\\(unsupported = SKIP\\).*subreaper\\.unsupported=SKIP");
  }

  @Test
  void missingJnaIsNoFaultOfTheSystem() {
    ChildJvm.Output output =
        ChildJvm.tests(PlainTestCases.class).without("jna-[0-9]").run().assertExit(0);

    assertThat(output.lines("FAILED test()"))
        .endsWith(
            "JNA is not on the class path. To fix: add net.java.dev.jna:jna (version 5) <- "
                + "io.github.subreaper.internal.engine.spawn.UnsupportedException: JNA is not on"
                + " the class path. To fix: add net.java.dev.jna:jna (version 5)");
    assertThat(output.text()).doesNotContain("SKIP", "This system", "body");
  }

  @Test
  void missingAssertJIsNamed() {
    ChildJvm.Output output =
        ChildJvm.tests(AssertingTestCases.class).without("assertj-core").run().assertExit(0);

    assertThat(output.lines("FAILED asserts"))
        .contains(
            "NoClassDefFoundError: org/assertj/core/api/",
            ": AssertJ is not on the class path. To fix: add org.assertj:assertj-core (version 3)");
  }

  @SubreaperTest
  static class AssertingTestCases {
    @Test
    void asserts(Supervisor supervisor) {
      SubreaperAssertions.assertThat(supervisor).hasNoProcesses();
    }
  }

  @Test
  void isSkippedWithTheReasonIfTheParameterSaysSo() {
    ChildJvm.Output output =
        elsewhere(PlainTestCases.class).with("subreaper.unsupported", "SKIP").run().assertExit(0);

    assertThat(output.text()).doesNotContain("body").doesNotContain("FAILED");
    assertThat(output.text())
        .contains("SKIPPED UnsupportedSystemTest$PlainTestCases: unsupported = SKIP")
        .contains("Plan 9");
  }

  @Test
  void skipsNothingOnASupportedSystem() {
    Kit.with("subreaper.unsupported", "SKIP").start(PlainTestCases.class).assertPassed();
  }

  @SubreaperTest
  static class PlainTestCases {
    @BeforeAll
    static void beforeAll() {}

    @Test
    void test() {
      ChildJvm.say("body", "ran");
    }
  }

  @Test
  void methodMayBeSkippedWhereOthersFail() {
    assertThat(plan9.lines("FAILED")).contains("FAILED fails(Supervisor)");
    assertThat(plan9.lines("SKIPPED")).contains("SKIPPED isSkipped(Supervisor)");
  }

  @SubreaperTest
  static class MethodTestCases {
    @Test
    void fails(Supervisor supervisor) {
      ChildJvm.say("body", supervisor);
    }

    @Test
    @SubreaperTest(unsupported = Unsupported.SKIP)
    void isSkipped(Supervisor supervisor) {
      ChildJvm.say("body", supervisor);
    }
  }

  @Test
  void parametersOfConstructorsAndBeforeAllFailToo() {
    assertThat(plan9.text())
        .containsPattern("FAILED constructed.*Plan 9.*\n.*subreaper\\.unsupported=SKIP");
  }

  @SubreaperTest
  static class ParametersTestCases {
    ParametersTestCases(Supervisor supervisor) {
      ChildJvm.say("body", supervisor);
    }

    @Test
    void constructed() {
      ChildJvm.say("body", "ran");
    }
  }
}
