package io.github.subreaper;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.testing.Await;
import io.github.subreaper.testing.ChildJvm;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** {@link Launch#awaitListening}: only ports of the launch count. */
class AwaitListeningTest extends WaitFixture {
  /** Listens on the loopback address until it is killed, and prints its ports. */
  static final class Listening {
    private Listening() {}

    /** Takes the number of ports. */
    public static void main(String[] arguments) throws Exception {
      List<ServerSocket> sockets = new ArrayList<>();
      for (int i = 0; i < Integer.parseInt(arguments[0]); i++) {
        sockets.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
      }
      sockets.forEach(socket -> System.out.println("port " + socket.getLocalPort()));
      sockets.get(0).accept().close();
    }
  }

  private static String[] listening(List<String> wrapper, int ports) {
    List<String> command = new ArrayList<>(wrapper);
    command.addAll(ChildJvm.command(List.of(), Listening.class));
    command.add(Integer.toString(ports));
    return command.toArray(String[]::new);
  }

  private static List<Integer> portsOf(Launch launch) {
    return launch
        .stdout()
        .lines()
        .filter(line -> line.startsWith("port "))
        .map(line -> Integer.valueOf(line.substring(5)))
        .sorted()
        .toList();
  }

  @Test
  void lowestPortOfTheLaunchIsReturned() {
    Launch launch = scope.launch(listening(List.of(), 3));
    Await.until(() -> portsOf(launch).size() == 3);
    List<Integer> ports = portsOf(launch);
    assertThat(launch.awaitListening())
        .isEqualTo(new InetSocketAddress(InetAddress.getLoopbackAddress(), ports.get(0)));
    for (int port : ports) {
      assertThat(launch.awaitListening(port).getPort()).isEqualTo(port);
      assertThat(launch.awaitListening(port, Duration.ZERO).getPort()).isEqualTo(port);
    }
    assertThat(launch.process().listeningAddresses()).hasSize(3);
  }

  @Test
  void portOfADaemonCountsForItsLaunch() {
    Launch launch = scope.launch(listening(List.of("sh", "-c", "\"$@\" & exit 0", "sh"), 1));
    InetSocketAddress address = launch.awaitListening();
    Await.until(() -> !portsOf(launch).isEmpty());
    assertThat(address.getPort()).isEqualTo(portsOf(launch).get(0));
    assertThat(launch.awaitExit()).isEqualTo(ExitStatus.exited(0));
    assertThat(launch.awaitListening()).isEqualTo(address);
  }

  @Test
  void anotherProcessesPortDoesNotCount() throws Exception {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Launch mine = scope.launch(listening(List.of(), 1));
      int its = mine.awaitListening().getPort();
      Launch other = impatient.launch("sleep", "1000");
      for (int port : new int[] {socket.getLocalPort(), its}) {
        assertThat(timeout(() -> other.awaitListening(port)))
            .hasMessageStartingWith(
                "Waited 0.050 s for a process of `sleep 1000` that listens on TCP port " + port);
      }
      Launch patient = scope.launch("sleep", "1000");
      assertThat(timeout(() -> patient.awaitListening(its, SHORT)))
          .hasMessageStartingWith(
              "Waited 0.050 s for a process of `sleep 1000` that listens on TCP");
      assertThat(timeout(() -> patient.awaitListening(SHORT)))
          .hasMessageStartingWith("Waited 0.050 s for a process of `sleep 1000` that listens on a");
      assertThat(timeout(() -> other.awaitListening()))
          .hasMessageContaining("that listens on a TCP socket")
          .hasMessageContaining(other.pid() + " is still running");
    }
  }

  @Test
  void awaitListeningFailsAtOnceWhenNoProcessIsLeft() {
    Launch launch = launch("echo cannot bind >&2; exit 98");
    assertThat(hopeless(() -> launch.awaitListening()))
        .hasMessageStartingWith("No process of `sh -c ")
        .hasMessageContaining(
            "that listens on a TCP socket: every process of the launch has ended, after ")
        .hasMessageContaining("exited 98")
        .hasMessageContaining("cannot bind");
    assertThat(hopeless(() -> launch.awaitListening(80))).hasMessageContaining("TCP port 80");
  }
}
