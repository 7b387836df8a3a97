package io.github.subreaper.junit;

import static io.github.subreaper.junit.Processes.assertEnded;
import static io.github.subreaper.junit.Processes.leak;
import static io.github.subreaper.junit.Processes.leakInSession;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.Descendant;
import io.github.subreaper.Launch;
import io.github.subreaper.Supervisor;
import io.github.subreaper.internal.access.Access;
import io.github.subreaper.waits.Await;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import jdk.jfr.FlightRecorder;
import jdk.jfr.Recording;
import jdk.jfr.RecordingState;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** With parallel tests each is blamed for its own leaks only, and no process stays. */
@Tag("slow")
class ParallelTest {
  private static final int METHODS = 4;

  /**
   * Twice as many threads as tests meet: JUnit's thread that waits for the tests counts as one of
   * them, and the pool does not always replace it. Measured: with 16 threads one of 16 tasks that
   * meet got none in 9 of 46 runs on JDK 25 and 9 of 38 on JDK 17; with 32 threads in 0 of 6,476.
   */
  private static Kit parallel() {
    return Kit.with("junit.jupiter.execution.parallel.enabled", "true")
        .and("junit.jupiter.execution.parallel.mode.default", "concurrent")
        .and("junit.jupiter.execution.parallel.mode.classes.default", "concurrent")
        .and("junit.jupiter.execution.parallel.config.strategy", "fixed")
        .and("junit.jupiter.execution.parallel.config.fixed.parallelism", "32")
        .and("junit.jupiter.execution.parallel.config.fixed.max-pool-size", "64");
  }

  /** Waits for the recorder, which starts in parallel: earlier starts are not recorded. */
  private static void awaitRecorder() {
    if (!"off".equals(System.getProperty(ORIGIN)) && !areStartsLogged()) {
      Await.until(
          () ->
              FlightRecorder.getFlightRecorder().getRecordings().stream()
                  .anyMatch(
                      one ->
                          one.getName().equals("subreaper")
                              && one.getState() == RecordingState.RUNNING));
    }
  }

  /** Returns whether the JDK logs each start at once, and its log is read. */
  private static boolean areStartsLogged() {
    return !"jfr".equals(System.getProperty(ORIGIN))
        && Arrays.stream(ProcessBuilder.class.getDeclaredFields())
            .anyMatch(field -> field.getName().equals("LOGGER"));
  }

  private static final String ORIGIN = "subreaper.origin";

  private static Kit.Run withOrigin(String origin, Class<?>... classes) {
    System.setProperty(ORIGIN, origin);
    try {
      return parallel().start(classes);
    } finally {
      System.clearProperty(ORIGIN);
    }
  }

  private static void meet(CyclicBarrier barrier)
      throws InterruptedException, BrokenBarrierException, TimeoutException {
    Meeting.at(barrier);
  }

  @Test
  void launchesOfParallelTestsBelongToTheirTest() {
    Kit.Run run = parallel().start(LaunchingTestCases.class, OtherLaunchingTestCases.class);

    assertThat(run.published("pid"))
        .hasSize(2 * METHODS)
        .allSatisfy(pid -> assertEnded(Long.parseLong(pid)));
    assertThat(run.failed()).hasSize(2 * METHODS);
    assertThat(run.failures())
        .extracting(failure -> ((LeakedProcessesError) failure).report())
        .allSatisfy(
            report ->
                assertThat(run.published("owner"))
                    .contains(report.scope() + " " + pids(report.leaked())));
  }

  private static List<Long> pids(List<Descendant> processes) {
    return processes.stream().map(Descendant::pid).toList();
  }

  @SubreaperTest(strict = true, settle = "10 ms")
  static class LaunchingTestCases {
    private static final CyclicBarrier ALL_RUN = new CyclicBarrier(METHODS);

    CyclicBarrier barrier() {
      return ALL_RUN;
    }

    @RepeatedTest(METHODS)
    void launches(Supervisor supervisor, TestReporter reporter) throws Exception {
      meet(barrier());
      Descendant daemon = supervisor.launch("sh", "-c", "setsid sleep 1000 & exit 0").awaitOrphan();
      reporter.publishEntry("pid", Long.toString(daemon.pid()));
      reporter.publishEntry("owner", supervisor.name() + " [" + daemon.pid() + "]");
      meet(barrier());
    }
  }

  static class OtherLaunchingTestCases extends LaunchingTestCases {
    private static final CyclicBarrier ALL_RUN = new CyclicBarrier(METHODS);

    @Override
    CyclicBarrier barrier() {
      return ALL_RUN;
    }
  }

  @Test
  void ambientLeakFailsItsTestOrItsClassAndNoOther() {
    Kit.Run run = parallel().start(AmbientTestCases.class);

    List<String> owners = run.published("owner");
    assertThat(owners).hasSize(2);
    assertThat(run.published("pid")).hasSize(2).allSatisfy(pid -> assertEnded(Long.parseLong(pid)));
    assertThat(run.failures())
        .isNotEmpty()
        .allSatisfy(
            failure -> {
              LeakedProcessesError error = (LeakedProcessesError) failure;
              String scope = error.report().scope();
              List<Long> leaked = pids(error.report().leaked());
              if (!scope.equals("ParallelTest.AmbientTestCases")) {
                assertThat(owners).contains(scope + " " + leaked);
              }
            });
    assertThat(
            run.failures().stream()
                .flatMap(failure -> ((LeakedProcessesError) failure).report().leaked().stream())
                .map(leaked -> Long.toString(leaked.pid())))
        .containsExactlyInAnyOrderElementsOf(run.published("pid"));
  }

  @SubreaperTest(settle = "10 ms")
  static class AmbientTestCases {
    private static final CyclicBarrier ALL_RUN = new CyclicBarrier(METHODS);

    @RepeatedTest(2)
    void leaks(Supervisor supervisor, TestReporter reporter) throws Exception {
      meet(ALL_RUN);
      long pid = leak();
      reporter.publishEntry("pid", Long.toString(pid));
      reporter.publishEntry("owner", supervisor.name() + " [" + pid + "]");
      meet(ALL_RUN);
    }

    @RepeatedTest(METHODS - 2)
    void leavesNothing() throws Exception {
      meet(ALL_RUN);
      meet(ALL_RUN);
    }
  }

  @Test
  void ambientLeakOfParallelClassesFailsTheRunIfNoEvidenceAssignsIt() {
    Kit.Run run = parallel().start(OneClassTestCases.class, AnotherClassTestCases.class);

    assertEnded(run.pid());
    LeakedProcessesError error = (LeakedProcessesError) run.onlyFailure();
    assertThat(error.report().leaked()).extracting(Descendant::pid).containsExactly(run.pid());
    assertThat(error.report().scope())
        .isIn("test run", "ParallelTest.OneClassTestCases.leaks(TestReporter)");
  }

  private static final CyclicBarrier BOTH_RUN = new CyclicBarrier(2);

  /** Leaks a daemon with no link to its starter, while another test runs. */
  abstract static class InDoubt {
    @Test
    void leaks(TestReporter reporter) throws Exception {
      meet(BOTH_RUN);
      reporter.publishEntry("pid", Long.toString(leak()));
      meet(BOTH_RUN);
    }
  }

  abstract static class Beside {
    @Test
    void leavesNothing() throws Exception {
      meet(BOTH_RUN);
      meet(BOTH_RUN);
    }
  }

  @SubreaperTest(settle = "10 ms")
  static class OneClassTestCases extends InDoubt {}

  @SubreaperTest
  static class AnotherClassTestCases extends Beside {}

  @ParameterizedTest
  @ValueSource(classes = {DirectChildTestCases.class, OwnThreadTestCases.class})
  void childOfATestsThreadBelongsToTheTest(Class<?> testCases) {
    Kit.Run run = parallel().start(testCases);

    assertEnded(run.pid());
    LeakedProcessesError error = (LeakedProcessesError) run.onlyFailure();
    assertThat(error.report().leaked()).extracting(Descendant::pid).containsExactly(run.pid());
    assertThat(error.report().scope()).startsWith("ParallelTest." + testCases.getSimpleName());
    assertThat(error.report().scope()).contains(".leaks(");
  }

  @SubreaperTest(settle = "10 ms")
  static class DirectChildTestCases extends Beside {
    @Test
    void leaks(Supervisor supervisor, TestReporter reporter) throws Exception {
      meet(BOTH_RUN);
      Process child = new ProcessBuilder("sleep", "1000").start();
      reporter.publishEntry("pid", Long.toString(child.pid()));
      assertThat(supervisor.leaks()).extracting(Descendant::pid).containsExactly(child.pid());
      meet(BOTH_RUN);
    }
  }

  /** A thread of JUnit's timeout, which only the extension binds. */
  @SubreaperTest(settle = "10 ms")
  @Timeout(value = 5, unit = TimeUnit.MINUTES, threadMode = ThreadMode.SEPARATE_THREAD)
  static class OwnThreadTestCases extends DirectChildTestCases {}

  @ParameterizedTest
  @ValueSource(
      classes = {IgnoringTestCases.class, WarningTestCases.class, SurvivingTestCases.class})
  void leakThatATolerantClassMayHaveStartedFailsNoOther(Class<?> tolerant) {
    Kit.Run run = withOrigin("off", tolerant, StandingBesideTestCases.class);

    assertThat(run.failures()).isEmpty();
    assertThat(run.succeeded()).isEqualTo(2);
    assertEnded(run.pid());
  }

  @Test
  void leakThatNoTolerantClassMayHaveStartedFailsTheRun() {
    Kit.Run run = withOrigin("off", StrictTestCases.class, StandingBesideTestCases.class);

    assertEnded(run.pid());
    LeakedProcessesError error = (LeakedProcessesError) run.onlyFailure();
    assertThat(error.report().scope()).isEqualTo("test run");
    assertThat(Access.get().possibleScopes(error.report().leaked().get(0)))
        .containsExactlyInAnyOrder(
            "ParallelTest.StrictTestCases.leaks(TestReporter)",
            "ParallelTest.StandingBesideTestCases.stands()");
  }

  @SubreaperTest(leaks = Leaks.IGNORE)
  static class IgnoringTestCases extends InDoubt {}

  @SubreaperTest(leaks = Leaks.WARN)
  static class WarningTestCases extends InDoubt {}

  @SubreaperTest(survivors = "sleep 1000")
  static class SurvivingTestCases extends InDoubt {}

  @SubreaperTest
  static class StrictTestCases extends InDoubt {}

  /** Its process could have started the daemon, too. */
  @SubreaperTest
  static class StandingBesideTestCases {
    @Test
    void stands() throws Exception {
      Process beside = new ProcessBuilder("sleep", "1000").start();
      meet(BOTH_RUN);
      meet(BOTH_RUN);
      beside.destroyForcibly().waitFor();
    }
  }

  // by the flight recorder ------------------------------------------------------------------------

  /**
   * Leaks on a pool that belongs to no test: its threads are bound to no scope, and the kernel's
   * lists of children do not distinguish them.
   */
  private static void leakElsewhere(
      CyclicBarrier barrier, TestReporter reporter, Callable<Long> leak) throws Exception {
    meet(barrier);
    ExecutorService pool = Executors.newSingleThreadExecutor();
    try {
      reporter.publishEntry("pid", Long.toString(Await.get(pool.submit(leak))));
    } finally {
      pool.shutdown();
    }
    meet(barrier);
  }

  @Test
  void leakOnAnUnboundThreadFailsTheTestWhoseMethodIsOnTheStackAndNamesTheLine() {
    Kit.Run run = parallel().start(PoolTestCases.class);

    assertEnded(run.pid());
    LeakedProcessesError error = (LeakedProcessesError) run.onlyFailure();
    assertThat(pids(error.report().leaked())).containsExactly(run.pid());
    assertThat(error.report().scope()).startsWith("ParallelTest.PoolTestCases.leaks(");
    assertThat(error).hasMessageContaining(" left sleep running (started at Processes.java:");
    assertThat(run.succeeded()).isOne();
  }

  @Test
  void withoutTheRecorderTheSameLeakFailsTheClass() {
    Kit.Run run = withOrigin("off", PoolTestCases.class);

    assertEnded(run.pid());
    LeakedProcessesError error = (LeakedProcessesError) run.onlyFailure();
    assertThat(error.report().scope()).isEqualTo("ParallelTest.PoolTestCases");
    assertThat(pids(error.report().leaked())).containsExactly(run.pid());
    assertThat(error)
        .hasMessageContaining("no evidence shows which of these scopes started it: ")
        .hasMessageContaining("ParallelTest.PoolTestCases.leaks(TestReporter)")
        .hasMessageContaining("ParallelTest.PoolTestCases.leavesNothing()");
    assertThat(run.succeeded()).isEqualTo(2);
  }

  @SubreaperTest(settle = "10 ms")
  static class PoolTestCases extends Beside {
    @Test
    void leaks(TestReporter reporter) throws Exception {
      awaitRecorder();
      leakElsewhere(BOTH_RUN, reporter, () -> leakInSession());
    }
  }

  /** Evidence that comes after the end of a test does not move its leak. */
  @Test
  void leakOfTheRunWhoseTestIsKnownInTheEndNamesThatTest() {
    Kit.Run run = withOrigin("jfr", LateEvidenceTestCases.class, StandingBesideTestCases.class);

    assertEnded(run.pid());
    assertThat(run.onlyFailure())
        .isInstanceOf(LeakedProcessesError.class)
        .hasMessageContaining("test run left sleep running")
        .hasMessageContaining(
            "started in ParallelTest.LateEvidenceTestCases.leaks(TestReporter), which has ended")
        .hasMessageContaining(
            "stop it in ParallelTest.LateEvidenceTestCases.leaks(TestReporter), which started it")
        .message()
        .doesNotContain("no evidence");
  }

  @SubreaperTest(settle = "10 ms")
  static class LateEvidenceTestCases {
    private static final Recording THEIRS = new Recording(); // hides what ours has seen

    @Test
    void leaks(TestReporter reporter) throws Exception {
      awaitRecorder();
      THEIRS.setToDisk(false);
      THEIRS.start();
      leakElsewhere(BOTH_RUN, reporter, () -> leakInSession());
    }

    @AfterAll
    static void show() {
      THEIRS.close();
    }
  }

  @Test
  void leakThatNoEvidenceAssignsFailsTheClass() {
    Kit.Run run = parallel().start(RepeatedPoolTestCases.class);

    assertThat(run.published("pid"))
        .hasSize(METHODS)
        .allSatisfy(pid -> assertEnded(Long.parseLong(pid)));
    LeakedProcessesError error = (LeakedProcessesError) run.onlyFailure();
    assertThat(error.report().scope()).isEqualTo("ParallelTest.RepeatedPoolTestCases");
    assertThat(error.report().leaked()).hasSize(METHODS);
    assertThat(error).hasMessageContaining("no evidence shows which of these scopes started it");
    assertThat(run.succeeded()).isEqualTo(METHODS);
  }

  /** Many tests of one method: the stack cannot distinguish them. */
  @SubreaperTest(settle = "10 ms")
  static class RepeatedPoolTestCases {
    private static final CyclicBarrier ALL_RUN = new CyclicBarrier(METHODS);

    @RepeatedTest(METHODS)
    void leaks(TestReporter reporter) throws Exception {
      awaitRecorder();
      leakElsewhere(ALL_RUN, reporter, () -> leakInSession());
    }
  }

  @Test
  void daemonOfAClassOutlivesItsParallelTestsAndEndsWithTheClass() {
    Kit.Run run = parallel().start(SharedDaemonTestCases.class).assertPassed();
    assertThat(run.succeeded()).isEqualTo(METHODS);
    assertEnded(run.pid());
  }

  @SubreaperTest
  @Execution(ExecutionMode.CONCURRENT)
  static class SharedDaemonTestCases {
    private static final AtomicInteger ENDED = new AtomicInteger();
    private static final CyclicBarrier ALL_RUN = new CyclicBarrier(METHODS);
    private static @Nullable Descendant daemon;

    @BeforeAll
    static void start(Supervisor supervisor, TestReporter reporter) {
      ENDED.set(0);
      daemon = supervisor.launch("sh", "-c", "setsid sleep 1000 & exit 0").awaitOrphan();
      reporter.publishEntry("pid", Long.toString(Objects.requireNonNull(daemon).pid()));
    }

    @RepeatedTest(METHODS)
    void uses(Supervisor supervisor) throws Exception {
      meet(ALL_RUN);
      assertThat(Objects.requireNonNull(daemon).isAlive()).isTrue();
      Launch own = supervisor.launch("sh", "-c", "setsid sleep 1000 & exit 0");
      assertThat(own.awaitOrphan().isAlive()).isTrue();
      assertThat(supervisor.orphans()).doesNotContain(daemon);
      ENDED.incrementAndGet();
    }

    @AfterAll
    static void outlived() {
      assertThat(ENDED).hasValue(METHODS);
      assertThat(Objects.requireNonNull(daemon).isAlive()).isTrue();
    }
  }

  @Test
  void orphansOfManyParallelTestsBelongToTheirTest() {
    Kit.Run run = parallel().start(ManyTestCases.class).assertPassed();
    assertThat(run.succeeded()).isEqualTo(MANY);
    assertThat(run.published("pids"))
        .flatExtracting(pids -> List.of(pids.split(" ")))
        .hasSize(MANY * PROGRAMS);
  }

  private static final int MANY = 16;
  private static final int PROGRAMS = 10;

  @SubreaperTest
  static class ManyTestCases {
    private static final CyclicBarrier ALL_RUN = new CyclicBarrier(MANY);

    @RepeatedTest(MANY)
    void launches(Supervisor supervisor, TestReporter reporter) throws Exception {
      meet(ALL_RUN);
      List<String> pids = new ArrayList<>();
      for (int i = 0; i < PROGRAMS; i++) {
        Launch launch =
            supervisor.launch(
                "sh", "-c", (i % 2 == 0 ? "setsid " : "") + "sleep 1000 >&- 2>&- & echo $!");
        launch.awaitExit();
        pids.add(launch.stdout().strip());
      }
      assertThat(supervisor.orphans())
          .filteredOn(Descendant::isAlive)
          .extracting(orphan -> Long.toString(orphan.pid()))
          .containsExactlyInAnyOrderElementsOf(pids);
      reporter.publishEntry("pids", String.join(" ", pids));
    }
  }
}
