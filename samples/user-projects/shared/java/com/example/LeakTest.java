package com.example;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import io.github.subreaper.junit.LeakedProcessesError;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;

/**
 * A test that leaks fails without any annotation: JUnit has found the extension in the jar, and the
 * two lines of {@code junit-platform.properties} are enough.
 */
class LeakTest {

  /** Fails on purpose, so no runner finds it by its name. */
  static class LeakingTestCase {
    static Process leak;

    @Test
    void leavesItsProcessAlive() throws IOException {
      leak = new ProcessBuilder("sleep", "1001").start();
    }
  }

  @Test
  void leakFailsItsTest() throws Exception {
    SummaryGeneratingListener listener = new SummaryGeneratingListener();
    try {
      LauncherFactory.create()
          .execute(
              LauncherDiscoveryRequestBuilder.request()
                  .selectors(selectClass(LeakingTestCase.class))
                  .build(),
              listener);
    } finally {
      LeakingTestCase.leak.destroyForcibly().waitFor();
    }

    assertThat(listener.getSummary().getFailures())
        .as("the failures of a test that leaks")
        .singleElement()
        .satisfies(
            failure ->
                assertThat(failure.getException())
                    .isInstanceOf(LeakedProcessesError.class)
                    .hasMessageContaining("sleep 1001"));
  }
}
