package io.github.subreaper.assertj;

import static io.github.subreaper.assertj.SubreaperAssertions.*;

import io.github.subreaper.Descendant;
import io.github.subreaper.ExitStatus;
import io.github.subreaper.Launch;
import io.github.subreaper.Signal;
import java.lang.reflect.Modifier;
import java.time.Duration;
import java.util.List;
import org.assertj.core.api.AbstractAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class SubreaperAssertionsTest {

  @Test
  void oneImportIsEnough() {
    try (RealScope scope = new RealScope()) {
      Launch launch = scope.sh("sleep 1000 & echo started");
      assertThat(launch).exitsWith(0).hasStdout("started");
      Descendant daemon = launch.awaitOrphan();
      assertThat(daemon).isAlive().isOrphan().hasName("sleep*").hasChildren(0);
      assertThat(scope.patient().tree()).contains("sleep 1000").hasSize(1);
      assertThat(scope.patient()).hasNoLeaks();

      daemon.signal(Signal.TERM);

      assertThat(daemon).exitsWithin(Duration.ofMinutes(1)).with(signaled(Signal.TERM));
      assertThat(scope.patient()).hasNoProcesses();
      assertThat(List.of(1)).containsExactly(1);
      assertThat("AssertJ's own").startsWith("AssertJ");
    }
  }

  @Test
  void statusFactoriesAreThoseOfTheCore() {
    assertThat(exited(7)).isEqualTo(ExitStatus.exited(7));
    assertThat(signaled(Signal.TERM)).isEqualTo(ExitStatus.signaled(Signal.TERM));
    assertThat(signaled(Signal.TERM, true)).isEqualTo(ExitStatus.signaled(Signal.TERM, true));
  }

  @Test
  void assertThatTakesTheRecordsOfStatuses() {
    ExitStatusAssert status = assertThat(new ExitStatus.Exited(7));

    status.isExited(7);
  }

  @Test
  void assertClassesCanBeSubclassed() {
    for (Class<? extends AbstractAssert<?, ?>> type :
        List.of(
            DescendantAssert.class,
            ExitStatusAssert.class,
            LaunchAssert.class,
            ProcessTreeAssert.class,
            SupervisorAssert.class)) {
      assertThat(type).isPublic().isNotFinal();
      assertThat(type.getConstructors())
          .hasSize(1)
          .allSatisfy(
              constructor -> assertThat(constructor.getModifiers()).matches(Modifier::isPublic));
    }
  }

  @Test
  void factoriesLeadFromAnyObjectToItsAssertions() {
    try (RealScope scope = new RealScope()) {
      Launch launch = scope.sh("exit 7");
      assertThatObject(launch).asInstanceOf(LAUNCH).exitsWith(7);
      assertThatObject(launch.process()).asInstanceOf(DESCENDANT).exitsWith(7);
      assertThat(launch.process().exitStatus()).get(EXIT_STATUS).isExited(7);
      assertThatThrownBy(() -> assertThatObject("x").asInstanceOf(DESCENDANT))
          .isInstanceOf(AssertionError.class)
          .hasMessageContaining("io.github.subreaper.Descendant");
    }
  }

  @Test
  void factoriesWorkInSoftAssertions() {
    try (RealScope scope = new RealScope()) {
      Object launch = scope.sh("exit 7");
      SubreaperSoftAssertions softly = new SubreaperSoftAssertions();
      softly.assertThat(launch).asInstanceOf(LAUNCH).exitsWith(8).exitsWith(9);
      assertThat(softly.errorsCollected()).hasSize(2);
    }
  }
}
