package io.github.subreaper;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.testing.Await;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What the end of a scope does to each kind of process: stop signal, grace, kill. */
class TerminationTest extends EndFixture {
  @Test
  void daemonOfALaunchEndsByTheStopSignalAndIsNoLeak() throws Exception {
    Launch launch = launch("(sleep MARK &); exit 0");
    Descendant daemon = launch.awaitOrphan();
    assertThat(marked()).as("control: the daemon runs").hasSize(1);
    ScopeReport report = scope.end();
    assertEnded(daemon, TERMINATED, Ending.STOP_SIGNAL);
    assertEnded(launch.process(), ExitStatus.exited(0), Ending.BY_ITSELF);
    assertThat(report.isClean()).isTrue();
    assertThat(report.leaked()).isEmpty();
    assertThat(report.survivors()).isEmpty();
    assertThat(report.scope()).isEqualTo("TerminationTest");
    assertThat(report.toString().lines())
        .startsWith(
            "TerminationTest leaked nothing; at its end 1 process was terminated (launched"
                + " processes are leaks only in a strict scope)",
            "  ended after SIGTERM  " + daemon.pid() + " sleep (killed by SIGTERM)")
        .last()
        .asString()
        .startsWith("  ended by itself      ")
        .contains(launch.pid() + " sh (exited 0)");
    assertThat(report.ended()).contains(launch.process(), daemon);
    assertThat(marked()).isEmpty();
    assertThat(scope.tree().size()).isZero();
  }

  @Test
  void foregroundProgramAndItsChildrenEnd() {
    Launch launch = launch("sleep MARK; :");
    Descendant child = scope.awaitDescendant("sleep*");
    scope.close();
    assertEnded(launch.process(), TERMINATED, Ending.STOP_SIGNAL);
    assertEnded(child, TERMINATED, Ending.STOP_SIGNAL);
  }

  @Test
  void zombieFromBeforeTheStopSignalEndedByItself() {
    Launch launch = launch("sh -c 'exit 3' & exec sleep MARK"); // sleep reaps no child
    Await.until(() -> scope.descendants().stream().anyMatch(TerminationTest::isZombie));
    Descendant child = scope.descendants().get(1);
    scope.close();
    assertEnded(launch.process(), TERMINATED, Ending.STOP_SIGNAL);
    assertEnded(child, ExitStatus.exited(3), Ending.BY_ITSELF);
  }

  private static boolean isZombie(Descendant process) {
    return process.exitStatus().isEmpty() && !process.isAlive();
  }

  @Test
  void processThatIgnoresTheStopSignalIsKilled() throws Exception {
    Supervisor impatient = scope.open("impatient", graceless());
    Launch launch = launch(impatient, "trap '' TERM; echo ready; while :; do sleep MARK; done");
    launch.awaitOutput("ready");
    ScopeReport report = impatient.end();
    assertEnded(launch.process(), KILLED, Ending.KILL);
    assertThat(report.isClean()).isTrue();
    assertThat(marked()).isEmpty();
  }

  @Test
  void exitCodeAfterTheStopSignalIsRecorded() throws Exception {
    Launch launch =
        launch("trap 'exit 42' TERM; echo ready; while :; do sleep MARK & wait $!; done");
    launch.awaitOutput("ready");
    scope.close();
    assertEnded(launch.process(), ExitStatus.exited(42), Ending.STOP_SIGNAL);
    assertThat(marked()).as("its child is gone too").isEmpty();
  }

  /**
   * A shell's child that has not exec'd yet handles the signal with the shell's handler, and
   * forgets it.
   */
  @Test
  void processThatExecsAfterTheStopSignalGetsItAgain() throws Exception {
    Launch launch =
        launch("trap 'exec sleep MARK' TERM; echo ready; while :; do sleep MARK & wait $!; done");
    launch.awaitOutput("ready");
    scope.close(); // would take the whole grace, a minute, if the signal were not sent again
    assertEnded(launch.process(), TERMINATED, Ending.STOP_SIGNAL);
    assertThat(marked()).isEmpty();
  }

  @Test
  void stoppedProcessIsContinuedToEnd() throws Exception {
    Launch launch = launch("trap 'exit 5' TERM; mkfifo go; exec 3<>go; echo ready; read x <&3");
    launch.awaitOutput("ready");
    Launch plain = launch("exec sleep MARK");
    for (Launch one : List.of(launch, plain)) {
      one.signal(Signal.STOP);
      Await.until(() -> state(one.pid()) == 'T');
    }
    scope.close(); // without SIGCONT this would take the whole grace, a minute
    assertEnded(launch.process(), ExitStatus.exited(5), Ending.STOP_SIGNAL);
    assertEnded(plain.process(), TERMINATED, Ending.STOP_SIGNAL);
  }

  private static char state(long pid) throws IOException {
    String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
    return stat.charAt(stat.lastIndexOf(')') + 2);
  }

  @Test
  void stoppedProcessThatIgnoresTheStopSignalIsKilled() throws Exception {
    Supervisor impatient = scope.open("impatient", graceless());
    Launch launch = launch(impatient, "trap '' TERM; echo ready; exec sleep MARK");
    launch.awaitOutput("ready");
    launch.signal(Signal.STOP);
    Await.until(() -> state(launch.pid()) == 'T');
    impatient.close();
    assertEnded(launch.process(), KILLED, Ending.KILL);
  }

  @Test
  void childForkedByAStopSignalHandlerEndsToo() throws Exception {
    Launch launch =
        launch(
            "trap '(exec sleep MARK &); (sh -c \"exec sleep MARK\" &); exit 0' TERM; echo ready;"
                + " while :; do sleep MARK & wait $!; done");
    launch.awaitOutput("ready");
    scope.close();
    assertThat(marked()).isEmpty();
    assertThat(scope.descendants())
        .hasSizeGreaterThanOrEqualTo(3)
        .allMatch(process -> process.exitStatus().isPresent());
  }

  @RepeatedTest(3)
  void processThatForksWhileItIsKilledLeavesNothing() throws Exception {
    Supervisor impatient = scope.open("impatient", graceless().withGrace(Duration.ZERO));
    Launch launch =
        launch(
            impatient,
            "trap '' TERM; n=0; while [ $n -lt 50 ]; do sleep MARK & n=$((n + 1)); echo $n; done;"
                + " while :; do sleep MARK; done");
    launch.awaitOutput("^2$");
    ScopeReport report = impatient.end();
    assertThat(report.isClean()).isTrue();
    assertThat(marked()).isEmpty();
    assertThat(impatient.descendants())
        .hasSizeGreaterThan(2)
        .allMatch(process -> process.exitStatus().isPresent());
    assertEnded(launch.process(), KILLED, Ending.KILL);
  }

  @Test
  void forkAndExitChainIsCaught() throws Exception {
    Supervisor impatient = scope.open("impatient", graceless());
    Path hop = directory.resolve("hop");
    Files.writeString(hop, "trap '' TERM\n[ $1 -gt 2000 ] || sh hop $(($1 + 1)) MARK &\n");
    Launch launch = launch(impatient, "sh hop 0 MARK; echo started");
    launch.awaitOutput("started");
    assertThat(impatient.end().isClean()).isTrue();
    assertThat(marked()).isEmpty();
  }

  @Test
  void processThatDiedBeforeTheEndEndedByItself() {
    Launch launch = scope.launch("sleep", mark);
    launch.signal(Signal.KILL);
    launch.awaitExit();
    Launch asked = scope.launch("sleep", mark);
    asked.signal(Signal.TERM);
    asked.awaitExit();
    scope.close();
    assertEnded(launch.process(), KILLED, Ending.BY_ITSELF);
    assertEnded(asked.process(), TERMINATED, Ending.BY_ITSELF);
  }

  @Test
  void stopSignalOfTheProgramReplacesTerm() throws Exception {
    Launch launch =
        scope.launch(
            program(
                    // no background job, since sh makes these ignore SIGQUIT
                    "trap 'exit 3' QUIT; trap '' TERM; mkfifo go; exec 3<>go; echo ready; read x <&3")
                .withStopSignal(Signal.QUIT));
    launch.awaitOutput("ready");
    Launch daemon =
        scope.launch(program("(exec sleep MARK &)").withStopSignal(Signal.valueOf("USR1")));
    Descendant sleeping = daemon.awaitOrphan();
    scope.close();
    assertEnded(launch.process(), ExitStatus.exited(3), Ending.STOP_SIGNAL);
    assertEnded(sleeping, ExitStatus.signaled(Signal.USR1), Ending.STOP_SIGNAL);
  }

  /** Returns a worker that handles a signal: it leaves a file and exits with a code. */
  private static String worker(String signal, int code) {
    return "sh -c 'trap \"echo cleaned > cleaned-%s; echo >&3; exit %d\" %s; echo ready; read x <&3'"
        .formatted(signal, code, signal);
  }

  /** Returns a master that ignores the signal and ends only after its worker. */
  private static String deafMaster(String signal, String worker) {
    return "trap : %s; mkfifo %s; exec 3<>%s; %s & until read x <&3; do :; done"
        .formatted(signal, signal, signal, worker);
  }

  @Test
  @Tag("full")
  void workerOfADeafMasterGetsTheStopSignalAtHalfOfTheGrace() throws Exception {
    Supervisor inner = scope.open("inner", PATIENT.withGrace(Duration.ofSeconds(20)));
    for (Signal signal : List.of(Signal.TERM, Signal.USR1)) {
      String name = signal.toString().substring("SIG".length());
      Launch master =
          inner.launch(program(deafMaster(name, worker(name, 3))).withStopSignal(signal));
      master.awaitOutput("ready");
    }
    ScopeReport report = inner.end();
    List<Descendant> workers =
        inner.descendants().stream()
            .filter(process -> String.join(" ", process.commandLine()).startsWith("sh -c trap \""))
            .toList();
    assertThat(workers).hasSize(2);
    workers.forEach(worker -> assertEnded(worker, ExitStatus.exited(3), Ending.STOP_SIGNAL));
    assertThat(directory).isDirectoryContaining("glob:**/cleaned-TERM");
    assertThat(directory).isDirectoryContaining("glob:**/cleaned-USR1");
    assertThat(report.isClean()).isTrue();
  }

  @Test
  void eachProcessGetsTheStopSignalOnce() {
    Supervisor inner = scope.open("inner", PATIENT.withGrace(Duration.ofMillis(400)));
    Launch master =
        launch(
            inner,
            "trap 'echo master' TERM; mkfifo go; exec 3<>go;"
                + " sh -c 'trap \"echo worker\" TERM; echo ready; while :; do read x <&3; done' &"
                + " while :; do read x <&3; done");
    master.awaitOutput("ready");
    inner.close();
    assertThat(master.stdout().lines()).doesNotHaveDuplicates();
  }
}
