package io.github.subreaper.samples;

import static io.github.subreaper.ExitStatus.exited;
import static io.github.subreaper.assertj.SubreaperAssertions.assertThat;

import io.github.subreaper.Descendant;
import io.github.subreaper.Launch;
import io.github.subreaper.Signal;
import io.github.subreaper.Supervisor;
import io.github.subreaper.junit.SubreaperTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A master with workers, controlled by signals. */
@SubreaperTest
class NginxTest {
  private static final int LARGE = 8 << 20;

  private final String nginx = Programs.require("nginx", "nginx");

  @TempDir Path dir;
  private Path socket;

  @BeforeEach
  void configure() throws IOException {
    socket = dir.resolve("nginx.sock");
    Files.write(dir.resolve("large"), new byte[LARGE]);
    configure(1);
  }

  private void configure(int workers) throws IOException {
    Files.writeString(
        dir.resolve("nginx.conf"),
        """
        user root; # matters for root only: others could not read the directory
        worker_processes %d;
        pid nginx.pid;
        error_log error.log;
        events {}
        http {
          access_log off;
          client_body_temp_path body;
          proxy_temp_path proxy;
          fastcgi_temp_path fastcgi;
          uwsgi_temp_path uwsgi;
          scgi_temp_path scgi;
          server {
            listen unix:%s;
            root .;
          }
        }
        """
            .formatted(workers, socket));
  }

  private Launch launch(Supervisor supervisor) {
    return supervisor.launch(nginx, "-p", dir.toString(), "-c", "nginx.conf");
  }

  private Descendant daemon(Supervisor supervisor) {
    Launch launch = launch(supervisor);
    assertThat(launch).exitsWith(0); // the launcher returned ...
    return launch.awaitOrphan(); // ... and this JVM adopted the daemon
  }

  private static Descendant worker(Descendant master) {
    assertThat(master).hasChildren(1);
    return master.children().get(0);
  }

  @Test
  void daemonIsAdoptedWithItsWorker(Supervisor supervisor) {
    Descendant master = daemon(supervisor);

    assertThat(master).isOrphan().hasName("nginx: master process *").listensOn(socket);
    assertThat(worker(master)).hasName("nginx: worker process");
    assertThat(supervisor.tree()).hasSize(2);
  }

  @Test
  void killedWorkerIsReplaced(Supervisor supervisor) {
    Descendant master = daemon(supervisor);
    Descendant worker = worker(master);

    worker.signal(Signal.KILL);

    assertThat(worker).isRespawnedWithin(Duration.ofSeconds(30));
    assertThat(master).isAlive();
  }

  @Test
  void reloadTakesTheNewConfigurationAndNewWorkers(Supervisor supervisor) throws IOException {
    Descendant master = daemon(supervisor);
    Descendant worker = worker(master);

    configure(2);
    master.signal(Signal.HUP);

    assertThat(worker).exitsWithin(Duration.ofSeconds(30));
    assertThat(master).isAlive().hasChildren(2);
  }

  @Test
  void quitServesWhatIsBeingServed(Supervisor supervisor) throws IOException {
    Descendant master = daemon(supervisor);
    Descendant worker = worker(master);

    try (Connection client = Connection.to(socket)) {
      client.send("GET /large HTTP/1.0\r\n\r\n");
      assertThat(client.readLine()).isEqualTo("HTTP/1.1 200 OK");
      master.signal(Signal.QUIT);
      supervisor.awaitDescendant("nginx: worker process is shutting down");

      assertThat(client.input().readAllBytes()).hasSizeGreaterThan(LARGE);
    }
    assertThat(worker).exitsWithin(Duration.ofSeconds(30));
    assertThat(master).exitsWithin(Duration.ofSeconds(30)).with(exited(0));
  }

  @Test
  void killedMasterLeavesItsWorkerToThisJvm(Supervisor supervisor) {
    Descendant master = daemon(supervisor);
    Descendant worker = worker(master);

    master.signal(Signal.KILL);

    assertThat(supervisor.awaitOrphan("nginx: worker process")).isEqualTo(worker).isAlive();
  } // the worker ends here

  @Test
  void foregroundModeLeavesNoOrphan(Supervisor supervisor) {
    Launch launch =
        supervisor.launch(nginx, "-p", dir.toString(), "-c", "nginx.conf", "-g", "daemon off;");

    assertThat(launch).listensOn(socket);
    assertThat(launch.process()).hasChildren(1);
    launch.signal(Signal.QUIT);
    assertThat(launch).exitsWith(0).hasNoOrphans();
  }
}
