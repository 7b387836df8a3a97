package io.github.subreaper.internal.engine.spawn;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Says which other file keeps the kernel from starting a program: the interpreter that a script
 * names in its first line, or the loader that an ELF file names, elf(5). The errno of execve(2)
 * does not say.
 */
final class Interpreter {
  /** The kernel reads so much of a file: BINPRM_BUF_SIZE, 128 before Linux 5.1. */
  private static final int LONGEST_LINE = 256;

  /** An interpreter may be a script itself, up to here. */
  private static final int DEEPEST = 5;

  private static final int ELF_HEADER = 64;
  private static final int LONGEST_HEADERS = 1 << 16;
  private static final int LONGEST_PATH = 4096;
  private static final int ELF_64_BITS = 2;
  private static final int ELF_LITTLE_ENDIAN = 1;
  private static final int PT_INTERP = 3;

  private Interpreter() {}

  /**
   * Returns the reason in words, with what to do.
   *
   * @param file as the kernel was given it
   * @param directory of the launch, to which relative paths lead; null for that of this JVM
   * @return null if the reason is another one, or none that can be found
   */
  static @Nullable String problemOf(Path file, @Nullable Path directory) {
    try {
      return problem(file, directory);
    } catch (InvalidPathException e) {
      return null; // the locale of this JVM has no letters for what the file names
    }
  }

  private static @Nullable String problem(Path file, @Nullable Path directory) {
    Path program = ProgramFile.resolve(file, directory);
    String where = "";
    for (int depth = 0; depth < DEEPEST; depth++) {
      String line = firstLine(program);
      if (line == null) {
        String loader = loader(program);
        return loader == null || Files.exists(Path.of(loader)) ? null : where + noLoader(loader);
      }
      String name = line.replaceFirst("^#![ \t]*", "").split("[ \t]", 2)[0];
      if (name.isEmpty()) {
        return null;
      }
      String quoted = "; the first line of " + program + " is \"" + visible(line) + '"';
      Path interpreter = ProgramFile.resolve(Path.of(name), directory);
      if (!Files.exists(interpreter)) {
        return where + noInterpreter(name, quoted, program);
      }
      if (!Files.isRegularFile(interpreter) || !Files.isExecutable(interpreter)) {
        return where + "its interpreter " + name + " is not executable" + quoted;
      }
      program = interpreter;
      where = "its interpreter " + name + " cannot start: ";
    }
    return null;
  }

  private static String noLoader(String loader) {
    return "its loader "
        + loader
        + ", which the file names, does not exist. To fix: install it, or take a program that was"
        + " built for the architecture and the C library of this system";
  }

  private static String noInterpreter(String name, String quoted, Path script) {
    return name.endsWith("\r")
        ? "its first line ends with a carriage return, which counts as part of the interpreter's"
            + " name"
            + quoted
            + ". To fix: save it with Unix line ends: sed -i 's/\\r$//' "
            + script
        : "its interpreter "
            + name
            + " does not exist"
            + quoted
            + ". To fix: install it, or name another one there";
  }

  private static String visible(String line) {
    return line.replace("\r", "\\r");
  }

  /** Returns the first line of a script; null if the file is none. */
  private static @Nullable String firstLine(Path file) {
    ByteBuffer head = read(file, 0, LONGEST_LINE);
    String text = StandardCharsets.UTF_8.decode(head).toString();
    return text.startsWith("#!") ? text.split("[\n\0]", 2)[0] : null;
  }

  /** Returns the path in the header PT_INTERP; null if the file has none. */
  private static @Nullable String loader(Path file) {
    try {
      ByteBuffer elf = read(file, 0, ELF_HEADER);
      if (elf.getInt(0) != 0x7f454c46) { // \x7fELF
        return null;
      }
      boolean wide = elf.get(4) == ELF_64_BITS;
      ByteOrder order =
          elf.get(5) == ELF_LITTLE_ENDIAN ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
      elf.order(order);
      int size = elf.getShort(wide ? 54 : 42);
      int count = elf.getShort(wide ? 56 : 44);
      long start = wide ? elf.getLong(32) : elf.getInt(28);
      ByteBuffer headers = read(file, start, Math.min(LONGEST_HEADERS, size * count)).order(order);
      for (int header = 0; header < size * count; header += size) {
        if (headers.getInt(header) == PT_INTERP) {
          long offset = wide ? headers.getLong(header + 8) : headers.getInt(header + 4);
          long length = wide ? headers.getLong(header + 32) : headers.getInt(header + 16);
          ByteBuffer path = read(file, offset, (int) Math.min(LONGEST_PATH, length));
          return StandardCharsets.UTF_8.decode(path).toString().split("\0", 2)[0];
        }
      }
      return null;
    } catch (IndexOutOfBoundsException | IllegalArgumentException e) {
      return null; // the file is cut or broken
    }
  }

  /** Returns at most so many bytes of a file; none if it can't be read. */
  private static ByteBuffer read(Path file, long offset, int length) {
    try (FileChannel channel = FileChannel.open(file)) {
      InputStream stream = Channels.newInputStream(channel.position(offset));
      return ByteBuffer.wrap(stream.readNBytes(length));
    } catch (IOException e) {
      return ByteBuffer.allocate(0);
    }
  }
}
