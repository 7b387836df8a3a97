package io.github.subreaper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.subreaper.testing.ChildJvm;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Scanner;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PortsTest {
  private static final int MANY = 500;

  /** Asks for many ports, and keeps them until its input ends. */
  static final class Asking {
    public static void main(String[] arguments) throws Exception {
      List<Port> ports = IntStream.range(0, MANY).mapToObj(i -> Ports.free()).toList();
      System.out.println("ports=" + ports.toString().replaceAll("[\\[\\] ]", ""));
      Files.createFile(Path.of(arguments[0]));
      Path other = Path.of(arguments[1]);
      for (int i = 0; !Files.exists(other) && i < 3000; i++) {
        Thread.sleep(10); // both hold theirs at once
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
  void noOtherJvmGetsIt(@TempDir Path directory) throws Exception {
    Path first = directory.resolve("first");
    Path second = directory.resolve("second");
    List<CompletableFuture<ChildJvm.Result>> jvms =
        List.of(asking(first, second), asking(second, first));
    List<String> all = new ArrayList<>();
    for (CompletableFuture<ChildJvm.Result> jvm : jvms) {
      all.addAll(List.of(jvm.get().exitedNormally().value("ports").split(",", -1)));
    }
    // Without a reservation some ten would be the same.
    assertThat(all).hasSize(2 * MANY).doesNotHaveDuplicates();
  }

  private static CompletableFuture<ChildJvm.Result> asking(Path own, Path other) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return ChildJvm.run(ChildJvm.command(Asking.class, own.toString(), other.toString()));
          } catch (Exception e) {
            throw new AssertionError(e);
          }
        });
  }

  @Test
  void neitherATakenPortNorAReservedOneIsChosen() throws Exception {
    try (ServerSocket taken = new ServerSocket()) {
      taken.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      String mine = "test-" + ProcessHandle.current().pid();
      List<Integer> range = IntStream.range(20_000, 21_000).boxed().toList();
      int busy = taken.getLocalPort();
      int reserved = Ports.reserve(mine, range, Ports::isFree).number();
      for (int i = 0; i < 20; i++) {
        int open = Ports.reserve("other-" + mine, range, Ports::isFree).number();
        if (open != reserved) {
          List<Integer> some = List.of(busy, reserved, open);
          assertThat(Ports.reserve(mine, some, Ports::isFree).number()).isEqualTo(open);
        }
      }
      assertThatThrownBy(() -> Ports.reserve(mine, List.of(busy, reserved), Ports::isFree))
          .isInstanceOf(ListenException.class)
          .hasMessageMatching("no test-\\d+ port from 10000 to 65535 is free");
    }
  }

  @Test
  void launchKnowsItsPortsAndSoDoFailures() throws Exception {
    Port port = Ports.free();
    try (Subreaper subreaper = Subreaper.activate();
        Supervisor supervisor = subreaper.open("ports")) {
      Program program = Program.of("sleep", "60").withPort("redis", port);
      Launch launch = supervisor.launch(program);
      assertThat(launch.port("redis")).isEqualTo(port).hasSameHashCodeAs(port);
      assertThat(launch.describe()).contains("ports     {redis=" + port + "}");
      assertThatThrownBy(() -> launch.port("http"))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("`sleep 60` has no port \"http\", but [redis]. To fix: Program.withPort");
      assertThatThrownBy(() -> program.withPort("", port))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }
}
