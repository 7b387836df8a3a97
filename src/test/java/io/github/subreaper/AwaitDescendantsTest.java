package io.github.subreaper;

import static io.github.subreaper.testing.Await.LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.Test;

/** {@link Supervisor#awaitDescendants}: several processes that are alive at once. */
class AwaitDescendantsTest extends WaitFixture {
  @Test
  void processesAreReturnedInTheOrderOfTheirStartOnceThereAreEnough() throws Exception {
    launch("mkfifo go; sleep 1003 & exec 3<>go; read x <&3; (sleep 1002 &); sleep 1001");
    Descendant first = scope.awaitDescendants("sleep 100?", 1).get(0);
    assertThat(timeout(() -> scope.awaitDescendants("sleep 100?", 2, SHORT)))
        .hasMessageStartingWith(
            "Waited 0.050 s for 2 processes whose name or command line matches the glob"
                + " `sleep 100?`, in AwaitDescendantsTest: one is alive.\n")
        .hasMessageContaining("sleep 1003");
    go("go");
    List<Descendant> all = scope.awaitDescendants("sleep 100?", 3);
    assertThat(all).hasSize(3).startsWith(first).allMatch(Descendant::isAlive);
    assertThat(all).extracting(one -> one.commandLine().get(1)).contains("1001", "1002", "1003");
    assertThat(all).isSortedAccordingTo(Comparator.comparing(Descendant::startTime));
    assertThat(scope.awaitDescendants("sleep 100?", 2, LONG)).as("more than wanted").isEqualTo(all);
  }

  @Test
  void onlyProcessesThatAreAliveAtOnceCount() {
    for (int i = 0; i < 3; i++) {
      Launch dead = scope.launch("sleep", "1000");
      dead.signal(Signal.KILL);
      dead.awaitExit();
    }
    Launch alive = scope.launch("sleep", "1000");
    assertThat(timeout(() -> scope.awaitDescendants("sleep", 2, Duration.ZERO)))
        .hasMessageContaining(": one is alive.\n");
    assertThat(timeout(() -> scope.awaitDescendants("none*", 1, Duration.ZERO)))
        .hasMessageStartingWith("Waited 0.000 s for a process whose name or command line matches")
        .hasMessageContaining(": none is alive.\n");
    assertThat(scope.awaitDescendants("sleep", 1)).containsExactly(alive.process());
  }

  @Test
  void waitBeforeAnyLaunchFailsAtOnceAndSaysSo() {
    assertThat(hopeless(() -> scope.awaitDescendant("sleep *")))
        .hasMessageStartingWith(
            "No process whose name or command line matches the glob `sleep *`, in"
                + " AwaitDescendantsTest: nothing has been launched in AwaitDescendantsTest yet.");
  }

  @Test
  void waitFailsAtOnceWhenAllOfTheScopeHasEnded() {
    launch("echo broken >&2; exit 3").awaitExit();
    assertThat(hopeless(() -> scope.awaitDescendants("sleep *", 2)))
        .hasMessageStartingWith(
            "No 2 processes whose name or command line matches the glob `sleep *`, in"
                + " AwaitDescendantsTest: none is alive: every process of AwaitDescendantsTest has"
                + " ended.\n")
        .hasMessageContaining("exited 3")
        .hasMessageContaining("broken");
  }

  @Test
  void countThatIsNotPositiveIsRefused() {
    for (int count : new int[] {0, -1}) {
      assertThatThrownBy(() -> scope.awaitDescendants("*", count))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("count must be 1 or more, not " + count);
    }
  }
}
