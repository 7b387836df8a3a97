package io.github.subreaper.assertj;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;

/** A program that listens until it is killed, and needs only a JDK. */
public final class Listener {
  private Listener() {}

  /** Returns the command. Without a path it listens on any TCP port of the loopback address. */
  public static String[] on(String... path) {
    String classes =
        Path.of(Listener.class.getProtectionDomain().getCodeSource().getLocation().getPath())
            .toString();
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    return path.length == 0
        ? new String[] {java, "-Xint", "-cp", classes, Listener.class.getName()}
        : new String[] {java, "-Xint", "-cp", classes, Listener.class.getName(), path[0]};
  }

  /** Returns the command for datagrams. The program prints the port. */
  static String[] onUdp() {
    return on("udp");
  }

  /** Prints where it listens, and waits for a client that never comes. */
  public static void main(String[] path) throws IOException {
    if (path.length == 1 && path[0].equals("udp")) {
      try (DatagramSocket socket = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
        System.out.println("port " + socket.getLocalPort());
        socket.receive(new DatagramPacket(new byte[1], 1));
      }
      return;
    }
    boolean tcp = path.length == 0;
    try (ServerSocketChannel channel =
        tcp ? ServerSocketChannel.open() : ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      SocketAddress address =
          tcp
              ? new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)
              : UnixDomainSocketAddress.of(path[0]);
      channel.bind(address);
      System.out.println("listens");
      channel.accept().close();
    }
  }
}
