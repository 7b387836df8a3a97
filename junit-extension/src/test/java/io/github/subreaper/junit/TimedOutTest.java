package io.github.subreaper.junit;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.Launch;
import io.github.subreaper.Program;
import io.github.subreaper.Ready;
import io.github.subreaper.Supervisor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A test that JUnit interrupts for its time-out: what is known is told before. */
class TimedOutTest {
  private static final Program SERVER =
      Program.of("sh", "-c", "echo begun; echo no disk >&2; exec sleep 1000");

  private static String told(Class<?> testCases) {
    Kit.Run run = Kit.run(testCases);
    assertThat(run.onlyFailure()).isInstanceOf(TimeoutException.class);
    return assertThat(run.published("subreaper.timeout")).singleElement().actual();
  }

  @ParameterizedTest
  @ValueSource(classes = {SameThreadTestCases.class, SeparateThreadTestCases.class})
  void processesPlaceAndOutputAreTold(Class<?> testCases) {
    assertThat(told(testCases))
        .matches(
            "(?s)TimedOutTest\\.\\w+TestCases\\.test\\(Supervisor\\) timed out; its processes at that"
                + " moment:\n +(\\d+) .* sleep 1000.*\n"
                + "  waiting in  Launch\\.awaitReady at TimedOutTest\\.java:\\d+\n"
                + "  last output of \\1 on stderr: \"no disk\"\n"
                + "  last output of \\1 on stdout: \"begun\"");
  }

  @SubreaperTest(await = "5 m")
  static class SameThreadTestCases {
    @Test
    @Timeout(value = 3, unit = TimeUnit.SECONDS)
    void test(Supervisor supervisor) {
      Launch launch = supervisor.launch(SERVER);
      launch.awaitReady(Ready.output("ready"));
    }
  }

  @SubreaperTest(await = "5 m")
  static class SeparateThreadTestCases {
    @Test
    @Timeout(value = 3, unit = TimeUnit.SECONDS, threadMode = ThreadMode.SEPARATE_THREAD)
    void test(Supervisor supervisor) {
      Launch launch = supervisor.launch(SERVER);
      launch.awaitReady(Ready.output("ready"));
    }
  }

  @Test
  void daemonOfTheClassIsToldToo() {
    assertThat(told(DaemonTestCases.class))
        .contains("its processes at that moment:", "sleep 1000", "waiting in  Thread.sleep at")
        .contains("on stderr: \"no disk\"");
  }

  @SubreaperTest
  static class DaemonTestCases {
    @Daemon static final Program OF_THE_CLASS = SERVER.readyWhen(Ready.output("begun"));

    @Test
    @Timeout(1)
    void test() throws InterruptedException {
      Thread.sleep(600_000);
    }
  }

  @Test
  void setupThatTimesOutIsToldToo() {
    assertThat(told(SetupTestCases.class)).contains("SetupTestCases timed out", "sleep 1000");
  }

  @SubreaperTest(await = "5 m")
  static class SetupTestCases {
    @BeforeAll
    @Timeout(3)
    static void prepare(Supervisor supervisor) {
      supervisor.launch(SERVER).awaitReady(Ready.output("ready"));
    }

    @Test
    void test() {}
  }

  @Test
  void testWithoutProcessesIsToldSo() {
    assertThat(told(IdleTestCases.class)).contains("timed out; it has no processes\n  waiting in");
  }

  @SubreaperTest
  static class IdleTestCases {
    @Test
    @Timeout(1)
    void test() throws InterruptedException {
      Thread.sleep(600_000);
    }
  }
}
