package io.github.subreaper.junit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.Crashes;
import io.github.subreaper.ExitStatus;
import io.github.subreaper.Launch;
import io.github.subreaper.Program;
import io.github.subreaper.Supervisor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs a JVM whose system is not Linux, as its property says, or where the library cannot work. */
class UnguardedTest {
  private static final String REASON = "this is Mac OS X; a subreaper needs Linux";

  @TempDir private Path directory;

  private static ChildJvm onAMac(Class<?>... testCases) {
    return ChildJvm.tests(testCases)
        .with("os.name", "Mac OS X")
        .with("subreaper.unsupported", "UNGUARDED");
  }

  @SubreaperTest
  static class PlainTestCases {
    @BeforeAll
    static void prepare() {
      ChildJvm.say("step", 1);
    }

    @Test
    void test() {
      ChildJvm.say("step", 2);
    }

    @AfterEach
    void cleanUp() {
      ChildJvm.say("step", 3);
    }
  }

  @SubreaperTest
  static class OtherTestCases {
    @Test
    void test() {
      ChildJvm.say("step", 4);
    }
  }

  @Test
  void testsRunAndItIsSaidOnceThatNothingIsGuarded() throws IOException {
    Path loaded = directory.resolve("classes");
    ChildJvm.Output output =
        onAMac(PlainTestCases.class, OtherTestCases.class)
            .withOption("-Xlog:class+load:file=" + loaded)
            .run();

    assertThat(output.assertExit(0).text()).doesNotContain("FAILED").doesNotContain("SKIPPED");
    assertThat(output.numbers("step")).containsExactly(1L, 2L, 3L, 4L);
    assertThat(output.lines("unguarded").lines())
        .singleElement()
        .asString()
        .endsWith(
            "subreaper: tests run unguarded, and processes that they leave stay. Tests that need a"
                + " Supervisor are skipped (unsupported = UNGUARDED). The reason: "
                + REASON);
    assertThat(Files.readString(loaded, UTF_8).lines().map(UnguardedTest::className))
        .contains("io.github.subreaper.internal.junit.jupiter.Unguarded")
        .noneMatch(name -> name.startsWith("com.sun.jna"))
        .noneMatch(
            name ->
                name.startsWith("io.github.subreaper.")
                    && !name.matches("io\\.github\\.subreaper\\.(internal\\.)?junit\\..*")
                    && !name.equals(Crashes.class.getName())); // of the annotation
  }

  /** Returns the name in a line like {@code [0.1s][info][class,load] NAME source: …}. */
  private static String className(String line) {
    return line.substring(line.lastIndexOf(']') + 1).strip().split(" ", 2)[0];
  }

  @SubreaperTest
  static class TakingTestCases {
    @Test
    void takesASupervisor(Supervisor supervisor) {
      ChildJvm.say("body", supervisor);
    }

    @Test
    void takesNothing() {
      ChildJvm.say("step", 1);
    }
  }

  abstract static class NeverRun {
    @Test
    void test() {
      ChildJvm.say("body", "ran");
    }
  }

  @SubreaperTest
  static class TakingBeforeTestCases extends NeverRun {
    @BeforeEach
    void prepare(Supervisor supervisor) {
      ChildJvm.say("body", supervisor);
    }
  }

  @SubreaperTest
  static class TakingBeforeAllTestCases extends NeverRun {
    @BeforeAll
    static void prepare(Supervisor supervisor) {
      ChildJvm.say("body", supervisor);
    }
  }

  @SubreaperTest
  static class TakingConstructorTestCases extends NeverRun {
    TakingConstructorTestCases(Supervisor supervisor) {
      ChildJvm.say("body", supervisor);
    }
  }

  @SubreaperTest
  static class DaemonTestCases extends NeverRun {
    @Daemon static final Program SERVER = Program.of("sleep", "1000");

    @Test
    void takes(Launch server) {
      ChildJvm.say("body", server);
    }
  }

  @Test
  void testThatNeedsASupervisorIsSkippedWithTheReason() {
    ChildJvm.Output output =
        onAMac(
                TakingTestCases.class,
                TakingBeforeTestCases.class,
                TakingBeforeAllTestCases.class,
                TakingConstructorTestCases.class,
                OuterTestCases.class,
                PreparedMethodTestCases.class,
                DaemonTestCases.class)
            .run()
            .assertExit(0);

    assertThat(output.text()).doesNotContain("body").doesNotContain("FAILED");
    assertThat(output.numbers("step")).containsExactly(1L);
    assertThat(output.lines("SKIPPED").lines())
        .hasSize(7)
        .allMatch(line -> line.endsWith(". The reason: " + REASON))
        .contains(
            "SKIPPED takesASupervisor(Supervisor): unsupported = UNGUARDED: there is no Supervisor."
                + " The reason: "
                + REASON);
    assertThat(output.lines("unsupported = UNGUARDED: there is no Supervisor.").lines()).hasSize(6);
    assertThat(output.lines("unsupported = UNGUARDED: there is no @Daemon SERVER."))
        .contains("DaemonTestCases: ");
  }

  @Test
  void linuxThatLacksSomethingIsUnguardedToo() {
    ChildJvm.Output output =
        ChildJvm.tests(PlainTestCases.class, TakingTestCases.class)
            .with("subreaper.unsupported", "UNGUARDED")
            .with("jna.nounpack", "true")
            .with("jna.nosys", "true")
            .run();

    assertThat(output.assertExit(0).text()).doesNotContain("body").doesNotContain("FAILED");
    assertThat(output.numbers("step")).containsExactly(1L, 2L, 3L, 1L);
    assertThat(output.lines("run unguarded")).contains("JNA").endsWith("for the details.");
    assertThat(output.lines("SKIPPED"))
        .contains("there is no Supervisor. The reason: This system cannot")
        .contains("JNA");
  }

  @SubreaperTest(unsupported = Unsupported.UNGUARDED)
  static class LeakingTestCases {
    @Test
    void leaks() throws IOException {
      new ProcessBuilder(List.of("sh", "-c", "sleep 1000 >/dev/null 2>&1 &")).start();
    }

    @Test
    void takes(Supervisor supervisor) {
      assertThat(supervisor.launch("true").awaitExit()).isEqualTo(ExitStatus.exited(0));
    }
  }

  @Test
  void guardsAllTheSameOnASupportedSystem() {
    assertThat(Kit.run(LeakingTestCases.class).onlyFailure())
        .isInstanceOf(LeakedProcessesError.class);
  }

  @Test
  void annotationOrFieldIsEnough() {
    ChildJvm.Output output =
        ChildJvm.tests(AnnotatedTestCases.class, MethodTestCases.class, RegisteredTestCases.class)
            .with("os.name", "Mac OS X")
            .run()
            .assertExit(0);

    assertThat(output.text()).doesNotContain("body").doesNotContain("FAILED");
    assertThat(output.numbers("step")).containsExactlyInAnyOrder(1L, 2L, 3L, 4L, 5L);
  }

  @SubreaperTest(unsupported = Unsupported.UNGUARDED)
  static class AnnotatedTestCases {
    @Test
    void test() {
      ChildJvm.say("step", 1);
    }
  }

  @SubreaperTest(grace = "20 s", settle = "2 s", survivors = "httpd*")
  static class ManyKindsTestCases {
    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void parameterized(int step) {
      ChildJvm.say("step", step);
    }

    @TestFactory
    DynamicTest dynamic() {
      return DynamicTest.dynamicTest("dynamic", () -> ChildJvm.say("step", 3));
    }

    @ParameterizedTest
    @ValueSource(ints = 1)
    void takes(int step, Supervisor supervisor) {
      ChildJvm.say("body", supervisor);
    }

    @TestFactory
    DynamicTest takesToo(Supervisor supervisor) {
      return DynamicTest.dynamicTest("dynamic", () -> ChildJvm.say("body", supervisor));
    }

    @Nested
    @TestInstance(TestInstance.Lifecycle.PER_CLASS)
    class Inner {
      @Test
      void nested() {
        ChildJvm.say("step", 4);
      }
    }
  }

  @Test
  void eachKindOfTestRunsOrIsSkippedWithoutTheCore() throws IOException {
    Path loaded = directory.resolve("classes");
    ChildJvm.Output output =
        onAMac(ManyKindsTestCases.class).withOption("-Xlog:class+load:file=" + loaded).run();

    assertThat(output.assertExit(0).text()).doesNotContain("FAILED").doesNotContain("body");
    assertThat(output.numbers("step")).containsExactlyInAnyOrder(1L, 2L, 3L, 4L);
    assertThat(output.lines("SKIPPED").lines()).hasSize(2);
    assertThat(Files.readString(loaded, UTF_8).lines().map(UnguardedTest::className))
        .noneMatch(name -> name.startsWith("com.sun.jna"))
        .noneMatch(name -> name.matches("io\\.github\\.subreaper\\.internal\\.(?!junit\\.).*"));
  }

  static class OuterTestCases {
    @BeforeEach
    void prepare(Supervisor supervisor) {
      ChildJvm.say("body", supervisor);
    }

    @Nested
    @SubreaperTest
    class Inner {
      @Test
      void nested() {
        ChildJvm.say("body", "ran");
      }
    }
  }

  static class PreparedMethodTestCases {
    @BeforeEach
    void prepare(Supervisor supervisor) {
      ChildJvm.say("body", supervisor);
    }

    @Test
    @SubreaperTest
    void test() {
      ChildJvm.say("body", "ran");
    }
  }

  static class MethodTestCases {
    @Test
    @SubreaperTest(unsupported = Unsupported.UNGUARDED)
    void runs() {
      ChildJvm.say("step", 2);
    }

    @Test
    void isNotConcerned() {
      ChildJvm.say("step", 3);
    }
  }

  @SubreaperTest
  static class MethodOfAGuardedClassTestCases {
    @Test
    @SubreaperTest(unsupported = Unsupported.FAIL)
    void hasToBeGuarded() {
      ChildJvm.say("body", "ran");
    }

    @Test
    void runs() {
      ChildJvm.say("step", 1);
    }
  }

  @Test
  void methodMayHaveToBeGuardedAllTheSame() {
    ChildJvm.Output output = onAMac(MethodOfAGuardedClassTestCases.class).run();

    assertThat(output.text()).doesNotContain("body");
    assertThat(output.numbers("step")).containsExactly(1L);
    assertThat(output.lines("FAILED")).startsWith("FAILED hasToBeGuarded()").contains(REASON);
  }

  static class RegisteredTestCases {
    @RegisterExtension
    final SubreaperExtension subreaper =
        SubreaperExtension.builder().unsupported(Unsupported.UNGUARDED).build();

    @BeforeEach
    void prepare() {
      ChildJvm.say("step", 4);
    }

    @Test
    void test() {
      ChildJvm.say("step", 5);
    }

    @Test
    void takes(Supervisor supervisor) {
      ChildJvm.say("body", supervisor);
    }
  }

  @Test
  void timeOutIsJUnitsAloneAndLoadsNothing() throws IOException {
    Path loaded = directory.resolve("loaded");
    ChildJvm.Output output =
        onAMac(TimedTestCases.class).withOption("-Xlog:class+load:file=" + loaded).run();

    assertThat(output.lines("test()")).contains("FAILED").contains("TimeoutException");
    assertThat(output.text()).doesNotContain(" timed out; ").doesNotContain("NoClassDefFound");
    assertThat(Files.readString(loaded))
        .contains(TimeoutExtension.class.getName())
        .doesNotContain("com.sun.jna", "io.github.subreaper.internal.junit.jupiter.TimedOut ");
  }

  @SubreaperTest
  static class TimedTestCases {
    @Test
    @Timeout(1)
    void test() throws InterruptedException {
      new CountDownLatch(1).await(); // until JUnit interrupts it
    }
  }
}
