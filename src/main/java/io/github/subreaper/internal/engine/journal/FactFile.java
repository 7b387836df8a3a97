package io.github.subreaper.internal.engine.journal;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The file with the facts that memory has no room for, oldest first. */
final class FactFile {
  private final Path path;

  /** Not a channel, which an interrupt would close. Null while it is not open. */
  private @Nullable RandomAccessFile file;

  /** Where the next fact goes: what a failed write left behind it is overwritten. */
  private long length;

  private final FactIndex index = new FactIndex();

  FactFile(Path path) {
    this.path = path;
  }

  /** Appends facts: all of them, or none, and returns false, if that fails. */
  boolean append(List<Fact> facts) {
    try {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      DataOutputStream out = new DataOutputStream(bytes);
      int[] begins = new int[facts.size()];
      for (int i = 0; i < begins.length; i++) {
        begins[i] = bytes.size();
        write(facts.get(i), out);
      }
      if (file == null) {
        file = new RandomAccessFile(path.toFile(), "rw");
      }
      file.seek(length);
      file.write(bytes.toByteArray());
      for (int i = 0; i < begins.length; i++) {
        index.add(facts.get(i).number(), length + begins[i]);
      }
      length += bytes.size();
      return true;
    } catch (IOException | RuntimeException | OutOfMemoryError e) {
      close();
      return false;
    }
  }

  void close() {
    try {
      if (file != null) {
        file.close();
      }
    } catch (IOException e) {
      return; // what was written before counts
    } finally {
      file = null;
    }
  }

  long length() {
    return length;
  }

  private static void write(Fact fact, DataOutputStream out) throws IOException {
    out.writeLong(fact.number());
    out.writeUTF(fact.kind().name());
    out.writeUTF(fact.source().name());
    out.writeLong(fact.nanos());
    out.writeLong(fact.process());
    out.writeInt(fact.value());
    out.writeInt(fact.words().size());
    write(fact.name(), out);
    for (String word : fact.words()) {
      write(word, out);
    }
  }

  private static void write(String word, DataOutputStream out) throws IOException {
    byte[] text = word.getBytes(StandardCharsets.UTF_8);
    out.writeInt(text.length);
    out.write(text);
  }

  /**
   * Opens the first so many bytes of it for reading.
   *
   * @param from the number of the fact that is wanted first; some facts before it may come
   */
  Reader read(long from, long bytes) throws IOException {
    long begin = Math.min(index.offsetOf(from), bytes);
    InputStream in = new FileInputStream(path.toFile());
    try {
      in.skipNBytes(begin); // a channel's position(long) would fail at an interrupt
      return new Reader(in, bytes - begin);
    } catch (IOException | RuntimeException | Error e) {
      in.close();
      throw e;
    }
  }

  /** Reads facts one by one. */
  static final class Reader implements AutoCloseable {
    private final DataInputStream in;
    private final long bytes;
    private long left;

    private Reader(InputStream file, long bytes) {
      this.in = new DataInputStream(new BufferedInputStream(file));
      this.bytes = bytes;
      this.left = bytes;
    }

    /** Returns how many bytes the facts so far take in the file. */
    long bytesRead() {
      return bytes - left;
    }

    /** Returns the next fact; null after the last. */
    @Nullable Fact next() throws IOException {
      if (left <= 0) {
        return null;
      }
      long number = in.readLong();
      String kind = in.readUTF();
      String source = in.readUTF();
      long nanos = in.readLong();
      long process = in.readLong();
      int value = in.readInt();
      int count = in.readInt();
      left -= 8 + 2 + kind.length() + 2 + source.length() + 8 + 8 + 4 + 4;
      String name = word();
      List<String> words = new ArrayList<>(count);
      for (int i = 0; i < count; i++) {
        words.add(word());
      }
      return new Fact(
          number,
          Fact.Kind.valueOf(kind),
          Fact.Source.valueOf(source),
          nanos,
          process,
          null,
          name,
          value,
          List.copyOf(words));
    }

    private String word() throws IOException {
      byte[] text = new byte[in.readInt()];
      in.readFully(text);
      left -= 4 + text.length;
      return new String(text, StandardCharsets.UTF_8);
    }

    @Override
    public void close() throws IOException {
      in.close();
    }
  }
}
