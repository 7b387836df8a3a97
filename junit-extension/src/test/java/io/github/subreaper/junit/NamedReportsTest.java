package io.github.subreaper.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.github.subreaper.Launch;
import io.github.subreaper.Program;
import io.github.subreaper.Ready;
import io.github.subreaper.Signal;
import io.github.subreaper.Supervisor;
import io.github.subreaper.internal.junit.scopes.ProcessReport;
import io.github.subreaper.internal.junit.settings.ScopeName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Each failure names the page on which its processes are, and the page exists after the run. */
class NamedReportsTest {
  private static final Program DAEMON = Program.of("sleep", "1000");
  private static final String PAGE = "-processes.html";

  @TempDir Path directory;

  private Kit.Run run(Class<?>... classes) {
    return kit().start(classes);
  }

  private Kit kit() {
    return Kit.with("subreaper.reports", "FAILURES")
        .and("subreaper.directory", directory.toString());
  }

  private String page(Class<?> testClass, String rest) {
    return directory.resolve(testClass.getName().replace('$', '.') + rest + PAGE).toString();
  }

  private static String later(Class<?> testClass, String rest, String page) {
    return "of " + ScopeName.of(testClass) + rest + ", made when it ends: " + page;
  }

  /** Returns the messages of what the library has added to a failure. */
  private static List<String> named(Throwable failure) {
    return Stream.of(failure.getSuppressed())
        .filter(ProcessReport.class::isInstance)
        .map(Throwable::getMessage)
        .toList();
  }

  private List<String> pages() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(Path::toString).filter(name -> name.endsWith(PAGE)).sorted().toList();
    }
  }

  private static void fail() {
    throw new IllegalStateException("by the test");
  }

  @ParameterizedTest
  @ValueSource(
      classes = {
        DaemonTestCases.class,
        BeforeAllTestCases.class,
        OuterTestCases.class,
        DynamicDaemonTestCases.class
      })
  void testWithoutProcessesNamesThePageOfTheClassThatHasSome(Class<?> testClass)
      throws IOException {
    Throwable failure = run(testClass).onlyFailure();

    String page = page(testClass, "");
    assertThat(failure).hasMessage("by the test");
    assertThat(named(failure)).containsExactly(later(testClass, "", page));
    assertThat(pages()).containsExactly(page);
  }

  static class DaemonTestCases {
    @Daemon static final Program SERVER = DAEMON;

    @Test
    void fails() {
      fail();
    }

    @Test
    void passes() {}
  }

  @SubreaperTest
  static class BeforeAllTestCases {
    @BeforeAll
    static void start(Supervisor supervisor) {
      supervisor.launch("sleep", "1000");
    }

    @Test
    void fails() {
      fail();
    }
  }

  static class OuterTestCases {
    @Daemon static final Program SERVER = DAEMON;

    @Nested
    class InnerTestCases {
      @Test
      void fails() {
        fail();
      }
    }
  }

  @Test
  void testWithProcessesNamesItsOwnPageOnly() throws IOException {
    Throwable failure = run(OwnTestCases.class).onlyFailure();

    String page = page(OwnTestCases.class, ".fails");
    assertThat(named(failure)).containsExactly(page);
    assertThat(pages()).containsExactly(page(OwnTestCases.class, ""), page);
  }

  static class OwnTestCases {
    @Daemon static final Program SERVER = DAEMON;

    @Test
    void fails(Supervisor supervisor) {
      supervisor.launch("true").awaitExit();
      fail();
    }
  }

  @Test
  void whereNoPageIsMadeNoneIsNamed() throws IOException {
    assertThat(named(run(NothingTestCases.class).onlyFailure())).isEmpty();
    assertThat(run(AbortedTestCases.class).failures())
        .allSatisfy(failure -> assertThat(named(failure)).isEmpty());
    Throwable failure =
        kit().and("subreaper.reports", "NEVER").start(DaemonTestCases.class).onlyFailure();
    assertThat(named(failure)).isEmpty();
    assertThat(pages()).isEmpty();
  }

  @SubreaperTest
  static class NothingTestCases {
    @Test
    void fails() {
      fail();
    }
  }

  static class AbortedTestCases {
    @Daemon static final Program SERVER = DAEMON;

    @Test
    void aborts() {
      Assumptions.abort();
    }

    @TestFactory
    Stream<DynamicTest> factory() {
      return Stream.of(dynamicTest("aborts", Assumptions::abort));
    }
  }

  @Test
  void secondRunOfTheClassInOneJvmNamesItsOwnPage() throws IOException {
    run(DaemonTestCases.class);

    Throwable failure = run(DaemonTestCases.class).onlyFailure();

    String page = page(DaemonTestCases.class, "-2");
    assertThat(named(failure)).containsExactly(later(DaemonTestCases.class, "", page));
    assertThat(pages()).contains(page);
  }

  @Test
  void deathOfADaemonThatFailsTheClassEndsWithThePage() throws IOException {
    Throwable failure = run(DyingTestCases.class).onlyFailure();

    String page = page(DyingTestCases.class, "");
    assertThat(failure)
        .hasMessageContaining(
            "@Daemon SERVER was killed by SIGKILL during NamedReportsTest.DyingTestCases.kills(Launch), ")
        .hasMessageEndingWith("\n  report: " + page);
    assertThat(pages()).containsExactly(page);
  }

  static class DyingTestCases {
    @Daemon static final Program SERVER = DAEMON;

    @Test
    void kills(Launch server) {
      server.signal(Signal.KILL);
      server.awaitExit();
    }
  }

  @Test
  void testThatFindsADeadDaemonNamesThePageOfItsClass() throws IOException {
    String page = page(DeadTestCases.class, "");

    assertThat(run(DeadTestCases.class).failures())
        .hasSize(2)
        .allSatisfy(
            failure ->
                assertThat(named(failure)).containsExactly(later(DeadTestCases.class, "", page)));
    assertThat(pages()).containsExactly(page);
  }

  static class DeadTestCases {
    @Daemon static final Program SERVER = DAEMON;

    @BeforeAll
    static void kill(Launch server) {
      server.signal(Signal.KILL);
      server.awaitExit();
    }

    @Test
    void fails() {}

    @Test
    void failsAsWell() {}
  }

  @Test
  void daemonThatIsNeverReadyNamesThePageOfItsClass() throws IOException {
    Throwable failure = run(NeverReadyTestCases.class).onlyFailure();

    String page = page(NeverReadyTestCases.class, "");
    assertThat(named(failure)).containsExactly(page);
    assertThat(pages()).containsExactly(page);
  }

  static class NeverReadyTestCases {
    @Daemon
    static final Program SERVER = Program.of("sh", "-c", "exit 3").readyWhen(Ready.output("ready"));

    @Test
    void test() {}
  }

  @Test
  void dynamicTestNamesThePageOfItsFactory() throws IOException {
    List<Throwable> failures = run(DynamicTestCases.class).failures();

    String page = page(DynamicTestCases.class, ".factory");
    assertThat(failures)
        .hasSize(2)
        .allSatisfy(
            failure ->
                assertThat(named(failure))
                    .containsExactly(later(DynamicTestCases.class, ".factory(Supervisor)", page)));
    assertThat(pages()).containsExactly(page);
  }

  @SubreaperTest
  static class DynamicTestCases {
    @TestFactory
    Stream<DynamicTest> factory(Supervisor supervisor) {
      return Stream.of(
          dynamicTest("starts a process", () -> supervisor.launch("true").awaitExit()),
          dynamicTest("fails", NamedReportsTest::fail),
          dynamicTest("fails as well", NamedReportsTest::fail));
    }
  }

  @Test
  void dynamicTestThatFailsAfterAnAbortedOneHasItsPage() throws IOException {
    run(AbortedFirstTestCases.class);

    assertThat(pages()).containsExactly(page(AbortedFirstTestCases.class, ".factory"));
  }

  @SubreaperTest
  static class AbortedFirstTestCases {
    @TestFactory
    Stream<DynamicTest> factory(Supervisor supervisor) {
      supervisor.launch("true").awaitExit();
      return Stream.of(
          dynamicTest("aborts", Assumptions::abort), dynamicTest("fails", NamedReportsTest::fail));
    }
  }

  static class DynamicDaemonTestCases {
    @Daemon static final Program SERVER = DAEMON;

    @TestFactory
    Stream<DynamicTest> factory() {
      return Stream.of(dynamicTest("fails", NamedReportsTest::fail));
    }
  }
}
