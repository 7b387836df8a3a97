package io.github.subreaper.junit;

import static io.github.subreaper.junit.Processes.assertEnded;
import static io.github.subreaper.junit.Processes.isAlive;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.Supervisor;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A JVM that may start processes of other users but not signal them: root without {@code CAP_KILL}.
 */
class UnkillableTest {

  @BeforeEach
  void onlyRootCanGiveAwayAPrivilege() {
    Required.orSkip(
        ChildJvm.run(
                    new ProcessBuilder(
                        "sh", "-c", "test $(id -u) = 0 && setpriv --bounding-set=-kill true"))
                .exitCode()
            == 0,
        "needs root and setpriv (package util-linux)");
  }

  @Test
  void processThatCannotBeKilledFailsItsTestWhateverIsDoneToLeaks() {
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
          .contains("EPERM")
          .contains("To mend: run the test as the user that owns it")
          .contains("sudo kill -9 " + pid);
    } finally {
      Processes.kill(pid);
    }
  }

  @SubreaperTest(grace = "10 ms")
  static class UnkillableTestCases {
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
  void withThePrivilegeTheSameTestPasses() {
    ChildJvm.Output output = ChildJvm.tests(UnkillableTestCases.class).run().assertExit(0);

    assertThat(output.lines("leavesOne")).startsWith("SUCCESSFUL");
    assertEnded(output.number("pid"));
  }
}
