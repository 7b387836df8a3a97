package com.example;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.Port;
import io.github.subreaper.Ports;
import io.github.subreaper.Program;
import io.github.subreaper.Ready;
import io.github.subreaper.junit.Daemon;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/** The context, which is made after the daemon is ready, has its port as a property. */
@SpringBootTest
class DaemonPropertyTest {
  static final Port PORT = Ports.free();

  @Daemon
  static final Program SERVER =
      Program.of("python3", "-m", "http.server", "--bind", "127.0.0.1", PORT.toString())
          .withPort("http", PORT)
          .readyWhen(Ready.port(PORT.number()));

  @DynamicPropertySource
  static void properties(DynamicPropertyRegistry registry) {
    registry.add("server.of.the.test", PORT::number);
  }

  @Test
  void applicationReachesTheDaemon(@Value("${server.of.the.test}") int port) throws IOException {
    try (Socket client = new Socket(InetAddress.getLoopbackAddress(), port)) {
      assertThat(client.isConnected()).isTrue();
    }
  }
}
