package io.github.subreaper.samples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.subreaper.junit.LeakedProcessesError;
import io.github.subreaper.junit.SubreaperTest;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.embedded.RedisServer;
import redis.embedded.core.ExecutableProvider;
import redis.embedded.core.PortProvider;
import redis.embedded.core.RedisServerBuilder;

/**
 * The launcher {@code embedded-redis} knows nothing of this library. It takes a redis that turns
 * itself into a daemon for one that did not start: {@code start()} throws, {@code stop()} does
 * nothing, and redis lives on.
 */
class EmbeddedRedisTest {
  @TempDir static Path dir;
  private static ExecutableProvider program;
  private static int port;
  private static long pid;

  @BeforeAll
  static void unpack() throws IOException, InterruptedException {
    program = ExecutableProvider.newJarResourceProvider(dir.toFile());
    Programs.requireLibrariesOf(program.get().toPath(), "libssl3");
  }

  private static RedisServerBuilder redis() {
    port = PortProvider.newEphemeralPortProvider().get();
    return RedisServer.newRedisServer().executableProvider(program).port(port);
  }

  @SubreaperTest
  @Nested
  class InTheForeground {
    @Test
    void isNoLeak() throws IOException {
      RedisServer redis = redis().build();
      redis.start();
      try (Connection client =
          Connection.to(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))) {
        assertThat(client.send("PING\r\n").readLine()).isEqualTo("+PONG");
      } finally {
        redis.stop();
      }
    }
  }

  /** Passes, and leaves redis behind. */
  static class AsADaemon {
    @Test
    void isTakenForOneThatDidNotStart() throws IOException {
      Path pidFile = Files.createTempDirectory(dir, "run").resolve("pid");
      RedisServer redis = redis().setting("daemonize yes").setting("pidfile " + pidFile).build();

      assertThatThrownBy(redis::start)
          .hasStackTraceContaining("Redis-server process appears not to have started");
      redis.stop();
      pid = Suite.awaitPid(pidFile);
    }
  }

  @Test
  void withoutTheLibraryTheDaemonIsLeft() {
    Suite.assertLeftUnguarded(AsADaemon.class, () -> pid);
  }

  @Test
  void withTheLibraryItFailsItsTestAndIsEnded() {
    LeakedProcessesError error = Suite.runGuarded(AsADaemon.class);

    Suite.assertNamedAndEnded(error, pid, AsADaemon.class);
  }
}
