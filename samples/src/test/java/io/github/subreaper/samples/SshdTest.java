package io.github.subreaper.samples;

import static io.github.subreaper.assertj.SubreaperAssertions.assertThat;

import io.github.subreaper.Descendant;
import io.github.subreaper.Frozen;
import io.github.subreaper.Launch;
import io.github.subreaper.Port;
import io.github.subreaper.Ports;
import io.github.subreaper.Program;
import io.github.subreaper.Ready;
import io.github.subreaper.Signal;
import io.github.subreaper.Supervisor;
import io.github.subreaper.junit.Daemon;
import io.github.subreaper.junit.SubreaperTest;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A daemon that is ready when it listens, has written its pid file, and says so in its log. */
@SubreaperTest(await = "1 m")
class SshdTest {
  private static final int NOBODY = 65534;

  private final String sshd = Programs.require("sshd", "openssh-server");
  private final String sshKeygen = Programs.require("ssh-keygen", "openssh-client");

  @TempDir Path dir;

  @SuppressWarnings("NullAway.Init") // the method of the daemon sets it
  private Path log;

  @SuppressWarnings("NullAway.Init") // the method of the daemon sets it
  private Path pidFile;

  private int port;

  @Daemon
  Program sshd(Supervisor supervisor) throws IOException {
    if (isRoot()) {
      Files.setAttribute(dir, "unix:uid", NOBODY);
    }
    Launch keygen =
        supervisor.launch(
            program(
                sshKeygen, "-q", "-t", "ed25519", "-N", "", "-f", dir.resolve("key").toString()));
    assertThat(keygen).exitsWith(0);
    Port free = Ports.free();
    port = free.number();
    log = dir.resolve("log");
    pidFile = dir.resolve("sshd.pid");
    Path config =
        Files.writeString(
            dir.resolve("config"),
            """
            Port %d
            ListenAddress 127.0.0.1
            HostKey %s/key
            PidFile %s
            UsePAM no
            """
                .formatted(port, dir, pidFile));

    return program(sshd, "-f", config.toString(), "-E", log.toString())
        .withPort("ssh", free)
        .readyWhen(
            Ready.all(
                Ready.port(port),
                Ready.pidFile(pidFile),
                Ready.logLine(log, "^Server listening on 127\\.0\\.0\\.1 ")));
  }

  /** Runs it as another user, since as root it needs a system directory. */
  private Program program(String... command) {
    Program program = Program.of(command).withDirectory(dir);
    return isRoot() ? program.withUser(NOBODY, NOBODY) : program;
  }

  private static boolean isRoot() {
    return "root".equals(System.getProperty("user.name"));
  }

  private Connection connect() throws IOException {
    return Connection.to(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
  }

  @Test
  void listenerIsAdoptedAndGreets(Launch launch) throws IOException {
    assertThat(launch).exitsWith(0);
    assertThat(launch.awaitOrphan()).isOrphan().listensOn(port);
    try (Connection connection = connect()) {
      assertThat(connection.readLine()).startsWith("SSH-2.0-OpenSSH");
    }
  }

  @Test
  void frozenServerGreetsNoClientUntilItIsThawed(Launch launch) throws IOException {
    Descendant server = launch.awaitOrphan();
    Connection connection;
    try (Frozen frozen = server.freeze()) {
      assertThat(frozen.processes()).contains(server);
      connection = connect(); // the kernel completes the connection
      connection.channel().configureBlocking(false);
      assertThat(connection.channel().read(ByteBuffer.allocate(1))).isZero();
      connection.channel().configureBlocking(true);
    }
    try (connection) {
      assertThat(connection.readLine()).startsWith("SSH-2.0-OpenSSH");
    }
  }

  @Test
  void hangupMakesAnotherTakeItsPlace(Launch launch) throws IOException {
    Descendant server = launch.awaitOrphan();
    server.signal(Signal.HUP);
    assertThat(server).exitsWith(0); // it execs itself, and then forks into the background

    launch.awaitReady(Ready.all(Ready.port(port), Ready.pidFile(pidFile))); // with the new pid
    assertThat(Long.parseLong(Files.readString(pidFile).strip())).isNotEqualTo(server.pid());
    try (Connection connection = connect()) {
      assertThat(connection.readLine()).startsWith("SSH-2.0-OpenSSH");
    }
  }
}
