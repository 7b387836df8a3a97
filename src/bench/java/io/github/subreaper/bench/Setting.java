package io.github.subreaper.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * Sizes, and where the C programs are.
 *
 * @param quick whether sizes are tiny
 * @param directory for what is built and logged; the output of others goes there too
 */
record Setting(boolean quick, Path directory) {
  private static final String[] PROGRAMS = {
    "flood", "reap", "crowd", "stamp", "victims", "cleanup"
  };

  /** Programs of the tests that are of use here too. */
  private static final String[] OF_TESTS = {"strangers"};

  /** Compiles the C programs. */
  static Setting prepare(boolean quick) throws Exception {
    Path sources = Path.of(required("bench.c"));
    Path directory = Files.createDirectories(Path.of(required("bench.target"))).toAbsolutePath();
    compile(sources, directory, PROGRAMS);
    compile(sources.resolve("../../test/resources/c"), directory, OF_TESTS);
    return new Setting(quick, directory);
  }

  private static void compile(Path sources, Path directory, String... programs) throws Exception {
    for (String program : programs) {
      String source = sources.resolve(program + ".c").toString();
      int code =
          new ProcessBuilder("cc", "-O2", "-o", directory.resolve(program).toString(), source)
              .inheritIO()
              .start()
              .waitFor();
      check(code == 0, "cc", source, "ended with", code);
    }
  }

  private static String required(String property) {
    String value = System.getProperty(property);
    if (value == null) {
      throw new IllegalStateException("started without -D" + property + "; see CONTRIBUTING.md");
    }
    return value;
  }

  String program(String name) {
    return directory.resolve(name).toString();
  }

  Path log(String name) {
    return directory.resolve(name + ".log");
  }

  int size(int full, int tiny) {
    return quick ? tiny : full;
  }

  /** A figure counts only if the work was done. */
  static void check(boolean right, Object... words) {
    if (!right) {
      throw new IllegalStateException(
          "wrong result: "
              + Arrays.stream(words).map(String::valueOf).collect(Collectors.joining(" ")));
    }
  }
}
