package io.github.subreaper;

import static io.github.subreaper.testing.Await.LONG;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.testing.Await;
import java.time.Duration;
import java.util.Optional;
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
    Await.until(() -> launch.tree().size() == 0);
    assertThat(hopeless(() -> launch.awaitOutput("other words")))
        .hasMessageContaining("the launch was stopped, because its withTimeout(0.10 s) was over");
    assertThat(scope.launch("true").awaitExit()).isEqualTo(ExitStatus.exited(0));
  }

  @Test
  void timeLimitAppliesToTheLauncherAndNotToItsDaemons() {
    Duration limit = Duration.ofMillis(200);
    Optional<Launch> first = exitingWithin(limit);
    while (first.isEmpty()) {
      limit = longer(limit);
      first = exitingWithin(limit);
    }
    Launch launch = first.get();
    Descendant daemon = launch.awaitOrphan();
    // its limit has passed when that of a later launch has
    Launch later = scope.launch(Program.of("sleep", "1000").withTimeout(limit.plusMillis(1)));
    timeout(later::awaitExit);
    assertThat(daemon.isAlive()).isTrue();
    assertThat(launch.awaitExit()).isEqualTo(ExitStatus.exited(0));
  }

  /** Returns a launch whose launcher has ended within its limit; empty if it was too slow. */
  private Optional<Launch> exitingWithin(Duration limit) {
    Launch launch =
        scope.launch(Program.of("sh", "-c", "(sleep 1000 &); exit 0").withTimeout(limit));
    try {
      assertThat(launch.awaitExit()).isEqualTo(ExitStatus.exited(0));
      return Optional.of(launch);
    } catch (WaitTimeoutException e) {
      assertThat(e).hasMessageContaining("its launch's timeout");
      return Optional.empty();
    }
  }

  /** A busy machine may need any time for what a program does first. */
  private static Duration longer(Duration limit) {
    assertThat(limit).as("a limit that was too short").isLessThan(LONG);
    return limit.multipliedBy(2);
  }

  @Test
  void launchThatIgnoresTheStopSignalDoesNotDelayTheTimeLimitOfAnother() {
    Supervisor graceful =
        scope.open("graceful", ScopeOptions.defaults().withAwait(LONG).withGrace(LONG));
    Duration limit = Duration.ofMillis(200);
    Optional<Launch> deaf = deafWithin(graceful, limit);
    while (deaf.isEmpty()) {
      limit = longer(limit);
      deaf = deafWithin(graceful, limit);
    }
    Launch stubborn = deaf.get();
    Await.until(() -> hasRunOutOfTime(stubborn));
    Launch other = scope.launch(Program.of("sleep", "1000").withTimeout(Duration.ofMillis(1)));
    try {
      assertThat(timeout(() -> other.awaitExit(Duration.ofMinutes(1))))
          .hasMessageContaining("its launch's timeout");
      assertThat(stubborn.isAlive()).isTrue();
    } finally {
      stubborn.signal(Signal.KILL);
    }
  }

  /** Returns a launch that ignores the stop signal; empty if it got it before it could. */
  private static Optional<Launch> deafWithin(Supervisor in, Duration limit) {
    Launch launch =
        in.launch(
            Program.of("sh", "-c", "trap '' TERM; echo ready; exec sleep 1000").withTimeout(limit));
    try {
      launch.awaitOutput("ready");
      return Optional.of(launch);
    } catch (WaitTimeoutException e) {
      assertThat(e).hasMessageContaining("its withTimeout");
      assertThat(launch.isAlive()).isFalse();
      return Optional.empty();
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
