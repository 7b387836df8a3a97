package io.github.subreaper.junit;

import static io.github.subreaper.junit.Processes.assertEnded;
import static io.github.subreaper.junit.Processes.isAlive;
import static io.github.subreaper.junit.Processes.leak;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.Descendant;
import io.github.subreaper.Supervisor;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;

/** The effect of a leak on its test, and its message. */
class LeakPolicyTest {

  @Test
  void leakIsKilledAndFailsItsTestWhichSaysHowToFixIt() {
    Kit.Run run = Kit.run(LeakingTestCases.class);

    assertEnded(run.pid());
    assertThat(run.failed()).containsExactly("leaks(" + TestReporter.class.getName() + ")");
    LeakedProcessesError error = (LeakedProcessesError) run.onlyFailure();
    assertThat(error.report().leaked()).extracting(Descendant::pid).containsExactly(run.pid());
    assertThat(error.report().scope())
        .isEqualTo("LeakPolicyTest.LeakingTestCases.leaks(TestReporter)");
    assertThat(error)
        .hasMessageStartingWith(
            "LeakPolicyTest.LeakingTestCases.leaks(TestReporter) left sleep running")
        .hasMessageContaining(run.pid() + " ")
        .hasMessageContaining("sleep 1000")
        .hasMessageContaining("; ended by SIGTERM\n")
        .hasMessageContaining(
            "\n  To fix: stop it in @AfterEach, or allow it: survivors = \"sleep*\"");
    assertThat(String.valueOf(error.getMessage()).lines()).hasSizeLessThanOrEqualTo(8);
  }

  @Test
  void withoutTheExtensionTheLeakStaysAlive() {
    Kit.Run run = Kit.run(UnguardedTestCases.class).assertPassed();
    Processes.endLeftBehind(run.pid());
  }

  @Test
  void adviceAllowsEachOfSeveralLeaks() {
    Kit.Run run = Kit.run(TwoLeaksTestCases.class);

    assertThat(run.onlyFailure())
        .message()
        .containsPattern(
            "allow them: survivors = \\{(\"sleep\\*\", \"tail\\*\"|\"tail\\*\", \"sleep\\*\")}");

    Throwable guarded =
        Kit.with(RegistrationTest.AUTO_DETECTION, "true")
            .start(UnguardedTwoLeaksTestCases.class)
            .onlyFailure();
    String globs =
        String.valueOf(guarded.getMessage())
            .replaceFirst("(?s).*subreaper\\.survivors = ([^\n·]+).*", "$1");
    Kit.with(RegistrationTest.AUTO_DETECTION, "true")
        .and("subreaper.survivors", globs.strip())
        .start(UnguardedTwoLeaksTestCases.class)
        .assertPassed();
  }

  static class UnguardedTwoLeaksTestCases {
    @Test
    void leaks() {
      leak();
      leak("tail -f /dev/null");
      leak();
    }
  }

  @SubreaperTest(settle = "10 ms")
  static class TwoLeaksTestCases extends UnguardedTwoLeaksTestCases {}

  @Test
  void adviceForATestThatIsGuardedByAutoDetectionIsAProperty() {
    Kit.Run run = Kit.with(RegistrationTest.AUTO_DETECTION, "true").start(UnguardedTestCases.class);

    assertThat(run.onlyFailure())
        .hasMessageContaining("subreaper.survivors = sleep*")
        .hasMessageNotContaining("@SubreaperTest");
  }

  static class UnguardedTestCases {
    @Test
    void leaks(TestReporter reporter) {
      reporter.publishEntry("pid", Long.toString(leak()));
    }
  }

  @SubreaperTest(settle = "10 ms")
  static class LeakingTestCases extends UnguardedTestCases {}

  @Test
  void warnPublishesTheLeakAndKeepsTheResult() {
    Kit.Run run = Kit.with("subreaper.leaks", "WARN").start(LeakingTestCases.class).assertPassed();
    assertEnded(run.pid());
    assertThat(run.published("subreaper.leaks"))
        .singleElement()
        .asString()
        .contains("LeakingTestCases.leaks(TestReporter) left sleep running")
        .contains("To fix:");
  }

  @Test
  void ignoreTerminatesAndReportsNothing() {
    Kit.Run run =
        Kit.with("subreaper.leaks", "IGNORE").start(LeakingTestCases.class).assertPassed();
    assertEnded(run.pid());
    assertThat(run.published("subreaper.leaks")).isEmpty();
  }

  @Test
  void methodMayTolerateLeaksThatItsClassDoesNot() {
    Kit.run(TolerantTestCases.class).assertPassed();
  }

  @SubreaperTest(settle = "10 ms")
  static class TolerantTestCases {
    @Test
    @SubreaperTest(leaks = Leaks.IGNORE)
    void leaks() {
      leak();
    }
  }

  @Test
  void launchedProcessIsNoLeakButIsTerminated() {
    Kit.Run run = Kit.run(LaunchingTestCases.class).assertPassed();
    assertEnded(run.pid());
  }

  @Test
  void launchedProcessIsALeakIfStrict() {
    Kit.Run run = Kit.with("subreaper.strict", "true").start(LaunchingTestCases.class);

    assertEnded(run.pid());
    LeakedProcessesError error = (LeakedProcessesError) run.onlyFailure();
    assertThat(error.report().leaked()).extracting(Descendant::pid).containsExactly(run.pid());
  }

  @SubreaperTest
  static class LaunchingTestCases {
    @Test
    void launches(Supervisor supervisor, TestReporter reporter) {
      Descendant daemon = supervisor.launch("sh", "-c", "setsid sleep 1000 & exit 0").awaitOrphan();
      reporter.publishEntry("pid", Long.toString(daemon.pid()));
    }
  }

  @Test
  void leakOfAClassFailsTheClass() {
    Kit.Run run = Kit.run(LeakingClassTestCases.class);

    assertThat(run.succeeded()).isOne();
    assertEnded(run.pid());
    assertThat(run.failed()).containsExactly(LeakingClassTestCases.class.getName());
    assertThat(run.onlyFailure())
        .isInstanceOf(LeakedProcessesError.class)
        .hasMessageStartingWith(
            "LeakPolicyTest.LeakingClassTestCases left sleep running (started at Processes.java:")
        .hasMessageContaining("\n  To fix: stop it in @AfterAll, or allow it: survivors = ");
  }

  @SubreaperTest(settle = "10 ms")
  static class LeakingClassTestCases {
    @BeforeAll
    static void leaks(TestReporter reporter) {
      reporter.publishEntry("pid", Long.toString(leak()));
    }

    @Test
    void isNotToBlame(Supervisor supervisor) {
      assertThat(supervisor.leaks()).isEmpty();
    }
  }

  @Test
  void daemonOfAClassServesItsTestsAndEndsWithIt() {
    Kit.Run run = Kit.run(SharedDaemonTestCases.class).assertPassed();
    assertThat(run.succeeded()).isEqualTo(2);
    assertThat(run.published("afterEach")).containsExactly("true", "true");
    assertThat(run.published("afterAll")).containsExactly("true");
    assertEnded(run.pid());
  }

  @SubreaperTest
  static class SharedDaemonTestCases {
    private static long pid;

    @BeforeAll
    static void start(Supervisor supervisor, TestReporter reporter) {
      pid = supervisor.launch("sh", "-c", "setsid sleep 1000 & exit 0").awaitOrphan().pid();
      reporter.publishEntry("pid", Long.toString(pid));
    }

    @Test
    void one(Supervisor supervisor) {
      assertThat(isAlive(pid)).isTrue();
      assertThat(supervisor.tree().size()).isZero();
    }

    @Test
    void two(Supervisor supervisor) {
      assertThat(isAlive(pid)).isTrue();
      assertThat(supervisor.leaks()).isEmpty();
    }

    @AfterEach
    void stillThere(TestReporter reporter) {
      reporter.publishEntry("afterEach", Boolean.toString(isAlive(pid)));
    }

    @AfterAll
    static void stillThereAfterAll(TestReporter reporter) {
      reporter.publishEntry("afterAll", Boolean.toString(isAlive(pid)));
    }
  }
}
