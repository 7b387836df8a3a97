package io.github.subreaper.assertj;

import static io.github.subreaper.assertj.Failures.assertEachIsInterrupted;
import static io.github.subreaper.assertj.Failures.assertEachNullFails;
import static io.github.subreaper.assertj.Failures.assertEachThrows;
import static io.github.subreaper.assertj.Failures.assertFails;
import static io.github.subreaper.assertj.SubreaperAssertions.assertThat;
import static io.github.subreaper.assertj.SubreaperAssertions.assertThatThrownBy;
import static io.github.subreaper.assertj.SubreaperAssertions.exited;
import static io.github.subreaper.assertj.SubreaperAssertions.signaled;
import static io.github.subreaper.waits.Await.LONG;

import io.github.subreaper.Descendant;
import io.github.subreaper.ExitStatus;
import io.github.subreaper.Launch;
import io.github.subreaper.Program;
import io.github.subreaper.Ready;
import io.github.subreaper.Signal;
import io.github.subreaper.internal.assertj.facts.Naming;
import java.time.Duration;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class LaunchAssertTest {
  @AutoClose private final RealScope scope = new RealScope();

  @Test
  void exitsWithWaitsForTheLaunchedProcessOnly() {
    assertThat(scope.sh("sleep 1000 & exit 0")).exitsWith(0);
    assertThat(scope.sh("kill -TERM $$")).exitsWith(signaled(Signal.TERM));
  }

  @Test
  void exitsWithFailsForAnotherStatus() {
    Launch launch = scope.sh("echo no such config >&2; exit 3");

    assertFails(
        launch, "to end with: exited 0\nbut it ended with: exited 3", it -> it.exitsWith(0));
    assertFails(
        launch,
        "to end with: killed by SIGTERM\nbut it ended with: exited 3",
        it -> it.exitsWith(signaled(Signal.TERM)));
    assertThatThrownBy(() -> assertThat(launch).exitsWith(0))
        .hasMessageStartingWith(
            "Expecting launch of `sh -c echo no such config >&2; exit 3` (pid %d)\n", launch.pid())
        .hasMessageContaining("no such config");
  }

  @Test
  void waitsFailWhenTheTimeIsOver() {
    Launch launch = scope.impatient().launch("sleep", "1000");

    assertThatThrownBy(() -> assertThat(launch).exitsWith(0))
        .isInstanceOf(AssertionError.class)
        .hasMessageStartingWith(
            "Waited 0.050 s for the end of sleep 1000 (pid %d).\n", launch.pid());
    assertThatThrownBy(() -> assertThat(launch).exitsWithin(Duration.ZERO))
        .isInstanceOf(AssertionError.class)
        .hasMessageStartingWith(
            "Waited 0.000 s for the end of sleep 1000 (pid %d).\n", launch.pid());
  }

  @Test
  void exitsWithFailsAfterTheTimeLimitOfTheProgram() {
    Launch launch =
        scope.patient().launch(Program.of("sleep", "1000").withTimeout(Duration.ofMillis(50)));

    assertThatThrownBy(() -> assertThat(launch).exitsWith(0))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("sleep 1000 (pid " + launch.pid() + ")");
  }

  @Test
  void exitsWithinReturnsAssertionsOnTheStatus() {
    Launch launch = scope.sh("exit 7");

    assertThat(launch).exitsWithin(LONG).with(exited(7)).isExited(7);
    assertFails(
        launch,
        "to end with: exited 0\nbut it ended with: exited 7",
        it -> it.exitsWithin(LONG).with(exited(0)));
  }

  @Test
  void isAliveAndHasEndedAreAboutTheLaunchedProcess() {
    Launch launch = scope.patient().launch("sleep", "1000");
    assertThat(launch).isAlive();
    assertThatThrownBy(() -> assertThat(launch).hasEnded())
        .isInstanceOf(AssertionError.class)
        .hasMessageStartingWith(
            "Expecting %s\nto have ended\nbut it is alive\n\n", Naming.launchedBy(launch));

    Launch left = scope.sh("sleep 1000 & exit 3");
    Descendant orphan = left.awaitOrphan();
    assertThat(left).hasEnded();
    assertThatThrownBy(() -> assertThat(left).isAlive())
        .isInstanceOf(AssertionError.class)
        .hasMessageStartingWith(
            """
            Expecting launched process `sh -c sleep 1000 & exit 3` (pid %d)
            to be alive
            but it is not: exited 3

            """,
            left.pid());
    assertThat(orphan).isAlive();
  }

  @Test
  void hasNoProcessesCountsWhatIsLeftBehind() {
    Launch launch = scope.sh("sleep 1000 & exit 0");
    Descendant orphan = launch.awaitOrphan();
    assertFails(
        launch, "to have no living processes\nbut it has 1 process", it -> it.hasNoProcesses());
    RealScope.ended(orphan);
    assertThat(launch).hasNoProcesses();
  }

  @Test
  void isReadyShowsWhatEachConditionFound() {
    Launch launch = scope.sh("echo ready; exec sleep 1000");
    Ready printed = Ready.output("^ready$");
    Ready other = Ready.output("^other$");
    launch.awaitReady(printed);

    assertThat(launch).isReady(printed).isReady(Ready.any(other, printed));
    assertThatThrownBy(() -> assertThat(launch).isReady(Ready.all(printed, other)))
        .isInstanceOf(AssertionError.class)
        .hasMessageStartingWith(
            """
            %s is not ready.
              no  all of
              ok    a line of stdout or stderr in which the regex /^ready$/ is found: "ready"
              no    a line of stdout or stderr in which the regex /^other$/ is found: none so far
            """,
            launch);
    assertThatThrownBy(() -> assertThat(launch).isReady(Ready.notification()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void hasNoOrphansFailsForAnEndedOrphanToo() {
    assertThat(scope.sh("true & wait")).exitsWith(0).hasNoOrphans();
    Launch launch = scope.sh("sleep 1000 &");
    RealScope.ended(launch.awaitOrphan());

    assertFails(
        launch,
        "to have left no orphans\nbut this JVM adopted 1:\n   "
            + Naming.of(launch.orphans().get(0))
            + ": killed by SIGKILL",
        it -> it.hasNoOrphans());
  }

  @Test
  void anInterruptEndsTheWaitWithTheFlagSet() {
    Launch launch = scope.patient().launch("sleep", "1000");

    assertEachIsInterrupted(
        () -> assertThat(launch).exitsWith(0), () -> assertThat(launch).exitsWithin(LONG));
    assertThat(launch.isAlive()).isTrue();
  }

  @Test
  void hasOrphansCountsAdoptedProcesses() {
    Launch launch = scope.sh("sleep 1000 &");
    assertThat(launch).exitsWith(0);
    Descendant orphan = launch.awaitOrphan();
    assertThat(launch).hasOrphans(1);
    assertFails(
        launch,
        "to have left 2 orphans\nbut this JVM adopted 1:\n   " + Naming.of(orphan) + ": alive",
        it -> it.hasOrphans(2));
    Launch none = scope.sh("true");
    assertThat(none).exitsWith(0).hasOrphans(0);
    assertFails(none, "to have left 1 orphan\nbut this JVM adopted none", it -> it.hasOrphans(1));
    Launch running = scope.patient().launch("sleep", "1000");
    assertFails(
        running,
        "to have left 1 orphan\nbut this JVM adopted none"
            + "\n(it is still running, so orphans may follow: wait with exitsWith(…) before)",
        it -> it.hasOrphans(1));
  }

  @Test
  void tookLessThan() {
    Launch launch = scope.sh("exit 0");
    assertThat(launch).exitsWith(0).tookLessThan(Duration.ofHours(1));
    assertThatThrownBy(() -> assertThat(launch).tookLessThan(Duration.ZERO))
        .message()
        .startsWith("Expecting " + Naming.of(launch) + "\nto take less than 0.000 s\nbut it took ")
        .containsPattern("but it took \\d+\\.\\d+ s\n\n");
  }

  @Test
  void tookLessThanFailsWhileItRuns() {
    Launch launch = scope.patient().launch("sleep", "1000");
    assertThatThrownBy(() -> assertThat(launch).tookLessThan(Duration.ofHours(1)))
        .message()
        .startsWith("Expecting " + Naming.of(launch) + "\nto take less than 3600.0 s\nbut after ")
        .containsPattern(
            "but after \\d+\\.\\d+ s it is still running: wait with exitsWith\\(…\\) before\n\n");
  }

  @Test
  void usedLessThanCountsLivingAndEndedProcesses() {
    Launch launch = scope.sh("sleep 1000 & i=0; while [ $i -lt 3000 ]; do i=$((i + 1)); done");
    Descendant orphan = launch.awaitOrphan();
    assertThat(launch).exitsWith(0).usedLessThan(Duration.ofHours(1));
    assertThatThrownBy(() -> assertThat(launch).usedLessThan(Duration.ofNanos(1)))
        .message()
        .startsWith(
            "Expecting " + Naming.of(launch) + "\nto use less CPU time than 0.000 s\nbut it used ")
        .containsPattern(
            "but it used \\d+\\.\\d+ s:\n   \\S+ \\(pid " + launch.pid() + "\\): \\d+\\.\\d+ s\n")
        .containsPattern("\n   sleep \\(pid " + orphan.pid() + "\\): \\d+\\.\\d+ s\n\n");
  }

  @Test
  void peakMemoryBelow() {
    Launch launch = scope.sh("sleep 1000 & sleep 1000");
    assertThat(launch).peakMemoryBelow(1L << 40);
    assertThatThrownBy(() -> assertThat(launch).peakMemoryBelow(1024))
        .message()
        .startsWith(
            "Expecting "
                + Naming.of(launch)
                + "\nto need less memory than 1.0 KiB at its peak\nbut it needed:\n   sh (pid ")
        .containsPattern("\n   sh \\(pid " + launch.pid() + "\\): [\\d.,]+ [KM]iB\n\n");
  }

  @Test
  void peakMemoryBelowFailsIfTheKernelHidesThePeak() {
    Launch launch = scope.sh("exit 0");
    assertThat(launch).exitsWith(0);
    assertFails(
        launch,
        "to need less memory than 1.0 GiB at its peak\nbut it needed:\n   sh (pid "
            + launch.pid()
            + "): unknown, but less than this JVM needed at the launch (the kernel counts that as"
            + " its own)",
        it -> it.peakMemoryBelow(1 << 30));
  }

  @Test
  void nullLaunchIsAFailure() {
    assertEachNullFails(
        () -> assertThat((Launch) null).exitsWith(0),
        () -> assertThat((Launch) null).exitsWithin(Duration.ZERO),
        () -> assertThat((Launch) null).isAlive(),
        () -> assertThat((Launch) null).hasEnded(),
        () -> assertThat((Launch) null).hasNoProcesses(),
        () -> assertThat((Launch) null).isReady(Ready.port(1)),
        () -> assertThat((Launch) null).hasNoOrphans(),
        () -> assertThat((Launch) null).executed("sh"),
        () -> assertThat((Launch) null).executedInOrder("sh"),
        () -> assertThat((Launch) null).neverExecuted("sh"),
        () -> assertThat((Launch) null).hasOrphans(1),
        () -> assertThat((Launch) null).tookLessThan(Duration.ZERO),
        () -> assertThat((Launch) null).usedLessThan(Duration.ZERO),
        () -> assertThat((Launch) null).peakMemoryBelow(1));
  }

  @Test
  void badArgumentsThrowIllegalArgumentException() {
    LaunchAssert launch = assertThat(scope.sh("exit 0"));

    assertEachThrows(
        IllegalArgumentException.class,
        () -> launch.exitsWithin(Duration.ofNanos(-1)),
        () -> launch.exitsWith(-1),
        () -> launch.hasOrphans(-1),
        () -> launch.tookLessThan(Duration.ofNanos(-1)),
        () -> launch.usedLessThan(Duration.ofNanos(-1)),
        () -> launch.peakMemoryBelow(0));
  }

  @Test
  @SuppressWarnings("NullAway") // passes null on purpose
  void nullArgumentsThrowNullPointerException() {
    LaunchAssert launch = assertThat(scope.sh("exit 0"));

    assertEachThrows(
        NullPointerException.class,
        () -> launch.isReady(null),
        () -> launch.exitsWith((ExitStatus) null),
        () -> launch.exitsWithin(null),
        () -> launch.tookLessThan(null),
        () -> launch.usedLessThan(null));
  }
}
