package io.github.subreaper.samples;

import static io.github.subreaper.assertj.SubreaperAssertions.assertThat;

import io.github.subreaper.Launch;
import io.github.subreaper.ListeningSocket;
import io.github.subreaper.Program;
import io.github.subreaper.Supervisor;
import io.github.subreaper.junit.SubreaperTest;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Servers that are handed their socket, as by a service manager: no port is chosen and lost. */
@SubreaperTest(await = "1 m")
@Timeout(120) // seconds
class SocketActivationTest {
  @TempDir private Path dir;

  @Test
  void serverAnswersAClientThatCameBeforeIt(Supervisor supervisor) throws IOException {
    String gunicorn = Programs.require("gunicorn", "gunicorn");
    Files.writeString(
        dir.resolve("hello.py"),
        """
        def app(environ, respond):
            respond("200 OK", [("Content-Length", "6")])
            return [b"hello\\n"]
        """);
    try (ListeningSocket socket = ListeningSocket.tcp("127.0.0.1", 0);
        Connection client = connect(socket)) {
      client.send("GET / HTTP/1.0\r\n\r\n"); // waits in the kernel

      Launch server =
          supervisor.launch(
              Program.of(gunicorn, "hello:app").withDirectory(dir).withSocket(socket, "http"));

      assertThat(client.readLine()).endsWith("200 OK");
      assertThat(server).listensOn(socket.port()).isAlive();
      server.stop();
      assertThat(server).exitsWith(0);
    }
  }

  @Test
  void serverIsReplacedAndNoClientIsRefused(Supervisor supervisor) throws IOException {
    String gunicorn = Programs.require("gunicorn", "gunicorn");
    Files.writeString(
        dir.resolve("ids.py"),
        """
        import os

        def app(environ, respond):
            respond("200 OK", [])
            return [str(os.getppid()).encode()]
        """);
    try (ListeningSocket socket = ListeningSocket.tcp("127.0.0.1", 0)) {
      Program program =
          Program.of(gunicorn, "ids:app").withDirectory(dir).withSocket(socket, "http");
      Launch first = supervisor.launch(program);
      assertThat(askForPid(socket)).isEqualTo(first.pid());
      first.stop();

      try (Connection between = connect(socket)) { // no process is there to accept it
        between.send("GET / HTTP/1.0\r\n\r\n");
        Launch second = supervisor.launch(program);
        assertThat(between.readLine()).endsWith("200 OK");
        assertThat(askForPid(socket)).isEqualTo(second.pid());
      }
    }
  }

  @Test
  void agentTakesAUnixSocket(Supervisor supervisor) throws IOException {
    String ssh = Programs.require("ssh", "openssh-client");
    Programs.requireOpenSsh(Path.of(ssh), 10); // the first whose agent reads LISTEN_FDS
    String agent = Programs.require("ssh-agent", "openssh-client");
    String add = Programs.require("ssh-add", "openssh-client");
    Path path = dir.resolve("agent");
    try (ListeningSocket socket = ListeningSocket.unix(path)) {
      Launch launch =
          supervisor.launch(Program.of(agent, "-D").withSocket(socket, "ssh-agent.socket"));

      Launch list =
          supervisor.launch(
              Program.of(add, "-l").withEnvironment("SSH_AUTH_SOCK", path.toString()));
      assertThat(list).exitsWith(1).hasStdout("The agent has no identities.");
      assertThat(launch).isAlive(); // its own user may not see that it listens
    }
  }

  private static Connection connect(ListeningSocket socket) throws IOException {
    return Connection.to(new InetSocketAddress(InetAddress.getLoopbackAddress(), socket.port()));
  }

  private static long askForPid(ListeningSocket socket) throws IOException {
    try (Connection client = connect(socket).send("GET / HTTP/1.0\r\n\r\n")) {
      String line = "";
      for (String next = client.readLine(); !next.isEmpty(); next = client.readLine()) {
        line = next; // the headers
      }
      assertThat(line).contains(":");
      return Long.parseLong(client.readLine());
    }
  }
}
