package io.github.subreaper;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Scanner;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Chooses ports for programs that bind them themselves. No other test that asks here gets the same
 * port while this JVM lives, whichever JVM of this machine it runs in; and no client gets it, since
 * the kernel gives clients ports of its own range only (ip_local_port_range, ip(7)). Any other
 * program can still bind it: only {@link ListeningSocket} excludes that.
 *
 * <pre>{@code
 * Port port = Ports.free();
 * Launch redis = supervisor.launch(
 *     Program.of("redis-server", "--port", port.toString()).withPort("redis", port));
 * }</pre>
 *
 * @since 0.1.0
 */
public final class Ports {
  private static final int LOWEST = 10_000; // below are those that services have by default
  private static final int HIGHEST = 65_535;
  private static final Path CLIENTS = Path.of("/proc/sys/net/ipv4/ip_local_port_range");

  /** Abstract unix sockets: the kernel frees their names when this JVM is gone. */
  private static final Map<Integer, List<ListeningSocket>> RESERVED = new ConcurrentHashMap<>();

  private Ports() {}

  /**
   * Reserves a TCP port to which nothing is bound.
   *
   * @return from 10000 to 65535, outside the kernel's range for clients unless that leaves none
   * @throws ListenException if there is none, or the system refuses the abstract unix socket that
   *     reserves it
   * @throws UnsupportedSystemException if JNA does not work here
   */
  public static Port free() {
    return reserve("tcp", outsideOfClients(), Ports::isFree);
  }

  /**
   * Reserves a UDP port to which nothing is bound.
   *
   * @return as of {@link #free()}; the same number may be reserved for TCP
   * @throws ListenException as {@link #free()}
   * @throws UnsupportedSystemException if JNA does not work here
   */
  public static Port freeUdp() {
    return reserve("udp", outsideOfClients(), Ports::isFreeUdp);
  }

  /** Reserves the first of these that is free, beginning at any of them. */
  static synchronized Port reserve(String protocol, int[] ports, IntPredicate free) {
    @Nullable ListenException last = null;
    int begin = ThreadLocalRandom.current().nextInt(ports.length);
    for (int i = 0; i < ports.length; i++) {
      int port = ports[(begin + i) % ports.length];
      try {
        ListeningSocket name =
            ListeningSocket.unix(Path.of("@subreaper-port-" + protocol + "-" + port));
        if (free.test(port)) {
          RESERVED.computeIfAbsent(port, its -> new ArrayList<>()).add(name);
          return new Port(port);
        }
        name.close();
      } catch (ListenException e) {
        last = e; // another test has it
      }
    }
    throw new ListenException(
        "no " + protocol + " port from " + LOWEST + " to " + HIGHEST + " is free", last);
  }

  /** Returns whether a port was reserved here, for TCP or UDP. */
  static boolean isReserved(int port) {
    return RESERVED.containsKey(port);
  }

  private static int[] outsideOfClients() {
    IntPredicate isOfClients = port -> false;
    try (Scanner range = new Scanner(CLIENTS, StandardCharsets.US_ASCII)) {
      int first = range.nextInt();
      int last = range.nextInt();
      isOfClients = port -> port >= first && port <= last;
    } catch (IOException | NoSuchElementException e) {
      // unknown: /proc/sys is hidden
    }
    int[] outside = all().filter(isOfClients.negate()).toArray();
    return outside.length == 0 ? all().toArray() : outside;
  }

  private static IntStream all() {
    return IntStream.rangeClosed(LOWEST, HIGHEST);
  }

  static boolean isFree(int port) {
    try (ServerSocket socket = new ServerSocket()) {
      socket.setReuseAddress(false);
      socket.bind(new InetSocketAddress(port));
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private static boolean isFreeUdp(int port) {
    try (DatagramSocket socket = new DatagramSocket(port)) {
      return socket.isBound();
    } catch (IOException e) {
      return false;
    }
  }
}
