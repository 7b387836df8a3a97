package com.example;

import static io.github.subreaper.assertj.SubreaperAssertions.assertThat;

import io.github.subreaper.Launch;
import io.github.subreaper.Program;
import io.github.subreaper.Ready;
import io.github.subreaper.Supervisor;
import io.github.subreaper.junit.Daemon;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.context.ApplicationContext;

/** Spring's extension and this library's in one class: each takes its own parameters. */
@SpringBootTest
class ApplicationTest {
  @Daemon
  static final Program SERVER =
      Program.of("sh", "-c", "echo listening; exec sleep 1000")
          .readyWhen(Ready.output("^listening"));

  @Test
  void hasItsDaemonAndItsContext(
      Launch server, Supervisor supervisor, @Autowired ApplicationContext context) {
    assertThat(server).isAlive();
    assertThat(supervisor.launch("true")).exitsWith(0);
    assertThat(context.getBean(Application.class)).isNotNull();
  }
}
