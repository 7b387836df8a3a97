package io.github.subreaper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.subreaper.testing.ChildJvm;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A JVM under QEMU's user emulation. That the promises are kept there, {@link PlacesTest} says. */
@Tag("full")
class EmulationTest {
  @TempDir private Path directory;

  @Test
  void whyAProgramIsNotRunIsSaid() throws Exception {
    List<String> emulator = List.of("timeout", "-s", "KILL", "300", qemu());
    ChildJvm.Result result =
        ChildJvm.run(emulator, List.of(), Map.of(), Emulated.class, directory.toString())
            .exitedNormally();
    assertThat(result.value("no-interpreter")).contains("ENOENT");
    assertThat(result.value("no-first-line")).isEqualTo("exited 4");
  }

  static final class Emulated {
    public static void main(String[] arguments) throws Exception {
      Path directory = Path.of(arguments[0]);
      try (Subreaper subreaper = Subreaper.activate();
          Supervisor supervisor = subreaper.open("emulated")) {
        Path program = script(directory.resolve("interpreted"), "#!/no/such/interpreter\n");
        System.out.println(
            "no-interpreter=" + catchThrowable(() -> supervisor.launch(program.toString())));
        Path plain = script(directory.resolve("plain"), "exit 4\n");
        System.out.println("no-first-line=" + supervisor.launch(plain.toString()).awaitExit());
      }
    }

    private static Path script(Path file, String text) throws Exception {
      Files.writeString(file, text);
      assertThat(file.toFile().setExecutable(true)).isTrue();
      return file;
    }
  }

  /**
   * Returns the emulator of this machine's own architecture: programs that it starts run without
   * it.
   */
  static String qemu() {
    String machine = System.getProperty("os.arch").equals("amd64") ? "x86_64" : "aarch64";
    Path program = Path.of("/usr/bin/qemu-" + machine);
    assumeTrue(
        Files.isExecutable(program), program + " is missing; on Debian: apt-get install qemu-user");
    return program.toString();
  }
}
