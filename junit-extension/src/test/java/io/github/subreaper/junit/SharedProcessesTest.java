package io.github.subreaper.junit;

import static io.github.subreaper.junit.Processes.sleep;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.internal.junit.scopes.SessionLeaks;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.zeroturnaround.exec.ProcessExecutor;

/** When leaks are judged and when they are terminated, as the tests of a suite see it. */
@Tag("slow")
class SharedProcessesTest {
  private static final String DETECTED = RegistrationTest.AUTO_DETECTION;

  @TestMethodOrder(MethodOrderer.OrderAnnotation.class)
  abstract static class TwoTests {
    abstract Process process();

    @Test
    @Order(1)
    void first() {
      assertThat(process().isAlive()).isTrue();
    }

    @Test
    @Order(2)
    void second() {
      assertThat(Processes.isAlive(process().pid())).isTrue(); // the JDK learns it later
    }
  }

  @Test
  void leakOfAnAutoDetectedTestFailsItAndLivesForLaterTests() {
    ChildJvm.Output output =
        ChildJvm.tests(LazyTestCases.class).with(DETECTED, "true").runAndAssertEnded();
    assertThat(output.text())
        .contains(
            "SharedProcessesTest.LazyTestCases.first() left sleep running",
            "; left alive until the run ends")
        .contains("FAILED first()", "SUCCESSFUL second()");
  }

  static class LazyTestCases extends TwoTests {
    private static final List<Process> LAZY = new ArrayList<>();

    @Override
    Process process() {
      if (LAZY.isEmpty()) {
        LAZY.add(sleep());
      }
      return LAZY.get(0);
    }
  }

  @Test
  void leakOfATestThatHasOptedInIsTerminatedWithIt() {
    ChildJvm.Output output =
        ChildJvm.tests(OptedInTestCases.class).withOrigins().runAndAssertEnded();
    assertThat(output.lines("Suppressed"))
        .as("the later failure names the reason")
        .containsPattern(
            "leaks that were terminated before: SharedProcessesTest.OptedInTestCases.first\\(\\)"
                + " left sleep running \\(started at Processes\\.java:\\d+\\)$");
    assertThat(output.text())
        .contains("OptedInTestCases.first() left sleep running", "ended by SIGTERM");
  }

  @SubreaperTest
  static class OptedInTestCases extends LazyTestCases {}

  @Test
  void earlierLeaksAreOneLineAfterAllThatALaterTestSays() {
    StringWriter trace = new StringWriter();
    Throwable later =
        Kit.run(FailingLaterTestCases.class).failures().stream()
            .filter(IllegalStateException.class::isInstance)
            .findFirst()
            .orElseThrow();
    later.printStackTrace(new PrintWriter(trace, true));

    assertThat(trace.toString())
        .containsOnlyOnce("terminated before")
        .containsPattern(
            "(?s)Caused by: \\S+ the words of the test.*leaks that were terminated before:"
                + " [^\n]*\\.leaks\\(\\) left sleep running( \\(started at [^)]*\\))?, 3 times\n");
  }

  @SubreaperTest(settle = "10 ms")
  @TestMethodOrder(MethodOrderer.OrderAnnotation.class)
  static class FailingLaterTestCases {
    @Test
    @Order(1)
    void leaks() {
      for (int i = 0; i < 3; i++) {
        sleep();
      }
    }

    @Test
    @Order(2)
    void fails() {
      throw new IllegalStateException("wrapped", new IOException("the words of the test"));
    }
  }

  @Test
  void adviceForALeakThatALibraryHasStartedNamesTheSettingForShutdownHooks() {
    String advice = " · if a shutdown hook ends it: judge = RUN";
    ChildJvm lazy = ChildJvm.tests(HookedLazilyTestCases.class).withOrigins();
    assertThat(lazy.runAndAssertEnded().lines("To fix: stop it in @AfterEach, or allow it: "))
        .contains(advice);

    ChildJvm.Output judged = lazy.with("subreaper.judge", "RUN").runAndAssertEnded();
    assertThat(judged.text())
        .contains("SUCCESSFUL first()", "SUCCESSFUL second()")
        .doesNotContain("outlived");

    assertThat(ChildJvm.tests(OptedInTestCases.class).withOrigins().runAndAssertEnded().text())
        .as("started by the test itself")
        .contains("To fix: ")
        .doesNotContain(advice);
  }

  @SubreaperTest
  static class HookedLazilyTestCases extends TwoTests {
    private static @Nullable Process lazy;

    @Override
    Process process() {
      Process process = lazy;
      if (process == null) {
        try {
          process = new ProcessExecutor("sleep", "1000").destroyOnExit().start().getProcess();
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
        ChildJvm.say("pid", process.pid());
        lazy = process;
      }
      return process;
    }
  }

  @ParameterizedTest
  @CsvSource({"WARN", "IGNORE"})
  void toleratedLeakLivesForLaterTests(String leaks) {
    assertThat(
            ChildJvm.tests(OptedInTestCases.class)
                .with("subreaper.leaks", leaks)
                .runAndAssertEnded()
                .text())
        .contains("SUCCESSFUL first()", "SUCCESSFUL second()");
  }

  @ParameterizedTest
  @CsvSource({
    "CLASS, SharedProcessesTest.OptedInTestCases left sleep running",
    "RUN, 1 process outlived the run and its shutdown hooks"
  })
  void judgeMovesTheVerdictToTheClassOrTheRun(String judge, String verdict) {
    ChildJvm.Output output =
        ChildJvm.tests(OptedInTestCases.class).with("subreaper.judge", judge).runAndAssertEnded();
    assertThat(output.text()).contains("SUCCESSFUL first()", "SUCCESSFUL second()", verdict);
    assertThat(output.text().contains("1 leak ·")).isEqualTo(judge.equals("CLASS"));
  }

  @Test
  void leakThatItsClassJudgesIsToleratedAsItsTestSays() {
    ChildJvm.Output output = ChildJvm.tests(TolerantTestCases.class).runAndAssertEnded();
    assertThat(output.text())
        .contains("SUCCESSFUL leaks()", "TolerantTestCases left sleep running")
        .doesNotContain("FAILED");
  }

  static class TolerantTestCases {
    @Test
    @SubreaperTest(judge = Judge.CLASS, leaks = Leaks.WARN)
    void leaks() {
      sleep();
    }

    @Test
    @SubreaperTest
    void leavesNothing() {}
  }

  @ParameterizedTest
  @CsvSource({"IGNORE, 0", "FAIL, 1"})
  void processOfAStaticInitializerIsJudgedAfterTheShutdownHooks(String policy, int exit) {
    judge(policy, exit);
  }

  @Test
  @Tag("full")
  void processOfAStaticInitializerMayBeWarnedOfOnly() {
    judge("WARN", 0);
  }

  private static void judge(String policy, int exit) {
    ChildJvm.Output output =
        ChildJvm.tests(StaticTestCases.class)
            .withOrigins()
            .with(DETECTED, "true")
            .with("subreaper.exit", policy)
            .runAndAssertEnded();
    output.assertExit(exit);
    assertThat(output.text()).contains("SUCCESSFUL first()", "SUCCESSFUL second()");
    assertThat(output.text().contains("outlived the run")).isEqualTo(!policy.equals("IGNORE"));
    if (!policy.equals("IGNORE")) {
      assertThat(output.text())
          .containsPattern("sleep 1000 \\(pid \\d+\\) \\(started at Processes\\.java:\\d+\\)")
          .contains("subreaper.survivors = sleep*");
    }
  }

  static class StaticTestCases extends TwoTests {
    private static final Process SHARED = sleep();

    @Override
    Process process() {
      return SHARED;
    }
  }

  /** In parallel the hook is made by a daemon thread, so it is one. */
  @ParameterizedTest
  @CsvSource({"false", "true"})
  void processThatAShutdownHookEndsIsNotNamed(String parallel) {
    ChildJvm.Output output =
        ChildJvm.tests(HookedTestCases.class)
            .withOrigins()
            .with(DETECTED, "true")
            .with("junit.jupiter.execution.parallel.enabled", parallel)
            .with("subreaper.exit", "FAIL")
            .runAndAssertEnded();
    output.assertExit(0);
    assertThat(output.text())
        .contains("SUCCESSFUL second()", "ended by the hook: 143")
        .doesNotContain("outlived");
  }

  static class HookedTestCases extends TwoTests {
    private static final Process SHARED = sleep();

    static {
      Runtime.getRuntime()
          .addShutdownHook(
              new Thread(
                  () -> {
                    LockSupport.parkNanos(300_000_000); // longer than a hook that does not wait
                    SHARED.destroy();
                    ChildJvm.say("ended by the hook", SHARED.onExit().join().exitValue());
                  }));
    }

    @Override
    Process process() {
      return SHARED;
    }
  }

  @Test
  void resourceOfTheRootStoreLivesForAllTests() {
    ChildJvm.Output output =
        ChildJvm.tests(StoredTestCases.class, StoredTooTestCases.class)
            .withOrigins()
            .with(DETECTED, "true")
            .with("subreaper.exit", "FAIL")
            .runAndAssertEnded();
    output.assertExit(0);
    assertThat(output.text()).contains("SUCCESSFUL second()").doesNotContain("FAILED");
  }

  @ExtendWith(StoredProcess.class)
  static class StoredTestCases extends TwoTests {
    @Override
    Process process() {
      return Objects.requireNonNull(StoredProcess.last);
    }
  }

  static class StoredTooTestCases extends StoredTestCases {}

  static final class StoredProcess implements BeforeAllCallback {
    private static @Nullable Process last;

    @SuppressWarnings("deprecation") // JUnit 5.12 closes nothing else
    private record Resource(Process process) implements ExtensionContext.Store.CloseableResource {
      @Override
      public void close() {
        process.destroy();
        process.onExit().join();
      }
    }

    @Override
    @SuppressWarnings("deprecation") // computeIfAbsent is missing in 5.13
    public void beforeAll(ExtensionContext context) {
      Resource resource =
          context
              .getRoot()
              .getStore(Namespace.GLOBAL)
              .getOrComputeIfAbsent("process", key -> new Resource(sleep()), Resource.class);
      last = Objects.requireNonNull(resource).process();
    }
  }

  @Test
  void oldestOfTooManyLeaksAreTerminated() {
    ChildJvm.Output output =
        ChildJvm.tests(ManyTestCases.class)
            .with(DETECTED, "true")
            .with("subreaper.settle", "1 ms")
            .runAndAssertEnded();
    assertThat(output.text()).contains("more than 200 leaks are alive");
    assertThat(output.lines("alive: "))
        .contains("alive: first false", "alive: second true", "alive: last true");
  }

  @TestMethodOrder(MethodOrderer.OrderAnnotation.class)
  static class ManyTestCases {
    private static final List<Process> ALL = new ArrayList<>();

    @Test
    @Order(1)
    void leavesTwo() {
      ALL.add(sleep());
      ALL.add(sleep());
    }

    @Test
    @Order(2)
    void leavesMany() {
      for (int i = 0; i < SessionLeaks.MOST - 1; i++) {
        ALL.add(sleep());
      }
    }

    @Test
    @Order(3)
    void asks() {
      say("first", ALL.get(0));
      say("second", ALL.get(1));
      say("last", ALL.get(ALL.size() - 1));
    }

    private static void say(String which, Process process) {
      ChildJvm.say("alive", which + " " + Processes.isAlive(process.pid()));
    }
  }

  @Test
  void portThatIsTakenNamesTheLeakThatHoldsIt() {
    ChildJvm.Output output =
        ChildJvm.tests(PortTestCases.class)
            .with(DETECTED, "true")
            .withOrigins()
            .runAndAssertEnded();
    assertThat(output.lines("Suppressed"))
        .containsPattern(
            "SharedProcessesTest.PortTestCases.leaks\\(\\) left perl running \\(started at"
                + " SharedProcessesTest\\.java:\\d+\\), and it \\(pid \\d+\\) listens on"
                + " /127.0.0.1:"
                + output.number("port"));
  }

  @TestMethodOrder(MethodOrderer.OrderAnnotation.class)
  static class PortTestCases {
    private static int port;

    @Test
    @Order(1)
    void leaks() throws Exception {
      Process server =
          new ProcessBuilder(
                  "perl",
                  "-MIO::Socket::INET",
                  "-e",
                  "$s = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 5);"
                      + " $| = 1; print $s->sockport(), \"\\n\"; sleep 1000")
              .start();
      ChildJvm.say("pid", server.pid());
      port = Integer.parseInt(server.inputReader().readLine());
      ChildJvm.say("port", port);
    }

    @Test
    @Order(2)
    void binds() throws Exception {
      new ServerSocket(port, 1, InetAddress.getLoopbackAddress()).close();
    }
  }
}
