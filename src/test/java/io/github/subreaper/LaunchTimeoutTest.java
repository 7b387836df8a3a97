package io.github.subreaper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** {@link Program#withTimeout}: a launcher that runs too long is stopped. */
class LaunchTimeoutTest extends WaitFixture {
  @Test
  void launchThatRunsTooLongIsStopped() {
    Launch launch =
        scope.launch(
            Program.of("sh", "-c", "(sleep 1001 &); echo words; exec sleep 1000")
                .withTimeout(Duration.ofMillis(100)));
    WaitTimeoutException failure = timeout(launch::awaitExit);
    assertThat(failure)
        .hasMessageContaining(
            "(pid " + launch.pid() + ") ran longer than its launch's timeout of 0.10 s")
        .hasMessageContaining("and was stopped: killed by SIGTERM");
    assertThat(timeout(() -> launch.process().awaitExit(Duration.ZERO)))
        .hasMessageContaining("its launch's timeout");
    assertThat(launch.process().exitStatus()).contains(ExitStatus.signaled(Signal.TERM));
    await().atMost(LONG).until(() -> launch.tree().size() == 0);
    assertThat(hopeless(() -> launch.awaitOutput("other words")))
        .hasMessageContaining("the launch was stopped, because its withTimeout(0.10 s) was over");
    assertThat(scope.launch("true").awaitExit()).isEqualTo(ExitStatus.exited(0));
  }

  @Test
  void launchThatEndsInTimeIsNotStopped() {
    Launch launch = scope.launch(Program.of("sh", "-c", "exit 3").withTimeout(LONG));
    assertThat(launch.awaitExit()).isEqualTo(ExitStatus.exited(3));
  }

  @Test
  void timeLimitAppliesToTheLauncherAndNotToItsDaemons() {
    Launch launch =
        scope.launch(
            Program.of("sh", "-c", "(sleep 1000 &); exit 0").withTimeout(Duration.ofSeconds(2)));
    assertThat(launch.awaitExit()).isEqualTo(ExitStatus.exited(0));
    Descendant daemon = launch.awaitOrphan();
    // its limit has passed when that of a later launch has
    Launch later = scope.launch(Program.of("sleep", "1000").withTimeout(Duration.ofMillis(2001)));
    timeout(later::awaitExit);
    assertThat(daemon.isAlive()).isTrue();
    assertThat(launch.awaitExit()).isEqualTo(ExitStatus.exited(0));
  }

  @Test
  void launchThatIgnoresTheStopSignalDoesNotDelayTheTimeLimitOfAnother() {
    Supervisor graceful =
        scope.open("graceful", ScopeOptions.defaults().withAwait(LONG).withGrace(LONG));
    Launch stubborn =
        graceful.launch(
            Program.of("sh", "-c", "trap '' TERM; echo ready; exec sleep 1000")
                .withTimeout(Duration.ofMillis(200)));
    stubborn.awaitOutput("ready");
    await().atMost(LONG).until(() -> hasRunOutOfTime(stubborn));
    Launch other = scope.launch(Program.of("sleep", "1000").withTimeout(Duration.ofMillis(1)));
    try {
      assertThat(timeout(() -> other.awaitExit(Duration.ofSeconds(10))))
          .hasMessageContaining("its launch's timeout");
      assertThat(stubborn.isAlive()).isTrue();
    } finally {
      stubborn.signal(Signal.KILL);
    }
  }

  /** Returns whether the clock thread is stopping the launch, which only its stack shows. */
  private static boolean hasRunOutOfTime(Launch launch) {
    return launch.isAlive()
        && Thread.getAllStackTraces().entrySet().stream()
            .filter(entry -> entry.getKey().getName().startsWith("subreaper"))
            .flatMap(entry -> Stream.of(entry.getValue()))
            .anyMatch(frame -> frame.getMethodName().equals("stop"));
  }
}
