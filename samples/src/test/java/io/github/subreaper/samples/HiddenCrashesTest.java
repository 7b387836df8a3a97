package io.github.subreaper.samples;

import static io.github.subreaper.assertj.SubreaperAssertions.assertThat;

import io.github.subreaper.Descendant;
import io.github.subreaper.Launch;
import io.github.subreaper.ListeningSocket;
import io.github.subreaper.Program;
import io.github.subreaper.Supervisor;
import io.github.subreaper.junit.CrashedProcessesError;
import io.github.subreaper.junit.SubreaperTest;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.platform.launcher.listeners.TestExecutionSummary.Failure;

/** A worker crashes, its master replaces it, and all seems well: but the test fails. */
class HiddenCrashesTest {
  /** Fails the only test of a class that is called {@code crashes}; the others pass. */
  static void assertFindsTheCrash(Class<?> tests, String worker) {
    List<Failure> failures = Suite.failures(tests);
    assertThat(failures)
        .as(failures.stream().map(one -> one.getException().getMessage()).toList().toString())
        .extracting(one -> one.getTestIdentifier().getDisplayName())
        .containsExactly("crashes(Supervisor)");
    assertThat(failures.get(0).getException())
        .isInstanceOf(CrashedProcessesError.class)
        .hasMessageContaining(" crashed with SIGSEGV")
        .hasMessageContaining(worker);
  }

  /** Crashes a process as a fault of its own would, unknown to the library. */
  static void crash(Descendant worker) throws IOException, InterruptedException {
    Process kill = new ProcessBuilder("kill", "-SEGV", String.valueOf(worker.pid())).start();
    assertThat(kill.waitFor()).isZero();
    assertThat(worker).isRespawnedWithin(Duration.ofMinutes(1));
  }

  @SubreaperTest(await = "1 m")
  static class NginxTestCases {
    private final String nginx = Programs.require("nginx", "nginx");
    @TempDir Path dir;

    @Test
    void crashes(Supervisor supervisor) throws Exception {
      crash(serve(supervisor));
    }

    @Test
    void serves(Supervisor supervisor) throws IOException {
      assertThat(serve(supervisor)).isAlive();
    }

    private Descendant serve(Supervisor supervisor) throws IOException {
      Files.writeString(
          dir.resolve("conf"),
          "user root; daemon off; pid pid; events {} worker_rlimit_core 0;"
              + " http { access_log off; client_body_temp_path body; proxy_temp_path proxy;"
              + " fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;"
              + " server { listen unix:socket; } }");
      supervisor.launch(
          Program.of(nginx, "-p", ".", "-c", "conf", "-e", "stderr").withDirectory(dir));
      return supervisor.awaitDescendant("nginx: worker process");
    }
  }

  @Test
  void workerOfNginx() {
    Programs.require("nginx", "nginx");
    assertFindsTheCrash(NginxTestCases.class, "nginx: worker process; killed by SIGSEGV");
  }

  @SubreaperTest(await = "1 m")
  static class GunicornTestCases {
    private final String gunicorn = Programs.require("gunicorn", "gunicorn");
    @TempDir Path dir;

    @Test
    void crashes(Supervisor supervisor) throws IOException {
      try (ListeningSocket socket = ListeningSocket.tcp("127.0.0.1", 0)) {
        Launch server = serve(supervisor, socket);
        assertThat(ask(socket, "/crash")).isEmpty();
        assertThat(ask(socket, "/")).endsWith("200 OK"); // by another worker
        assertThat(server).isAlive();
      }
    }

    @Test
    void serves(Supervisor supervisor) throws IOException {
      try (ListeningSocket socket = ListeningSocket.tcp("127.0.0.1", 0)) {
        serve(supervisor, socket);
        assertThat(ask(socket, "/")).endsWith("200 OK");
      }
    }

    private Launch serve(Supervisor supervisor, ListeningSocket socket) throws IOException {
      Files.writeString(
          dir.resolve("faulty.py"),
          """
          import os, resource, signal

          resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

          def app(environ, respond):
              if environ["PATH_INFO"] == "/crash":
                  os.kill(os.getpid(), signal.SIGSEGV)
              respond("200 OK", [])
              return []
          """);
      return supervisor.launch(
          Program.of(gunicorn, "faulty:app")
              .withDirectory(dir)
              .withSocket(socket, "http")
              .traced()); // a worker that crashes at once may be missed otherwise
    }

    private static String ask(ListeningSocket socket, String path) throws IOException {
      try (Connection client =
          Connection.to(new InetSocketAddress(InetAddress.getLoopbackAddress(), socket.port()))) {
        return client.send("GET " + path + " HTTP/1.0\r\n\r\n").readLine();
      }
    }
  }

  @Test
  void workerOfGunicorn() {
    Programs.require("gunicorn", "gunicorn");
    assertFindsTheCrash(GunicornTestCases.class, "gunicorn");
  }

  @SubreaperTest(await = "1 m")
  static class PreforkTestCases {
    @TempDir static Path built;

    @BeforeAll
    static void compile(Supervisor supervisor) throws IOException {
      Path source = built.resolve("preforkd.c");
      try (InputStream resource = HiddenCrashesTest.class.getResourceAsStream("/c/preforkd.c")) {
        Files.copy(Objects.requireNonNull(resource), source);
      }
      String cc = Programs.require("cc", "gcc libc6-dev");
      assertThat(
              supervisor.launch(cc, "-o", built.resolve("preforkd").toString(), source.toString()))
          .exitsWith(0);
    }

    @Test
    void crashes(Supervisor supervisor) throws IOException {
      serve(supervisor, "!!\n");
    }

    @Test
    void serves(Supervisor supervisor) throws IOException {
      serve(supervisor, "\n");
    }

    /** The output and the exit code are the same. */
    private static void serve(Supervisor supervisor, String requests) throws IOException {
      Launch server =
          supervisor.launch(
              Program.of(
                      "sh", "-c", "ulimit -c 0; exec \"$0\"", built.resolve("preforkd").toString())
                  .withStandardInput(requests)
                  .traced());
      assertThat(server).exitsWith(0).hasStdout("served");
    }
  }

  @Test
  void workerOfAHomeMadeServer() {
    Programs.require("cc", "gcc libc6-dev");
    assertFindsTheCrash(PreforkTestCases.class, "preforkd crashed with SIGSEGV, 2 times");
  }
}
