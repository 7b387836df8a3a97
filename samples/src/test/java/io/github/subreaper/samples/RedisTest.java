package io.github.subreaper.samples;

import static io.github.subreaper.ExitStatus.signaled;
import static io.github.subreaper.assertj.SubreaperAssertions.assertThat;

import io.github.subreaper.Descendant;
import io.github.subreaper.Launch;
import io.github.subreaper.Program;
import io.github.subreaper.Ready;
import io.github.subreaper.Signal;
import io.github.subreaper.Supervisor;
import io.github.subreaper.junit.Daemon;
import io.github.subreaper.junit.SubreaperTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A daemon on a unix socket, and its crash. */
@SubreaperTest
class RedisTest {
  @TempDir static Path programs;
  private static Path redisServer;

  @TempDir Path dir;

  @SuppressWarnings("NullAway.Init") // the method of the daemon sets it
  private Path socket;

  @BeforeAll
  static void unpack() throws IOException, InterruptedException {
    redisServer = Programs.redis(programs);
  }

  @Daemon
  Program redis() throws IOException {
    socket = dir.resolve("redis.sock");
    Path config =
        Files.writeString(
            dir.resolve("redis.conf"),
            """
            daemonize yes
            port 0
            unixsocket %s
            dir %s
            logfile redis.log
            save ""
            crash-memcheck-enabled no
            """
                .formatted(socket, dir));
    return Program.of(redisServer, config.toString()).readyWhen(Ready.unixSocket(socket));
  }

  @Test
  void daemonIsAdoptedAndAnswers(Launch launch) throws IOException {
    assertThat(launch).exitsWith(0);
    assertThat(launch.awaitOrphan()).isOrphan().hasName("redis-server");
    try (Connection client = Connection.to(socket)) {
      assertThat(client.send("SET answer 42\r\n").readLine()).isEqualTo("+OK");
      assertThat(client.send("INCR answer\r\n").readLine()).isEqualTo(":43");
    }
  }

  @Test
  void shutdownCommandEndsItCleanly(Launch launch, Supervisor supervisor) throws IOException {
    Descendant redis = launch.awaitOrphan();
    try (Connection client = Connection.to(socket)) {
      client.send("SHUTDOWN NOSAVE\r\n");
      assertThat(redis).exitsWith(0);
    }
    assertThat(socket).doesNotExist();
    assertThat(supervisor).hasNoProcesses();
  }

  @Test
  void crashIsReportedWithItsSignal(Launch launch) throws IOException {
    Descendant redis = launch.awaitOrphan();
    try (Connection client = Connection.to(socket)) {
      client.send("DEBUG SEGFAULT\r\n");
      assertThat(redis).exitsWith(signaled(Signal.SEGV));
    }
    assertThat(dir.resolve("redis.log")).content().contains("crashed by signal: 11");
  }
}
