package io.github.subreaper;

import static io.github.subreaper.testing.Await.LONG;
import static io.github.subreaper.testing.Linux.KERNEL;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.subreaper.internal.linux.proc.ProcessStat;
import io.github.subreaper.testing.Await;
import io.github.subreaper.testing.CProgram;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Injected faults: signals to trees, freezing, killed workers that are respawned, crash loops. */
@Timeout(300)
class FaultTest extends ScopeFixture {

  /** For waits that must time out. */
  private static final Duration SHORT = Duration.ofMillis(50);

  @BeforeEach
  void fifo() throws Exception {
    KERNEL.fifos.create(file("go"));
  }

  private Path file(String name) {
    return directory.resolve(name);
  }

  /** Launches a shell with a child shell with two sleeps. */
  private Launch tree(Supervisor in) {
    Launch launch = launch(in, "sh -c 'sleep 1001 & sleep 1002 & wait; :' & wait; :");
    Await.until(() -> launch.tree().find("sleep *").size() == 2);
    return launch;
  }

  private static boolean isStopped(Descendant process) {
    ProcessStat stat = KERNEL.procfs.stat((int) process.pid());
    return stat != null && stat.isStopped();
  }

  /**
   * Returns whether a process does not run: it is stopped, or was about to end when the signal
   * came, or waits in vfork(2) for a stopped child (state D).
   */
  private static boolean runsNoMore(Descendant process) {
    ProcessStat stat = KERNEL.procfs.stat((int) process.pid());
    return stat == null || stat.isStopped() || stat.hasEnded() || stat.state() == 'D';
  }

  private static List<Descendant> all(Launch launch) {
    return launch.tree().find("*");
  }

  // signals --------------------------------------------------------------------------------------

  @Test
  void signalToATreeReachesAllOfItParentsFirst() {
    Launch launch = tree(scope);
    List<Descendant> all = all(launch);
    List<Descendant> signalled = launch.process().signalTree(Signal.USR1);
    assertThat(signalled).hasSize(4).containsExactlyInAnyOrderElementsOf(all);
    assertThat(signalled.get(0)).isEqualTo(launch.process());
    for (Descendant process : signalled) {
      assertThat(process.parent().map(signalled::indexOf).orElse(-1))
          .isLessThan(signalled.indexOf(process));
      assertThat(process.awaitExit()).isEqualTo(ExitStatus.signaled(Signal.USR1));
    }
    assertThat(launch.process().signalTree(Signal.USR1)).isEmpty();
  }

  @Test
  void signalToATreeReachesNoOtherProcess() {
    Launch launch = tree(scope);
    Launch other = tree(scope);
    Descendant inner = launch.process().children().get(0);
    assertThat(inner.signalTree(Signal.KILL)).hasSize(3);
    // its parent and its sibling, in the same process group
    assertThat(launch.awaitExit()).isEqualTo(ExitStatus.exited(0));
    assertThat(all(other)).hasSize(4).allMatch(Descendant::isAlive);
  }

  // freezing -------------------------------------------------------------------------------------

  @Test
  void frozenTreeIsStoppedUntilTheFreezeIsClosed() {
    Launch launch = tree(scope);
    List<Descendant> all = all(launch);
    Frozen frozen = launch.process().freeze();
    assertThat(frozen.processes()).containsExactlyInAnyOrderElementsOf(all);
    assertThat(frozen.processes().get(0)).isEqualTo(launch.process());
    assertThat(all).allMatch(FaultTest::isStopped);
    assertThat(frozen).hasToString("frozen " + launch.process() + ", 4 processes");
    assertThat(frozen.processes().get(3).signal(Signal.TERM)).isTrue();
    assertThat(all).allMatch(Descendant::isAlive);

    frozen.close();
    Await.until(() -> all.stream().noneMatch(FaultTest::isStopped));
    assertThat(all.stream().filter(one -> one.exitStatus().isPresent()).count())
        .isLessThanOrEqualTo(1);
    frozen.close();
  }

  @Test
  void frozenProcessDoesNotRun() throws Exception {
    Launch launch = launch("exec 3<> go; echo ready; read x <&3; echo went on; sleep 1000");
    launch.awaitOutput("ready");
    try (Frozen frozen = launch.process().freeze()) {
      assertThat(frozen.processes()).hasSize(1);
      Files.writeString(file("go"), "\n");
      assertThat(launch.stdout()).isEqualTo("ready\n");
    }
    launch.awaitOutput("went on");
  }

  @Test
  void processStoppedBeforeTheFreezeStaysStopped() {
    Launch launch = tree(scope);
    Descendant sleep = launch.tree().find("sleep 1001").get(0);
    sleep.signal(Signal.STOP);
    Await.until(() -> isStopped(sleep));
    Frozen frozen = launch.process().freeze();
    assertThat(frozen.processes()).hasSize(3).doesNotContain(sleep);
    frozen.close();
    Await.until(() -> !isStopped(launch.process()));
    assertThat(isStopped(sleep)).isTrue();
  }

  @Test
  void processFrozenTwiceRunsAfterTheSecondClose() {
    Launch launch = tree(scope);
    Frozen outer = launch.process().freeze();
    Frozen inner = launch.process().children().get(0).freeze();
    assertThat(inner.processes()).hasSize(3);
    outer.close();
    Await.until(() -> !isStopped(launch.process()));
    assertThat(inner.processes()).allMatch(FaultTest::isStopped);
    inner.close();
    Await.until(() -> inner.processes().stream().noneMatch(FaultTest::isStopped));
  }

  @Test
  void treeThatForksIsFrozenCompletely() {
    Launch launch =
        launch(
            "i=0; while [ $i -lt 40 ]; do (sh -c 'sleep 1000 & :' &); i=$((i + 1)); done;"
                + " sleep 1000");
    Descendant top = launch.process();
    try (Frozen frozen = top.freeze()) {
      // orphans that are not frozen may be about to fork
      Await.until(
          () ->
              all(launch).stream()
                  .allMatch(one -> one.name().equals("sleep") || frozen.processes().contains(one)));
      List<Descendant> below = scope.descendants();
      assertThat(frozen.processes()).contains(top).allMatch(FaultTest::runsNoMore);
      assertThat(top.children()).allMatch(FaultTest::runsNoMore);
      List<Descendant> standing = all(launch);
      assertThat(scope.descendants()).as("no process was born").hasSameSizeAs(below);
      assertThat(all(launch)).isEqualTo(standing);
    }
  }

  @Test
  void aParentThatWaitsInVforkIsFrozenWithItsChild() throws Exception {
    String program = CProgram.build(directory, "hostile", "-pthread").toString();
    Launch launch = scope.launch(program, "vfork", "0", "0", "600", "mark");
    launch.awaitOutput("ready");
    Await.until(() -> launch.tree().size() >= 2);
    Descendant parent =
        launch.tree().find("*").stream()
            .filter(process -> !process.children().isEmpty())
            .reduce((first, last) -> last)
            .orElseThrow();
    try (Frozen frozen = parent.freeze()) {
      assertThat(frozen.processes()).hasSize(2);
      assertThat(parent.children()).hasSize(1).allMatch(FaultTest::isStopped);
    }
    launch
        .tree()
        .find("*")
        .forEach(process -> process.signal(Signal.KILL)); // they ignore other signals
  }

  @Test
  void aScopeWithAFrozenTreeEndsGracefully() {
    Launch launch;
    try (Supervisor inner = scope.open("inner", scope.options().withGrace(LONG))) {
      launch =
          launch(
              inner,
              "trap 'kill $child; wait $child; echo bye; exit 7' TERM;"
                  + " sh -c 'trap \"exit 5\" TERM; echo ready; while :; do sleep 0.01; done' &"
                  + " child=$!; wait; :");
      launch.awaitOutput("ready");
      Frozen frozen = launch.process().freeze();
      assertThat(frozen.processes()).hasSizeGreaterThanOrEqualTo(2);
    }
    assertThat(launch.process().exitStatus()).contains(ExitStatus.exited(7));
    assertThat(launch.stdout()).endsWith("bye\n");
  }

  @Test
  void aLaunchThatIsFrozenIsStoppedGracefully() {
    Supervisor inner = scope.open("inner", scope.options().withGrace(LONG));
    Launch launch = launch(inner, "trap 'exit 7' TERM; echo ready; while :; do sleep 0.01; done");
    launch.awaitOutput("ready");
    assertThat(launch.process().freeze().processes()).isNotEmpty();
    assertThat(launch.stop().isClean()).isTrue();
    assertThat(launch.process().exitStatus()).contains(ExitStatus.exited(7));
  }

  @Test
  void daemonOfAnOuterScopeIsThawedWhenTheTestThatFrozeItEnds() {
    Launch daemon = tree(scope);
    List<Descendant> all = all(daemon);
    Frozen frozen;
    try (Supervisor test = scope.open("test")) {
      assertThat(test.name()).isEqualTo("test");
      frozen = daemon.process().freeze();
      assertThat(all).allMatch(FaultTest::isStopped);
    }
    Await.until(() -> all.stream().noneMatch(FaultTest::isStopped));
    assertThat(all).allMatch(Descendant::isAlive);
    frozen.close();
  }

  @Test
  void boundThreadNamesWhichTestFroze() throws Exception {
    Launch daemon = tree(scope);
    Supervisor mine = scope.open("mine");
    Supervisor other = scope.open("other");
    try (Binding bound = mine.bind(Thread.currentThread())) {
      assertThat(bound).isNotNull();
      daemon.process().freeze();
      other.close();
      assertThat(all(daemon)).hasSize(4).allMatch(FaultTest::isStopped);
      mine.close();
    }
    Await.until(() -> all(daemon).stream().noneMatch(FaultTest::isStopped));
  }

  @Test
  void freezingADeadProcessIsRefused() {
    Launch launch = launch("exit 3");
    launch.awaitExit();
    assertThatThrownBy(() -> launch.process().freeze())
        .isInstanceOf(SignalException.class)
        .hasMessage("cannot freeze " + launch.process() + ": it has ended: exited 3");
  }

  @Test
  void interruptedFreezeStopsNoProcess() throws Exception {
    Launch launch = tree(scope);
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> launch.process().freeze())
        .isInstanceOf(WaitInterruptedException.class)
        .hasMessage("interrupted while waiting for " + launch.process() + " to freeze");
    assertThat(Thread.interrupted()).as("the interrupt flag").isTrue();
    Await.until(() -> all(launch).stream().noneMatch(FaultTest::isStopped));
  }

  @Test
  void freezeWithATimeLimitStopsAllOrNone() {
    Launch launch = tree(scope);
    try (Frozen frozen = launch.process().freeze(LONG)) {
      assertThat(frozen.processes()).hasSize(4).allMatch(FaultTest::isStopped);
    }
    Await.until(() -> all(launch).stream().noneMatch(FaultTest::isStopped));
    assertThatThrownBy(() -> launch.process().freeze(Duration.ZERO))
        .isInstanceOf(WaitTimeoutException.class)
        .hasMessageStartingWith("Waited 0.000 s for " + launch.process() + " to freeze");
    Await.until(() -> all(launch).stream().noneMatch(FaultTest::isStopped));
  }

  @Test
  void noSignalIsSentAfterTheEndOfTheScope() {
    Supervisor inner = scope.open("inner");
    Launch launch = tree(inner);
    inner.close();
    for (ThrowingCallable call :
        List.<ThrowingCallable>of(
            () -> launch.process().signalTree(Signal.TERM),
            () -> launch.process().freeze(),
            () -> launch.process().killAndAwaitRespawn())) {
      assertThatThrownBy(call)
          .isInstanceOf(ScopeClosedException.class)
          .hasMessageEndingWith(
              ": its scope inner has ended and terminated its processes. To fix: send it while that"
                  + " scope is open");
    }
  }

  // respawns -------------------------------------------------------------------------------------

  private static final String KEEPER = "while :; do sleep 1000; done";

  @Test
  void killedWorkerIsRespawned() {
    Launch launch = launch(KEEPER);
    Await.until(() -> launch.tree().find("sleep *").size() == 1);
    Descendant first = launch.process().children().get(0);
    Await.until(() -> first.name().equals("sleep"));
    Descendant second = first.killAndAwaitRespawn();
    assertThat(first.exitStatus()).contains(ExitStatus.signaled(Signal.KILL));
    assertThat(second).isNotEqualTo(first);
    assertThat(second.name()).isEqualTo("sleep");
    assertThat(second.isAlive()).isTrue();
    Descendant third = second.killAndAwaitRespawn(LONG);
    assertThat(first.awaitRespawns(2, LONG)).containsExactly(second, third);
    assertThat(second.awaitRespawns(1, LONG)).containsExactly(third);
    assertThat(launch.awaitRespawns(2, LONG)).containsExactly(second, third);
    assertThatThrownBy(() -> first.killAndAwaitRespawn())
        .isInstanceOf(SignalException.class)
        .hasMessage("cannot kill " + first + ": it has ended: killed by SIGKILL");
  }

  @Test
  void respawnThatCannotComeFailsAtOnce() {
    Launch launch = scope.launch("sleep", "1000");
    WaitTimeoutException failure =
        catchThrowableOfType(
            WaitTimeoutException.class, () -> launch.process().killAndAwaitRespawn());
    assertThat(failure.isTimeout()).isFalse();
    assertThat(failure).hasMessageStartingWith("No process can take the place of sleep 1000 (pid ");
    assertThatThrownBy(() -> launch.process().awaitRespawns(2, LONG))
        .isInstanceOf(WaitTimeoutException.class)
        .hasMessageStartingWith(
            "No 2 processes to take the place of "
                + launch.process()
                + ": none came: every process that could start one has ended.\n");
  }

  @Test
  void processIsNeverItsOwnSuccessorHoweverQuicklyItEnds() {
    for (int i = 0; i < 20; i++) {
      Launch launch = scope.launch("true");
      assertThatThrownBy(() -> launch.process().awaitRespawns(1, LONG))
          .isInstanceOf(WaitTimeoutException.class)
          .hasMessageStartingWith("No process to take the place of true (pid ");
    }
  }

  @Test
  void aCrashLoopIsCounted() {
    Launch launch = launch("while :; do sleep 0.05; done");
    List<Descendant> respawns = launch.awaitRespawns(5, LONG);
    assertThat(respawns).hasSizeGreaterThanOrEqualTo(5).doesNotHaveDuplicates();
    assertThat(respawns).allMatch(one -> one.name().equals("sleep"));
  }

  @Test
  void launchWithoutADeathHasNoRespawns() {
    Launch launch = tree(scope);
    WaitTimeoutException failure =
        catchThrowableOfType(WaitTimeoutException.class, () -> launch.awaitRespawns(1, SHORT));
    assertThat(failure.isTimeout()).isTrue();
    assertThat(failure)
        .hasMessageStartingWith("Waited 0.050 s for a process of `sh -c ")
        .hasMessageContaining("` to take the place of others: none came.\n");
  }

  @Test
  void badInputIsRefusedAtTheCall() {
    Launch launch = scope.launch("sleep", "1000");
    Descendant process = launch.process();
    for (ThrowingCallable call :
        List.<ThrowingCallable>of(
            () -> launch.awaitRespawns(0, LONG), () -> process.awaitRespawns(-1, LONG))) {
      assertThatThrownBy(call)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("count must be 1 or more, not ");
    }
    assertThat(process.isAlive()).isTrue();
  }
}
