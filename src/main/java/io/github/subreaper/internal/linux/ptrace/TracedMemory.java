package io.github.subreaper.internal.linux.ptrace;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import io.github.subreaper.internal.linux.calls.Errno;
import io.github.subreaper.internal.linux.calls.LateLibC;
import io.github.subreaper.internal.linux.calls.NativeStrings;
import io.github.subreaper.internal.linux.proc.Procfs;
import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Reads and writes the memory of stopped threads, process_vm_readv(2). For one thread. The C
 * library's 64-bit layout only.
 */
public class TracedMemory {
  private static final int PAGE = 4096;
  private static final int PIECE = 256;

  /** A line of a mapping whose stores change its file. */
  private static final Pattern STORED = Pattern.compile("^[^ ]* .w.s ");

  private final Memory buffer = new Memory(PAGE);
  private final Memory vectors = new Memory(32);

  public TracedMemory() {}

  /** Returns bytes, at most a page; null if they cannot be read. */
  public byte @Nullable [] read(int tid, long address, int bytes) {
    aim(address, bytes);
    int read = LateLibC.process_vm_readv(tid, vectors, 1, vectors.share(16), 1, 0);
    return read == bytes ? buffer.getByteArray(0, bytes) : null;
  }

  /** Returns 0 or the errno. */
  int write(int tid, long address, byte[] bytes) {
    buffer.write(0, bytes, 0, bytes.length);
    aim(address, bytes.length);
    int written = LateLibC.process_vm_writev(tid, vectors, 1, vectors.share(16), 1, 0);
    return written == bytes.length ? 0 : written < 0 ? Native.getLastError() : Errno.EFAULT;
  }

  /** Returns the text up to a NUL; null if it cannot be read. */
  public @Nullable String text(int tid, long address) {
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    long at = address;
    while (text.size() < PAGE) { // PATH_MAX
      // The next page may not be there.
      byte[] piece = read(tid, at, (int) Math.min(PIECE, PAGE - (at & (PAGE - 1))));
      if (piece == null) {
        return null;
      }
      for (byte one : piece) {
        if (one == 0) {
          return new String(text.toByteArray(), NativeStrings.CHARSET);
        }
        text.write(one);
      }
      at += piece.length;
    }
    return null;
  }

  /** Returns the files of the mappings that are shared and can be written to by now. */
  public List<String> storedFiles(int tid) {
    return maps(tid)
        .filter(line -> STORED.matcher(line).find() && line.indexOf('/') > 0)
        .map(line -> line.substring(line.indexOf('/')))
        .toList();
  }

  private static Stream<String> maps(int tid) {
    byte[] maps = Procfs.read("/proc/" + tid + "/maps");
    return maps == null ? Stream.empty() : new String(maps, NativeStrings.CHARSET).lines();
  }

  /** Returns the file that is mapped at an address, {@code /proc/<tid>/maps}; null for none. */
  public @Nullable String mappedFile(int tid, long address) {
    for (String line : maps(tid).toList()) {
      int dash = line.indexOf('-');
      int slash = line.indexOf('/');
      if (dash > 0
          && slash > 0
          && Long.compareUnsigned(Long.parseUnsignedLong(line, 0, dash, 16), address) <= 0
          && Long.compareUnsigned(
                  Long.parseUnsignedLong(line, dash + 1, line.indexOf(' '), 16), address)
              > 0) {
        return line.substring(slash);
      }
    }
    return null;
  }

  private void aim(long address, int bytes) {
    vectors.setPointer(0, buffer);
    vectors.setLong(8, bytes);
    vectors.setLong(16, address);
    vectors.setLong(24, bytes);
  }
}
