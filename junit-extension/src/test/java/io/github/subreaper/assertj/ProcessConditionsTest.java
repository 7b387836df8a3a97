package io.github.subreaper.assertj;

import static io.github.subreaper.assertj.ProcessConditions.assertNotEnded;
import static io.github.subreaper.assertj.ProcessConditions.assertReady;
import static io.github.subreaper.assertj.SubreaperAssertions.assertThatCode;
import static io.github.subreaper.assertj.SubreaperAssertions.assertThatThrownBy;
import static io.github.subreaper.waits.Await.LONG;
import static org.awaitility.Awaitility.await;

import io.github.subreaper.Descendant;
import io.github.subreaper.Launch;
import io.github.subreaper.Ready;
import io.github.subreaper.WaitTimeoutException;
import io.github.subreaper.internal.assertj.facts.Naming;
import io.github.subreaper.waits.Await;
import java.time.Duration;
import org.awaitility.core.ConditionTimeoutException;
import org.awaitility.core.TerminalFailureException;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class ProcessConditionsTest {
  @AutoClose private final RealScope scope = new RealScope();

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
    Launch launch = scope.sh("echo starting; echo no such table >&2; exit 3");
    launch.awaitExit();
    return launch;
  }

  @Test
  void assertReadyEndsTheWaitWhenTheLaunchHasEndedAndTheFailureShowsAll() {
    Launch launch = failing();
    assertThatThrownBy(
            () ->
                await("the database")
                    .atMost(LONG)
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
        scope.sh("echo starting; echo no such table >&2; (sh -c 'exit 3' &); exec sleep 1000");
    Await.until(() -> launch.process().name().equals("sleep"));
    await()
        .atMost(LONG)
        .until(() -> launch.orphans().stream().anyMatch(one -> one.exitStatus().isPresent()));
    assertThatThrownBy(
            () ->
                await("the database")
                    .pollDelay(Duration.ZERO)
                    .pollInSameThread() // the first look is not cut short
                    .atMost(Duration.ofMillis(200))
                    .untilAsserted(() -> assertReady(launch, STARTED_AND_UP)))
        .isInstanceOf(ConditionTimeoutException.class)
        .hasMessageContaining("'the database' didn't complete within 200 milliseconds because ")
        .hasMessageContaining(launch + " is not ready.\n")
        .hasMessageContaining("sleep 1000\n")
        .hasMessageContaining("is still running")
        .message()
        .contains(CONDITIONS)
        .contains(FAILURE);
  }

  @Test
  void assertReadyPassesWhenTheLaunchIsReady() {
    Launch launch = scope.sh("echo up; exec sleep 1000");
    await().atMost(LONG).untilAsserted(() -> assertReady(launch, Ready.output("^up$")));
  }

  @Test
  void assertNotEndedInFailFastShowsAll() {
    Launch launch = failing();
    assertThatThrownBy(
            () ->
                await("an answer")
                    .atMost(LONG)
                    .failFast(() -> assertNotEnded(launch))
                    .until(() -> false))
        .isInstanceOf(TerminalFailureException.class)
        .hasMessageStartingWith(Naming.of(launch) + ": all its processes have ended\n")
        .message()
        .contains(FAILURE);
    assertThatThrownBy(
            () ->
                await("an answer")
                    .atMost(LONG)
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
    Launch launch = scope.sh("sleep 1000 & exit 0");
    Descendant orphan = launch.awaitOrphan();
    assertThatCode(() -> assertNotEnded(launch)).doesNotThrowAnyException();
    RealScope.ended(orphan);
    assertThatThrownBy(() -> assertNotEnded(launch)).isInstanceOf(AssertionError.class);
  }

  @Test
  @SuppressWarnings("NullAway") // passes null on purpose
  void badArgumentsAreRejectedAtTheCall() {
    Launch launch = scope.sh("exit 0");
    assertThatThrownBy(() -> assertReady(null, Ready.port(1)))
        .isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> assertReady(launch, null)).isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> assertNotEnded(null)).isInstanceOf(NullPointerException.class);
  }
}
