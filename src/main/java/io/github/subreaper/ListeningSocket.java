package io.github.subreaper;

import io.github.subreaper.internal.engine.spawn.RefusedSocketException;
import io.github.subreaper.internal.engine.spawn.SharedSocket;
import io.github.subreaper.internal.engine.spawn.UnsupportedException;
import io.github.subreaper.internal.text.Text;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.Objects;

/**
 * A socket that listens, and that programs are handed: socket activation. From the moment that it
 * exists, its port is taken and clients can connect; the kernel keeps them waiting until the
 * program accepts them. So no port is free, chosen and lost again before a program binds it.
 *
 * <pre>{@code
 * try (ListeningSocket socket = ListeningSocket.tcp("127.0.0.1", 0)) {
 *   supervisor.launch(Program.of("my-server").withSocket(socket, "http"));
 *   Socket client = new Socket("127.0.0.1", socket.port());
 * }
 * }</pre>
 *
 * <p>It belongs to no scope: close it yourself. It can be handed to one program after another, as
 * service managers do when a service is restarted.
 *
 * @since 0.1.0
 */
public final class ListeningSocket implements AutoCloseable {
  private final SharedSocket socket;

  private ListeningSocket(SharedSocket socket) {
    this.socket = socket;
  }

  /**
   * Listens on a TCP port, socket(7), with SO_REUSEADDR.
   *
   * @param host a name or an address of this machine, of IPv4 or IPv6; a name is looked up
   * @param port 0 for any that is free
   * @return the socket, which blocks and is close-on-exec
   * @throws ListenException if the system refuses: the port is taken, needs a privilege, or the
   *     host is not this machine
   * @throws UnsupportedSystemException if JNA does not work here
   * @throws IllegalArgumentException if there is no such port
   */
  public static ListeningSocket tcp(String host, int port) {
    Objects.requireNonNull(host, "host");
    if (port < 0 || port > 65_535) {
      throw new IllegalArgumentException("a port is 1 to 65535, or 0 for any, not " + port);
    }
    try {
      InetAddress address = InetAddress.getAllByName(host)[0];
      return new ListeningSocket(SharedSocket.tcp(address, port));
    } catch (UnknownHostException e) {
      throw new ListenException("cannot listen on " + Text.safe(host) + ": unknown host", e);
    } catch (RefusedSocketException e) {
      throw new ListenException(e.reason(), e);
    } catch (UnsupportedException e) {
      throw new UnsupportedSystemException(e.reason(), e);
    }
  }

  /**
   * Listens on a unix socket, unix(7).
   *
   * @param path of a file that does not exist yet, which {@link #close()} removes; or {@code @} and
   *     the name of an abstract one
   * @return the socket, which blocks and is close-on-exec
   * @throws ListenException if the system refuses: there is such a file, or its directory does not
   *     exist
   * @throws UnsupportedSystemException if JNA does not work here
   * @throws IllegalArgumentException if the path is empty or longer than 107 bytes
   */
  public static ListeningSocket unix(Path path) {
    try {
      return new ListeningSocket(SharedSocket.unix(path));
    } catch (RefusedSocketException e) {
      throw new ListenException(e.reason(), e);
    } catch (UnsupportedException e) {
      throw new UnsupportedSystemException(e.reason(), e);
    }
  }

  /**
   * Returns the TCP port, also after {@link #close()}.
   *
   * @return from 1 to 65535
   * @throws IllegalStateException if it is a unix socket
   */
  public int port() {
    if (socket.port() == 0) {
      throw new IllegalStateException("the unix socket " + socket + " has no port");
    }
    return socket.port();
  }

  SharedSocket shared() {
    return socket;
  }

  /**
   * Closes it in this JVM, and removes the file of a unix socket. A program that was handed it
   * keeps its own, as does a launch that is under way. Idempotent.
   */
  @Override
  public void close() {
    socket.close();
  }

  /**
   * Returns where it listens.
   *
   * @return for messages, such as {@code 127.0.0.1:8080} or the path
   */
  @Override
  public String toString() {
    return socket.toString();
  }
}
