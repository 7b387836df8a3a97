package io.github.subreaper;

import static io.github.subreaper.testing.Await.LONG;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.testing.Await;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** {@link Descendant#awaitRespawn}: which process takes the place of a dead one. */
class AwaitRespawnTest extends WaitFixture {
  @Test
  void successorOfAKilledWorkerIsFound() {
    Launch launch = launch("while :; do sleep 1000; done");
    Descendant worker = scope.awaitDescendant("sleep 1000");
    assertThat(timeout(() -> worker.awaitRespawn(SHORT)))
        .hasMessageStartingWith("Waited 0.050 s for a process to take the place of sleep 1000")
        .hasMessageContaining("which is still alive");
    worker.signal(Signal.KILL);
    Descendant next = worker.awaitRespawn(LONG);
    assertThat(worker.awaitRespawns(1, LONG)).containsExactly(next);
    assertThat(launch.awaitRespawns(1, LONG)).containsExactly(next);
    assertThat(next).isNotEqualTo(worker);
    assertThat(next.isAlive()).isTrue();
    assertThat(next.name()).isEqualTo("sleep");
    assertThat(launch.process().children()).containsExactly(next);
  }

  /** Looks like its parent, the shell, until the file is there. */
  private static final String SLOW_TO_EXEC =
      "(until [ -e go ]; do :; done; exec sleep 1000) & wait";

  private Launch launchIn(String name, String script) throws IOException {
    Path own = Files.createDirectory(directory.resolve(name));
    return scope.launch(Program.of("sh", "-c", script).withDirectory(own));
  }

  private static Descendant copyBelow(Launch launch) {
    Await.until(() -> !launch.process().children().isEmpty());
    Descendant child = launch.process().children().get(0);
    assertThat(child.commandLine()).as("control: before its exec").startsWith("sh", "-c");
    return child;
  }

  /** The exec may take too long on a machine that is busy, so there are several attempts. */
  @Test
  void workerThatIsAboutToExecIsKilledAfterThat() throws Exception {
    for (int attempt = 1; attempt <= 5; attempt++) {
      Launch launch = launchIn("attempt" + attempt, "while :; do " + SLOW_TO_EXEC + "; done");
      Descendant worker = copyBelow(launch);
      Files.createFile(directory.resolve("attempt" + attempt).resolve("go"));
      Throwable failure = null;
      try {
        Descendant next = worker.killAndAwaitRespawn(Duration.ofSeconds(20));
        assertThat(next).isNotEqualTo(worker);
      } catch (WaitTimeoutException e) {
        failure = e;
      }
      if (worker.name().equals("sleep")) {
        assertThat(failure).isNull();
        assertThat(worker.exitStatus()).contains(ExitStatus.signaled(Signal.KILL));
        return;
      }
      launch.stop();
    }
    throw new AssertionError("each worker was killed before its exec");
  }

  @Test
  void copyOfItsParentIsKilledTooIfItDoesNotExec() throws Exception {
    Launch launch = launchIn("never", "while :; do " + SLOW_TO_EXEC + "; done");
    Descendant worker = copyBelow(launch);
    Descendant next = worker.killAndAwaitRespawn();
    assertThat(worker.exitStatus()).contains(ExitStatus.signaled(Signal.KILL));
    assertThat(next.name()).isEqualTo(worker.name()).isEqualTo("sh");
  }

  @Test
  void failureSaysThatTheProcessMayHaveEndedBeforeItsExec() throws Exception {
    Launch launch = launchIn("once", SLOW_TO_EXEC + "; sleep 1000 & wait");
    Descendant worker = copyBelow(launch);
    worker.signal(Signal.KILL);
    scope.awaitDescendant("sleep 1000");
    String hint = "  It had the name and command line of its parent. ";
    assertThat(timeout(() -> worker.awaitRespawn(SHORT))).hasMessageContaining(".\n" + hint);
    assertThat(timeout(() -> worker.awaitRespawns(1, SHORT))).hasMessageContaining(".\n" + hint);
  }

  @Test
  void siblingIsNoSuccessor() {
    Launch launch =
        launch("sleep 1000 & echo $!; sleep 1001 & echo $!; wait; wait; exec sleep 1002");
    Descendant first = scope.awaitDescendant("sleep 1000");
    Descendant second = scope.awaitDescendant("sleep 1001");
    first.signal(Signal.KILL);
    first.awaitExit();
    assertThat(timeout(() -> first.awaitRespawn(SHORT)))
        .hasMessageContaining("a process to take the place of sleep 1000")
        .hasMessageNotContaining("of its parent");
    assertThat(second.isAlive() && launch.isAlive()).isTrue();
  }

  @Test
  void awaitRespawnFailsAtOnceBesideAnotherLaunch() {
    Launch other = scope.launch("sleep", "1001");
    Launch launch = scope.launch("sleep", "1000");
    assertThat(hopeless(() -> launch.process().killAndAwaitRespawn(LONG)))
        .hasMessageContaining("its parent is this JVM, which restarts nothing");
    hopeless(() -> launch.process().awaitRespawn(LONG));
    hopeless(() -> launch.process().awaitRespawns(1, LONG));
    assertThat(other.isAlive()).isTrue();
  }
}
