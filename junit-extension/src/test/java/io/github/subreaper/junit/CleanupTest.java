package io.github.subreaper.junit;

import static io.github.subreaper.junit.Processes.assertEnded;
import static io.github.subreaper.junit.Processes.leak;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import io.github.subreaper.ScopeClosedException;
import io.github.subreaper.Supervisor;
import io.github.subreaper.waits.Await;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.opentest4j.TestAbortedException;

/** However a test ends, it leaves no process, and its own failure is not hidden. */
class CleanupTest {

  @ParameterizedTest
  @ValueSource(
      classes = {
        FailingTestCases.class,
        FailingBeforeEachTestCases.class,
        FailingExtensionTestCases.class,
        FailingConstructorTestCases.class,
        FailingPerClassConstructorTestCases.class,
        FailingAfterEachTestCases.class,
      })
  void failureOfTheTestComesFirstAndTheLeakIsSuppressed(Class<?> testCases) {
    Kit.Run run = Kit.run(testCases);

    assertEnded(run.pid());
    Throwable failure = run.onlyFailure();
    assertThat(failure).hasMessage("own failure");
    assertThat(failure.getSuppressed())
        .singleElement()
        .isInstanceOf(LeakedProcessesError.class)
        .asString()
        .contains(testCases.getSimpleName());
  }

  private static void leakTo(TestReporter reporter) {
    reporter.publishEntry("pid", Long.toString(leak()));
  }

  private static IllegalStateException ownFailure() {
    return new IllegalStateException("own failure");
  }

  @SubreaperTest(settle = "10 ms")
  static class FailingTestCases {
    @Test
    void test(TestReporter reporter) {
      leakTo(reporter);
      throw ownFailure();
    }
  }

  @SubreaperTest(settle = "10 ms")
  static class FailingBeforeEachTestCases {
    @BeforeEach
    void beforeEach(TestReporter reporter) {
      leakTo(reporter);
      throw ownFailure();
    }

    @Test
    void test() {}
  }

  @SubreaperTest(settle = "10 ms")
  static class FailingExtensionTestCases {
    @Test
    @ExtendWith(FailingExtension.class)
    void test() {}
  }

  static final class FailingExtension implements BeforeEachCallback {
    @Override
    public void beforeEach(ExtensionContext context) {
      context.publishReportEntry("pid", Long.toString(leak()));
      throw ownFailure();
    }
  }

  @SubreaperTest(settle = "10 ms")
  static class FailingConstructorTestCases {
    FailingConstructorTestCases(TestReporter reporter) {
      leakTo(reporter);
      throw ownFailure();
    }

    @Test
    void test() {}
  }

  @SubreaperTest(settle = "10 ms")
  @TestInstance(Lifecycle.PER_CLASS)
  static class FailingPerClassConstructorTestCases {
    FailingPerClassConstructorTestCases(TestReporter reporter) {
      leakTo(reporter);
      throw ownFailure();
    }

    @Test
    void test() {}
  }

  @SubreaperTest(settle = "10 ms")
  static class FailingAfterEachTestCases {
    @Test
    void test(TestReporter reporter) {
      leakTo(reporter);
    }

    @AfterEach
    void afterEach() {
      throw ownFailure();
    }
  }

  @Test
  void abortedTestThatLeakedFails() {
    Kit.Run run = Kit.run(AbortedTestCases.class);

    assertEnded(run.pid());
    Throwable failure = run.onlyFailure();
    assertThat(failure).isInstanceOf(LeakedProcessesError.class);
    assertThat(failure.getSuppressed()).singleElement().isInstanceOf(TestAbortedException.class);
  }

  @SubreaperTest(settle = "10 ms")
  static class AbortedTestCases {
    @Test
    void test(TestReporter reporter) {
      leakTo(reporter);
      abort("no reason to go on");
    }
  }

  @Test
  void abortedTestThatLeftNothingStaysAborted() {
    Kit.Run run = Kit.run(CleanlyAbortedTestCases.class);

    assertEnded(run.pid());
    assertThat(run.failed()).isEmpty();
    assertThat(run.onlyFailure()).isInstanceOf(TestAbortedException.class);
  }

  @SubreaperTest
  static class CleanlyAbortedTestCases {
    @Test
    void test(Supervisor supervisor, TestReporter reporter) {
      reporter.publishEntry("pid", Long.toString(supervisor.launch("sleep", "1000").pid()));
      abort("no reason to go on");
    }
  }

  @Test
  void stepsAfterATestThatEndsItsOwnSupervisorStillRun() {
    Kit.Run run = Kit.run(EndingTestCases.class).assertPassed();
    assertEnded(run.pid());
  }

  @SubreaperTest
  static class EndingTestCases {
    @Test
    void test(Supervisor supervisor) {
      supervisor.launch("sleep", "1000");
      assertThat(supervisor.end().isClean()).isTrue();
    }

    @AfterEach
    void afterEach(Supervisor supervisor, TestReporter reporter) {
      long pid = supervisor.descendants().get(0).pid();
      reporter.publishEntry("pid", Long.toString(pid));
    }
  }

  @Test
  void interruptOfATestDoesNotStopItsCleanup() {
    Kit.Run run = Kit.run(InterruptedTestCases.class);

    assertEnded(run.pid());
    assertThat(run.onlyFailure()).isInstanceOf(LeakedProcessesError.class);
    assertThat(run.published("flag")).containsExactly("true");
  }

  @ExtendWith(TellInterruptFlag.class) // registered before, so called after
  @SubreaperTest(settle = "10 ms")
  static class InterruptedTestCases {
    @Test
    void test(TestReporter reporter) {
      leakTo(reporter);
      Thread.currentThread().interrupt();
    }
  }

  static final class TellInterruptFlag implements AfterEachCallback {
    @Override
    public void afterEach(ExtensionContext context) {
      context.publishReportEntry("flag", Boolean.toString(Thread.interrupted()));
    }
  }

  @Test
  void cleanupComesBeforeThatOfExtensionsRegisteredEarlier() {
    Kit.Run run = Kit.run(CleanedBeforeTestCases.class);

    assertEnded(run.pid());
    run.assertPassed();
    assertThat(run.published("alive in afterEach")).containsExactly("false");
  }

  @ExtendWith(TellAlive.class)
  @SubreaperTest
  static class CleanedBeforeTestCases {
    private static long pid;

    @Test
    void test(Supervisor supervisor, TestReporter reporter) {
      pid = supervisor.launch("sleep", "1000").pid();
      reporter.publishEntry("pid", Long.toString(pid));
    }
  }

  static final class TellAlive implements AfterEachCallback {
    @Override
    public void afterEach(ExtensionContext context) {
      boolean alive = Processes.isAlive(CleanedBeforeTestCases.pid);
      context.publishReportEntry("alive in afterEach", Boolean.toString(alive));
    }
  }

  @Test
  void timeoutInTheSameThreadIsCleanedUp() {
    Kit.Run run = Kit.run(SameThreadTimeoutTestCases.class);

    assertEnded(run.pid());
    assertThat(run.onlyFailure()).isInstanceOf(TimeoutException.class);
    assertThat(run.onlyFailure().getSuppressed())
        .hasAtLeastOneElementOfType(LeakedProcessesError.class);
  }

  @SubreaperTest(settle = "10 ms")
  static class SameThreadTimeoutTestCases {
    /** Not in the test, whose timeout may be over on a busy machine before the leak has started. */
    @BeforeEach
    void leak(TestReporter reporter) {
      leakTo(reporter);
    }

    @Test
    @Timeout(value = 100, unit = TimeUnit.MILLISECONDS)
    void test() throws InterruptedException {
      new CountDownLatch(1).await();
    }
  }

  @Test
  void bodyThatRunsOnAfterATimeoutCannotLaunchAnyMore() throws Exception {
    Kit.Run run = Kit.run(SeparateThreadTimeoutTestCases.class);
    SeparateThreadTimeoutTestCases.RUN_HAS_ENDED.countDown();

    assertEnded(run.pid());
    assertThat(run.onlyFailure()).isInstanceOf(TimeoutException.class);
    assertThat(run.onlyFailure().getSuppressed())
        .hasAtLeastOneElementOfType(LeakedProcessesError.class);
    assertThat(Await.get(SeparateThreadTimeoutTestCases.LATE_LAUNCH))
        .isInstanceOf(ScopeClosedException.class)
        .hasMessageContaining("SeparateThreadTimeoutTestCases.test(Supervisor)");
  }

  @SubreaperTest(settle = "10 ms")
  static class SeparateThreadTimeoutTestCases {
    static final CountDownLatch RUN_HAS_ENDED = new CountDownLatch(1);
    static final CompletableFuture<Throwable> LATE_LAUNCH = new CompletableFuture<>();

    /** Not in the test, whose timeout may be over on a busy machine before the leak has started. */
    @BeforeEach
    void leak(TestReporter reporter) {
      leakTo(reporter);
    }

    @Test
    @Timeout(value = 300, unit = TimeUnit.MILLISECONDS, threadMode = ThreadMode.SEPARATE_THREAD)
    void test(Supervisor supervisor) {
      awaitEndOfRun();
      try {
        supervisor.launch("sleep", "1000");
        LATE_LAUNCH.complete(new AssertionError("launched after the end"));
      } catch (RuntimeException e) {
        LATE_LAUNCH.complete(e);
      }
    }

    private static void awaitEndOfRun() {
      while (RUN_HAS_ENDED.getCount() > 0) {
        try {
          RUN_HAS_ENDED.await();
        } catch (InterruptedException e) {
          // the body ignores the timeout
        }
      }
    }
  }
}
