package com.example;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.RepeatedTest;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;

/** A server in a cached context is alive in each test of each class, and is no leak of any. */
@SpringBootTest(classes = ServerConfiguration.class)
class SharedServerTest {
  @Autowired private ServerConfiguration.Server server;

  @RepeatedTest(2)
  void serverIsAlive() {
    assertThat(server.process().isAlive()).isTrue();
  }
}
