package com.example;

import java.io.IOException;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.context.annotation.Bean;

/** Starts a server with the context, which Spring keeps for all classes until the JVM ends. */
@TestConfiguration
class ServerConfiguration {

  @Bean
  Server server() throws IOException {
    return new Server(new ProcessBuilder("sleep", "1000").start());
  }

  record Server(Process process) implements AutoCloseable {
    @Override
    public void close() throws InterruptedException {
      process.destroy();
      process.waitFor();
    }
  }
}
