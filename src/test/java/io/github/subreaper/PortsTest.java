package io.github.subreaper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.subreaper.testing.ChildJvm;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Scanner;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PortsTest extends ScopeFixture {
  private static final int MANY = 500;

  /** Asks for many ports, and has another JVM do so while it keeps them. */
  static final class Asking {
    public static void main(String[] arguments) throws Exception {
      List<Port> ports = IntStream.range(0, MANY).mapToObj(i -> Ports.free()).toList();
      System.out.println("ports=" + ports.toString().replaceAll("[\\[\\] ]", ""));
      if (arguments.length == 0) {
        ChildJvm.Result other = ChildJvm.run(ChildJvm.command(Asking.class, "last"));
        System.out.println("others=" + other.exitedNormally().value("ports"));
      }
    }
  }

  @Test
  void portIsFreeAndOutsideOfTheRangeOfClients() throws Exception {
    int first;
    int last;
    try (Scanner clients =
        new Scanner(Path.of("/proc/sys/net/ipv4/ip_local_port_range"), StandardCharsets.US_ASCII)) {
      first = clients.nextInt();
      last = clients.nextInt();
    }
    Port tcp = Ports.free();
    Port udp = Ports.freeUdp();
    for (Port port : List.of(tcp, udp)) {
      assertThat(port.number()).isBetween(10_000, 65_535).matches(n -> n < first || n > last);
      assertThat(port).hasToString(Integer.toString(port.number()));
    }
    new ServerSocket(tcp.number(), 1, InetAddress.getLoopbackAddress()).close();
    new DatagramSocket(udp.number(), InetAddress.getLoopbackAddress()).close();
  }

  @Test
  void noOtherJvmGetsIt() throws Exception {
    ChildJvm.Result jvm = ChildJvm.run(ChildJvm.command(Asking.class)).exitedNormally();
    List<String> all = new ArrayList<>(List.of(jvm.value("ports").split(",", -1)));
    all.addAll(List.of(jvm.value("others").split(",", -1)));
    // Without a reservation some ten would be the same.
    assertThat(all).hasSize(2 * MANY).doesNotHaveDuplicates();
  }

  @Test
  void neitherATakenPortNorAReservedOneIsChosen() throws Exception {
    try (ServerSocket taken = new ServerSocket()) {
      taken.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      String mine = "test-" + ProcessHandle.current().pid();
      int[] range = IntStream.range(20_000, 21_000).toArray();
      int busy = taken.getLocalPort();
      int reserved = Ports.reserve(mine, range, Ports::isFree).number();
      for (int i = 0; i < 20; i++) {
        int open = Ports.reserve("other-" + mine, range, Ports::isFree).number();
        if (open != reserved) {
          int[] some = {busy, reserved, open};
          assertThat(Ports.reserve(mine, some, Ports::isFree).number()).isEqualTo(open);
        }
      }
      assertThatThrownBy(() -> Ports.reserve(mine, new int[] {busy, reserved}, Ports::isFree))
          .isInstanceOf(ListenException.class)
          .hasMessageMatching("no test-\\d+ port from 10000 to 65535 is free");
    }
  }

  @Test
  void launchKnowsItsPortsAndSoDoFailures() throws Exception {
    Port port = Ports.free();
    Program program = Program.of("sleep", "60").withPort("redis", port);
    Launch launch = scope.launch(program);
    assertThat(launch.port("redis")).isEqualTo(port).hasSameHashCodeAs(port);
    assertThat(launch.describe()).contains("ports     {redis=" + port + "}");
    assertThatThrownBy(() -> launch.port("http"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("`sleep 60` has no port \"http\", but [redis]. To fix: Program.withPort");
    assertThatThrownBy(() -> scope.launch("sleep", "61").port("http"))
        .hasMessage("`sleep 61` has no port \"http\", nor any other. To fix: Program.withPort");
    assertThatThrownBy(() -> program.withPort("", port))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> program.withPort("redis", Ports.free()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "`sleep 60` already has a port \"redis\", which is %s. To fix: give each port another"
                + " name",
            port);
  }
}
