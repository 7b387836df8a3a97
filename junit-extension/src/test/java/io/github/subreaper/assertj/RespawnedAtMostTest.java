package io.github.subreaper.assertj;

import static io.github.subreaper.assertj.SubreaperAssertions.assertThat;
import static io.github.subreaper.assertj.SubreaperAssertions.assertThatThrownBy;
import static io.github.subreaper.assertj.SubreaperAssertions.catchThrowable;
import static io.github.subreaper.waits.Await.LONG;

import io.github.subreaper.Descendant;
import io.github.subreaper.Launch;
import io.github.subreaper.Signal;
import io.github.subreaper.waits.Await;
import java.time.Duration;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

class RespawnedAtMostTest {
  private static final String CRASH_LOOP = "while :; do sleep 0.05; done";
  private static final String KEEPER = "while :; do sleep 1000; done";

  @AutoClose private final RealScope scope = new RealScope();

  private static Descendant worker(Launch launch) {
    Await.until(() -> launch.tree().find("sleep *").size() == 1);
    return launch.tree().find("sleep *").get(0);
  }

  @Test
  void aProcessThatIsReplacedOnceIsRespawnedAtMostOnce() {
    Descendant worker = worker(scope.sh(KEEPER));
    assertThat(worker).isRespawnedAtMost(0, RealScope.SHORT);
    worker.signal(Signal.KILL);
    worker.awaitRespawn(LONG);
    assertThat(worker).isRespawnedAtMost(1, RealScope.SHORT).isRespawnedAtMost(1, Duration.ZERO);
    assertThat(worker).isRespawnedAtMost(Integer.MAX_VALUE, LONG);
  }

  @Test
  void oneRespawnTooManyFailsAtOnce() {
    Descendant worker = worker(scope.sh(KEEPER));
    worker.signal(Signal.KILL);
    Descendant next = worker.awaitRespawn(LONG);

    assertThatThrownBy(() -> assertThat(worker).isRespawnedAtMost(0, LONG))
        .isInstanceOf(AssertionError.class)
        .hasMessageStartingWith(
            "Expecting sleep (pid "
                + worker.pid()
                + ")\n"
                + "to be respawned at most 0 times within 300.0 s\n"
                + "but it was respawned once:\n"
                + "   sleep (pid "
                + next.pid()
                + "): alive\n\n");
  }

  @Test
  void aCrashLoopIsFound() {
    Launch launch = scope.sh(CRASH_LOOP);
    Throwable failure = catchThrowable(() -> assertThat(launch).isRespawnedAtMost(2, LONG));
    assertThat(failure)
        .isInstanceOf(AssertionError.class)
        .hasMessageStartingWith(
            "Expecting launch of `sh -c " + CRASH_LOOP + "` (pid " + launch.pid() + ")\n")
        .hasMessageContaining("\nto be respawned at most 2 times within 300.0 s\n")
        .hasMessageContaining("\nbut it was respawned ")
        .hasMessageContaining(" times:\n   sleep (pid ");
  }

  @Test
  void watchingStopsWhenTheLaunchHasEnded() {
    Launch launch = scope.sh("sleep 0; sleep 0.001; exit 0");
    assertThat(launch).isRespawnedAtMost(1, LONG);
    assertThat(launch.process()).isRespawnedAtMost(0, LONG);
  }

  @Test
  void badArgumentsAreRejectedAtTheCall() {
    Launch launch = scope.sh("exit 0");
    Duration negative = Duration.ofNanos(-1);
    assertThatThrownBy(() -> assertThat(launch).isRespawnedAtMost(-1, RealScope.SHORT))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("most must not be negative: -1");
    assertThatThrownBy(() -> assertThat(launch.process()).isRespawnedAtMost(1, negative))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("within must not be negative");
  }
}
