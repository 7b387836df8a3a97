package io.github.subreaper.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every benchmark runs, has a correct result and is reported. Its speed does not matter. */
@Tag("full")
class BenchmarksTest {
  private static final Path SOURCES = Path.of("../src/bench");

  @Test
  void everyBenchmarkRunsTiny(@TempDir Path directory) throws Exception {
    assumePrograms();
    String published = Files.readString(SOURCES.resolve("README.md"));
    String output = Jvm.run(directory, options(directory), Benchmarks.class, "quick");
    String report = Files.readString(directory.resolve("README.md"));
    assertThat(output.lines().filter(line -> line.startsWith("benchmark "))).hasSize(16);
    assertThat(report)
        .contains("## Against others", "## By itself", "## Growth", "quick: ", "| the run took |")
        .doesNotContain("This run was cut");
    assertThat(directory.resolve("peers.svg")).content().contains("<circle");
    assertThat(directory.resolve("alone.svg")).content().contains("<circle");
    assertThat(directory.resolve("growth.svg")).content().contains("<circle");
    assertThat(directory.resolve("flood.folded")).content().contains(";");
    assertThat(SOURCES.resolve("README.md")).hasContent(published);
  }

  @Test
  void runThatIsKilledLeavesThePageWithItsRowsMarkedAsCut(@TempDir Path directory)
      throws Exception {
    assumePrograms();
    String published = Files.readString(SOURCES.resolve("README.md"));
    Process run =
        new ProcessBuilder(
                Jvm.command(directory, options(directory), Benchmarks.class, "quick hello"))
            .redirectErrorStream(true)
            .start();
    try (BufferedReader output = run.inputReader()) {
      String first = output.readLine();
      run.destroyForcibly();
      assertThat(first).startsWith("CPU of a JVM that says hello: ");
    } finally {
      run.destroyForcibly().waitFor();
    }
    assertThat(directory.resolve("README.md"))
        .content()
        .contains("**This run was cut** in the benchmark `hello`", "|CPU of a JVM that says hello")
        .doesNotContain("| the run took |");
    assertThat(SOURCES.resolve("README.md")).hasContent(published);
  }

  @Test
  void workingTreeIsComparedWithACommit(@TempDir Path directory) throws Exception {
    assumePrograms();
    assumeTrue(Files.exists(Path.of("../.git")) && isOnPath("git"), "no repository");
    List<String> options = new ArrayList<>(options(directory));
    options.add("-Dbench.base=HEAD");
    String output = Jvm.run(directory, options, Benchmarks.class, "quick scope kill activation");
    assertThat(output)
        .containsPattern("\\|end of an empty scope\\|[0-9.,]+\\|[0-9.,]+\\|µs\\|")
        .containsPattern("\\|SIGKILL until 400 daemons are gone\\|[0-9.,]+\\|[0-9.,]+\\|s\\|")
        .containsPattern("\\|first activation after JNA is loaded\\|[0-9.,]+\\|");
  }

  @Test
  void budgetsLeaveTwoOfFifteenMinutesForTheBuild() {
    assertThat(Benchmarks.ALL.stream().mapToInt(Benchmarks.Benchmark::seconds).sum())
        .isLessThanOrEqualTo(13 * 60);
  }

  private static List<String> options(Path directory) {
    return List.of("-Dbench.sources=" + SOURCES, "-Dbench.target=" + directory);
  }

  private static void assumePrograms() {
    for (String program : List.of("cc", "ps", "pstree")) {
      boolean present = isOnPath(program);
      if (!present && "true".equals(System.getenv("CI"))) {
        throw new AssertionError("CI=true, and there is no " + program);
      }
      assumeTrue(present, "no " + program + ": apt-get install gcc libc6-dev procps psmisc");
    }
  }

  private static boolean isOnPath(String program) {
    return Arrays.stream(System.getenv("PATH").split(":", -1))
        .anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
  }
}
