package io.github.subreaper;

import static io.github.subreaper.testing.Await.LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.github.subreaper.testing.Await;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** An interrupt ends a wait, and cuts neither a launch nor an end short. */
class InterruptTest extends WaitFixture {
  private interface Waiting {
    void on(Supervisor scope, Launch launch);
  }

  static Stream<Named<Waiting>> waits() {
    Map<String, Waiting> waits = new TreeMap<>();
    waits.put("launch.awaitExit", (scope, launch) -> launch.awaitExit());
    waits.put("launch.awaitExit(LONG)", (scope, launch) -> launch.awaitExit(LONG));
    waits.put("launch.awaitOrphan", (scope, launch) -> launch.awaitOrphan());
    waits.put("launch.awaitOrphan(LONG)", (scope, launch) -> launch.awaitOrphan(LONG));
    waits.put("launch.awaitOrphan(glob)", (scope, launch) -> launch.awaitOrphan("none"));
    waits.put("launch.awaitListening", (scope, launch) -> launch.awaitListening());
    waits.put("launch.awaitListening(1)", (scope, launch) -> launch.awaitListening(1));
    waits.put("launch.awaitListening(LONG)", (scope, launch) -> launch.awaitListening(LONG));
    waits.put("launch.awaitOutput", (scope, launch) -> launch.awaitOutput("none"));
    waits.put("launch.awaitOutput(LONG)", (scope, launch) -> launch.awaitOutput("none", LONG));
    waits.put("launch.awaitReady", (scope, launch) -> launch.awaitReady(Ready.port(1)));
    waits.put("launch.awaitRespawns", (scope, launch) -> launch.awaitRespawns(1, LONG));
    waits.put("descendant.awaitExit", (scope, launch) -> launch.process().awaitExit());
    waits.put("descendant.awaitRespawn", (scope, launch) -> launch.process().awaitRespawn(LONG));
    waits.put("scope.awaitOrphan", (scope, launch) -> scope.awaitOrphan("none"));
    waits.put(
        "descendant.awaitRespawns", (scope, launch) -> launch.process().awaitRespawns(1, LONG));
    waits.put("scope.awaitDescendants", (scope, launch) -> scope.awaitDescendants("none", 2));
    waits.put("tree.awaitUntil", (scope, launch) -> scope.tree().awaitUntil(tree -> false));
    waits.put("scope.awaitDescendant", (scope, launch) -> scope.awaitDescendant("none"));
    return waits.entrySet().stream().map(entry -> Named.of(entry.getKey(), entry.getValue()));
  }

  @ParameterizedTest
  @MethodSource("waits")
  void interruptEndsAWaitWithTheFlagSetAndLosesNoProcess(Waiting wait) throws Exception {
    Launch launch = launch("(sleep 1001 &); echo ready; exec sleep 1000");
    launch.awaitOutput("ready");
    BlockingQueue<String> results = new ArrayBlockingQueue<>(1);
    Thread waiter =
        new Thread(
            () -> {
              Throwable failure = catchThrowable(() -> wait.on(scope, launch));
              results.add(Thread.currentThread().isInterrupted() + " " + failure);
            });
    waiter.start();
    Await.until(() -> waiter.getState() == Thread.State.TIMED_WAITING);
    waiter.interrupt();
    assertThat(results.take())
        .startsWith(
            "true "
                + WaitInterruptedException.class.getName()
                + ": interrupted while waiting for ");
    waiter.join();

    assertThat(launch.isAlive()).isTrue();
    Descendant daemon = scope.awaitOrphan("sleep 1001");
    scope.close();
    assertThat(launch.awaitExit()).isEqualTo(ExitStatus.signaled(Signal.TERM));
    assertThat(daemon.awaitExit()).isEqualTo(ExitStatus.signaled(Signal.TERM));
  }

  @ParameterizedTest
  @MethodSource("waits")
  void waitOfAnInterruptedThreadFailsAtOnce(Waiting wait) {
    Launch launch = scope.launch("sleep", "1000");
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> wait.on(scope, launch))
        .isInstanceOf(WaitInterruptedException.class)
        .isInstanceOf(SubreaperException.class)
        .hasCauseInstanceOf(InterruptedException.class);
    assertThat(Thread.interrupted()).as("the interrupt flag").isTrue();
    assertThat(launch.isAlive()).isTrue();
  }

  @Test
  void interruptedThreadLaunchesStopsAndEndsWithItsFlagKept() {
    List<String> lost = new ArrayList<>();
    Thread.currentThread().interrupt();
    Launch launch =
        scope.launch(Program.of("sh", "-c", "cat; (sleep 1000 &)").withStandardInput("text"));
    note(lost, "launch");
    Launch stopped = scope.launch("sleep", "1000");
    ScopeReport report = stopped.stop();
    note(lost, "stop");
    List<Descendant> descendants = scope.descendants();
    note(lost, "descendants");
    scope.tree();
    note(lost, "tree");
    Supervisor nested = scope.open("nested");
    nested.launch("sleep", "1000");
    ScopeReport nestedReport = nested.end();
    note(lost, "end");
    while (!launch.stdout().equals("text")) { // no wait, which an interrupt would end
      Thread.onSpinWait();
    }
    scope.close();
    note(lost, "close");
    subreaper.close();
    note(lost, "deactivate");
    boolean kept = Thread.interrupted();

    assertThat(lost).as("calls that cleared the interrupt flag").isEmpty();
    assertThat(kept).isTrue();
    assertThat(report.isClean() && nestedReport.isClean()).isTrue();
    assertThat(stopped.awaitExit()).isEqualTo(ExitStatus.signaled(Signal.TERM));
    assertThat(launch.stdout()).as("the output is kept").isEqualTo("text");
    assertThat(descendants).contains(launch.process(), stopped.process());
    assertThat(subreaper.descendants()).allMatch(process -> process.exitStatus().isPresent());
  }

  private static void note(List<String> lost, String what) {
    if (!Thread.currentThread().isInterrupted()) {
      lost.add(what);
      Thread.currentThread().interrupt();
    }
  }

  @Test
  @Tag("full")
  void interruptsDuringAnEndDoNotCutItShort() throws Exception {
    Launch launch = launch("trap '' TERM; echo ready; while :; do sleep 1000; done");
    launch.awaitOutput("ready");
    Supervisor quick =
        scope.open("quick", ScopeOptions.defaults().withGrace(Duration.ofSeconds(1)));
    Launch stubborn = launch(quick, "trap '' TERM; echo ready; while :; do sleep 1001; done");
    Await.until(() -> !stubborn.stdout().isEmpty());
    List<ScopeReport> reports = Collections.synchronizedList(new ArrayList<>());
    List<Boolean> flags = Collections.synchronizedList(new ArrayList<>());
    Thread ending =
        new Thread(
            () -> {
              reports.add(quick.end());
              flags.add(Thread.currentThread().isInterrupted());
            });
    ending.start();
    while (ending.isAlive()) {
      ending.interrupt();
      ending.join(1);
    }
    assertThat(reports).hasSize(1).allMatch(ScopeReport::isClean);
    assertThat(flags).containsExactly(true);
    assertThat(stubborn.process().ending()).contains(Ending.KILL);
    assertThat(quick.tree().size()).isZero();
    launch.signal(Signal.KILL);
  }
}
