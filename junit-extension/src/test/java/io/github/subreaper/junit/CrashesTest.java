package io.github.subreaper.junit;

import static io.github.subreaper.ExitStatus.signaled;
import static io.github.subreaper.assertj.SubreaperAssertions.assertThat;
import static io.github.subreaper.assertj.SubreaperAssertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.THROWABLE;
import static org.junit.jupiter.api.Assumptions.abort;

import io.github.subreaper.Crashes;
import io.github.subreaper.Descendant;
import io.github.subreaper.ExitStatus;
import io.github.subreaper.Launch;
import io.github.subreaper.Program;
import io.github.subreaper.ScopeOptions;
import io.github.subreaper.Signal;
import io.github.subreaper.Supervisor;
import io.github.subreaper.waits.Await;
import java.time.Duration;
import java.util.regex.Pattern;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/** What a crash does to its test, and its message. */
class CrashesTest {
  /** Three workers of a master have crashed one after the other; the master has ended. */
  private static final String MASTER =
      "ulimit -c 0; for i in 1 2 3; do" + " sh -c 'kill -SEGV $$; exit 0'; done; exit 0";

  /** Leaves an orphan, which ends by SIGABRT once its parent has ended. */
  private static final String DAEMON =
      "ulimit -c 0; (while kill -0 $$ 2>&-; do :; done; exec sh -c 'kill -ABRT $$') & exit 0";

  private static void crash(Supervisor scope) {
    scope.launch("sh", "-c", DAEMON).awaitExit();
    awaitCrash(scope);
  }

  private static void awaitCrash(Supervisor scope) {
    Await.until(
        () ->
            scope.orphans().stream()
                .flatMap(one -> one.exitStatus().stream())
                .anyMatch(ExitStatus.Signaled.class::isInstance));
  }

  @SubreaperTest
  static class RespawningTestCases {
    @Test
    void serves(Supervisor supervisor) {
      Launch launch = supervisor.launch(Program.of("sh", "-c", MASTER).traced());
      assertThat(launch).exitsWith(0);
    }
  }

  @Test
  void workersThatTheirMasterReplacesFailTheTest() {
    assertThat(Kit.run(RespawningTestCases.class).onlyFailure())
        .isInstanceOf(CrashedProcessesError.class)
        .message()
        .matches(
            Pattern.compile(
                """
                CrashesTest.RespawningTestCases.serves\\(Supervisor\\): sh crashed with SIGSEGV, 3 times \
                \\(started at .*CrashesTest.java:\\d+.*\\)
                  \\d+ sh -c kill -SEGV \\$\\$; exit 0; killed by SIGSEGV.*
                  \\d+ sh -c .*; killed by SIGSEGV.*
                  \\d+ sh -c .*; killed by SIGSEGV.*
                  last output "Segmentation fault"
                  To fix: find the fault, or expect it: supervisor.expectsCrash\\("sh \\*kill\\*"\\)"""));
  }

  @SubreaperTest
  static class OrphanTestCases {
    @Test
    void starts(Supervisor supervisor) {
      crash(supervisor);
    }
  }

  /** Its worker crashes in one of its tests. */
  @SubreaperTest
  @TestMethodOrder(MethodOrderer.MethodName.class)
  static class SharedTestCases {
    @Daemon
    static final Program MASTER =
        Program.of(
            "sh",
            "-c",
            "ulimit -c 0; sleep 1000 & echo worker $!; wait; echo gone; exec sleep 1001");

    @Test
    void a(Launch launch) {
      assertThat(launch.process()).isAlive();
    }

    @Test
    void b(Launch launch) throws Exception {
      String worker = launch.awaitOutput("worker").split(" ", -1)[1];
      launch.tree().awaitUntil(tree -> !tree.find("sleep 1000").isEmpty(), Duration.ofMinutes(1));
      new ProcessBuilder("kill", "-SEGV", worker).start().waitFor(); // the library sends none
      launch.awaitOutput("gone");
    }
  }

  @Test
  void crashOfAProcessOfTheClassNamesTheTest() {
    Kit.Run run = Kit.run(SharedTestCases.class);
    assertThat(run.onlyFailure()).hasMessageContaining("killed by SIGSEGV, during b(Launch)");
  }

  /** Only half of the descriptors are for the processes whose status their parent gets. */
  private static final int DESCRIPTORS = 256;

  /** The last worker crashes, and its master collects it. */
  @SubreaperTest
  static class UnknownTestCases {
    private static final int WORKERS = DESCRIPTORS / 2 + 2;

    @Test
    void serves(Supervisor supervisor) throws Exception {
      Launch launch =
          supervisor.launch(
              Program.of(
                      "sh",
                      "-c",
                      "ulimit -c 0; i=0; while [ $i -lt "
                          + WORKERS
                          + " ]; do sleep 1000 & i=$((i+1)); done; read go; kill -SEGV $!; wait $!;"
                          + " echo gone; exec sleep 1001")
                  .withPipedInput());
      launch.tree().awaitUntil(tree -> tree.find("sleep").size() == WORKERS, Duration.ofMinutes(1));
      launch.stdin().append("go\n").flush();
      launch.awaitOutput("gone");
    }
  }

  @Test
  void unknownStatusIsNotPassedInSilence() {
    ChildJvm tests = ChildJvm.tests(UnknownTestCases.class);
    String text;
    int runs = 0;
    do { // a scan may see the zombie before its parent collects it
      text =
          tests.below("sh", "-c", "ulimit -n " + DESCRIPTORS + "; exec \"$@\"", "-").run().text();
    } while (text.contains("sleep crashed with SIGSEGV") && ++runs < 5);
    assertThat(text).contains("SUCCESSFUL serves(Supervisor)");
    assertThat(text)
        .contains(
            "1 process of launches may have crashed: only their parents have their statuses.");
    text = tests.with("subreaper.crashes", "ignore").run().text();
    assertThat(text).contains("SUCCESSFUL serves(Supervisor)").doesNotContain("may have crashed");
  }

  @Test
  void crashFailsATestThatWaitsForOthersOnly() {
    Kit.Run run = Kit.run(OrphanTestCases.class);
    assertThat(run.onlyFailure())
        .hasMessageStartingWith("CrashesTest.OrphanTestCases.starts(Supervisor): sh crashed with")
        .hasMessageContaining("SIGABRT");
  }

  @Test
  void policyDecides() {
    Kit.Run warned = Kit.with("subreaper.crashes", "warn").start(OrphanTestCases.class);
    warned.assertPassed();
    assertThat(warned.published("subreaper.crashes"))
        .singleElement()
        .asString()
        .contains("crashed with SIGABRT");

    Kit.Run ignored = Kit.with("subreaper.crashes", "IGNORE").start(OrphanTestCases.class);
    ignored.assertPassed();
    assertThat(ignored.published("subreaper.crashes")).isEmpty();

    assertThat(Kit.with("subreaper.crashes", "PASS").start(OrphanTestCases.class).failures().get(0))
        .hasMessageContaining("\"PASS\" is not a policy for crashes")
        .hasMessageContaining("Allowed: FAIL, WARN, IGNORE.");
  }

  @Test
  void ambientCrashIsAWarning() {
    Kit.Run run = Kit.run(AmbientTestCases.class).assertPassed();
    assertThat(run.published("subreaper.crashes")).hasSize(1);
  }

  @SubreaperTest
  static class AmbientTestCases {
    @Test
    void starts(Supervisor supervisor) throws Exception {
      new ProcessBuilder("sh", "-c", DAEMON).start().waitFor();
      awaitCrash(supervisor);
    }
  }

  @Test
  void expectedCrashFailsNothing() {
    Kit.run(ExpectingTestCases.class).assertPassed();
  }

  @SubreaperTest
  static class ExpectingTestCases {
    @Test
    void byAnAssertion(Supervisor supervisor) {
      assertThat(supervisor.launch("sh", "-c", "ulimit -c 0; kill -SEGV $$"))
          .exitsWith(signaled(Signal.SEGV));
    }

    @Test
    void byAGlob(Supervisor supervisor) {
      crash(supervisor);
      supervisor.expectsCrash("sh*");
    }

    @Test
    void inANestedScope(Supervisor supervisor) {
      supervisor.expectsCrash("sh*");
      crash(supervisor.open("nested"));
    }

    @Test
    @SubreaperTest(crashes = Crashes.FAIL)
    void inAScopeThatIgnoresIt(Supervisor supervisor) {
      crash(supervisor.open("nested", ScopeOptions.defaults().withCrashes(Crashes.IGNORE)));
    }

    @Test
    void sentByTheTest(Supervisor supervisor) {
      Descendant sleep = supervisor.launch("sleep", "1000").process();
      sleep.signal(Signal.SEGV);
      sleep.awaitExit();
    }

    @Test
    void asTheStopSignal(Supervisor supervisor) {
      supervisor.launch(Program.of("sleep", "1000").withStopSignal(Signal.ABRT));
    }
  }

  @SubreaperTest
  static class MetTestCases {
    @Test
    void inANestedScopeThatHasEnded(Supervisor supervisor) {
      supervisor.expectsCrash("sh*");
      try (Supervisor nested = supervisor.open("nested")) {
        crash(nested);
      }
    }

    @Test
    void inAScopeThatIgnoresIt(Supervisor supervisor) {
      supervisor.expectsCrash("sh*");
      crash(supervisor.open("nested", ScopeOptions.defaults().withCrashes(Crashes.IGNORE)));
    }

    @Test
    void sentByTheTest(Supervisor supervisor) {
      supervisor.expectsCrash("sleep*");
      Descendant sleep = supervisor.launch("sleep", "1000").process();
      sleep.signal(Signal.SEGV);
      sleep.awaitExit();
    }

    @Test
    void afterARelease(Supervisor supervisor) throws Exception {
      Supervisor nested = supervisor.open("nested");
      nested.expectsCrash("sleep*");
      Launch launch = nested.launch("sleep", "1000");
      nested.release();
      new ProcessBuilder("kill", "-SEGV", "" + launch.pid()).start().waitFor();
      launch.awaitExit();
    }

    @Test
    void perhaps(Supervisor supervisor) {
      supervisor.allowsCrash("sh*");
    }
  }

  @Test
  void crashThatHasComeOrNeedNotFailsNothing() {
    Kit.run(MetTestCases.class).assertPassed();
  }

  @SubreaperTest
  static class AbsentTestCases {
    @Test
    void expects(Supervisor supervisor) {
      supervisor.expectsCrash("sh*");
      assertThat(supervisor.launch(Program.of("sh", "-c", "exit 0").traced())).exitsWith(0);
    }
  }

  @Test
  void crashThatDoesNotComeFailsTheTest() {
    assertThat(Kit.run(AbsentTestCases.class).onlyFailure())
        .isInstanceOf(CrashedProcessesError.class)
        .message()
        .matches(
            Pattern.compile(
                """
                CrashesTest.AbsentTestCases.expects\\(Supervisor\\): no process has crashed that \
                matches the glob sh\\* \\(expected at CrashesTest.java:\\d+\\)
                  To fix: wait for the crash before the test ends · .*: supervisor.allowsCrash\\(…\\)\
                (?s:.*)"""));
    Kit.with("subreaper.crashes", "IGNORE").start(AbsentTestCases.class).assertPassed();
    Kit.Run warned = Kit.with("subreaper.crashes", "warn").start(AbsentTestCases.class);
    warned.assertPassed();
    assertThat(warned.published("subreaper.crashes"))
        .singleElement()
        .asString()
        .contains("no process has crashed that matches the glob sh* (expected at CrashesTest.");
  }

  /** Of the process that has crashed, each is expected by another scope. */
  @SubreaperTest
  static class AbsentInOthersTestCases {
    /** On a busy machine, only a trace shows that no other process has crashed. */
    private static void crashTraced(Supervisor scope) {
      scope.launch(Program.of("sh", "-c", "ulimit -c 0; kill -SEGV $$").traced()).awaitExit();
    }

    @Test
    void ofTheOuterScopeIsNotMetByANestedGlob(Supervisor supervisor) {
      Supervisor nested = supervisor.open("nested");
      nested.expectsCrash("sh*");
      supervisor.expectsCrash("nginx*");
      crashTraced(nested);
    }

    @Test
    void ofANestedScopeIsNotMetOutside(Supervisor supervisor) {
      supervisor.open("nested").expectsCrash("nginx*");
      supervisor.expectsCrash("sh*");
      crashTraced(supervisor);
    }

    @Test
    void ofAReleasedScopeIsNotMetOutside(Supervisor supervisor) {
      supervisor.expectsCrash("sh*");
      Supervisor released = supervisor.open("released");
      released.expectsCrash("s*");
      released.release();
      crashTraced(supervisor);
    }
  }

  @Test
  void eachScopeExpectsItsOwnCrash() {
    assertThat(Kit.run(AbsentInOthersTestCases.class).failures())
        .hasSize(3)
        .allSatisfy(
            failure ->
                assertThat(failure)
                    .hasMessageContaining("no process has crashed that matches the glob ")
                    .hasMessageNotContaining("crashed with")
                    .hasMessageNotContaining("glob sh*"));
  }

  @SubreaperTest
  static class CutShortTestCases {
    @Test
    void failed(Supervisor supervisor) {
      supervisor.expectsCrash("sh*");
      throw new IllegalStateException("its own");
    }

    @Test
    void aborted(Supervisor supervisor) {
      supervisor.expectsCrash("sh*");
      abort();
    }
  }

  @Test
  void crashThatDoesNotComeHidesNoOtherReason() {
    Kit.Run run = Kit.run(CutShortTestCases.class);
    assertThat(run.results().testEvents().aborted().count()).isEqualTo(1);
    assertThat(run.failures())
        .filteredOn(failure -> failure instanceof IllegalStateException)
        .singleElement(THROWABLE)
        .hasMessage("its own")
        .satisfies(
            failure ->
                assertThat(failure.getSuppressed())
                    .hasAtLeastOneElementOfType(CrashedProcessesError.class));
  }

  @SubreaperTest(settle = "0 s")
  static class LeakingTestCases {
    @Test
    void leaks(Supervisor supervisor) {
      Processes.leak();
      crash(supervisor);
    }
  }

  @Test
  void crashComesBeforeALeak() {
    Throwable failure = Kit.run(LeakingTestCases.class).onlyFailure();
    assertThat(failure).isInstanceOf(CrashedProcessesError.class);
    assertThat(failure.getSuppressed())
        .singleElement()
        .isInstanceOf(LeakedProcessesError.class)
        .extracting(Throwable::getMessage)
        .asString()
        .doesNotContain("crashed");
  }

  @SubreaperTest
  static class EmptyGlobTestCases {
    @Test
    void expects(Supervisor supervisor) {
      assertThatThrownBy(() -> supervisor.expectsCrash(" "))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("matches no process");
    }
  }

  @Test
  void emptyGlobIsRefused() {
    Kit.run(EmptyGlobTestCases.class).assertPassed();
  }
}
