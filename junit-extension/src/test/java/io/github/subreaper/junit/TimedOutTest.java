package io.github.subreaper.junit;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.Launch;
import io.github.subreaper.Program;
import io.github.subreaper.Ready;
import io.github.subreaper.Supervisor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A test that JUnit interrupts for its time-out: what is known is logged before. */
@Tag("slow")
class TimedOutTest {
  private static final Program SERVER =
      Program.of("sh", "-c", "echo begun; echo no disk >&2; exec sleep 1000");

  /** What JUnit has to interrupt. */
  private static final CountDownLatch NEVER = new CountDownLatch(1);

  private static Launch launched(Supervisor supervisor) {
    Launch launch = supervisor.launch(SERVER);
    launch.awaitReady(Ready.all(Ready.output("begun"), Ready.output("no disk")));
    return launch;
  }

  private static String logged(Class<?> testCases) {
    Kit.Run run = Kit.run(testCases);
    assertThat(run.onlyFailure()).isInstanceOf(TimeoutException.class);
    return assertThat(run.published("subreaper.timeout")).singleElement().actual();
  }

  @ParameterizedTest
  @ValueSource(classes = {SameThreadTestCases.class, SeparateThreadTestCases.class})
  void processesPlaceAndOutputAreReported(Class<?> testCases) {
    assertThat(logged(testCases))
        .matches(
            "(?s)TimedOutTest\\.\\w+TestCases\\.test\\(Supervisor\\) timed out, waiting in"
                + " Launch\\.awaitReady at TimedOutTest\\.java:\\d+; its processes at that"
                + " moment:\n +(\\d+) .* sleep 1000.*\n"
                + "  last output of \\1 on stderr: \"no disk\"\n"
                + "  last output of \\1 on stdout: \"begun\"");
  }

  @SubreaperTest(await = "5 m")
  static class SameThreadTestCases {
    private final Launch launch;

    /** The time-out does not include it. */
    SameThreadTestCases(Supervisor supervisor) {
      launch = launched(supervisor);
    }

    @Test
    @Timeout(1)
    void test(Supervisor supervisor) {
      launch.awaitReady(Ready.output("ready"));
    }
  }

  @SubreaperTest(await = "5 m")
  static class SeparateThreadTestCases {
    private final Launch launch;

    SeparateThreadTestCases(Supervisor supervisor) {
      launch = launched(supervisor);
    }

    @Test
    @Timeout(value = 1, threadMode = ThreadMode.SEPARATE_THREAD)
    void test(Supervisor supervisor) {
      launch.awaitReady(Ready.output("ready"));
    }
  }

  @Test
  void daemonOfTheClassIsReportedToo() {
    assertThat(logged(DaemonTestCases.class))
        .contains(
            "waiting in CountDownLatch.await at", "its processes at that moment:", "sleep 1000")
        .contains("on stderr: \"no disk\"");
  }

  /** Without the annotation of the class: that of the field is enough. */
  static class DaemonTestCases extends NeverEndingTestCases {
    @Daemon static final Program OF_THE_CLASS = SERVER.readyWhen(Ready.output("begun"));
  }

  @Test
  void outputOfAnotherTestIsNotQuoted() {
    assertThat(logged(TwoTestCases.class))
        .contains("TwoTestCases.b()", "on stdout: \"of the class\"")
        .doesNotContain("of a");
  }

  @SubreaperTest
  @TestMethodOrder(MethodOrderer.MethodName.class)
  static class TwoTestCases {
    private static Launch printing(Supervisor supervisor, String text) {
      Launch launch = supervisor.launch("sh", "-c", "echo " + text + "; exec sleep 1000");
      launch.awaitOutput(text);
      return launch;
    }

    @BeforeAll
    static void prepare(Supervisor supervisor) {
      printing(supervisor, "of the class");
    }

    @Test
    void a(Supervisor supervisor) {
      printing(supervisor, "of a");
    }

    @Test
    @Timeout(1)
    void b() throws InterruptedException {
      NEVER.await();
    }
  }

  @Test
  void pageSaysWhereTheTestWaited(@TempDir Path directory) throws IOException {
    Kit.with("subreaper.directory", directory.toString())
        .and("subreaper.reports", "FAILURES")
        .start(SameThreadTestCases.class);
    try (Stream<Path> files = Files.list(directory)) {
      Path lines =
          files
              .filter(file -> file.toString().endsWith("-processes.jsonl"))
              .findAny()
              .orElseThrow();
      assertThat(Files.readString(lines))
          .containsPattern(
              "timed out after.*waiting in Launch\\.awaitReady at TimedOutTest\\.java");
    }
  }

  @Test
  void setupThatTimesOutIsReportedToo() {
    assertThat(logged(SetupTestCases.class)).contains("SetupTestCases timed out", "sleep 1000");
  }

  @SubreaperTest
  static class SetupTestCases {
    @Daemon static final Program OF_THE_CLASS = SERVER;

    @BeforeAll
    @Timeout(1)
    static void prepare() throws InterruptedException {
      NEVER.await();
    }

    @Test
    void test() {}
  }

  @Test
  void inheritedTestWithoutProcessesIsReportedWithItsPlace() {
    assertThat(logged(IdleTestCases.class))
        .containsPattern(
            "timed out, waiting in CountDownLatch\\.await at NeverEndingTestCases\\.java:\\d+; it has"
                + " no processes");
  }

  @Test
  void isLoggedOnceThoughAutoDetectionRegistersItToo() {
    Kit.Run run =
        Kit.with("junit.jupiter.extensions.autodetection.enabled", "true")
            .start(IdleTestCases.class, UnannotatedTestCases.class);
    assertThat(run.published("subreaper.timeout"))
        .hasSize(2)
        .anyMatch(text -> text.startsWith("TimedOutTest.IdleTestCases.neverEnds()"))
        .anyMatch(text -> text.startsWith("TimedOutTest.UnannotatedTestCases.neverEnds()"));
  }

  static class UnannotatedTestCases extends NeverEndingTestCases {}

  @SubreaperTest
  static class IdleTestCases extends NeverEndingTestCases {}

  /** SIGQUIT would end the shell. */
  @Test
  void javaProcessWritesItsStacksIfJUnitsThreadDumpIsOn() {
    Kit.Run run =
        Kit.with("junit.jupiter.execution.timeout.threaddump.enabled", "true")
            .start(JavaTestCases.class);
    assertThat(run.published("subreaper.timeout")).hasSize(2);
    assertThat(run.published("subreaper.timeout").get(0))
        .as("logged first, since stacks may take their time")
        .contains("its processes at that moment:")
        .doesNotContain("SIGQUIT");
    assertThat(run.published("subreaper.timeout").get(1))
        .containsPattern("(?s)stacks asked of \\d+ by SIGQUIT:\nFull thread dump.*\"main\".*sleeps")
        .containsOnlyOnce("SIGQUIT");
    assertThat(logged(JavaTestCases.class)).doesNotContain("SIGQUIT");
  }

  @SubreaperTest
  static class JavaTestCases extends NeverEndingTestCases {
    @Daemon
    static final Program SHELL =
        Program.of("sh", "-c", "echo begun; sleep 1000; exit").readyWhen(Ready.output("begun"));

    @Daemon
    static final Program JAVA = ChildJvm.program(Sleeping.class).readyWhen(Ready.output("sleeps"));
  }

  static final class Sleeping {
    public static void main(String[] arguments) throws InterruptedException {
      System.out.println("sleeps");
      sleeps();
    }

    private static void sleeps() throws InterruptedException {
      NEVER.await();
    }
  }
}
