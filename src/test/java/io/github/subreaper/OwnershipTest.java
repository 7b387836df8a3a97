package io.github.subreaper;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.testing.CProgram;
import io.github.subreaper.testing.ChildJvm;
import io.github.subreaper.testing.OwnershipWorkload;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * No status of a Process is ever stolen: 2,000 children of threads that end at once, and 2,000 of
 * virtual threads where there are any, beside launches and a flood of orphans.
 */
class OwnershipTest {

  @Test
  void eachOfSomeProcessesAndOrphansHasItsOwnStatus(@TempDir Path directory) throws Exception {
    assertEachHasItsOwnStatus(directory, 100, 400);
  }

  @Test
  @Tag("full")
  void everyProcessAndEveryOrphanHasItsOwnStatus(@TempDir Path directory) throws Exception {
    assertEachHasItsOwnStatus(directory, 2000, 8000);
  }

  private static void assertEachHasItsOwnStatus(Path directory, int each, int orphans)
      throws Exception {
    ChildJvm.Result result =
        run(
            ChildJvm.command(
                OwnershipWorkload.class, arguments(directory, "subreaper", each, orphans)));
    assertExact(result, each, orphans);
  }

  @Test
  @Tag("full")
  void controlThatTakesAllChildrenStealsStatuses(@TempDir Path directory) throws Exception {
    ChildJvm.Result result =
        run(ChildJvm.command(OwnershipWorkload.class, arguments(directory, "naive", 500, 2000)));
    assertThat(Integer.parseInt(result.value("wrongProcesses"))).isPositive();
  }

  @Test
  @Tag("full")
  void sameInAJvmWhoseFirstThreadRunsJava(@TempDir Path directory) throws Exception {
    Path home = Path.of(System.getProperty("java.home"));
    Path library = libjvm(home);
    String include = home.resolve("include").toString();
    Path embedder =
        CProgram.build(
            directory,
            "embedder",
            "-I" + include,
            "-I" + include + "/linux",
            "-L" + library,
            "-Wl,-rpath," + library,
            "-ljvm");
    List<String> command = new ArrayList<>();
    command.add(embedder.toString());
    command.add(System.getProperty("java.class.path"));
    command.add(OwnershipWorkload.class.getName());
    command.addAll(List.of(arguments(directory, "subreaper", 1000, 2000)));
    ChildJvm.Result result = run(command);
    assertThat(result.value("launcher")).isNotEqualTo("SUN_STANDARD");
    assertExact(result, 1000, 2000);
  }

  private static Path libjvm(Path home) throws Exception {
    try (Stream<Path> files = Files.walk(home.resolve("lib"))) {
      return files
          .filter(file -> file.endsWith(Path.of("server", "libjvm.so")))
          .map(file -> file.toAbsolutePath().getParent())
          .findFirst()
          .orElseThrow();
    }
  }

  private static String[] arguments(Path directory, String mode, int each, int orphans)
      throws Exception {
    return new String[] {
      mode,
      CProgram.build(directory, "flood").toString(),
      CProgram.build(directory, "exitwith").toString(),
      Integer.toString(each),
      Integer.toString(orphans)
    };
  }

  private static ChildJvm.Result run(List<String> command) throws Exception {
    return ChildJvm.run(command).exitedNormally();
  }

  private static void assertExact(ChildJvm.Result result, int each, int orphans) {
    assertThat(result.value("wrongProcesses")).as(result.output()).isEqualTo("0");
    assertThat(result.value("wrongOrphans")).as(result.output()).isEqualTo("0");
    assertThat(Integer.parseInt(result.value("processes")))
        .isEqualTo(Runtime.version().feature() >= 21 ? 2 * each : each);
    assertThat(Integer.parseInt(result.value("orphans"))).isEqualTo(orphans);
    assertThat(result.value("wrongLaunches")).isEqualTo("0");
  }
}
