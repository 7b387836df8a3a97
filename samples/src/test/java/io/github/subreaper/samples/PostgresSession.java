package io.github.subreaper.samples;

import java.io.Closeable;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** The part of PostgreSQL's protocol 3.0 that a query for one value needs. */
final class PostgresSession implements Closeable {
  private static final int PROTOCOL = 3 << 16;

  private final Connection connection;
  private final DataInputStream input;

  private PostgresSession(Connection connection) {
    this.connection = connection;
    this.input = new DataInputStream(connection.input());
  }

  /** Throws an IOException with the server's message if it refuses the connection. */
  static PostgresSession open(Path socket) throws IOException {
    Connection connection = Connection.to(socket);
    PostgresSession session = new PostgresSession(connection);
    try {
      byte[] startup = bytes("user\0postgres\0database\0postgres\0\0");
      ByteBuffer message = ByteBuffer.allocate(8 + startup.length);
      connection.send(message.putInt(message.capacity()).putInt(PROTOCOL).put(startup).flip());
      session.answer();
      return session;
    } catch (IOException e) {
      session.close();
      throw e;
    }
  }

  /** Returns the first column of the last row; empty if there is no row. */
  String query(String sql) throws IOException {
    byte[] text = bytes(sql + "\0");
    connection.send(
        ByteBuffer.allocate(5 + text.length)
            .put((byte) 'Q')
            .putInt(4 + text.length)
            .put(text)
            .flip());
    return answer();
  }

  private String answer() throws IOException {
    String value = "";
    while (true) {
      int type = input.readUnsignedByte();
      ByteBuffer body = ByteBuffer.wrap(input.readNBytes(input.readInt() - 4));
      switch (type) {
        case 'D' -> {
          body.getShort();
          byte[] column = new byte[body.getInt()];
          body.get(column);
          value = new String(column, StandardCharsets.UTF_8);
        }
        case 'E' -> throw new IOException(new String(body.array(), StandardCharsets.UTF_8));
        case 'Z' -> {
          return value;
        }
        default -> {}
      }
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public void close() throws IOException {
    connection.close();
  }
}
