package io.github.subreaper.assertj;

import static io.github.subreaper.assertj.ProcessConditions.assertNotEnded;
import static io.github.subreaper.assertj.ProcessConditions.assertReady;
import static io.github.subreaper.assertj.ProcessConditions.hasChildren;
import static io.github.subreaper.assertj.ProcessConditions.hasEnded;
import static io.github.subreaper.assertj.ProcessConditions.hasNoProcesses;
import static io.github.subreaper.assertj.ProcessConditions.isOrphan;
import static io.github.subreaper.assertj.ProcessConditions.isReady;
import static io.github.subreaper.assertj.SubreaperAssertions.assertThatCode;
import static io.github.subreaper.assertj.SubreaperAssertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.github.subreaper.Descendant;
import io.github.subreaper.Launch;
import io.github.subreaper.Ready;
import io.github.subreaper.Signal;
import io.github.subreaper.WaitTimeoutException;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.awaitility.core.ConditionTimeoutException;
import org.awaitility.core.TerminalFailureException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
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

  /** What {@link Launch#awaitReady(Ready)} shows of the conditions. */
  private static final String[] CONDITIONS = {
    "  no  all of\n",
    "  ok    a line of stdout or stderr in which the regex /start/ is found: \"starting\"\n",
    "  no    a line of stdout or stderr in which the regex /up/ is found"
  };

  /** What it shows of a launch that has failed. */
  private static final String[] FAILURE = {
    "  launcher  ", " exited 3 ", "  stdout    starting\n", "  stderr    no such table\n"
  };

  private static final Ready STARTED_AND_UP = Ready.all(Ready.output("start"), Ready.output("up"));

  private Launch failing() {
    Launch launch = sh("echo starting; echo no such table >&2; exit 3");
    launch.awaitExit();
    return launch;
  }

  @Test
  void assertReadyEndsTheWaitWhenTheLaunchHasEndedAndTheFailureShowsAll() {
    Launch launch = failing();
    assertThatThrownBy(
            () ->
                await("the database")
                    .atMost(RealScope.LONG)
                    .untilAsserted(() -> assertReady(launch, STARTED_AND_UP)))
        .isInstanceOf(WaitTimeoutException.class)
        .hasMessageStartingWith(
            launch + " cannot become ready: every process of the launch has ended")
        .message()
        .contains(CONDITIONS)
        .contains(FAILURE);
  }

  @Test
  void assertReadyShowsAllWhenTheTimeIsOver() {
    Launch launch =
        sh("echo starting; echo no such table >&2; (sh -c 'exit 3' &); exec sleep 1000");
    await().atMost(RealScope.LONG).until(() -> launch.process().name().equals("sleep"));
    await()
        .atMost(RealScope.LONG)
        .until(() -> launch.orphans().stream().anyMatch(one -> one.exitStatus().isPresent()));
    assertThatThrownBy(
            () ->
                await("the database")
                    .pollDelay(Duration.ZERO)
                    .atMost(Duration.ofSeconds(2))
                    .untilAsserted(() -> assertReady(launch, STARTED_AND_UP)))
        .isInstanceOf(ConditionTimeoutException.class)
        .hasMessageContaining("'the database' didn't complete within 2 seconds because ")
        .hasMessageContaining(launch + " is not ready.\n")
        .hasMessageContaining("sleep 1000\n")
        .hasMessageContaining("is still running")
        .message()
        .contains(CONDITIONS)
        .contains(FAILURE);
  }

  @Test
  void assertReadyPassesWhenTheLaunchIsReady() {
    Launch launch = sh("echo up; exec sleep 1000");
    await().atMost(RealScope.LONG).untilAsserted(() -> assertReady(launch, Ready.output("^up$")));
  }

  @Test
  void assertNotEndedInFailFastShowsAll() {
    Launch launch = failing();
    assertThatThrownBy(
            () ->
                await("an answer")
                    .atMost(RealScope.LONG)
                    .failFast(() -> assertNotEnded(launch))
                    .until(() -> false))
        .isInstanceOf(TerminalFailureException.class)
        .hasMessageStartingWith(Naming.of(launch) + ": all its processes have ended\n")
        .message()
        .contains(FAILURE);
    assertThatThrownBy(
            () ->
                await("an answer")
                    .atMost(RealScope.LONG)
                    .failFast("it has ended", () -> assertNotEnded(launch))
                    .until(() -> false))
        .isInstanceOf(TerminalFailureException.class)
        .hasMessage("it has ended")
        .cause()
        .message()
        .contains(FAILURE);
  }

  @Test
  void assertNotEndedPassesWhileAnOrphanIsAlive() {
    Launch launch = sh("sleep 1000 & exit 0");
    Descendant orphan = launch.awaitOrphan();
    assertThatCode(() -> assertNotEnded(launch)).doesNotThrowAnyException();
    orphan.signal(Signal.KILL);
    orphan.awaitExit();
    assertThatThrownBy(() -> assertNotEnded(launch)).isInstanceOf(AssertionError.class);
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
    assertThatThrownBy(() -> assertReady(null, Ready.port(1)))
        .isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> assertReady(launch, null)).isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> assertNotEnded(null)).isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> hasNoProcesses(null)).isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> isOrphan(null)).isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> hasChildren(launch.process(), -1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("count must not be negative: -1");
  }
}
