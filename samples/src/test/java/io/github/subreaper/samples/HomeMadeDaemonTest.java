package io.github.subreaper.samples;

import static io.github.subreaper.assertj.SubreaperAssertions.assertThat;
import static io.github.subreaper.assertj.SubreaperAssertions.assertThatThrownBy;
import static io.github.subreaper.assertj.SubreaperAssertions.catchThrowable;

import io.github.subreaper.Descendant;
import io.github.subreaper.Launch;
import io.github.subreaper.Program;
import io.github.subreaper.Signal;
import io.github.subreaper.Supervisor;
import io.github.subreaper.junit.SubreaperTest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Objects;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A home-made daemon, {@code sensord.c}. Its first draft seems to work, but has three bugs that
 * {@code isDaemonized} finds; the second version fixes them.
 */
@SubreaperTest(await = "1 m")
class HomeMadeDaemonTest {
  @TempDir private static Path built;

  @TempDir private Path dir;
  private Path socket;
  private Path pidFile;
  private Path sensor;

  @BeforeAll
  static void compile(Supervisor supervisor) throws IOException {
    String cc = Programs.require("cc", "gcc libc6-dev");
    Path source = built.resolve("sensord.c");
    try (InputStream resource = HomeMadeDaemonTest.class.getResourceAsStream("/c/sensord.c")) {
      Files.copy(Objects.requireNonNull(resource), source);
    }
    for (String version : new String[] {"DRAFT", "FIXED"}) {
      String program = Files.createDirectory(built.resolve(version)).resolve("sensord").toString();
      assertThat(supervisor.launch(cc, "-D" + version, "-o", program, source.toString()))
          .exitsWith(0);
    }
  }

  /** Makes a slow sensor: reading it blocks until {@link #switchOn()}. */
  @BeforeEach
  void makeASensor(Supervisor supervisor) throws IOException {
    dir = dir.toRealPath();
    socket = dir.resolve("socket");
    pidFile = dir.resolve("sensord.pid");
    sensor = dir.resolve("sensor");
    assertThat(supervisor.launch("mkfifo", sensor.toString())).exitsWith(0);
  }

  /** Writes the value, which stays in the FIFO until it is read or the channel is closed. */
  private FileChannel switchOn() throws IOException {
    FileChannel fifo = FileChannel.open(sensor, StandardOpenOption.READ, StandardOpenOption.WRITE);
    fifo.write(StandardCharsets.US_ASCII.encode("21.5\n"));
    return fifo;
  }

  private Program sensord(String version, Path sensor) {
    Path program = built.resolve(version).resolve("sensord");
    return Program.of(program.toString(), dir.toString(), sensor.toString())
        .withDirectory(dir)
        .withCanaries();
  }

  private String ask() throws IOException {
    try (Connection connection = Connection.to(socket)) {
      return connection.readLine();
    }
  }

  @Test
  void theDraftServesButBreaksThreeConventions(Supervisor supervisor) throws IOException {
    Launch launch = supervisor.launch(sensord("DRAFT", sensor));
    assertThat(launch).exitsWith(0);
    Descendant daemon = launch.awaitOrphan();
    try (FileChannel on = switchOn()) {
      assertThat(daemon).listensOn(socket);
      assertThat(on.isOpen()).isTrue();
    }
    assertThat(ask()).isEqualTo("21.5");

    String message =
        String.valueOf(catchThrowable(() -> assertThat(daemon).isDaemonized(pidFile)).getMessage());

    assertThat(message)
        .startsWith("Expecting sensord (pid " + daemon.pid() + ") to be daemonized, but 3 of ")
        .contains(" conventions are not kept:\n");
    String middle = Files.readString(pidFile).strip();
    assertThat(message.lines().filter(line -> line.startsWith("  FAIL ")))
        .extracting(line -> line.strip().replaceAll(" {2,}", " | "))
        .containsExactly(
            "FAIL | NO_INHERITED_DESCRIPTORS"
                + " | 9 → the canary planted at launch is still open"
                + " | daemon(7): \"close all open file descriptors except standard input, output,"
                + " and error\"",
            "FAIL | PID_FILE"
                + (" | " + pidFile + " says " + middle + ", which exited 0 before")
                + " | daemon(7): \"write the daemon PID to a PID file\"",
            "FAIL | READY_WHEN_LAUNCHER_RETURNED"
                + (" | no process listened yet on " + socket)
                + " | daemon(7): \"exit() happens after initialization is complete and all external"
                + " communication channels are established\"");
  }

  @Test
  void theFixedDaemonKeepsAllConventionsAndTidiesUp(Supervisor supervisor) throws IOException {
    Launch launch = supervisor.launch(sensord("FIXED", sensor));
    try (FileChannel on = switchOn()) {
      assertThat(launch).exitsWith(0);
      assertThat(on.isOpen()).isTrue();
    }
    Descendant daemon = launch.awaitOrphan();

    assertThat(daemon).isDaemonized(pidFile);
    assertThat(ask()).isEqualTo("21.5");
    daemon.signal(Signal.TERM);
    assertThat(daemon).exitsWith(0);
    assertThat(pidFile).doesNotExist();
    assertThat(socket).doesNotExist();
  }

  @Test
  void theDraftReportsSuccessAndDiesOfASilentSensor(Supervisor supervisor) throws IOException {
    Launch launch = supervisor.launch(sensord("DRAFT", sensor));
    assertThat(launch).exitsWith(0); // all that a start script sees
    Descendant daemon = launch.awaitOrphan();

    Files.newOutputStream(sensor).close(); // returns once the daemon reads

    assertThat(daemon).exitsWith(1);
  }

  @Test
  void theFixedDaemonReportsAMissingSensor(Supervisor supervisor) {
    Launch launch = supervisor.launch(sensord("FIXED", dir.resolve("no-sensor")));

    assertThat(launch).exitsWith(1).hasStderrMatching("no-sensor: No such file or directory$");
    assertThatThrownBy(() -> assertThat(launch).listensOn(socket))
        .hasMessageContaining("to listen on " + socket + "\nbut it has ended before: exited 1");
  }
}
