package io.github.subreaper.junit;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.Descendant;
import io.github.subreaper.Frozen;
import io.github.subreaper.Launch;
import io.github.subreaper.Supervisor;
import io.github.subreaper.waits.Await;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

/** A fault that a test causes in the daemon of its class is undone when the test ends. */
class FaultsEndWithTheTestTest {

  @Test
  void daemonOfTheClassThatATestFrozeIsThawedForTheNextTest() {
    Kit.run(FreezingTestCases.class).assertPassed();
    assertThat(Kit.run(FreezingTestCases.class).succeeded()).isEqualTo(3);
  }

  @SubreaperTest
  @TestMethodOrder(MethodOrderer.OrderAnnotation.class)
  static class FreezingTestCases {
    private static final AtomicReference<Launch> DAEMON = new AtomicReference<>();

    @BeforeAll
    static void launch(Supervisor supervisor) {
      Launch launch = supervisor.launch("sh", "-c", "while :; do echo beat; sleep 0.01; done");
      launch.awaitOutput("beat");
      DAEMON.set(launch);
    }

    private static Launch launched() {
      return Objects.requireNonNull(DAEMON.get());
    }

    private static Descendant daemon() {
      return launched().process();
    }

    /** Verifies that the daemon is not frozen: then it beats. */
    private static void assertBeats() {
      int before = launched().stdout().length();
      Await.until(() -> launched().stdout().length() > before);
    }

    @Test
    @Order(1)
    void freezes() {
      Frozen frozen = daemon().freeze();
      assertThat(frozen.processes()).isNotEmpty();
      int before = launched().stdout().length();
      assertThat(launched().tree().size()).isPositive();
      assertThat(launched().stdout()).hasSize(before);
    }

    @Test
    @Order(2)
    @Timeout(value = 240, threadMode = ThreadMode.SEPARATE_THREAD)
    void findsItThawedAndFreezesItOnAnotherThread() {
      assertBeats();
      assertThat(daemon().freeze().processes()).isNotEmpty();
    }

    @Test
    @Order(3)
    void findsItThawedAgain() {
      assertBeats();
    }
  }
}
