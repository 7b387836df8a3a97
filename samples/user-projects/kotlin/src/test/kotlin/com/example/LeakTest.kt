package com.example

import io.github.subreaper.junit.LeakedProcessesError
import org.assertj.core.api.Assertions.assertThat
import org.junit.jupiter.api.Test
import org.junit.platform.engine.discovery.DiscoverySelectors.selectClass
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder.request
import org.junit.platform.launcher.core.LauncherFactory
import org.junit.platform.launcher.listeners.SummaryGeneratingListener

/** The same as the other projects' LeakTest.java. */
class LeakTest {

  /** Fails on purpose, so no runner finds it by its name. */
  class LeakingTestCase {
    @Test
    fun leavesItsProcessAlive() {
      leak = ProcessBuilder("sleep", "1001").start()
    }
  }

  @Test
  fun leakFailsItsTest() {
    val listener = SummaryGeneratingListener()
    try {
      LauncherFactory.create().execute(request().selectors(selectClass(LeakingTestCase::class.java)).build(), listener)
    } finally {
      leak.destroyForcibly().waitFor()
    }

    val failure = listener.summary.failures.single().exception
    assertThat(failure).isInstanceOf(LeakedProcessesError::class.java).hasMessageContaining("sleep 1001")
  }

  companion object {
    lateinit var leak: Process
  }
}
