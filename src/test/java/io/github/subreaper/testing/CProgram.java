package io.github.subreaper.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Builds a C program of the test resources. Without a compiler the test is skipped; in CI it fails.
 */
public final class CProgram {
  private CProgram() {}

  /** Compiles {@code /c/<name>.c} into a directory. */
  public static Path build(Path directory, String name, String... options) throws Exception {
    boolean compiler = onPath("cc");
    if (!compiler && System.getenv("CI") != null) {
      throw new AssertionError(
          "CI=true, and there is no C compiler: apt-get install gcc libc6-dev");
    }
    assumeTrue(compiler, "no C compiler: apt-get install gcc libc6-dev");
    Path source = directory.resolve(name + ".c");
    try (InputStream resource = CProgram.class.getResourceAsStream("/c/" + name + ".c")) {
      assertThat(resource).as("resource /c/%s.c", name).isNotNull();
      Files.copy(resource, source);
    }
    Path program = directory.resolve(name);
    List<String> command =
        new ArrayList<>(List.of("cc", "-O2", "-o", program.toString(), source.toString()));
    command.addAll(List.of(options));
    Path log = directory.resolve(name + ".log");
    int code =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start()
            .waitFor();
    assertThat(code).as(Files.readString(log)).isZero();
    return program;
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
