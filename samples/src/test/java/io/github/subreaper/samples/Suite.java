package io.github.subreaper.samples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import io.github.subreaper.Descendant;
import io.github.subreaper.junit.LeakedProcessesError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.LongSupplier;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;
import org.junit.platform.launcher.listeners.TestExecutionSummary.Failure;

/** Runs a test class as a suite of its own, without the library and with it. */
final class Suite {
  private Suite() {}

  /**
   * Runs the only test of a class without the library. It has to pass, and to leave a process
   * alive, which is ended then.
   *
   * @param pid what the test has found
   */
  static void assertLeftUnguarded(Class<?> test, LongSupplier pid) {
    assertThat(failures(test, false)).isEmpty();

    long left = pid.getAsLong();
    try {
      assertThat(isAlive(left)).isTrue();
    } finally {
      end(left);
    }
  }

  /** Runs the only test of a class, which has to fail because of its leak. */
  static LeakedProcessesError runGuarded(Class<?> test) {
    return assertThat(failures(test, true))
        .singleElement(InstanceOfAssertFactories.type(LeakedProcessesError.class))
        .actual();
  }

  private static List<Throwable> failures(Class<?> test, boolean guarded) {
    TestExecutionSummary summary = run(test, guarded);
    assertThat(summary.getTestsStartedCount()).isEqualTo(1);
    return summary.getFailures().stream().map(Failure::getException).toList();
  }

  /** Runs a class with the library and returns what failed. */
  static List<Failure> failures(Class<?> tests) {
    return run(tests, true).getFailures();
  }

  private static TestExecutionSummary run(Class<?> tests, boolean guarded) {
    LauncherDiscoveryRequest request =
        LauncherDiscoveryRequestBuilder.request()
            .selectors(selectClass(tests))
            .configurationParameter(
                "junit.jupiter.extensions.autodetection.enabled", Boolean.toString(guarded))
            .configurationParameter("subreaper.reports", "NEVER")
            .configurationParameter("subreaper.settle", "10 ms") // what leaks would stay
            .build();
    SummaryGeneratingListener listener = new SummaryGeneratingListener();
    LauncherFactory.create().execute(request, listener);
    return listener.getSummary();
  }

  /**
   * Checks that the message names a process and the line that started it, and that no process that
   * it names is left.
   */
  static void assertNamedAndEnded(LeakedProcessesError error, long pid, Class<?> starter) {
    List<Descendant> leaked = error.report().leaked();
    Descendant process =
        leaked.stream().filter(one -> one.pid() == pid).findFirst().orElseThrow(() -> error);
    StackTraceElement origin = process.origin().orElseThrow(() -> error);
    assertThat(origin.getClassName()).isEqualTo(starter.getName());
    assertThat(origin.getLineNumber()).isPositive();
    assertThat(error)
        .hasMessageContaining(pid + " ")
        .hasMessageContaining(process.name())
        .hasMessageContaining(
            " running (started at " + origin.getFileName() + ":" + origin.getLineNumber());
    assertThat(leaked).noneMatch(one -> isAlive(one.pid()));
  }

  /** Waits until a server has written its pid into the first line of a file, and returns it. */
  static long awaitPid(Path file) {
    return await()
        .atMost(Duration.ofMinutes(1))
        .ignoreExceptionsInstanceOf(IOException.class) // it is not there yet
        .until(() -> Files.readAllLines(file), lines -> !lines.isEmpty())
        .stream()
        .mapToLong(Long::parseLong)
        .findFirst()
        .orElseThrow();
  }

  /** Returns whether a process runs; a zombie does not, even if its parent never collects it. */
  static boolean isAlive(long pid) {
    try {
      return !PsLine.of(pid).state().startsWith("Z");
    } catch (IOException e) {
      return false;
    }
  }

  /** Does what a user does who finds a leaked process. */
  static void end(long pid) {
    ProcessHandle.of(pid).ifPresent(ProcessHandle::destroy);
    await().atMost(Duration.ofMinutes(1)).until(() -> !isAlive(pid));
  }
}
