package io.github.subreaper.junit;

import static io.github.subreaper.assertj.SubreaperAssertions.assertThat;
import static io.github.subreaper.assertj.SubreaperAssertions.signaled;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.github.subreaper.Descendant;
import io.github.subreaper.Launch;
import io.github.subreaper.Port;
import io.github.subreaper.Ports;
import io.github.subreaper.Program;
import io.github.subreaper.Ready;
import io.github.subreaper.Signal;
import io.github.subreaper.Supervisor;
import io.github.subreaper.WaitTimeoutException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class DaemonTest {
  /** All that a run has injected, in order. Records stay readable after their scope has ended. */
  private static final List<Launch> SEEN = Collections.synchronizedList(new ArrayList<>());

  private static final Program SLEEP =
      Program.of("sh", "-c", "echo ready; exec sleep 1001").readyWhen(Ready.output("^ready$"));

  private static Kit.Run run(Class<?>... classes) {
    SEEN.clear();
    return Kit.run(classes);
  }

  private static List<Launch> seen() {
    return SEEN.stream().distinct().toList();
  }

  private static void assertAllEnded() {
    assertThat(seen()).isNotEmpty().allSatisfy(one -> Processes.assertEnded(one.pid()));
  }

  /** For classes of which the test itself does not matter, or does not run. */
  abstract static class OneTest {
    @Test
    void test() {}
  }

  // when it starts and ends ---------------------------------------------------------------------

  @Test
  void daemonOfAStaticFieldIsTheSameInEachMethodAndEndsWithTheClass() {
    run(EverywhereTestCases.class).assertPassed();
    assertThat(SEEN).hasSize(11);
    assertThat(seen()).hasSize(1);
    assertAllEnded();
    assertThat(seen().get(0)).exitsWith(signaled(Signal.TERM));
  }

  @SubreaperTest(strict = true)
  static class EverywhereTestCases {
    @SuppressWarnings("UnusedVariable") // private on purpose
    @Daemon
    private static final Program SERVER = SLEEP;

    EverywhereTestCases(Launch server) {
      SEEN.add(server);
    }

    @BeforeAll
    static void beforeAll(Launch server) {
      SEEN.add(server);
      assertThat(server).isAlive().hasStdout("ready");
    }

    @BeforeEach
    void beforeEach(Launch server) {
      SEEN.add(server);
    }

    @RepeatedTest(2)
    void test(@Daemon("SERVER") Launch server, Supervisor supervisor) {
      SEEN.add(server);
      assertThat(supervisor).hasNoProcesses(); // it is the class's
      SEEN.add(server);
    }

    @AfterEach
    void afterEach(Launch server) {
      assertThat(server).isAlive();
    }

    @AfterAll
    static void afterAll(Launch server) {
      SEEN.add(server);
      assertThat(server).isAlive();
      SEEN.add(server);
    }
  }

  @Test
  void daemonOfAnInstanceFieldRunsForEachTestInEachLifecycle() {
    run(PerTestTestCases.class, PerTestInOneInstanceTestCases.class).assertPassed();
    assertThat(seen()).hasSize(4);
    assertAllEnded();
  }

  @SubreaperTest
  static class PerTestTestCases {
    @Daemon final Program server = SLEEP;

    private @Nullable Launch before;

    @BeforeEach
    void beforeEach(Launch launch) {
      before = launch;
    }

    @RepeatedTest(2)
    void test(Launch launch) {
      assertSame(before, launch);
      assertThat(SEEN).doesNotContain(launch);
      SEEN.add(launch);
    }
  }

  @TestInstance(Lifecycle.PER_CLASS)
  static class PerTestInOneInstanceTestCases extends PerTestTestCases {}

  @Test
  void annotationOfAFieldIsEnough() {
    run(AloneTestCases.class).assertPassed();
    assertAllEnded();
  }

  static class AloneTestCases {
    @Daemon static final Program SERVER = SLEEP;

    @Test
    void test(Launch server, Supervisor supervisor) {
      SEEN.add(server);
      assertNotEquals(server.pid(), supervisor.launch("sleep", "1002").pid());
    }
  }

  @Test
  void severalStartInOrderAndEndInReverse() {
    run(SeveralTestCases.class).assertPassed();
    assertThat(seen()).hasSize(4);
    assertAllEnded();
    for (int i = 1; i < 4; i++) {
      assertThat(seen().get(i).process().startTime())
          .isAfterOrEqualTo(seen().get(i - 1).process().startTime());
      assertThat(seen().get(i).process().endedAt().orElseThrow())
          .isBefore(seen().get(i - 1).process().endedAt().orElseThrow());
    }
  }

  interface Inherited {
    @Daemon Program FIRST = SLEEP;
  }

  static class SuperTestCases {
    @Daemon static final Program SECOND = SLEEP;
  }

  @SubreaperTest
  static class SeveralTestCases extends SuperTestCases implements Inherited {
    @Order(2)
    @Daemon
    static final Program A = SLEEP;

    @Order(1)
    @Daemon("third")
    static final Program B = SLEEP;

    @Test
    void test(
        @Daemon("FIRST") Launch first,
        @Daemon("SECOND") Launch second,
        @Daemon("third") Launch third,
        @Daemon("A") Launch fourth) {
      SEEN.addAll(List.of(first, second, third, fourth));
    }
  }

  @Test
  void nestedClassHasThoseOfTheClassesAround() {
    run(OuterTestCases.class).assertPassed();
    assertThat(seen()).hasSize(3);
    assertAllEnded();
  }

  @SubreaperTest
  static class OuterTestCases {
    @Daemon static final Program OUTER = SLEEP;
    @Daemon final Program each = SLEEP;

    @Nested
    class Inner {
      @Daemon("inner")
      static final Program OUTER = SLEEP;

      @Test
      void test(
          @Daemon("OUTER") Launch outer,
          @Daemon("inner") Launch inner,
          @Daemon("each") Launch each) {
        SEEN.addAll(List.of(outer, inner, each));
      }
    }
  }

  @Test
  void registeredMoreThanOnceItStartsOnce() {
    SEEN.clear();
    Kit.with(RegistrationTest.AUTO_DETECTION, "true").start(TwiceTestCases.class).assertPassed();
    assertThat(seen()).hasSize(1);
  }

  @SubreaperTest
  @TestInstance(Lifecycle.PER_CLASS)
  static class TwiceTestCases {
    @RegisterExtension
    static final SubreaperExtension subreaper = SubreaperExtension.builder().build();

    @Daemon static final Program SERVER = SLEEP;

    TwiceTestCases(Launch server) {
      SEEN.add(server); // before beforeAll
    }

    @Test
    void test(Launch server, Supervisor supervisor) {
      SEEN.add(server);
      assertThat(server).isAlive();
    }
  }

  @Test
  void parallelTestsShareTheOneOfTheClass() {
    SEEN.clear();
    Kit.with("junit.jupiter.execution.parallel.enabled", "true")
        .and("junit.jupiter.execution.parallel.mode.default", "concurrent")
        .start(ParallelTestCases.class)
        .assertPassed();
    assertThat(SEEN).hasSize(8);
    assertThat(seen()).hasSize(1);
    assertAllEnded();
  }

  @SubreaperTest
  static class ParallelTestCases {
    @Daemon static final Program SERVER = SLEEP;

    @RepeatedTest(8)
    void test(Launch server) {
      SEEN.add(server);
      assertThat(server).isAlive();
    }
  }

  // methods -------------------------------------------------------------------------------------

  @Test
  void methodHasPortDirectoryAndWhatItTakesBeforeItsDaemonStarts() {
    run(MethodTestCases.class, MethodInOneInstanceTestCases.class).assertPassed();
    assertThat(SEEN).hasSize(18);
    assertThat(seen()).hasSize(10); // for two classes two of the class, and one for each of 3 tests
    assertAllEnded();
  }

  @SubreaperTest
  static class MethodTestCases {
    /** By name it would start first. */
    @Daemon
    static Program client(@Daemon("server") Launch server, Supervisor supervisor)
        throws IOException {
      assertThat(server).hasStdout("ready");
      assertThat(supervisor.tree()).hasSize(1);
      return Program.of("sleep", "1003");
    }

    @Daemon
    static Program server(@TempDir Path dir) throws IOException {
      Port port = Ports.free();
      Path script = Files.writeString(dir.resolve("server.sh"), "echo ready; exec sleep 1001");
      return Program.of("sh", script.toString())
          .withPort("http", port)
          .readyWhen(Ready.output("^ready$"));
    }

    @Daemon("each")
    Program ofEachTest(@Daemon("client") Launch client, @TempDir Path dir) {
      assertThat(this).isInstanceOf(MethodTestCases.class);
      assertThat(client).isAlive();
      return Program.of("sleep", "1004").withDirectory(dir);
    }

    @RepeatedTest(3)
    void test(
        @Daemon("server") Launch server,
        @Daemon("client") Launch client,
        @Daemon("each") Launch each) {
      assertThat(server.port("http").number()).isPositive();
      SEEN.addAll(List.of(server, client, each));
    }
  }

  @TestInstance(Lifecycle.PER_CLASS)
  static class MethodInOneInstanceTestCases extends MethodTestCases {
    MethodInOneInstanceTestCases(@Daemon("client") Launch client) {
      assertThat(client).isAlive();
    }
  }

  @Test
  void overriddenMethodIsOnlyThatOfTheSubclass() {
    run(OverridingTestCases.class).assertPassed();
    assertThat(seen()).hasSize(1);
    assertThat(seen().get(0).process().commandLine()).containsExactly("sleep", "1006");
  }

  static class OverriddenTestCases {
    @Daemon
    Program server() {
      return Program.of("sleep", "1005");
    }
  }

  @SubreaperTest
  static class OverridingTestCases extends OverriddenTestCases {
    @Daemon
    @Override
    Program server() {
      return Program.of("sleep", "1006");
    }

    @Test
    void test(Launch server) {
      SEEN.add(server);
    }
  }

  @Test
  void failureInAMethodFailsTheClass() {
    Kit.Run run = run(FailingMethodTestCases.class);
    assertThat(run.failed()).containsExactly(FailingMethodTestCases.class.getName());
    assertThat(run.onlyFailure()).isInstanceOf(NoSuchFileException.class).hasMessage("/no/config");
  }

  @SubreaperTest
  static class FailingMethodTestCases extends OneTest {
    @Daemon
    static Program server() throws IOException {
      return Program.of(Files.readString(Path.of("/no/config")));
    }
  }

  // one that dies or never is ready -------------------------------------------------------------

  @Test
  void testsAfterItsDeathFailAtOnceWithStatusAndOutput() {
    Kit.Run run = run(DyingTestCases.class);
    assertThat(run.succeeded()).isEqualTo(1);
    assertThat(run.failures()).hasSize(2); // the class is not failed once more
    String death =
        "@Daemon SERVER was killed by SIGKILL during DaemonTest.DyingTestCases.a(Launch)";
    assertThat(run.failures().get(0))
        .isInstanceOf(AssertionError.class)
        .hasMessageMatching(
            Pattern.quote(death)
                + ", \\d+\\.\\d+ s after its start: \"ready\"\n  To fix: .*(\n  report: .*)?");
    assertThat(run.failures().get(1)).hasMessage(death);
    assertThat(SEEN).hasSize(1);
  }

  @SubreaperTest
  @TestMethodOrder(MethodOrderer.MethodName.class)
  static class DyingTestCases {
    @Daemon static final Program SERVER = SLEEP;

    @Test
    void a(Launch server) {
      SEEN.add(server);
      server.signal(Signal.KILL);
      assertThat(server).exitsWith(signaled(Signal.KILL));
    }

    @Test
    void b(Launch server) {
      SEEN.add(server);
    }

    @Test
    void c() {
      SEEN.clear();
    }
  }

  @Test
  void deathIsNotExplainedByALeakThatWasTerminated() {
    Kit.Run run = run(DyingAfterALeakTestCases.class);
    assertThat(run.failures()).hasSize(2);
    assertThat(run.failures().get(0)).hasMessageContaining("left sleep running");
    assertThat(run.failures().get(1))
        .hasMessageStartingWith("@Daemon SERVER was killed by SIGKILL");
    assertThat(run.failures().get(1).getSuppressed())
        .extracting(Throwable::getMessage)
        .allMatch(text -> text.contains("report"));
  }

  @SubreaperTest
  @TestMethodOrder(MethodOrderer.MethodName.class)
  static class DyingAfterALeakTestCases {
    @Daemon static final Program SERVER = SLEEP;

    @Test
    void a(Launch server) throws IOException {
      new ProcessBuilder("sleep", "1000").start();
      server.signal(Signal.KILL);
      assertThat(server).exitsWith(signaled(Signal.KILL));
    }

    @Test
    void b() {}
  }

  @Test
  void deathInTheLastTestFailsTheClass() {
    Kit.Run run = run(DyingLastTestCases.class);
    assertThat(run.succeeded()).isEqualTo(1);
    assertThat(run.failed()).containsExactly(DyingLastTestCases.class.getName());
    assertThat(run.onlyFailure())
        .hasMessageContaining(
            "@Daemon SERVER exited 0 during DaemonTest.DyingLastTestCases.test(Launch), ");
  }

  @SubreaperTest
  static class DyingLastTestCases {
    @Daemon
    static final Program SERVER =
        Program.of("sh", "-c", "trap 'exit 0' USR1; echo ready; while :; do sleep 0.1; done")
            .readyWhen(Ready.output("ready"));

    @Test
    void test(Launch server) {
      server.signal(Signal.USR1);
      assertThat(server).exitsWith(0);
      assertThat(server).hasShapeWithin(Duration.ofMinutes(1), "");
    }
  }

  @Test
  void deathOfADaemonWhoseLauncherHasReturnedIsNamedByTheDaemon() {
    assertThat(run(CrashingTestCases.class).onlyFailure())
        .hasMessageMatching(
            "(?s)@Daemon SERVER \\(sleep 1001 \\(pid \\d+\\)\\) was killed by SIGSEGV during"
                + " DaemonTest\\.CrashingTestCases\\.test\\(Launch\\), .*");
    assertAllEnded();
  }

  @SubreaperTest
  static class CrashingTestCases {
    @Daemon static final Program SERVER = ForkingTestCases.SERVER;

    @Test
    void test(Launch server) {
      SEEN.add(server);
      Descendant daemon = server.awaitOrphan("sleep*");
      daemon.signal(Signal.SEGV);
      assertThat(daemon).exitsWith(signaled(Signal.SEGV));
    }
  }

  @Test
  void deathOfAMasterIsNotNamedByAWorkerThatDiedLater() {
    assertThat(run(CrashingMasterTestCases.class).onlyFailure())
        .hasMessageContaining("@Daemon SERVER (sh -c sleep 1002");
    assertAllEnded();
  }

  @SubreaperTest
  static class CrashingMasterTestCases {
    @Daemon
    static final Program SERVER =
        Program.of("sh", "-c", "setsid sh -c 'sleep 1002 & echo ready; wait' &")
            .readyWhen(Ready.output("ready"));

    @Test
    void test(Launch server) {
      SEEN.add(server);
      assertThat(server).exitsWith(0);
      Descendant master = server.awaitOrphan("sh*");
      Descendant worker = master.children().get(0);
      master.signal(Signal.SEGV);
      assertThat(master).exitsWith(signaled(Signal.SEGV));
      worker.signal(Signal.TERM);
      assertThat(worker).exitsWith(signaled(Signal.TERM));
    }
  }

  @Test
  void stoppedOnPurposeOrPerTestItMayEnd() {
    run(StoppingTestCases.class).assertPassed();
  }

  @SubreaperTest
  @TestMethodOrder(MethodOrderer.MethodName.class)
  static class StoppingTestCases {
    @Daemon static final Program SERVER = SLEEP;
    @Daemon final Program each = SLEEP;

    @Test
    void a(@Daemon("SERVER") Launch server, @Daemon("each") Launch each) {
      server.stop();
      each.signal(Signal.KILL);
      each.awaitExit();
    }

    @Test
    void b(@Daemon("SERVER") Launch server, @Daemon("each") Launch each) {
      assertThat(server).hasEnded();
      assertThat(each).isAlive();
    }
  }

  @Test
  void launcherThatReturnsLeavesTheDaemonBehind() {
    run(ForkingTestCases.class).assertPassed();
    assertAllEnded();
  }

  @SubreaperTest
  static class ForkingTestCases {
    @Daemon
    static final Program SERVER =
        Program.of("sh", "-c", "(echo ready; exec setsid sleep 1001) &")
            .readyWhen(Ready.output("ready"));

    @RepeatedTest(2)
    void test(Launch server) {
      SEEN.add(server);
      assertThat(server).exitsWith(0);
      assertThat(server.awaitOrphan("sleep*")).isAlive();
    }
  }

  @Test
  void oneThatNeverBecomesReadyFailsTheClassBeforeAnyTest() {
    Kit.Run run = run(NeverReadyTestCases.class);
    assertThat(run.results().testEvents().started().count()).isZero();
    assertThat(run.failed()).containsExactly(NeverReadyTestCases.class.getName());
    assertThat(run.onlyFailure())
        .isInstanceOf(WaitTimeoutException.class)
        .hasMessageContaining("cannot become ready")
        .hasMessageContaining("no such file")
        .hasMessageContaining("exited 3");
    assertThat(SEEN).isEmpty();
  }

  @SubreaperTest
  static class NeverReadyTestCases extends OneTest {
    @Daemon
    static final Program SERVER =
        Program.of("sh", "-c", "echo no such file >&2; exit 3").readyWhen(Ready.output("ready"));

    @BeforeAll
    static void beforeAll(Launch server) {
      SEEN.add(server);
    }
  }

  @ParameterizedTest
  @ValueSource(classes = {AssumingTestCases.class, AssumingMethodTestCases.class})
  void assumptionInTheFieldOrMethodSkipsTheClass(Class<?> testCases) {
    Kit.Run run = run(testCases);
    assertThat(run.results().testEvents().started().count()).isZero();
    assertThat(run.results().containerEvents().aborted().count()).isEqualTo(1);
    assertThat(run.onlyFailure()).hasMessageContaining("not installed");
  }

  @SubreaperTest
  static class AssumingTestCases extends OneTest {
    @Daemon static final Program SERVER = Assumptions.abort("not installed");
  }

  @SubreaperTest
  static class AssumingMethodTestCases extends OneTest {
    @Daemon
    static Program server() {
      return Assumptions.abort("not installed");
    }
  }

  // bad use -------------------------------------------------------------------------------------

  static Stream<Arguments> badUses() {
    return Stream.of(
        Arguments.of(
            NullTestCases.class,
            "@Daemon field DaemonTest.NullTestCases.SERVER is null when its daemon is to start. To"
                + " fix: assign it where it is declared; @BeforeAll comes later."),
        Arguments.of(
            TextTestCases.class,
            "@Daemon field DaemonTest.TextTestCases.SERVER is a String, not a Program. To fix:"
                + " declare it as `static final Program SERVER = Program.of(…)`."),
        Arguments.of(
            SameNameTestCases.class,
            "@Daemon field DaemonTest.SameNameTestCases.SECOND has the name \"SECOND\", and so has"
                + " @Daemon field DaemonTest.SuperTestCases.SECOND. To fix: name one of them:"),
        Arguments.of(
            NoneTestCases.class,
            "of DaemonTest.NoneTestCases.test takes a daemon, and DaemonTest.NoneTestCases declares"
                + " none. To fix: declare one: "),
        Arguments.of(
            AmbiguousTestCases.class,
            "may be any of [@Daemon field DaemonTest.AmbiguousTestCases.A, @Daemon field"
                + " DaemonTest.AmbiguousTestCases.B]. To fix: say which: @Daemon(\"A\") Launch."),
        Arguments.of(
            UnknownTestCases.class,
            "takes the daemon \"C\", which is not declared. To fix: name one of [A]."),
        Arguments.of(
            TooEarlyTestCases.class,
            "takes @Daemon field DaemonTest.TooEarlyTestCases.server, which starts later, for each"
                + " test. To fix: take it in @BeforeEach or in the test, or make it static."),
        Arguments.of(
            TooEarlyMethodTestCases.class,
            "DaemonTest.TooEarlyMethodTestCases.server takes @Daemon method"
                + " DaemonTest.TooEarlyMethodTestCases.each, which starts later, for each test."),
        Arguments.of(
            CircleTestCases.class,
            "takes @Daemon method DaemonTest.CircleTestCases.a, which waits for it. To fix: let one"
                + " of the two do without the other."),
        Arguments.of(
            TextMethodTestCases.class,
            "@Daemon method DaemonTest.TextMethodTestCases.server returns String, not a Program. To"
                + " fix: declare it as `static Program server(…)`."),
        Arguments.of(
            NullMethodTestCases.class,
            "@Daemon method DaemonTest.NullMethodTestCases.server is null when its daemon is to"
                + " start. To fix: return a Program."));
  }

  @ParameterizedTest
  @MethodSource("badUses")
  void badUseFailsAndSaysWhatToDo(Class<?> type, String message) {
    Kit.Run run = run(type);
    assertThat(run.succeeded()).isZero();
    assertThat(run.onlyFailure()).hasMessageContaining(message);
    assertThat(run.onlyFailure()).hasStackTraceContaining("ExtensionConfigurationException");
  }

  @SubreaperTest
  static class NullTestCases extends OneTest {
    @Daemon static @Nullable Program SERVER;
  }

  @SubreaperTest
  static class TextTestCases extends OneTest {
    @Daemon static final String SERVER = "sleep";
  }

  @SubreaperTest
  static class SameNameTestCases extends SuperTestCases {
    @Daemon static final Program SECOND = SLEEP;

    @Test
    void test() {}
  }

  @SubreaperTest
  static class NoneTestCases {
    @Test
    void test(Launch server) {}
  }

  @SubreaperTest
  static class AmbiguousTestCases {
    @Daemon static final Program A = SLEEP;
    @Daemon static final Program B = SLEEP;

    @Test
    void test(Launch server) {}
  }

  @SubreaperTest
  static class UnknownTestCases {
    @Daemon static final Program A = SLEEP;

    @Test
    void test(@Daemon("C") Launch server) {}
  }

  @SubreaperTest
  static class TooEarlyTestCases extends OneTest {
    @Daemon final Program server = SLEEP;

    TooEarlyTestCases(Launch server) {}
  }

  @SubreaperTest
  static class TooEarlyMethodTestCases extends OneTest {
    @Daemon
    static Program server(@Daemon("each") Launch each) {
      return SLEEP;
    }

    @Daemon
    Program each() {
      return SLEEP;
    }
  }

  @SubreaperTest
  static class CircleTestCases extends OneTest {
    @Daemon
    static Program a(Launch other) {
      return SLEEP;
    }

    @Daemon
    static Program b(Launch other) {
      return SLEEP;
    }
  }

  @SubreaperTest
  static class TextMethodTestCases extends OneTest {
    @Daemon
    static String server() {
      return "sleep";
    }
  }

  @SubreaperTest
  static class NullMethodTestCases extends OneTest {
    @Daemon
    static @Nullable Program server() {
      return null;
    }
  }
}
