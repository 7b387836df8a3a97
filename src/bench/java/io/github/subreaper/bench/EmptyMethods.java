package io.github.subreaper.bench;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import io.github.subreaper.junit.SubreaperTest;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.io.TempDir;
import org.junit.platform.launcher.Launcher;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;

/**
 * What the annotation adds to a test that does nothing, through the launcher of JUnit, in one
 * session that is active already.
 */
final class EmptyMethods {
  static final int TESTS = 100;
  private static final String PLAIN = "plain test";
  private static final String TEMPORARY = "@TempDir test";

  private EmptyMethods() {}

  /** JUnit alone. */
  static class Plain {
    @RepeatedTest(TESTS)
    void empty() {}
  }

  /** JUnit with a directory to clean up. */
  static class Temporary {
    @RepeatedTest(TESTS)
    void empty(@TempDir Path directory) {}
  }

  /** This library. */
  @SubreaperTest
  static class Guarded {
    @RepeatedTest(TESTS)
    void empty() {}
  }

  static void run(Setting setting, Report report) throws Exception {
    try (LauncherSession session = LauncherFactory.openSession()) {
      Launcher launcher = session.getLauncher();
      Contest.Work ours = () -> millis(launcher, Guarded.class);
      Contest.Peer plain = new Contest.Peer(PLAIN, () -> millis(launcher, Plain.class));
      Contest.Peer temporary = new Contest.Peer(TEMPORARY, () -> millis(launcher, Temporary.class));
      Contest.of(setting.size(30, 0), "ms", ours, plain, temporary);
      Contest contest = Contest.of(setting.size(51, 1), "ms", ours, plain, temporary);
      List<Double> added = new ArrayList<>();
      for (int round = 0; round < contest.ours().size(); round++) {
        added.add(contest.ours().get(round) - contest.of(PLAIN).get(round));
      }
      report.add(
          contest.row(
              "empty test",
              TEMPORARY,
              1,
              "A test method that does nothing, with its own scope, against one with a"
                  + " temporary directory."));
      report.add(
          Row.absolute(
              "empty test, more than a plain one",
              Spread.of(added),
              "ms",
              0.2,
              "What @SubreaperTest adds to a test method that does nothing."));
      List<Double> bytes = new ArrayList<>();
      for (int round = 0; round < setting.size(3, 1); round++) {
        bytes.add((Allocation.bytes(ours) - Allocation.bytes(plain.work())) / TESTS);
      }
      report.add(
          Row.absolute(
              "empty test, bytes allocated more than by a plain one",
              Spread.of(bytes),
              "B",
              Row.NO_GOAL,
              "What @SubreaperTest allocates for a test method that does nothing."));
    }
  }

  /** A test's share of the execution of all. */
  static double millis(Launcher launcher, Class<?> tests) {
    LauncherDiscoveryRequest request =
        LauncherDiscoveryRequestBuilder.request()
            .selectors(selectClass(tests))
            .configurationParameter("junit.jupiter.extensions.autodetection.enabled", "false")
            .configurationParameter("junit.jupiter.execution.parallel.enabled", "false")
            .build();
    SummaryGeneratingListener summary = new SummaryGeneratingListener();
    long start = System.nanoTime();
    launcher.execute(request, summary);
    long end = System.nanoTime();
    long succeeded = summary.getSummary().getTestsSucceededCount();
    Setting.check(
        succeeded == TESTS && summary.getSummary().getTotalFailureCount() == 0,
        succeeded,
        "tests of",
        tests,
        "succeeded");
    return (end - start) / 1e6 / TESTS;
  }
}
