package io.github.subreaper.internal.assertj.facts;

import io.github.subreaper.Descendant;
import io.github.subreaper.internal.text.Text;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Where a process should listen, or should not.
 *
 * @param where the place, for messages
 * @param none what a process listens on that has no socket of this kind, for messages
 * @param isOf whether a process listens there
 * @param all the sockets of this kind on which a process listens, for messages
 */
public record Endpoint(
    String where, String none, Predicate<Descendant> isOf, Function<Descendant, List<String>> all) {

  public static Endpoint port(int port) {
    Arguments.port(port);
    return new Endpoint(
        "port " + port, "no port", process -> Listening.on(port, process), Listening::addresses);
  }

  /**
   * Resolves the host now, and takes any of its addresses.
   *
   * @throws IllegalArgumentException if there is no such host
   */
  public static Endpoint port(String host, int port) {
    Objects.requireNonNull(host, "host");
    Arguments.port(port);
    Set<InetSocketAddress> addresses =
        Arrays.stream(addressesOf(host))
            .map(address -> new InetSocketAddress(address, port))
            .collect(Collectors.toSet());
    List<String> names = addresses.stream().map(Text::address).sorted().toList();
    String name = host + ":" + port;
    boolean isAddress = host.indexOf(':') >= 0 || names.contains(name);
    return new Endpoint(
        isAddress
            ? String.join(", ", names)
            : Naming.printable(name) + " (" + String.join(", ", names) + ")",
        "no port",
        process -> process.listeningAddresses().stream().anyMatch(addresses::contains),
        Listening::addresses);
  }

  private static InetAddress[] addressesOf(String host) {
    try {
      if (!host.isBlank()) { // which would be the loopback address
        return InetAddress.getAllByName(host);
      }
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("no such host: \"" + Naming.printable(host) + "\"", e);
    }
    throw new IllegalArgumentException("a host must be a name or an address, not blank");
  }

  public static Endpoint udpPort(int port) {
    Arguments.port(port);
    return new Endpoint(
        "UDP port " + port,
        "no UDP port",
        process -> process.udpAddresses().stream().anyMatch(bound -> bound.getPort() == port),
        process -> process.udpAddresses().stream().map(Text::address).toList());
  }

  public static Endpoint unixSocket(Path socket) {
    Objects.requireNonNull(socket, "socket");
    return new Endpoint(
        Naming.printable(socket.toString(), Integer.MAX_VALUE),
        "no unix socket",
        process -> Listening.on(socket, process),
        process -> Listening.paths(List.of(process)));
  }

  /** Returns the sockets of this kind on which processes listen. */
  public String allOf(Collection<Descendant> processes) {
    List<String> sockets = processes.stream().flatMap(one -> all.apply(one).stream()).toList();
    return sockets.isEmpty() ? none : String.join(", ", sockets);
  }
}
