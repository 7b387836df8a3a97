package io.github.subreaper.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Builds a C program of the test resources. Without a compiler the test is skipped; in CI it fails.
 */
public final class CProgram {
  private static final Map<List<String>, byte[]> BUILT = new ConcurrentHashMap<>();

  private CProgram() {}

  /** Compiles {@code /c/<name>.c}, once in this JVM, into a directory. */
  public static Path build(Path directory, String name, String... options) throws Exception {
    Path program = directory.resolve(name);
    List<String> key = new ArrayList<>(List.of(options));
    key.add(name);
    byte[] built = BUILT.get(key);
    if (built == null) {
      compile(program, options);
      BUILT.put(key, Files.readAllBytes(program));
    } else {
      write(program, built);
    }
    return program;
  }

  /** Writes by another process: a child of this one, forked meanwhile, would keep it from exec. */
  private static void write(Path program, byte[] built) throws Exception {
    Process writer =
        new ProcessBuilder("tee", program.toString())
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    try (OutputStream input = writer.getOutputStream()) {
      input.write(built);
    }
    assertThat(writer.waitFor()).as("tee %s", program).isZero();
    assertThat(program.toFile().setExecutable(true, false)).isTrue();
  }

  private static void compile(Path program, String... options) throws Exception {
    boolean compiler = onPath("cc");
    if (!compiler && System.getenv("CI") != null) {
      throw new AssertionError(
          "CI=true, and there is no C compiler: apt-get install gcc libc6-dev");
    }
    assumeTrue(compiler, "no C compiler: apt-get install gcc libc6-dev");
    String name = String.valueOf(program.getFileName());
    Path source = program.resolveSibling(name + ".c");
    try (InputStream resource = CProgram.class.getResourceAsStream("/c/" + name + ".c")) {
      assertThat(resource).as("resource /c/%s.c", name).isNotNull();
      Files.copy(resource, source);
    }
    List<String> command =
        new ArrayList<>(List.of("cc", "-O2", "-o", program.toString(), source.toString()));
    command.addAll(List.of(options));
    Path log = program.resolveSibling(name + ".log");
    int code =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start()
            .waitFor();
    assertThat(code).as(Files.readString(log)).isZero();
  }

  private static boolean onPath(String program) throws IOException {
    for (String directory : System.getenv("PATH").split(":", -1)) {
      if (Files.isExecutable(Path.of(directory, program))) {
        return true;
      }
    }
    return false;
  }
}
