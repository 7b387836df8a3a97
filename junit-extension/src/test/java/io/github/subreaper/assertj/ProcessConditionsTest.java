package io.github.subreaper.assertj;

import static io.github.subreaper.assertj.ProcessConditions.hasChildren;
import static io.github.subreaper.assertj.ProcessConditions.hasEnded;
import static io.github.subreaper.assertj.ProcessConditions.hasNoProcesses;
import static io.github.subreaper.assertj.ProcessConditions.isOrphan;
import static io.github.subreaper.assertj.ProcessConditions.isReady;
import static io.github.subreaper.assertj.SubreaperAssertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.github.subreaper.Descendant;
import io.github.subreaper.Launch;
import io.github.subreaper.Ready;
import io.github.subreaper.Signal;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.awaitility.core.ConditionTimeoutException;
import org.awaitility.core.TerminalFailureException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ProcessConditionsTest {
  private final RealScope scope = new RealScope();

  @AfterEach
  void close() {
    scope.close();
  }

  private Launch sh(String script) {
    return scope.patient().launch("sh", "-c", script);
  }

  private static void assertTimesOut(Callable<Boolean> condition, String name) {
    assertThatThrownBy(
            () -> await().pollDelay(Duration.ZERO).atMost(RealScope.SHORT).until(condition))
        .isInstanceOf(ConditionTimeoutException.class)
        .hasMessageContaining(name);
  }

  @Test
  void isReadyWaitsUntilTheLaunchIsReady() {
    Launch launch = sh("echo up; exec sleep 1000");
    await().atMost(RealScope.LONG).until(isReady(launch, Ready.output("^up$")));
    assertTimesOut(isReady(launch, Ready.output("down")), "ProcessConditions");
  }

  @Test
  void failFastEndsTheWaitWhenTheLaunchHasEnded() {
    Launch launch = sh("exit 3");
    assertThatThrownBy(
            () ->
                await("the database")
                    .atMost(RealScope.LONG)
                    .failFast("it has ended", hasEnded(launch))
                    .until(isReady(launch, Ready.output("up"))))
        .isInstanceOf(TerminalFailureException.class)
        .hasMessage("it has ended");
  }

  @Test
  void aLaunchHasEndedWhenAllItsProcessesHave() {
    Launch launch = sh("sleep 1000 & exit 0");
    Descendant orphan = launch.awaitOrphan();
    await().atMost(RealScope.LONG).until(hasEnded(launch.process()));
    assertTimesOut(hasEnded(launch), "ProcessConditions");
    assertTimesOut(hasEnded(orphan), "ProcessConditions");
    await().atMost(RealScope.LONG).until(isOrphan(orphan));
    assertTimesOut(isOrphan(launch.process()), "ProcessConditions");
    orphan.signal(Signal.KILL);
    await().atMost(RealScope.LONG).until(hasEnded(launch));
    await().atMost(RealScope.LONG).until(hasNoProcesses(scope.patient()));
  }

  @Test
  void childrenAreCounted() {
    Descendant sh = sh("sleep 1000 & sleep 1000 & wait").process();
    await().atMost(RealScope.LONG).until(hasChildren(sh, 2));
    assertTimesOut(hasChildren(sh, 3), "ProcessConditions");
    assertTimesOut(hasNoProcesses(scope.patient()), "ProcessConditions");
  }

  @Test
  @SuppressWarnings("NullAway") // passes null on purpose
  void badArgumentsAreRejectedAtTheCall() {
    Launch launch = sh("exit 0");
    assertThatThrownBy(() -> isReady(null, Ready.port(1))).isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> isReady(launch, null)).isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> hasNoProcesses(null)).isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> isOrphan(null)).isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> hasChildren(launch.process(), -1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("count must not be negative: -1");
  }
}
