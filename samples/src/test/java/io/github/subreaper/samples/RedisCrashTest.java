package io.github.subreaper.samples;

import static io.github.subreaper.assertj.SubreaperAssertions.assertThat;

import io.github.subreaper.Program;
import io.github.subreaper.Ready;
import io.github.subreaper.crash.CrashRun;
import io.github.subreaper.junit.CrashTest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** No acknowledged write is lost, wherever {@code kill -9} strikes. */
@EnabledIfSystemProperty(named = "os.arch", matches = "amd64")
class RedisCrashTest {
  @TempDir static Path programs;
  private static Program redis = Program.of("true");

  @TempDir Path empty;

  @BeforeAll
  static void unpack() throws IOException, InterruptedException {
    redis =
        Program.of(
                Programs.redis(programs).toString(),
                "--port",
                "0",
                "--unixsocket",
                "redis.sock",
                "--appendonly",
                "yes",
                "--appendfsync",
                "always")
            .readyWhen(Ready.output("ready to accept connections"));
  }

  @CrashTest(budget = 12, seed = 1)
  void everyAcknowledgedSetSurvives(CrashRun run) throws Exception {
    List<String> acknowledged = new ArrayList<>();
    run.in(empty)
        .launch(redis)
        .during(server -> setMany(run.directory().resolve("redis.sock"), acknowledged));
    run.recover(
        server -> {
          try (Connection client = Connection.to(run.directory().resolve("redis.sock"))) {
            for (String key : acknowledged) {
              assertThat(client.send("EXISTS " + key + "\r\n").readLine()).isEqualTo(":1");
            }
          }
        });
  }

  private static void setMany(Path socket, List<String> acknowledged) throws IOException {
    try (Connection client = Connection.to(socket)) {
      for (int i = 0; i < 12; i++) {
        if (client.send("SET key" + i + " value\r\n").readLine().equals("+OK")) {
          acknowledged.add("key" + i);
        }
      }
    }
  }
}
