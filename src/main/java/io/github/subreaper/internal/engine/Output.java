package io.github.subreaper.internal.engine;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The output files of one launch. Files and not pipes: a daemon keeps its launcher's streams, and a
 * pipe would hang its reader or kill the writer with EPIPE.
 */
public final class Output {
  /** How much of a stream is shown, and kept of an ended scope. */
  static final int TAIL = 1 << 20;

  /** How large a file may grow while it is in use. */
  static final long LIMIT = 64L << 20;

  private final Path stdout;
  private final Path stderr;
  private byte @Nullable [] keptStdout;
  private byte @Nullable [] keptStderr;

  Output(Path stdout, Path stderr) {
    this.stdout = stdout;
    this.stderr = stderr;
  }

  Path stdoutFile() {
    return stdout;
  }

  Path stderrFile() {
    return stderr;
  }

  /** The last mebibyte of stdout, malformed UTF-8 replaced. */
  public synchronized String stdout() {
    return text(keptStdout != null ? keptStdout : tail(stdout, TAIL));
  }

  /** The last mebibyte of stderr, malformed UTF-8 replaced. */
  public synchronized String stderr() {
    return text(keptStderr != null ? keptStderr : tail(stderr, TAIL));
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  /** The first complete or last incomplete line of either stream that a glob matches. */
  public @Nullable String findLine(Glob glob) {
    for (String stream : List.of(stdout(), stderr())) {
      for (String line : stream.split("\n", -1)) {
        String bare = line.endsWith("\r") ? line.substring(0, line.length() - 1) : line;
        if (!bare.isEmpty() && glob.matches(bare)) {
          return bare;
        }
      }
    }
    return null;
  }

  /** Nobody writes any more: the tails move into memory and the files go. */
  synchronized void seal() {
    if (keptStdout == null) {
      keptStdout = tail(stdout, TAIL);
      keptStderr = tail(stderr, TAIL);
      delete(stdout);
      delete(stderr);
    }
  }

  /**
   * Somebody who outlived the scope still writes: the file stays as it is till the session ends.
   */
  synchronized void cut() {
    if (keptStdout == null) {
      cut(stdout);
      cut(stderr);
    }
  }

  private static void cut(Path file) {
    try {
      if (Files.size(file) > LIMIT) {
        byte[] kept = tail(file, TAIL);
        // Writers append, so what they write next comes right behind this.
        Files.write(file, kept, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE);
      }
    } catch (IOException e) {
      // Nothing depends on a shorter file.
      return;
    }
  }

  private static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      // The whole directory goes with the session.
      return;
    }
  }

  /** The last bytes of a file; empty if unreadable. */
  static byte[] tail(Path file, int limit) {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      long size = channel.size();
      ByteBuffer buffer = ByteBuffer.allocate((int) Math.min(size, limit));
      channel.position(size - buffer.capacity());
      int count = 0;
      while (count >= 0 && buffer.hasRemaining()) {
        count = channel.read(buffer);
      }
      byte[] bytes = new byte[buffer.position()];
      buffer.flip().get(bytes);
      return bytes;
    } catch (IOException e) {
      return new byte[0];
    }
  }

  /** The last line that is not blank in a regular file; null if there is none. */
  static @Nullable String lastLine(String file) {
    try (RandomAccessFile reader = new RandomAccessFile(file, "r")) {
      byte[] bytes = new byte[(int) Math.min(reader.length(), 4096)];
      reader.seek(reader.length() - bytes.length);
      reader.readFully(bytes);
      List<String> lines = new ArrayList<>(List.of(text(bytes).split("\n", -1)));
      lines.removeIf(String::isBlank);
      return lines.isEmpty() ? null : lines.get(lines.size() - 1).strip();
    } catch (IOException | RuntimeException e) {
      return null;
    }
  }
}
