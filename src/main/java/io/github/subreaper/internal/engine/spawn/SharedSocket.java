package io.github.subreaper.internal.engine.spawn;

import io.github.subreaper.internal.linux.Kernel;
import io.github.subreaper.internal.linux.calls.Errno;
import io.github.subreaper.internal.linux.calls.Jna;
import io.github.subreaper.internal.linux.calls.LinuxException;
import io.github.subreaper.internal.linux.calls.NativeStrings;
import io.github.subreaper.internal.linux.files.ListenSocket;
import io.github.subreaper.internal.linux.files.PassedDescriptors;
import io.github.subreaper.internal.text.Text;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/** A listening socket of this JVM that programs can be passed; it knows no activation. */
public final class SharedSocket implements AutoCloseable {
  private static final int CLOSED = -1;

  private final ListenSocket sockets;
  private final int port;
  private final String address;
  private final @Nullable Path file;
  private final @Nullable Object fileKey;
  private int fd;

  private SharedSocket(
      ListenSocket sockets, int fd, int port, String address, @Nullable Path file) {
    this.sockets = sockets;
    this.fd = fd;
    this.port = port;
    this.address = address;
    this.file = file;
    this.fileKey = file == null ? null : key(file);
  }

  /**
   * Listens on a TCP port.
   *
   * @param port 0 for any that is free
   * @throws RefusedSocketException if the system refuses
   */
  public static SharedSocket tcp(InetAddress host, int port) {
    ListenSocket sockets = sockets();
    int fd = open(() -> sockets.tcp(host, port), at(host, port), port);
    try {
      int bound = sockets.port(fd);
      return new SharedSocket(sockets, fd, bound, at(host, bound), null);
    } catch (RuntimeException e) {
      sockets.close(fd);
      throw e;
    }
  }

  /**
   * Listens on a unix socket.
   *
   * @param path with {@code @} in front it is the name of an abstract one
   * @throws RefusedSocketException if the system refuses
   * @throws IllegalArgumentException if the path is empty or too long
   */
  public static SharedSocket unix(Path path) {
    String name = path.toString();
    int bytes = name.getBytes(NativeStrings.CHARSET).length;
    if (bytes == 0 || bytes > ListenSocket.LONGEST_PATH) {
      throw new IllegalArgumentException(
          "the path of a unix socket has 1 to "
              + ListenSocket.LONGEST_PATH
              + " bytes, not "
              + bytes
              + ": "
              + path);
    }
    boolean isAbstract = name.startsWith("@");
    String bound = isAbstract ? "\0" + name.substring(1) : name;
    ListenSocket sockets = sockets();
    int fd = open(() -> sockets.unix(bound), name, 0);
    return new SharedSocket(sockets, fd, 0, name, isAbstract ? null : path.toAbsolutePath());
  }

  private static ListenSocket sockets() {
    String trouble = Jna.trouble();
    if (trouble != null) {
      throw new UnsupportedException(trouble);
    }
    return new Kernel().listenSockets();
  }

  private static int open(IntSupplier socket, String address, int port) {
    try {
      return socket.getAsInt();
    } catch (LinuxException e) {
      throw new RefusedSocketException(
          "cannot listen on " + address + ": " + e.getMessage() + toFix(e.errno(), port));
    }
  }

  private static String toFix(int errno, int port) {
    boolean taken = errno == Errno.EADDRINUSE;
    return port > 0
        ? taken
            ? ": another socket has that port. To fix: port 0 takes any that is free"
            : errno == Errno.EACCES ? ". To fix: choose a port above 1023" : ""
        : taken
            ? ": there is such a file or socket. To fix: delete it, or choose another name"
            : "";
  }

  private static String at(InetAddress host, int port) {
    return Text.address(new InetSocketAddress(host, port));
  }

  private static @Nullable Object key(Path file) {
    try {
      return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
    } catch (IOException e) {
      return null; // another process has removed it by now
    }
  }

  /** Returns the TCP port; 0 for a unix socket. */
  public int port() {
    return port;
  }

  /** Adds it to what a child gets, under a number. Returns false if it is closed. */
  synchronized boolean pass(PassedDescriptors passed, int number) {
    if (fd != CLOSED) {
      passed.add(fd, number);
    }
    return fd != CLOSED;
  }

  /** Closes this JVM's descriptor, and removes the file that it has made. Idempotent. */
  @Override
  public synchronized void close() {
    if (fd == CLOSED) {
      return;
    }
    sockets.close(fd);
    fd = CLOSED;
    if (file != null && fileKey != null && fileKey.equals(key(file))) {
      try {
        Files.deleteIfExists(file);
      } catch (IOException e) {
        return; // its directory may not be changed any more
      }
    }
  }

  /** Returns where it listens, for messages. */
  @Override
  public String toString() {
    return address;
  }
}
