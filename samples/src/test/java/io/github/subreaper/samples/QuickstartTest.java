package io.github.subreaper.samples;

import static io.github.subreaper.assertj.SubreaperAssertions.assertThat;

import io.github.subreaper.Launch;
import io.github.subreaper.Supervisor;
import io.github.subreaper.junit.SubreaperTest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@SubreaperTest
class QuickstartTest {
  @TempDir Path dir;

  private Launch quickstart(Supervisor supervisor, String... command) {
    List<String> all =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED", // else JDK 25 warns
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC", // both together halve the work
                "-Djava.io.tmpdir=" + dir,
                "-cp",
                System.getProperty("java.class.path"),
                Quickstart.class.getName()));
    all.addAll(List.of(command));
    return supervisor.launch(all.toArray(String[]::new));
  }

  @Test
  void showsTheDaemonsParentBeforeAndAfter(Supervisor supervisor) {
    Launch launch = quickstart(supervisor);

    assertThat(launch).exitsWithin(Duration.ofMinutes(1)).isExited(0);
    assertThat(launch.stdout().lines())
        .satisfiesExactly(
            line -> assertThat(line).startsWith("before: without a subreaper the daemon belongs"),
            // This JVM is the nearest subreaper above.
            line -> assertThat(line).startsWith("%7d ".formatted(ProcessHandle.current().pid())),
            line -> assertThat(line).contains("  \\_ sh quickstart-daemon"),
            line -> assertThat(line).isEqualTo("after: this JVM adopted it"),
            line -> assertThat(line).startsWith("%7d ".formatted(launch.pid())),
            line -> assertThat(line).contains("  \\_ sh quickstart-daemon ", "adopted "),
            line -> assertThat(line).endsWith("      \\_ sleep 60"),
            line -> assertThat(line).startsWith("ended: exit 7 after "),
            line -> assertThat(line).isEqualTo("nothing left"));
    assertThat(supervisor).hasNoProcesses();
    assertThat(dir).isEmptyDirectory();
  }

  @Test
  void runsTheReadersOwnCommand(Supervisor supervisor) {
    Launch launch = quickstart(supervisor, "sh", "-c", "sleep 1000 & exit 3");

    assertThat(launch).exitsWithin(Duration.ofMinutes(1)).isExited(0);
    assertThat(launch.stdout())
        .contains("this JVM adopted sleep 1000", "ended: exit 3 after", "ended: killed by SIGTERM")
        .endsWith("nothing left\n");
    assertThat(supervisor).hasNoProcesses();
  }

  @Test
  void saysThatThereIsNoSuchProgram(Supervisor supervisor) {
    Launch launch = quickstart(supervisor, "no-such-daemon");

    assertThat(launch).exitsWithin(Duration.ofMinutes(1)).isExited(2);
    assertThat(launch.stderr()).contains("no-such-daemon").hasLineCount(1);
  }
}
