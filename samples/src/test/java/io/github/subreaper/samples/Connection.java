package io.github.subreaper.samples;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Talks to a server over a socket. */
record Connection(SocketChannel channel, InputStream input) implements Closeable {

  static Connection to(Path unixSocket) throws IOException {
    return to(UnixDomainSocketAddress.of(unixSocket));
  }

  static Connection to(SocketAddress address) throws IOException {
    SocketChannel channel = SocketChannel.open(address);
    return new Connection(channel, Channels.newInputStream(channel));
  }

  Connection send(String text) throws IOException {
    return send(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
  }

  Connection send(ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
    return this;
  }

  /** Reads up to the end of the line, or of the connection. */
  String readLine() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    int next;
    while ((next = input.read()) != -1 && next != '\n') {
      line.write(next);
    }
    return line.toString(StandardCharsets.UTF_8).stripTrailing();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
