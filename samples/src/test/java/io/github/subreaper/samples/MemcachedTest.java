package io.github.subreaper.samples;

import static io.github.subreaper.assertj.SubreaperAssertions.assertThat;

import io.github.subreaper.Descendant;
import io.github.subreaper.Launch;
import io.github.subreaper.Signal;
import io.github.subreaper.Supervisor;
import io.github.subreaper.junit.SubreaperTest;
import java.io.IOException;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;

/** A daemon on a port that the kernel chooses; its sockets show which. */
@SubreaperTest
class MemcachedTest {
  private final String memcached = Programs.require("memcached", "memcached");

  @Test
  void daemonAnswersOnThePortThatItGot(Supervisor supervisor) throws IOException {
    Launch launch =
        supervisor.launch(memcached, "-d", "-l", "127.0.0.1", "-p", "-1", "-u", "nobody");
    assertThat(launch).exitsWith(0);
    Descendant daemon = launch.awaitOrphan();
    InetSocketAddress address = launch.awaitListening();

    try (Connection client = Connection.to(address)) {
      assertThat(client.send("version\r\n").readLine()).startsWith("VERSION ");
    }
    daemon.signal(Signal.TERM);
    assertThat(daemon).exitsWith(0);
  }

  @Test
  void severalRunSideBySideAndOneIsStopped(Supervisor supervisor) {
    Launch one = supervisor.launch(memcached, "-d", "-l", "127.0.0.1", "-p", "-1", "-u", "nobody");
    Launch two = supervisor.launch(memcached, "-d", "-l", "127.0.0.1", "-p", "-1", "-u", "nobody");
    assertThat(one.awaitListening()).isNotEqualTo(two.awaitListening());

    one.stop();

    assertThat(one.tree()).isEmpty();
    assertThat(two.awaitOrphan()).isAlive();
  }

  @Test
  void foregroundModeIsTheLaunchedProcess(Supervisor supervisor) {
    Launch launch =
        supervisor.launch(memcached, "-vv", "-l", "127.0.0.1", "-p", "-1", "-u", "nobody");

    launch.awaitOutput("server listening");
    launch.signal(Signal.INT);
    assertThat(launch).exitsWith(0).hasNoOrphans();
  }
}
