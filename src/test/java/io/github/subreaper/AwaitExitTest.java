package io.github.subreaper;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@link Launch#awaitExit} and {@link Descendant#awaitExit}. */
class AwaitExitTest extends WaitFixture {
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 127, 128, 143, 255})
  void exitCodeIsReturned(int code) {
    Launch launch = launch("exit " + code);
    assertThat(launch.awaitExit()).isEqualTo(ExitStatus.exited(code));
    assertThat(launch.awaitExit(Duration.ZERO)).isEqualTo(ExitStatus.exited(code));
    assertThat(launch.process().awaitExit()).isEqualTo(ExitStatus.exited(code));
    assertThat(launch.process().exitStatus()).contains(ExitStatus.exited(code));
    assertThat(launch.process().ending()).contains(Ending.BY_ITSELF);
  }

  @Test
  void signalIsReturned() {
    Launch launch = scope.launch("sleep", "1000");
    assertThat(launch.signal(Signal.USR1)).isTrue();
    assertThat(launch.awaitExit()).isEqualTo(ExitStatus.signaled(Signal.USR1));
    assertThat(launch.signal(Signal.USR1)).as("it has ended already").isFalse();
    assertThat(launch.isAlive()).isFalse();
  }

  @Test
  void awaitExitOfARunningProcessTimesOutAndShowsTheSituation() {
    Launch launch = launch("echo some words; echo on stderr >&2; sleep 1000; :");
    launch.awaitOutput("on stderr");
    launch.tree().awaitUntil(now -> !now.find("sleep 1000").isEmpty());
    WaitTimeoutException failure = timeout(() -> launch.awaitExit(SHORT));
    assertThat(failure)
        .hasMessageStartingWith("Waited 0.050 s for the end of sh -c echo some words; ")
        .hasMessageContaining(
            "(pid "
                + launch.pid()
                + ").\n"
                + "  If it is a daemon in the foreground, signal it or stop the launch before.\n")
        .hasMessageContaining(" sleep 1000\n")
        .hasMessageContaining(launch.pid() + " is still running")
        .hasMessageContaining("stdout    some words\n")
        .hasMessageContaining("stderr    on stderr\n");
    assertThat(timeout(() -> launch.process().awaitExit(SHORT))).hasMessage(failure.getMessage());
  }

  @Test
  void awaitOfTheScopeIsTheDefault() {
    Launch launch = impatient.launch("sleep", "1000");
    assertThat(timeout(launch::awaitExit)).hasMessageStartingWith("Waited 0.050 s for the end of");
    assertThat(launch.process().options().await()).isEqualTo(SHORT);
  }

  @Test
  void zeroDurationChecksOnce() {
    Launch launch = scope.launch("sleep", "1000");
    assertThat(timeout(() -> launch.awaitExit(Duration.ZERO)))
        .hasMessageStartingWith("Waited 0.000 s for the end of sleep 1000");
    assertThat(timeout(() -> launch.awaitOrphan(Duration.ZERO)))
        .hasMessageContaining("is still running");
    assertThat(timeout(() -> scope.awaitOrphan("x", Duration.ZERO)))
        .hasMessageContaining("none came");
    assertThat(launch.isAlive()).isTrue();
  }

  @Test
  void zeroDurationFindsAProcessThatHasEnded() throws Exception {
    for (int i = 0; i < 100; i++) {
      Launch launch = scope.launch("true");
      while (isRunning(launch.pid())) {
        Thread.onSpinWait();
      }
      assertThat(launch.awaitExit(Duration.ZERO)).isEqualTo(ExitStatus.exited(0));
    }
  }

  private static boolean isRunning(long pid) {
    try {
      String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
      return stat.charAt(stat.lastIndexOf(')') + 2) != 'Z';
    } catch (IOException e) {
      return false;
    }
  }

  @Test
  void awaitExitReturnsForAGrandchildThatItsParentReaps() {
    Launch launch = launch("sleep 1000; sleep 1001; :");
    Descendant first = scope.awaitDescendant("sleep 1000");
    first.signal(Signal.KILL);
    // below Linux 6.15 only the parent gets the status
    assertThat(first.awaitExit())
        .isIn(
            ExitStatus.signaled(Signal.KILL),
            new ExitStatus.Unknown("reaped by its parent, pid " + launch.pid()));
    assertThat(first.endedAt()).isPresent();
    assertThat(scope.awaitDescendant("sleep 1001").isAlive()).isTrue();
  }
}
