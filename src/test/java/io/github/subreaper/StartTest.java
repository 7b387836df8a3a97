package io.github.subreaper;

import static io.github.subreaper.testing.Await.LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Supervisor.start launches a program and returns when it is ready, or leaves nothing of it. */
@Timeout(300)
class StartTest extends ScopeFixture {
  private static final Duration MOMENT = Duration.ofMillis(100);

  private Program program(String script) {
    return Program.of("sh", "-c", script).withDirectory(directory);
  }

  @Test
  void startReturnsWhenTheConditionHolds() {
    Ready told =
        Ready.when(
            "told to go on",
            launch -> {
              if (launch.stdout().equals("begun\n")) {
                launch.signal(Signal.USR1);
              }
              return launch.stdout().contains("ready");
            });
    Program program =
        program(
            "trap 'ready=1' USR1; echo begun; while ! [ $ready ]; do sleep 0.01; done; echo ready; sleep 1000");
    Launch launch = scope.start(program.readyWhen(told));
    assertThat(launch.stdout()).isEqualTo("begun\nready\n");
    assertThat(launch.isAlive()).isTrue();
  }

  @Test
  void withoutAConditionStartIsALaunch() {
    Launch launch = scope.start(Program.of("sleep", "1000"));
    assertThat(launch.process().commandLine()).containsExactly("sleep", "1000");
  }

  @Test
  void launchDoesNotWaitForTheCondition() {
    Launch launch = scope.launch(Program.of("sleep", "1000").readyWhen(Ready.output("never")));
    assertThat(launch.isAlive()).isTrue();
  }

  @Test
  void conditionStaysWithEachChangedCopyAndTheLastOneCounts() {
    Program program =
        program("echo two; exec sleep 1000")
            .readyWhen(Ready.output("one"))
            .readyWhen(Ready.output("two"))
            .withArguments("-c", "echo $WORD; exec sleep 1000")
            .withEnvironment("WORD", "two")
            .withDirectory(directory)
            .withStandardInput("text")
            .withStopSignal(Signal.HUP)
            .withTimeout(Duration.ofMinutes(5))
            .withNice(5);
    assertThat(scope.start(program).stdout()).isEqualTo("two\n");
  }

  @Test
  void failureShowsWhatAwaitReadyShowsAndTheLaunchIsStopped() {
    Ready begun = Ready.when("begun", its -> !its.awaitOutput("begun", LONG).isEmpty());
    Supervisor impatient = scope.open("impatient", ScopeOptions.defaults().withAwait(MOMENT));
    Program program =
        program("echo begun; (sleep 1000 &); exec sleep 1001")
            .readyWhen(Ready.all(begun, Ready.output("never")));
    assertThatThrownBy(() -> impatient.start(program))
        .asInstanceOf(InstanceOfAssertFactories.type(WaitTimeoutException.class))
        .returns(true, WaitTimeoutException::isTimeout)
        .extracting(Throwable::getMessage, InstanceOfAssertFactories.STRING)
        .startsWith("Waited 0.10 s for `sh -c ")
        .contains("to be ready", "/never/", "is still running", "stdout    begun");
    assertThat(impatient.tree().size()).isZero();
    assertThat(impatient.descendants())
        .allSatisfy(one -> assertThat(one.isAlive()).isFalse())
        .anySatisfy(one -> assertThat(one.ending()).contains(Ending.STOP_SIGNAL));
  }

  @Test
  void programThatEndsFailsTheStartAtOnce() {
    Program program = program("echo broken >&2; exit 3").readyWhen(Ready.output("never"));
    assertThatThrownBy(() -> scope.start(program))
        .asInstanceOf(InstanceOfAssertFactories.type(WaitTimeoutException.class))
        .returns(false, WaitTimeoutException::isTimeout)
        .extracting(Throwable::getMessage, InstanceOfAssertFactories.STRING)
        .contains("exited 3", "broken");
  }

  @Test
  void conditionThatCannotBeCheckedStopsTheLaunch() {
    assertThatThrownBy(
            () -> scope.start(Program.of("sleep", "1000").readyWhen(Ready.notification())))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("withNotifySocket()");
    assertThat(scope.tree().size()).isZero();
  }

  @Test
  void exceptionOfTheConditionStopsTheLaunchAndIsThrownItself() {
    IllegalStateException own = new IllegalStateException("own");
    Ready failing =
        Ready.when(
            "failing",
            launch -> {
              throw own;
            });
    assertThatThrownBy(() -> scope.start(Program.of("sleep", "1000").readyWhen(failing)))
        .isSameAs(own)
        .hasNoSuppressedExceptions();
    assertThat(scope.tree().size()).isZero();
  }

  @Test
  void interruptStopsTheLaunchAndStaysSet() {
    AtomicReference<Launch> launched = new AtomicReference<>();
    Ready interrupted =
        Ready.when(
            "interrupted",
            launch -> {
              launched.set(launch);
              Thread.currentThread().interrupt();
              return false;
            });
    assertThatThrownBy(() -> scope.start(Program.of("sleep", "1000").readyWhen(interrupted)))
        .isInstanceOf(WaitInterruptedException.class);
    assertThat(Thread.interrupted()).isTrue();
    assertThat(Objects.requireNonNull(launched.get()).isAlive()).isFalse();
  }

  @Test
  void endOfTheScopeDuringTheWaitIsNoSecondFailure() {
    Supervisor ending = scope.open("ending");
    Ready ends =
        Ready.when(
            "ended",
            launch -> {
              ending.end();
              return false;
            });
    assertThatThrownBy(() -> ending.start(Program.of("sleep", "1000").readyWhen(ends)))
        .isInstanceOf(WaitTimeoutException.class)
        .hasNoSuppressedExceptions();
  }
}
