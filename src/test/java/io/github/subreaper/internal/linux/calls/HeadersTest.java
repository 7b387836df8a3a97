package io.github.subreaper.internal.linux.calls;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.subreaper.internal.linux.Kernel;
import io.github.subreaper.internal.linux.files.Epoll;
import io.github.subreaper.internal.linux.files.PseudoTerminal;
import io.github.subreaper.internal.linux.proc.Reading;
import io.github.subreaper.internal.linux.proc.SystemCall;
import io.github.subreaper.internal.linux.ptrace.FileCall;
import io.github.subreaper.internal.linux.ptrace.FilterInjection;
import io.github.subreaper.testing.ChildJvm;
import java.io.InputStream;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The numbers and layouts of this package are those of the C libraries' headers. */
public class HeadersTest {
  private static final ClassLoader LOADER = LibC.class.getClassLoader();
  private static final String ARM = "/usr/aarch64-linux-gnu/include";

  /** The integers of this package's classes, as {@code Class_FIELD}. */
  private static final Map<String, Long> OWN = new TreeMap<>();

  @TempDir private Path directory;

  @Test
  void constantsAreThoseOfGlibc() throws Exception {
    assertSame(OWN, List.of("cc"));
  }

  @Test
  void constantsAreThoseOfMusl() throws Exception {
    Path wrapper = Path.of("/usr/bin/musl-gcc");
    assumeTrue(Files.exists(wrapper), "no musl-gcc: apt-get install musl-tools");
    // Debian has the kernel's headers beside glibc's, behind which they are searched.
    String kernel = output(List.of("cc", "-print-multiarch"));
    assertSame(
        OWN,
        List.of(
            wrapper.toString(),
            "-idirafter",
            "/usr/include",
            "-idirafter",
            "/usr/include/" + kernel));
  }

  @Test
  void constantsOnAarch64AreThoseOfItsGlibc() throws Exception {
    assumeTrue(Files.exists(Path.of(ARM)), "no headers: apt-get install libc6-dev-arm64-cross");
    // The sizes and alignments of the types are those of x86-64.
    assertSame(
        onAarch64(),
        List.of(
            "cc",
            "-nostdinc",
            "-isystem",
            output(List.of("cc", "-print-file-name=include")),
            "-isystem",
            ARM,
            "-U__x86_64__",
            "-D__aarch64__"));
  }

  /** Compiles c/headers.c, whose assertions compare. */
  private void assertSame(Map<String, Long> constants, List<String> compiler) throws Exception {
    StringBuilder header = new StringBuilder();
    constants.forEach((name, value) -> header.append("#define " + name + " " + value + "LL\n"));
    String calls =
        FileCall.all().stream()
            .map(call -> "FILE_CALL(" + call.number() + ", " + call.name() + ");")
            .collect(joining(" "));
    Files.writeString(directory.resolve("java.h"), header + "#define FILE_CALLS " + calls + "\n");
    Path source = directory.resolve("headers.c");
    try (InputStream resource = HeadersTest.class.getResourceAsStream("/c/headers.c")) {
      Files.copy(resource, source);
    }
    List<String> command = new ArrayList<>(compiler);
    command.addAll(List.of("-fsyntax-only", source.toString()));
    assertThat(output(command)).isEmpty();
  }

  private static String output(List<String> command) throws Exception {
    return ChildJvm.run(command).output().strip();
  }

  @BeforeAll
  static void read() throws Exception {
    for (Class<?> type : classes()) {
      if (type.getEnclosingClass() == null) {
        add(OWN, type);
      }
    }
    addWindowSize(OWN);
  }

  /** Returns the classes of the linux layer without those of tests. */
  public static List<Class<?>> classes() throws Exception {
    Path directory =
        Objects.requireNonNull(
            Path.of(Kernel.class.getResource("Kernel.class").toURI()).getParent());
    List<Class<?>> classes = new ArrayList<>();
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.filter(one -> one.toString().endsWith(".class")).toList()) {
        String path = file.toString().substring(directory.toString().length());
        String name = path.replace(".class", "").replace('/', '.');
        classes.add(Class.forName(Kernel.class.getPackageName() + name, false, LOADER));
      }
    }
    return classes;
  }

  private static Map<String, Long> onAarch64() throws Exception {
    Map<String, Long> constants = new TreeMap<>(OWN);
    ChildJvm.Result printed =
        ChildJvm.run(List.of(), List.of("-Dos.arch=aarch64"), Map.of(), Aarch64.class);
    assertThat(printed.exitedNormally().output()).contains("crash points need x86-64");
    printed
        .output()
        .lines()
        .map(line -> line.split("=", -1))
        .filter(line -> line.length == 2)
        .forEach(line -> constants.put(line[0], Long.parseLong(line[1])));
    assertThat(constants).containsEntry("SystemCall_WAITID", 95L);
    return constants;
  }

  /** Prints what depends on the processor. */
  static final class Aarch64 {
    public static void main(String[] arguments) throws Exception {
      Map<String, Long> constants = new TreeMap<>();
      for (Class<?> type : List.of(SystemCall.class, Reading.class, Epoll.class)) {
        add(constants, type);
      }
      addWindowSize(constants);
      System.out.println(FilterInjection.unsupported());
      constants.forEach((name, value) -> System.out.println(name + "=" + value));
    }
  }

  private static void add(Map<String, Long> constants, Class<?> type) throws Exception {
    for (Field field : type.getDeclaredFields()) {
      Class<?> kind = field.getType();
      if (Modifier.isStatic(field.getModifiers())
          && (kind == int.class || kind == long.class || kind == short.class)) {
        field.setAccessible(true);
        long value = ((Number) field.get(null)).longValue();
        constants.put(type.getSimpleName() + "_" + field.getName(), value);
      }
    }
  }

  private static void addWindowSize(Map<String, Long> constants) throws Exception {
    Method method = PseudoTerminal.class.getDeclaredMethod("setWindowSize");
    method.setAccessible(true);
    constants.put("PseudoTerminal_setWindowSize", ((Number) method.invoke(null)).longValue());
  }
}
