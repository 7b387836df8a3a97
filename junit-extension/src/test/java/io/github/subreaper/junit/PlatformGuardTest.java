package io.github.subreaper.junit;

import static io.github.subreaper.junit.Processes.sleep;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import jdk.jfr.FlightRecorder;
import org.jspecify.annotations.Nullable;
import org.junit.AfterClass;
import org.junit.BeforeClass;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.runner.RunWith;
import org.junit.runners.BlockJUnit4ClassRunner;
import org.junit.runners.Parameterized;
import org.junit.runners.model.FrameworkMethod;
import org.junit.runners.model.InitializationError;

/** Suites of other engines than Jupiter, here JUnit 4's, which know nothing of the library. */
@Tag("slow")
class PlatformGuardTest {
  private static final String GUARD = "subreaper.guard";
  private static final String DETECTED = RegistrationTest.AUTO_DETECTION;

  private static ChildJvm guarded(Class<?>... testCases) {
    return ChildJvm.tests(testCases).with(GUARD, "true");
  }

  @ParameterizedTest
  @ValueSource(strings = {GUARD, DETECTED})
  void leakFailsTheSessionAndNamesItsTestAndItsLine(String parameter) {
    ChildJvm.Output output =
        ChildJvm.tests(LeakingTestCases.class)
            .with(parameter, "true")
            .withOrigins()
            .runAndAssertEnded();

    output.assertExit(1);
    assertThat(output.text())
        .contains("SUCCESSFUL leaks", "SUCCESSFUL leavesNothing")
        .containsPattern("2 tests · .* · \\d orphans? adopted · 1 leak ·")
        .containsPattern(
            "AssertionError: subreaper: the run fails, .*\n  PlatformGuardTest.LeakingTestCases"
                + "\\.leaks\\(\\) left sleep running \\(started at Processes\\.java:\\d+\\)");
  }

  @ParameterizedTest
  @CsvSource({"true, Linux, 1", "false, Linux, 0", "true, Mac OS X, 0"})
  void whatTheGuardNeedsIsLoadedWhileTestsAreSearched(String guard, String system, int loaded) {
    ChildJvm.Output output =
        ChildJvm.main(OpenedSession.class.getName())
            .with(GUARD, guard)
            .with("os.name", system)
            .with("subreaper.origin", "jfr")
            .run();

    output.assertExit(0);
    assertThat(output.number("recorders")).isEqualTo(loaded);
  }

  /** No test is found, and none is run. */
  static final class OpenedSession {
    public static void main(String[] arguments) throws Exception {
      try (LauncherSession session = LauncherFactory.openSession()) {
        session.getLauncher();
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
          if (thread.getName().equals("subreaper loader")) {
            thread.join();
          }
        }
        ChildJvm.say("recorders", FlightRecorder.isInitialized() ? 1 : 0);
      }
    }
  }

  /** As with the guard's jar on the class path of a JUnit 4 suite. */
  @Test
  void needsNeitherJupiterNorAssertJNorAwaitility() {
    ChildJvm.Output output =
        guarded(LeakingTestCases.class)
            .without("junit-jupiter|assertj|awaitility")
            .runAndAssertEnded();

    output.assertExit(1);
    assertThat(output.text()).contains("LeakingTestCases.leaks() left sleep");
  }

  public static class LeakingTestCases {
    @org.junit.Test
    public void leaks() {
      sleep();
    }

    @org.junit.Test
    public void leavesNothing() throws Exception {
      new ProcessBuilder("true").start().waitFor();
    }
  }

  /** As Spock 1 runs its features: their names are no methods, so each has its class as source. */
  @RunWith(NamedTestCases.Runner.class)
  public static class NamedTestCases {
    public static class Runner extends BlockJUnit4ClassRunner {
      public Runner(Class<?> type) throws InitializationError {
        super(type);
      }

      @Override
      protected String testName(FrameworkMethod method) {
        return "leaves a child";
      }
    }

    @org.junit.Test
    public void leaks() {
      sleep();
    }
  }

  /** {@code FAIL} is the default. */
  @ParameterizedTest
  @ValueSource(strings = {"WARN", "IGNORE"})
  void settingsAreThoseOfTheRun(String leaks) {
    ChildJvm.Output output =
        guarded(LeakingTestCases.class).with("subreaper.leaks", leaks).runAndAssertEnded();

    output.assertExit(0);
    assertThat(output.text().contains("LeakingTestCases.leaks() left sleep running"))
        .isEqualTo(leaks.equals("WARN"));
  }

  @ParameterizedTest
  @CsvSource({
    "subreaper.leaks, NONE, '\"NONE\" is not a policy for leaks'",
    "subreaper.guard, yes, '\"yes\" is not a boolean'"
  })
  void malformedSettingFailsTheSession(String name, String text, String message) {
    ChildJvm.Output output = guarded(QuietTestCases.class).with(name, text).run().assertExit(1);

    assertThat(output.text())
        .contains("SUCCESSFUL passes", "subreaper: the guard failed: ", message);
  }

  public static class QuietTestCases {
    @org.junit.Test
    public void passes() {}
  }

  @Test
  void processOfAClassIsJudgedWithIt() {
    ChildJvm.Output output = guarded(ClassTestCases.class).runAndAssertEnded();

    output.assertExit(0);
    assertThat(output.text()).contains("SUCCESSFUL first", "SUCCESSFUL second");
    assertThat(output.text()).as("the last line").containsPattern("2 tests · .* · 0 leaks");
  }

  public static class ClassTestCases {
    private static @Nullable Process process;

    @BeforeClass
    public static void start() {
      process = sleep();
    }

    @AfterClass
    public static void stop() throws InterruptedException {
      Process started = Objects.requireNonNull(process);
      started.destroy();
      started.waitFor();
    }

    @org.junit.Test
    public void first() {
      assertThat(process).matches(Process::isAlive);
    }

    @org.junit.Test
    public void second() {
      assertThat(process).matches(Process::isAlive);
    }
  }

  @Test
  void leakLivesForLaterTestsAndTestWhoseNameIsNoMethodIsNamed() {
    ChildJvm.Output output = guarded(LazyTestCases.class, NamedTestCases.class).runAndAssertEnded();

    output.assertExit(1);
    assertThat(output.text())
        .contains("SUCCESSFUL sees[0]", "SUCCESSFUL sees[1]")
        .contains("PlatformGuardTest.LazyTestCases.sees()[0] left sleep")
        .contains("NamedTestCases.leaves a child left sleep")
        .doesNotContain("sees()[1] left");
  }

  @RunWith(Parameterized.class)
  public static class LazyTestCases {
    private static @Nullable Process process;

    public LazyTestCases(int number) {
      assertThat(number).isNotNegative();
    }

    @Parameterized.Parameters
    public static Object[] numbers() {
      return new Object[] {0, 1};
    }

    @org.junit.Test
    public void sees() {
      process = process == null ? sleep() : process;
      assertThat(process).matches(Process::isAlive);
    }
  }

  @Test
  void processOfAStaticInitializerIsJudgedAfterTheShutdownHooks() {
    ChildJvm.Output output = guarded(StaticTestCases.class).withOrigins().runAndAssertEnded();

    output.assertExit(0);
    assertThat(output.text())
        .contains("SUCCESSFUL sees", "1 process outlived the run and its shutdown hooks")
        .containsPattern("1 test · 0 processes · .* · 1 process to be judged when the JVM ends");
  }

  public static class StaticTestCases {
    private static final Process PROCESS = sleep();

    @org.junit.Test
    public void sees() {
      assertThat(PROCESS).matches(Process::isAlive);
    }
  }

  @Test
  void guardTurnsOnAutoDetectionForTheExtensionAlone() {
    ChildJvm.Output output =
        guarded(JupiterTestCases.class, QuietTestCases.class)
            .with(AnotherExtension.ASKED, "true")
            .runAndAssertEnded();

    output.assertExit(0); // the test has failed by itself
    assertThat(output.text())
        .contains("FAILED leaks()", "JupiterTestCases.leaks() left sleep running")
        .contains("2 tests · 1 process ·")
        .doesNotContain("another extension", "the run fails", "not watched");
  }

  @Test
  void guardLeavesExtensionsThatAreDetectedAnyway() {
    ChildJvm.Output output =
        guarded(JupiterTestCases.class)
            .with(DETECTED, "true")
            .with("junit.jupiter.extensions.autodetection.include", "*Another*")
            .with(AnotherExtension.ASKED, "true")
            .runAndAssertEnded();

    assertThat(output.text())
        .contains("another extension", "JupiterTestCases.leaks() left sleep running");
  }

  static class JupiterTestCases {
    @Test
    void leaks() {
      sleep();
    }
  }

  @Test
  void lastLineNamesEnginesThatNothingWatches() {
    ChildJvm.Output output =
        ChildJvm.tests(GuardedTestCases.class, QuietTestCases.class).runAndAssertEnded();

    assertThat(output.text())
        .containsPattern("(?m)^subreaper: 1 test · .* · not watched: junit-vintage");
  }

  @SubreaperTest
  static class GuardedTestCases extends JupiterTestCases {}

  @Test
  void guardThatIsOffWatchesNoOtherEngine() {
    ChildJvm.Output output =
        ChildJvm.tests(StoppingTestCases.class)
            .with(GUARD, "false")
            .with(DETECTED, "true")
            .withOption("-verbose:class")
            .runAndAssertEnded();

    output.assertExit(0);
    assertThat(output.text())
        .contains("io.github.subreaper.internal.junit.engines.PlatformListener")
        .doesNotContain(" io.github.subreaper.Subreaper ");
  }

  public static class StoppingTestCases {
    @org.junit.Test
    public void stops() throws Exception {
      Process process = sleep();
      process.destroy();
      process.waitFor();
    }
  }

  /** As Kotest brings one. */
  @Test
  void worksWithAnOlderJnaOfTheSuite() {
    Path old = Path.of("target/jna-5.11/jna-5.11.0.jar").toAbsolutePath();
    Required.orSkip(Files.exists(old), "needs to be run by Maven, which copies " + old);

    ChildJvm.Output output =
        guarded(LeakingTestCases.class)
            .on(old + File.pathSeparator + System.getProperty("java.class.path"))
            .runAndAssertEnded();

    assertThat(output.assertExit(1).text()).contains("LeakingTestCases.leaks() left sleep");
  }

  @Test
  void reasonWhyLinuxIsUnguardedEndsTheMessage() {
    ChildJvm.Output output =
        guarded(QuietTestCases.class)
            .with("subreaper.unsupported", "UNGUARDED")
            .with("jna.nounpack", "true")
            .with("jna.nosys", "true")
            .run()
            .assertExit(0);

    assertThat(output.lines("run unguarded"))
        .contains("stay. The reason: This system cannot run a subreaper: JNA")
        .endsWith("for the details.");
  }

  @ParameterizedTest
  @CsvSource({"UNGUARDED, 0", "SKIP, 0", "FAIL, 1"})
  void otherSystemsAreSaidAndLoadNothingOfTheCore(String unsupported, int exit) {
    ChildJvm.Output output =
        guarded(QuietTestCases.class)
            .with("subreaper.unsupported", unsupported)
            .withOption("-Dos.name=Mac OS X")
            .withOption("-verbose:class")
            .run()
            .assertExit(exit);

    assertThat(output.text())
        .contains("SUCCESSFUL passes", "this is Mac OS X; a subreaper needs Linux")
        .contains(" io.github.subreaper.internal.junit.engines.PlatformListener ")
        .doesNotContainPattern(
            " (com\\.sun\\.jna\\.|io\\.github\\.subreaper\\.(?!(internal\\.)?junit\\.|Crashes ))\\S+"
                + " source:");
  }
}
