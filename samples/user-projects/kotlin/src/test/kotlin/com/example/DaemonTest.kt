package com.example

import io.github.subreaper.Launch
import io.github.subreaper.Program
import io.github.subreaper.Ready
import io.github.subreaper.Signal
import io.github.subreaper.Supervisor
import io.github.subreaper.assertj.SubreaperAssertions.assertThat
import io.github.subreaper.junit.Daemon
import io.github.subreaper.junit.SubreaperTest
import java.time.Duration
import org.junit.jupiter.api.Test

@SubreaperTest
class DaemonTest {

  @Test
  fun `ends on TERM`(supervisor: Supervisor) {
    val launch = supervisor.launch("sh", "-c", "(setsid sleep 1000 &)")
    assertThat(launch).exitsWith(0)
    val daemon = launch.awaitOrphan()

    daemon.signal(Signal.TERM)
    assertThat(daemon).exitsWithin(Duration.ofMinutes(1)).isSignaled(Signal.TERM)
  }

  @Test
  fun `talks to the server`(server: Launch) {
    assertThat(server).isAlive()
  }

  companion object {
    /** A static field for JUnit, hence `@JvmField`. */
    @Daemon
    @JvmField
    val SERVER: Program =
      Program.of("sh", "-c", "echo listening; exec sleep 1000").readyWhen(Ready.output("^listening"))
  }
}
