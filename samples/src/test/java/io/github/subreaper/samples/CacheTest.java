package io.github.subreaper.samples;

import static io.github.subreaper.assertj.SubreaperAssertions.assertThat;

import io.github.subreaper.Launch;
import io.github.subreaper.Program;
import io.github.subreaper.Ready;
import io.github.subreaper.junit.Daemon;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** A server that is declared, runs for all tests of the class, and has its tree in git. */
class CacheTest {
  private static final String PATH = Programs.require("memcached", "memcached");

  @Daemon
  static final Program MEMCACHED =
      Program.of(PATH, "-vv", "-l", "127.0.0.1", "-p", "-1", "-u", "nobody")
          .readyWhen(Ready.output("server listening"));

  @Test
  void answers(Launch memcached) throws IOException {
    try (Connection client = Connection.to(memcached.awaitListening())) {
      assertThat(client.send("set answer 0 0 2\r\n42\r\n").readLine()).isEqualTo("STORED");
      assertThat(client.send("get answer\r\n").readLine()).isEqualTo("VALUE answer 0 2");
    }
  }

  /** Its file says {@code [uid=*]}, since it drops to nobody only if root starts it. */
  @Test
  void isOneProcess(Launch memcached) {
    assertThat(memcached).matchesApprovedShape();
  }
}
