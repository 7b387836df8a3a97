package io.github.subreaper.internal.linux.files;

import io.github.subreaper.internal.linux.calls.Block;
import io.github.subreaper.internal.linux.calls.LateLibC;
import io.github.subreaper.internal.linux.calls.LibC;
import io.github.subreaper.internal.linux.calls.NativeStrings;
import java.net.Inet6Address;
import java.net.InetAddress;

/**
 * Makes stream sockets that listen: socket(2), bind(2), listen(2). They block and are
 * close-on-exec.
 */
public class ListenSocket {
  /** The longest path of a unix socket in bytes, unix(7). */
  public static final int LONGEST_PATH = 107;

  private static final int AF_UNIX = 1;
  private static final int AF_INET = 2;
  private static final int AF_INET6 = 10;
  private static final int SOCK_STREAM = 1;
  private static final int SOCK_CLOEXEC = 02000000;
  private static final int SOL_SOCKET = 1;
  private static final int SO_REUSEADDR = 2;

  /** More than net.core.somaxconn, to which the kernel reduces it. */
  private static final int BACKLOG = 1 << 20;

  private static final int IN_SIZE = 16;
  private static final int IN6_SIZE = 28;
  private static final int PORT = 2;

  public ListenSocket() {}

  /**
   * Listens on a TCP port.
   *
   * @param port 0 for any that is free
   * @return the descriptor
   */
  public int tcp(InetAddress host, int port) {
    boolean six = host instanceof Inet6Address;
    int fd = socket(six ? AF_INET6 : AF_INET);
    try (Block one = new Block(4);
        Block address = new Block(six ? IN6_SIZE : IN_SIZE)) {
      one.setInt(0, 1); // connections of an earlier run may still wait for their end
      if (LateLibC.setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, one, 4) != 0) {
        LibC.failed("setsockopt(SO_REUSEADDR)");
      }
      address.clear();
      address.setShort(0, (short) (six ? AF_INET6 : AF_INET));
      address.setByte(PORT, (byte) (port >> 8));
      address.setByte(PORT + 1, (byte) port);
      byte[] bytes = host.getAddress();
      address.write(six ? 8 : 4, bytes, 0, bytes.length);
      if (host instanceof Inet6Address inet6) {
        address.setInt(24, inet6.getScopeId());
      }
      return listening(fd, address);
    } catch (RuntimeException e) {
      LibC.close(fd);
      throw e;
    }
  }

  /**
   * Listens on a unix socket, unix(7).
   *
   * @param name its path; or, with a NUL in front, the name of an abstract one
   * @return the descriptor
   */
  public int unix(String name) {
    byte[] bytes = name.getBytes(NativeStrings.CHARSET);
    boolean isAbstract = name.charAt(0) == 0;
    int fd = socket(AF_UNIX);
    try (Block address = new Block(2L + bytes.length + (isAbstract ? 0 : 1))) {
      address.clear();
      address.setShort(0, (short) AF_UNIX);
      address.write(2, bytes, 0, bytes.length);
      return listening(fd, address);
    } catch (RuntimeException e) {
      LibC.close(fd);
      throw e;
    }
  }

  private static int socket(int domain) {
    int fd = LateLibC.socket(domain, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return fd >= 0 ? fd : LibC.failed("socket");
  }

  private static int listening(int fd, Block address) {
    if (LateLibC.bind(fd, address, (int) address.size()) != 0) {
      LibC.failed("bind");
    }
    return LateLibC.listen(fd, BACKLOG) == 0 ? fd : LibC.failed("listen");
  }

  /** Returns the port that a TCP socket is bound to. */
  public int port(int fd) {
    try (Block address = new Block(IN6_SIZE);
        Block length = new Block(4)) {
      length.setInt(0, IN6_SIZE);
      if (LateLibC.getsockname(fd, address, length) != 0) {
        LibC.failed("getsockname");
      }
      return ((address.getByte(PORT) & 0xff) << 8) | (address.getByte(PORT + 1) & 0xff);
    }
  }

  public void close(int fd) {
    LibC.close(fd);
  }
}
