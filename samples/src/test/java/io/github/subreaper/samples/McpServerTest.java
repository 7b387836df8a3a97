package io.github.subreaper.samples;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.junit.LeakedProcessesError;
import io.github.subreaper.junit.SubreaperTest;
import io.modelcontextprotocol.client.transport.ServerParameters;
import io.modelcontextprotocol.client.transport.StdioClientTransport;
import io.modelcontextprotocol.json.McpJsonMapper;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCMessage;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCNotification;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The Java SDK of the Model Context Protocol knows nothing of this library. When its client closes
 * the connection, it ends the process that it started, and no process that the server started.
 */
class McpServerTest {
  private static long pid;

  /** Connects to a server that sends back each message, and closes the connection. */
  private static void talkTo(ServerParameters server) throws InterruptedException {
    BlockingQueue<JSONRPCMessage> answers = new LinkedBlockingQueue<>();
    StdioClientTransport client = new StdioClientTransport(server, McpJsonMapper.getDefault());
    client.connect(answer -> answer.doOnNext(answers::add)).block();
    client.sendMessage(new JSONRPCNotification("2.0", "hello", Map.of())).block();
    assertThat(answers.poll(1, TimeUnit.MINUTES)).isNotNull();

    client.closeGracefully().block();
  }

  @SubreaperTest
  @Nested
  class OfOneProcess {
    @Test
    void isNoLeak() throws InterruptedException {
      talkTo(ServerParameters.builder("cat").build());
    }
  }

  /** Passes, and leaves a process behind. */
  static class WithAHelper {
    @Test
    void isClosed(@TempDir Path dir) throws InterruptedException {
      String server = "sleep 1000 & echo $! >" + dir.resolve("pid") + "; cat";
      talkTo(ServerParameters.builder("sh").args("-c", server).build());
      pid = Suite.awaitPid(dir.resolve("pid"));
    }
  }

  @Test
  void withoutTheLibraryTheHelperIsLeft() {
    Suite.assertLeftUnguarded(WithAHelper.class, () -> pid);
  }

  @Test
  void withTheLibraryItFailsItsTestAndIsEnded() {
    LeakedProcessesError error = Suite.runGuarded(WithAHelper.class);

    // A thread of the SDK starts the server.
    Suite.assertNamedAndEnded(error, pid, StdioClientTransport.class);
  }
}
