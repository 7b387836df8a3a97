package io.github.subreaper.junit;

import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * Compiles a C program or library of the test resources. Without a compiler the test is skipped.
 */
public final class Compiled {
  private Compiled() {}

  public static Path of(Path directory, String name, String... options) throws Exception {
    Path source = directory.resolve(name + ".c");
    try (InputStream resource = Compiled.class.getResourceAsStream("/c/" + name + ".c")) {
      Files.copy(Objects.requireNonNull(resource), source);
    }
    boolean compiler =
        Arrays.stream(System.getenv("PATH").split(":", -1))
            .anyMatch(place -> Files.isExecutable(Path.of(place, "cc")));
    Required.orSkip(compiler, "no C compiler: apt-get install gcc libc6-dev");
    Path result = directory.resolve(name);
    List<String> command =
        new ArrayList<>(List.of("cc", "-O2", "-o", result.toString(), source.toString()));
    command.addAll(List.of(options));
    ChildJvm.run(new ProcessBuilder(command)).assertExit(0);
    return result;
  }
}
