package io.github.subreaper.junit;

import static io.github.subreaper.assertj.SubreaperAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.github.subreaper.Launch;
import io.github.subreaper.Program;
import io.github.subreaper.Supervisor;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.opentest4j.AssertionFailedError;

/** No message shows a secret: neither an exception nor an assertion, a leak or a time-out. */
@SubreaperTest
class MaskedMessagesTest {
  private static final String SECRET = "hunter2-Value";

  private static final Program PROGRAM =
      Program.of("sh", "-c", "echo begun $API_TOKEN; exec sleep 1000", "x", "--password=hunter2")
          .withEnvironment("API_TOKEN", SECRET);

  private static final CountDownLatch NEVER = new CountDownLatch(1);

  private static Launch launched(Supervisor supervisor) {
    Launch launch = supervisor.launch(PROGRAM);
    launch.awaitOutput("begun");
    return launch;
  }

  private static void assertMasked(@Nullable String message) {
    assertThat(message).contains("***").doesNotContain("hunter2");
  }

  private static Throwable thrownBy(ThrowingCallable code) {
    return catchThrowable(code);
  }

  @Test
  void exceptionsShowNone(Supervisor supervisor) {
    Launch launch = launched(supervisor);
    assertMasked(thrownBy(() -> launch.awaitOutput("never", Duration.ofMillis(1))).getMessage());
    assertMasked(
        thrownBy(() -> supervisor.launch("no-such-program", "--password=hunter2")).getMessage());
  }

  @Test
  void assertionsSeeThemAndShowNone(Supervisor supervisor) {
    Launch launch = launched(supervisor);
    assertThat(launch).hasStdout("begun " + SECRET);
    Throwable failure = thrownBy(() -> assertThat(launch).hasStdout("begun nothing"));
    assertMasked(failure.getMessage());
    assertThat(((AssertionFailedError) failure).getActual().getStringRepresentation())
        .doesNotContain("hunter2");
  }

  /** A verdict quotes the line that is wrong. */
  @Test
  void verdictsOnTreesShowNone(Supervisor supervisor) {
    Launch launch = launched(supervisor);
    Program kept = Program.of("sh", "-c", "sleep 1000; :", "x", "--password=hunter2");
    Launch other = supervisor.launch(kept);
    assertThat(other).hasShapeWithin(Duration.ofMinutes(5), "sh\n  sleep 1000");
    for (Throwable failure :
        new Throwable[] {
          thrownBy(() -> assertThat(other).hasShape("nginx")),
          thrownBy(() -> assertThat(other.tree()).contains("nginx*")),
          thrownBy(() -> assertThat(other.tree()).contains("sh", 2)),
          thrownBy(() -> assertThat(supervisor).hasShape("sleep 1000"))
        }) {
      assertMasked(failure.getMessage());
      assertThat(String.valueOf(failure.getMessage()).lines().findFirst().orElse(""))
          .doesNotContain("hunter2");
    }
    launch.stop();
  }

  @Test
  void leakShowsNone() {
    assertMasked(Kit.run(LeakingTestCases.class).onlyFailure().getMessage());
  }

  @SubreaperTest
  static class LeakingTestCases {
    @Test
    void test() throws Exception {
      new ProcessBuilder("sh", "-c", "sleep 1000; :", "x", "--password=hunter2").start();
    }
  }

  @Test
  void timeOutShowsNone() {
    assertThat(Kit.run(HangingTestCases.class).published("subreaper.timeout"))
        .singleElement()
        .satisfies(MaskedMessagesTest::assertMasked);
  }

  @SubreaperTest
  static class HangingTestCases {
    @BeforeEach
    void prepare(Supervisor supervisor) {
      Launch unused = launched(supervisor);
    }

    @Test
    @Timeout(value = 100, unit = TimeUnit.MILLISECONDS)
    void test() throws Exception {
      NEVER.await();
    }
  }
}
