package io.github.subreaper.internal.engine;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
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
    if (file.toFile().length() <= LIMIT) {
      return;
    }
    try (RandomAccessFile writer = new RandomAccessFile(file.toFile(), "rw")) {
      if (writer.length() > LIMIT) {
        byte[] kept = tail(writer, TAIL);
        writer.setLength(0);
        writer.seek(0);
        writer.write(kept); // those who hold it open append, so they go on right behind this
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
    // Not through a channel: the interrupt of a reader would make it look empty.
    try (RandomAccessFile reader = new RandomAccessFile(file.toFile(), "r")) {
      return tail(reader, limit);
    } catch (IOException e) {
      return new byte[0];
    }
  }

  private static byte[] tail(RandomAccessFile reader, int limit) throws IOException {
    byte[] bytes = new byte[(int) Math.min(reader.length(), limit)];
    reader.seek(reader.length() - bytes.length);
    reader.readFully(bytes);
    return bytes;
  }

  /** The last line that is not blank in a regular file; null if there is none. */
  static @Nullable String lastLine(String file) {
    try (RandomAccessFile reader = new RandomAccessFile(file, "r")) {
      List<String> lines = new ArrayList<>(List.of(text(tail(reader, 4096)).split("\n", -1)));
      lines.removeIf(String::isBlank);
      return lines.isEmpty() ? null : lines.get(lines.size() - 1).strip();
    } catch (IOException | RuntimeException e) {
      return null;
    }
  }
}
