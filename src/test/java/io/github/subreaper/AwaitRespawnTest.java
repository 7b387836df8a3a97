package io.github.subreaper;

import static org.assertj.core.api.Assertions.assertThat;

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
    assertThat(worker.awaitRespawn()).as("as long as the scope waits").isEqualTo(next);
    assertThat(worker.awaitRespawns(1)).containsExactly(next);
    assertThat(launch.awaitRespawns(1)).containsExactly(next);
    assertThat(next).isNotEqualTo(worker);
    assertThat(next.isAlive()).isTrue();
    assertThat(next.name()).isEqualTo("sleep");
    assertThat(launch.process().children()).containsExactly(next);
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
        .hasMessageContaining("a process to take the place of sleep 1000");
    assertThat(second.isAlive() && launch.isAlive()).isTrue();
  }

  @Test
  void awaitRespawnFailsAtOnceWhenNoParentIsLeft() {
    Launch launch = scope.launch("sleep", "1000");
    launch.signal(Signal.KILL);
    launch.awaitExit();
    hopeless(() -> launch.process().awaitRespawn(Duration.ofSeconds(2)));
  }
}
