package io.github.subreaper.internal.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import io.github.subreaper.internal.linux.calls.HeadersTest;
import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Alpine's C library is musl: if it lacks one bound name, no call of that class can be made. */
class MuslTest {
  /** Names that are bound only where they exist. */
  private static final String OPTIONAL = "posix_spawn_file_actions_addclosefrom_np";

  @Test
  void everyBoundNameIsInMusl() throws Exception {
    Set<String> bound =
        HeadersTest.classes().stream()
            .flatMap(type -> Stream.of(type.getDeclaredMethods()))
            .filter(method -> Modifier.isNative(method.getModifiers()))
            .map(Method::getName)
            .collect(Collectors.toCollection(TreeSet::new));
    assertThat(bound).contains("prctl", "posix_spawn", OPTIONAL).hasSizeGreaterThan(30);
    bound.remove(OPTIONAL);
    bound.add("environ"); // a variable

    bound.removeAll(exported(library()));
    assertThat(bound).as("bound, and not in musl").isEmpty();
  }

  private static Path library() throws IOException {
    try (DirectoryStream<Path> found =
        Files.newDirectoryStream(Path.of("/lib"), "ld-musl-*.so.1")) {
      for (Path library : found) {
        return library;
      }
    }
    if (System.getenv("CI") != null) {
      throw new AssertionError("CI=true, and there is no musl: apt-get install musl");
    }
    return abort("musl is missing; on Debian: apt-get install musl");
  }

  /** Returns the names that the dynamic symbol table defines: elf(5), 64 bits. */
  private static Set<String> exported(Path library) throws IOException {
    ByteBuffer elf = ByteBuffer.wrap(Files.readAllBytes(library));
    elf.order(elf.get(5) == 1 ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
    assertThat(elf.get(4)).as("ELFCLASS64").isEqualTo((byte) 2);
    int sections = (int) elf.getLong(40);
    int sectionSize = elf.getShort(58);
    Set<String> names = new TreeSet<>();
    for (int i = 0; i < elf.getShort(60); i++) {
      int section = sections + i * sectionSize;
      if (elf.getInt(section + 4) == 11) { // SHT_DYNSYM
        int strings = (int) elf.getLong(sections + elf.getInt(section + 40) * sectionSize + 24);
        int symbols = (int) elf.getLong(section + 24);
        int end = symbols + (int) elf.getLong(section + 32);
        for (int symbol = symbols; symbol < end; symbol += 24) {
          if (elf.getShort(symbol + 6) != 0) { // SHN_UNDEF
            names.add(string(elf, strings + elf.getInt(symbol)));
          }
        }
      }
    }
    return names;
  }

  private static String string(ByteBuffer elf, int start) {
    StringBuilder name = new StringBuilder();
    for (int i = start; elf.get(i) != 0; i++) {
      name.append((char) elf.get(i));
    }
    return name.toString();
  }
}
