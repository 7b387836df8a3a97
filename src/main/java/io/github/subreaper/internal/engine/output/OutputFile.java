package io.github.subreaper.internal.engine.output;

import io.github.subreaper.internal.linux.Kernel;
import java.io.File;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One output stream of a launch. Read through no channel, which an interrupt of the reader would
 * close.
 */
public final class OutputFile implements LineSearch.Growing {
  /** How much is shown, and kept of an ended scope. */
  public static final int TAIL = 1 << 20;

  /** How much more space a file may take while it is in use. */
  private static final long BESIDE = 63L << 20;

  private static final String REMOVED = " was removed";

  private final Path path;
  private final boolean own;
  private final int tail;
  private byte @Nullable [] kept;
  private long begin;

  /** Whether the launch has made the file, which is this library's. */
  private boolean isMade;

  /** Why some of what was kept may be missing; null if nothing is known to be. */
  private @Nullable String loss;

  /** Where its reader is that must get all of it; no limit without one. */
  private long wanted = Long.MAX_VALUE;

  /** Brings what was written to the file, which takes the lock of no output. */
  private volatile Runnable bring = () -> {};

  /** Opened before the file is removed, for a reader that is not through. */
  private @Nullable RandomAccessFile rest;

  /**
   * Opens nothing.
   *
   * @param own whether it is this library's, which may cut and remove it
   * @param tail how many bytes are shown, and kept after the end
   */
  OutputFile(Path path, boolean own, int tail) {
    this.path = path;
    this.own = own;
    this.tail = tail;
  }

  Path path() {
    return path;
  }

  /** Runs an action before each read: without it, something may be on its way to the file. */
  void bringBy(Runnable action) {
    bring = action;
  }

  String text(int limit) {
    bring.run();
    return textNow(limit);
  }

  private synchronized String textNow(int limit) {
    byte[] bytes = kept;
    if (bytes == null) {
      return text(tail(path.toString(), Math.min(tail, limit)));
    }
    int from = Math.max(0, bytes.length - limit);
    return new String(bytes, from, bytes.length - from, StandardCharsets.UTF_8);
  }

  /** Returns how many bytes are before those that {@link #text} returns at most. */
  synchronized long notKept() {
    return kept == null ? Math.max(0, path.toFile().length() - tail) : begin;
  }

  /** The launch has opened its streams, or ends; with merged ones there is one file only. */
  synchronized void opened() {
    isMade |= own && Files.exists(path);
  }

  /** Returns whether other code has removed the file while it was in use: what it had is lost. */
  synchronized boolean isRemoved() {
    return kept == null ? isMade && !Files.exists(path) : loss != null && loss.endsWith(REMOVED);
  }

  /** Returns why some of it may be missing; null if nothing is known to be. */
  synchronized @Nullable String loss() {
    return kept == null ? lossNow() : loss;
  }

  private @Nullable String lossNow() {
    if (isRemoved()) {
      return "its file " + path + REMOVED;
    }
    File file = path.toFile();
    boolean isFull = isMade && file.getUsableSpace() == 0 && file.getTotalSpace() > 0;
    return isFull ? "the file system of " + path.getParent() + " is full" : null;
  }

  static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  /** Returns the offset where its content begins: what was before has been given up. */
  @Override
  public synchronized long begin() {
    return begin;
  }

  @Override
  public long end() {
    bring.run();
    return endNow();
  }

  private synchronized long endNow() {
    byte[] bytes = kept;
    return bytes != null ? begin + bytes.length : path.toFile().length();
  }

  /** Returns at most so many bytes from an offset on; none at the end. */
  @Override
  public byte[] read(long offset, int limit) {
    bring.run();
    return readNow(offset, limit);
  }

  private synchronized byte[] readNow(long offset, int limit) {
    byte[] bytes = kept;
    if (rest != null) {
      return part(rest, offset, limit);
    }
    if (bytes != null) {
      int from = (int) Math.max(0, offset - begin);
      int to = Math.min(bytes.length, from + limit);
      return from >= to ? new byte[0] : Arrays.copyOfRange(bytes, from, to);
    }
    try (RandomAccessFile reader = new RandomAccessFile(path.toFile(), "r")) {
      return part(reader, offset, limit);
    } catch (IOException e) {
      return new byte[0];
    }
  }

  private static byte[] part(RandomAccessFile reader, long offset, int limit) {
    try {
      byte[] part = new byte[(int) Math.max(0, Math.min(limit, reader.length() - offset))];
      reader.seek(offset);
      reader.readFully(part);
      return part;
    } catch (IOException e) {
      return new byte[0];
    }
  }

  /** Keeps what follows an offset until a reader has it; all may be cut at the highest one. */
  synchronized void keepFrom(long offset) {
    wanted = offset;
  }

  /** Keeps the rest readable, though it is sealed soon; {@link #close} ends that. */
  synchronized void keepRest() {
    try {
      rest = kept == null ? new RandomAccessFile(path.toFile(), "r") : null;
    } catch (IOException e) {
      rest = null; // nothing was written, or no descriptor is left
    }
  }

  synchronized void close() {
    try {
      if (rest != null) {
        rest.close();
      }
    } catch (IOException e) {
      return; // opened for reading: nothing is lost
    } finally {
      rest = null;
    }
  }

  synchronized void seal() {
    if (kept == null) {
      loss = lossNow();
      long size = path.toFile().length();
      kept = tail(path.toString(), tail);
      begin = Math.max(0, size - kept.length);
      try {
        if (own) {
          Files.deleteIfExists(path);
        }
      } catch (IOException e) {
        return; // the whole directory goes with the activation
      }
    }
  }

  /** Frees the space of all but the tail, in place: a writer loses nothing that it appends. */
  synchronized void cut(Kernel kernel) {
    long size = path.toFile().length();
    long next = Math.min(size - tail, wanted);
    if (own && kept == null && next - begin > BESIDE && kernel.holes().punch(path, next)) {
      begin = next;
    }
  }

  private static byte[] tail(String file, int limit) {
    try (RandomAccessFile reader = new RandomAccessFile(file, "r")) {
      byte[] bytes = new byte[(int) Math.min(reader.length(), limit)];
      reader.seek(reader.length() - bytes.length);
      reader.readFully(bytes);
      return bytes;
    } catch (IOException e) {
      return new byte[0];
    }
  }

  /** Returns the last line that is not blank in a regular file; null if there is none. */
  public static @Nullable String lastLine(String file) {
    if (!Files.isRegularFile(Path.of(file))) {
      return null; // to open a FIFO may block for ever, and lets its writers through
    }
    List<String> lines = new ArrayList<>(text(tail(file, 4096)).lines().toList());
    lines.removeIf(String::isBlank);
    return lines.isEmpty() ? null : lines.get(lines.size() - 1).strip();
  }
}
