package io.github.subreaper.junit;

import static io.github.subreaper.junit.Processes.assertEnded;
import static io.github.subreaper.junit.Processes.isAlive;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.subreaper.Launch;
import io.github.subreaper.Program;
import io.github.subreaper.Supervisor;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/**
 * Runs a JVM that may start processes of other users but not signal them: root without {@code
 * CAP_KILL}.
 */
@Tag("full")
class UnkillableTest {

  @BeforeEach
  void onlyRootCanGiveAwayAPrivilege() {
    assumeTrue(succeeds("test $(id -u) = 0"), "an ordinary user cannot start another's process");
    Required.orSkip(
        succeeds("setpriv --bounding-set=-kill true"), "needs setpriv (package util-linux)");
  }

  private static boolean succeeds(String script) {
    return ChildJvm.run(new ProcessBuilder("sh", "-c", script)).exitCode() == 0;
  }

  @Test
  void processThatCannotBeKilledFailsItsTestWhateverTheLeakPolicy() {
    ChildJvm.Output output =
        ChildJvm.tests(UnkillableTestCases.class)
            .below("setpriv", "--bounding-set=-kill", "--inh-caps=-kill")
            .with("subreaper.leaks", "IGNORE")
            .run()
            .assertExit(0);

    long pid = output.number("pid");
    try {
      assertThat(isAlive(pid)).isTrue();
      assertThat(output.lines("FAILED").lines()).hasSize(1);
      assertThat(output.lines("FAILED"))
          .contains("FAILED leavesOne(Supervisor): " + UnkillableProcessesError.class.getName())
          .contains(
              "1 process of UnkillableTest.UnkillableTestCases.leavesOne(Supervisor) survived");
      assertThat(output.text())
          .containsPattern(
              "\n  " + pid + " S \\w+  sleep 1000   owned by uid 65534, this JVM runs as ")
          .contains(
              " this JVM runs as uid 0 (EPERM)\n  To fix: run the test as the user that owns the")
          .contains("The process keeps its port, files and memory until it ends.")
          .contains("End it with: sudo kill -KILL " + pid + "\n");
      assertThat(output.lines("SUCCESSFUL")).contains("theNextTestIsNotBlamed(Supervisor)");
    } finally {
      Processes.kill(pid);
    }
  }

  @SubreaperTest(grace = "10 ms")
  @TestMethodOrder(MethodOrderer.MethodName.class)
  static class UnkillableTestCases {
    @Test
    void theNextTestIsNotBlamed(Supervisor supervisor) {
      supervisor.launch("true").awaitExit();
    }

    @Test
    void leavesOne(Supervisor supervisor) {
      long pid =
          supervisor
              .launch(
                  "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "sleep", "1000")
              .pid();
      supervisor.awaitDescendant("sleep 1000");
      ChildJvm.say("pid", pid);
    }
  }

  @Test
  void daemonThatCannotBeStoppedFailsItsClass() {
    ChildJvm.Output output =
        ChildJvm.tests(UnkillableDaemonTestCases.class)
            .below("setpriv", "--bounding-set=-kill", "--inh-caps=-kill")
            .run()
            .assertExit(0);

    long pid = output.number("pid");
    try {
      assertThat(isAlive(pid)).isTrue();
      assertThat(output.lines("FAILED").lines()).hasSize(1);
      assertThat(output.lines("FAILED"))
          .contains(UnkillableProcessesError.class.getName())
          .contains("1 process of UnkillableTest.UnkillableDaemonTestCases survived");
      assertThat(output.lines("SUCCESSFUL")).contains("usesIt(Launch, Supervisor)");
    } finally {
      Processes.kill(pid);
    }
  }

  @SubreaperTest(grace = "10 ms")
  static class UnkillableDaemonTestCases {
    @Daemon
    static final Program SERVER =
        Program.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "sleep", "1000");

    @Test
    void usesIt(Launch server, Supervisor supervisor) {
      // which has another user
      server.tree().awaitUntil(tree -> !tree.find("sleep 1000").isEmpty());
      ChildJvm.say("pid", server.pid());
    }
  }

  @Test
  void withThePrivilegeTheSameTestPasses() {
    ChildJvm.Output output = ChildJvm.tests(UnkillableTestCases.class).run().assertExit(0);

    assertThat(output.lines("leavesOne")).startsWith("SUCCESSFUL");
    assertEnded(output.number("pid"));
  }
}
