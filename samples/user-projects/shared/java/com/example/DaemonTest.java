package com.example;

import static io.github.subreaper.assertj.SubreaperAssertions.assertThat;

import io.github.subreaper.Descendant;
import io.github.subreaper.Launch;
import io.github.subreaper.Signal;
import io.github.subreaper.Supervisor;
import io.github.subreaper.junit.SubreaperTest;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** The first test of the library's README, in a project that has the library as jars. */
@SubreaperTest
class DaemonTest {

  @Test
  void endsOnTerm(Supervisor supervisor) {
    Launch launch = supervisor.launch("sh", "-c", "(setsid sleep 1000 &)");
    assertThat(launch).exitsWith(0);
    Descendant daemon = launch.awaitOrphan();

    daemon.signal(Signal.TERM);
    assertThat(daemon).exitsWithin(Duration.ofMinutes(1)).isSignaled(Signal.TERM);
  }
}
