package io.github.subreaper.junit;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.waits.Await;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The extension in a real Maven build, by two lines of {@code junit-platform.properties}. */
@Tag("full")
class SurefireTest {
  private static final String GUARD =
      "junit.jupiter.extensions.autodetection.enabled=true\nsubreaper.leaks=FAIL\n";

  @TempDir private Path project;

  @BeforeEach
  void needsMavenAndWhatItHasDownloaded() {
    MavenProject.orSkip();
  }

  @ParameterizedTest(name = "forkCount={0} reuseForks={1}")
  @CsvSource({"2, true", "1, false"})
  void leaksFailTheBuildAndNothingStays(String forkCount, String reuseForks) throws Exception {
    ChildJvm.Output output = build(GUARD, forkCount, reuseForks);

    assertThat(output.numbers("pid")).hasSize(2).allSatisfy(Processes::assertEnded);
    output.assertExit(1);
    assertThat(output.text())
        .contains("GuardedSuite.OneTestCases.leaks() left sleep running")
        .contains("GuardedSuite.OtherTestCases.leaks() left sleep running")
        .containsPattern("Tests run: 3, (Failures: 2, Errors: 0|Failures: 0, Errors: 2)");
  }

  @Test
  void lastLineIsInTheBuildThoughFilesTakeTheOutputOfTests() throws Exception {
    ChildJvm.Output output =
        ChildJvm.run(
            maven(
                GUARD,
                "1",
                "true",
                "<redirectTestOutputToFile>true</redirectTestOutputToFile>",
                GuardedSuite.class,
                GuardedSuite.OneTestCases.class));

    output.assertExit(1);
    assertThat(output.text())
        .containsPattern("(?m)^subreaper: 1 test · .* · 1 leak · ")
        .doesNotContain("pid: ");
  }

  @Test
  void withoutTheTwoLinesTheBuildIsGreenAndItsProcessesStay() throws Exception {
    ChildJvm.Output output = build("", "1", "true");

    assertThat(output.numbers("pid")).hasSize(2).allSatisfy(Processes::endLeftBehind);
    output.assertExit(0);
  }

  @Test
  void forkThatTimesOutLeavesNothing() throws Exception {
    ChildJvm.Output output = hangsFor(10);
    if (output.numbers("pid").isEmpty()) {
      output = hangsFor(120); // a slow machine needs longer to reach the test
    }

    output.assertExit(1);
    assertThat(output.text()).contains("timeout");
    assertJvmEnds(output.number("jvm"));
    assertEnd(output.number("pid"));
  }

  private ChildJvm.Output hangsFor(int seconds) throws Exception {
    String limit = "<forkedProcessTimeoutInSeconds>" + seconds + "</forkedProcessTimeoutInSeconds>";
    return ChildJvm.run(maven(GUARD, "1", "true", limit, HangingSuite.HangingTestCases.class));
  }

  @ParameterizedTest
  @ValueSource(strings = {"exit", "kill"}) // with "testset" the fork waits for the hanging test
  void mavenThatIsKilledLeavesNothing(String shutdown) throws Exception {
    Path said = project.resolve("said");
    Process maven =
        maven(
                GUARD,
                "1",
                "true",
                "<shutdown>" + shutdown + "</shutdown>",
                HangingSuite.HangingTestCases.class)
            .redirectErrorStream(true)
            .redirectOutput(said.toFile())
            .start();
    try {
      Await.until(() -> !maven.isAlive() || said(said).numbers("pid").size() == 1);
    } finally {
      maven.destroyForcibly().waitFor();
    }
    ChildJvm.Output output = said(said);
    assertJvmEnds(output.number("jvm"));
    assertEnd(output.number("pid"));
  }

  @Test
  void ctrlCInTheTerminalOfMavenLeavesNothing() throws Exception {
    Required.orSkip(
        ChildJvm.run(new ProcessBuilder("sh", "-c", "script --version"))
            .text()
            .contains("util-linux"),
        "needs script(1) of util-linux (package bsdutils)");
    Path said = project.resolve("said");
    ProcessBuilder maven = maven(GUARD, "1", "true", "", HangingSuite.HangingTestCases.class);
    // Children inherit ignored signals: this JVM may have been started with SIGINT ignored.
    String command = "env --default-signal=INT '" + String.join("' '", maven.command()) + "'";
    Process terminal =
        maven
            .command("script", "--quiet", "--return", "--command", command, "/dev/null")
            .redirectErrorStream(true)
            .redirectOutput(said.toFile())
            .start();
    try {
      Await.until(() -> !terminal.isAlive() || said(said).numbers("pid").size() == 1);
      try (OutputStream keyboard = terminal.getOutputStream()) {
        keyboard.write(3);
        keyboard.flush();
        ChildJvm.Output output = said(said);
        assertJvmEnds(output.number("jvm"));
        assertEnd(output.number("pid"));
      }
    } finally {
      terminal.destroyForcibly().waitFor();
    }
  }

  private static ChildJvm.Output said(Path file) throws IOException {
    return new ChildJvm.Output(0, Files.readString(file));
  }

  /** Waits, since the process may end after Maven. Kills it if it does not end. */
  private static void assertEnd(long pid) {
    try {
      Await.until(() -> !Processes.isAlive(pid));
    } finally {
      Processes.kill(pid);
    }
  }

  /**
   * Waits for its guardian, too, which writes into the project, and ends with these directories.
   */
  private static void assertJvmEnds(long jvm) {
    assertEnd(jvm);
    Path temporary = Path.of(System.getProperty("java.io.tmpdir"));
    Await.until(
        () -> {
          try (Stream<Path> all = Files.list(temporary)) {
            return all.noneMatch(
                one -> one.getFileName().toString().startsWith("subreaper-" + jvm + "-"));
          }
        });
  }

  private ChildJvm.Output build(String properties, String forkCount, String reuseForks)
      throws IOException {
    return ChildJvm.run(
        maven(
            properties,
            forkCount,
            reuseForks,
            "",
            GuardedSuite.class,
            GuardedSuite.OneTestCases.class,
            GuardedSuite.OtherTestCases.class));
  }

  private ProcessBuilder maven(
      String properties, String forkCount, String reuseForks, String more, Class<?>... suite)
      throws IOException {
    String forks =
        "<forkCount>%s</forkCount><reuseForks>%s</reuseForks>".formatted(forkCount, reuseForks);
    return new MavenProject(project, properties, forks + more).testOnly(suite);
  }
}
