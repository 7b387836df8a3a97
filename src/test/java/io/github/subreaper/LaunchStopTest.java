package io.github.subreaper;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.testing.Await;
import org.junit.jupiter.api.Test;

/** {@link Launch#stop()} ends one launch and nothing else. */
class LaunchStopTest extends EndFixture {
  @Test
  void stopEndsOneLaunchAndLeavesTheRest() throws Exception {
    Launch one = launch("(sleep MARK &); exec sleep MARK");
    Launch two = launch("(sleep MARK &); exec sleep MARK");
    Process process = ambient("exec sleep MARK");
    Await.until(() -> scope.tree().find("sleep*").size() == 5);
    ScopeReport report = one.stop();
    assertThat(report.isClean()).isTrue();
    assertThat(report.before().size()).isEqualTo(2);
    assertThat(report.before().roots()).contains(one.process());
    assertThat(report.scope()).isEqualTo("sh -c (sleep " + mark + " &); exec sleep " + mark);
    assertThat(report.toString())
        .startsWith(report.scope() + " was stopped; 2 processes were terminated\n");
    assertThat(one.tree().size()).isZero();
    assertEnded(one.process(), TERMINATED, Ending.STOP_SIGNAL);
    assertEnded(one.orphans().get(0), TERMINATED, Ending.STOP_SIGNAL);
    assertThat(two.tree().size()).isEqualTo(2);
    assertThat(process.isAlive()).isTrue();
    assertThat(one.stop().isClean()).as("a second stop").isTrue();
    assertThat(scope.launch("true").awaitExit()).isEqualTo(ExitStatus.exited(0));
    process.destroyForcibly().waitFor(); // dead, it is no leak that may settle
  }

  @Test
  void stopKillsAProcessThatIgnoresTheStopSignal() {
    Supervisor impatient = scope.open("impatient", graceless());
    Launch launch = launch(impatient, "trap '' TERM; echo ready; while :; do sleep MARK; done");
    launch.awaitOutput("ready");
    assertThat(launch.stop().isClean()).isTrue();
    assertEnded(launch.process(), KILLED, Ending.KILL);
    assertThat(impatient.launch("true").awaitExit()).isEqualTo(ExitStatus.exited(0));
  }
}
