package io.github.subreaper.samples;

import static io.github.subreaper.assertj.SubreaperAssertions.assertThat;

import io.github.subreaper.Descendant;
import io.github.subreaper.Launch;
import io.github.subreaper.Signal;
import io.github.subreaper.Supervisor;
import io.github.subreaper.junit.SubreaperTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A private bus that starts a service at the first message for it. */
@SubreaperTest
class DbusActivationTest {
  private static final String SERVICE = "io.github.subreaper.Sample";

  private final String dbusDaemon = Programs.require("dbus-daemon", "dbus");
  private final String dbusSend = Programs.require("dbus-send", "dbus");

  @TempDir Path dir;
  private Path socket;

  @BeforeEach
  void configure() throws IOException {
    socket = dir.resolve("bus.sock");
    Files.writeString(
        dir.resolve("bus.conf"),
        """
        <busconfig>
          <type>session</type>
          <listen>unix:path=%s</listen>
          <auth>EXTERNAL</auth>
          <servicedir>%s</servicedir>
          <policy context="default">
            <allow send_destination="*" eavesdrop="true"/>
            <allow eavesdrop="true"/>
            <allow own="*"/>
          </policy>
        </busconfig>
        """
            .formatted(socket, dir));
    Path service = Files.writeString(dir.resolve("sample-service"), "sleep 1000\n:\n");
    Files.writeString(
        dir.resolve(SERVICE + ".service"),
        """
        [D-BUS Service]
        Name=%s
        Exec=/bin/sh %s
        """
            .formatted(SERVICE, service));
  }

  private Launch startBus(Supervisor supervisor) {
    Launch launch =
        supervisor.launch(
            dbusDaemon, "--config-file=" + dir.resolve("bus.conf"), "--fork", "--print-pid");
    assertThat(launch).exitsWith(0);
    return launch;
  }

  /** Sends a message without waiting for a reply: the service takes no name on the bus. */
  private Descendant activateService(Supervisor supervisor) {
    Launch message =
        supervisor.launch(
            dbusSend,
            "--bus=unix:path=" + socket,
            "--dest=" + SERVICE,
            "--type=method_call",
            "/",
            SERVICE + ".Wake");
    assertThat(message).exitsWith(0);
    return supervisor.awaitDescendant("*sample-service");
  }

  @Test
  void busIsAdoptedAndStartsNothingUnasked(Supervisor supervisor) {
    Launch launch = startBus(supervisor);
    Descendant bus = launch.awaitOrphan();

    assertThat(bus).isOrphan().listensOn(socket);
    assertThat(launch).hasStdout(Long.toString(bus.pid()));
    assertThat(supervisor.tree()).hasSize(1);
  }

  @Test
  void serviceStartedOnDemandBelongsToTheBus(Supervisor supervisor) {
    Launch bus = startBus(supervisor);
    Descendant service = activateService(supervisor);

    assertThat(service).isAlive().hasChildren(1);
    assertThat(bus.tree()).contains("dbus-daemon").contains("*sample-service").contains("sleep*");
  }

  @Test
  void serviceThatOutlivesItsBusIsAdopted(Supervisor supervisor) {
    Descendant bus = startBus(supervisor).awaitOrphan();
    Descendant service = activateService(supervisor);

    bus.signal(Signal.TERM);

    assertThat(bus).exitsWith(0);
    assertThat(supervisor.awaitOrphan("*sample-service")).isEqualTo(service).isAlive();
  } // the service ends here
}
