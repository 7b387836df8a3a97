package io.github.subreaper;

import static io.github.subreaper.testing.Linux.KERNEL;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.subreaper.internal.linux.Pidfd;
import io.github.subreaper.testing.ChildJvm;
import io.github.subreaper.testing.Doomed;
import io.github.subreaper.testing.DyingJvm;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A JVM under QEMU's user emulation, as in a container of another platform. */
@Tag("full")
class EmulationTest {
  @TempDir private Path directory;

  @Test
  void promisesAreKeptUnderEmulation() throws Exception {
    ChildJvm.Result result =
        ChildJvm.run(
                List.of("timeout", "-s", "KILL", "300", qemu()),
                ChildJvm.ORIGINS,
                Map.of(),
                Emulated.class,
                directory.toString())
            .exitedNormally();
    assertThat(result.value("launcher")).isEqualTo("exited 3");
    assertThat(result.value("orphan")).isEqualTo("exited 7");
    assertThat(result.value("untrue")).isEqualTo("0");
    assertThat(result.value("no-interpreter")).contains("ENOENT");
    assertThat(result.value("no-first-line")).isEqualTo("exited 4");
    assertThat(result.value("left")).isEqualTo("[]");
  }

  static final class Emulated {
    public static void main(String[] arguments) throws Exception {
      Path directory = Path.of(arguments[0]);
      Descendant leak;
      try (Subreaper subreaper = Subreaper.activate();
          Supervisor supervisor = subreaper.open("emulated")) {
        Launch launch = supervisor.launch("sh", "-c", "(setsid sh -c 'read x; exit 7' &); exit 3");
        System.out.println("launcher=" + launch.awaitExit());
        System.out.println("orphan=" + launch.awaitOrphan().awaitExit());

        int untrue = 0;
        for (int i = 0; i < 60; i++) {
          supervisor.launch("sh", "-c", "true &");
          untrue += new ProcessBuilder("sh", "-c", "exit 5").start().waitFor() == 5 ? 0 : 1;
        }
        System.out.println("untrue=" + untrue);

        Path program = script(directory.resolve("interpreted"), "#!/no/such/interpreter\n");
        System.out.println(
            "no-interpreter=" + catchThrowable(() -> supervisor.launch(program.toString())));
        Path plain = script(directory.resolve("plain"), "exit 4\n");
        System.out.println("no-first-line=" + supervisor.launch(plain.toString()).awaitExit());

        new ProcessBuilder("sh", "-c", "setsid sleep 1000 &").start().waitFor();
        leak = supervisor.awaitDescendant("sleep");
      }
      System.out.println("left=" + ProcessHandle.current().children().toList());
      assertThat(leak.isAlive()).isFalse();
    }

    private static Path script(Path file, String text) throws Exception {
      Files.writeString(file, text);
      assertThat(file.toFile().setExecutable(true)).isTrue();
      return file;
    }
  }

  @Test
  void killedJvmLeavesNothing() throws Exception {
    List<String> options = new ArrayList<>();
    options.add("-Djava.io.tmpdir=" + Files.createDirectories(Doomed.temporary(directory)));
    options.add("-Dsubreaper.directory=" + Doomed.reports(directory));
    List<String> command = new ArrayList<>(List.of(qemu()));
    command.addAll(ChildJvm.command(options, DyingJvm.class, "wait", "--"));
    command.addAll(List.of("sh", "-c", "setsid sleep 1000 & exit 0"));
    try (Doomed jvm = Doomed.start(directory, command)) {
      jvm.value("ready=2");
      try (Pidfd guardian = KERNEL.pidfd(jvm.guardian())) {
        jvm.kill();
        jvm.awaitEnd();
        Doomed.awaitEnd(guardian);
      }
      assertThat(Doomed.living(jvm.session())).isEmpty();
      assertThat(Doomed.temporary(directory)).isEmptyDirectory();
      jvm.awaitNoneLeft();
    }
  }

  /**
   * Returns the emulator of this machine's own architecture: programs that it starts run without
   * it.
   */
  private static String qemu() {
    String machine = System.getProperty("os.arch").equals("amd64") ? "x86_64" : "aarch64";
    Path program = Path.of("/usr/bin/qemu-" + machine);
    assumeTrue(
        Files.isExecutable(program), program + " is missing; on Debian: apt-get install qemu-user");
    return program.toString();
  }
}
