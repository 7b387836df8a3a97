package io.github.subreaper.bench;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import io.github.subreaper.junit.SubreaperTest;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.RepeatedTest;
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
  private static final int TESTS = 1000;

  private EmptyMethods() {}

  /** Theirs. */
  static class Plain {
    @RepeatedTest(TESTS)
    void empty() {}
  }

  /** Ours. */
  @SubreaperTest
  static class Guarded {
    @RepeatedTest(TESTS)
    void empty() {}
  }

  static List<Row> run(Setting setting) {
    List<Double> ours = new ArrayList<>();
    List<Double> theirs = new ArrayList<>();
    List<Double> added = new ArrayList<>();
    try (LauncherSession session = LauncherFactory.openSession()) {
      int warmUp = setting.size(3, 1);
      int rounds = setting.size(9, 1);
      for (int round = 0; round < warmUp + rounds; round++) {
        boolean first = round % 2 == 0;
        double before = first ? millis(session.getLauncher(), Guarded.class) : 0;
        double their = millis(session.getLauncher(), Plain.class);
        double our = first ? before : millis(session.getLauncher(), Guarded.class);
        if (round >= warmUp) {
          ours.add(our);
          theirs.add(their);
          added.add(our - their);
        }
      }
    }
    return List.of(
        Row.absolute("an empty @SubreaperTest test over a plain one", Spread.of(added), "ms", 1)
            .between(
                Row.number(Spread.of(ours).median()) + " ms",
                Row.number(Spread.of(theirs).median()) + " ms"));
  }

  /** A test's share of the execution of all. */
  private static double millis(Launcher launcher, Class<?> tests) {
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
