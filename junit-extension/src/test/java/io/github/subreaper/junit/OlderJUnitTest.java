package io.github.subreaper.junit;

import static io.github.subreaper.assertj.SubreaperAssertions.assertThat;
import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.Launch;
import io.github.subreaper.Program;
import io.github.subreaper.Signal;
import io.github.subreaper.Supervisor;
import java.io.File;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The extension with older versions of JUnit, whose jars the build copies. */
class OlderJUnitTest {
  private static final String STARTING_WITH = "junit-";

  @TempDir Path temp;

  @Test
  void worksWithTheVersionsOfSpringBoot35() throws Exception {
    ChildJvm.Output output =
        with("spring-boot-3.5")
            .with("subreaper.reports", "FAILURES")
            .with("subreaper.directory", temp.resolve("reports").toString())
            .with("junit.platform.reporting.output.dir", temp.resolve("attached").toString())
            .run()
            .assertExit(0);

    assertThat(output.text()).contains("junit: 5.12.2");
    assertThat(output.lines("daemon(Supervisor)")).contains("SUCCESSFUL");
    assertThat(output.lines("declared(Launch, Launch)")).contains("SUCCESSFUL");
    assertThat(output.lines("leaks()")).contains("FAILED").contains("LeakedProcessesError");
    Processes.assertEnded(output.number("pid"));
    assertThat(output.lines("timesOut()")).contains("FAILED").contains("TimeoutException");
    assertThat(output.text())
        .containsPattern(
            "timesOut\\(\\) timed out, waiting in .*; its processes at that moment:\n");
    assertThat(output.lines("FILE leaks()").lines())
        .hasSize(2)
        .allMatch(line -> line.contains(temp.resolve("attached") + "/"))
        .anyMatch(line -> line.endsWith("DaemonTestCases.leaks-processes.html"));
  }

  /** By the annotation and by auto-detection: 5.11 can't load {@link TimeoutExtension}. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void errorBelowTheFloorNamesTheVersionFoundAndTheVersionNeeded(boolean autoDetection)
      throws Exception {
    ChildJvm.Output output =
        with("junit-5.11")
            .with("junit.jupiter.extensions.autodetection.enabled", "" + autoDetection)
            .run();

    assertThat(output.text()).contains("needs JUnit 5.12 or later, and found 5.11.4. To fix: ");
    assertThat(output.text()).doesNotContain("SUCCESSFUL daemon").doesNotContain("NoSuchMethod");
    assertThat(output.text()).doesNotContain("NoClassDefFound");
  }

  @Test
  void guardFailsALeakWithTheVersionsOfSpringBoot35() throws Exception {
    ChildJvm.Output output =
        with("spring-boot-3.5", PlatformGuardTest.JupiterTestCases.class)
            .with("subreaper.guard", "true")
            .run()
            .assertExit(0);

    assertThat(output.text()).contains("JupiterTestCases.leaks() left sleep running");
    Processes.assertEnded(output.number("pid"));
  }

  @Test
  void guardSaysWhereJupiterIsTooOld() throws Exception {
    ChildJvm.Output output =
        with("junit-5.11", QuietTestCases.class).with("subreaper.guard", "true").run();

    assertThat(output.assertExit(0).text())
        .contains("SUCCESSFUL passes()", "not watched, though the guard is on: the tests of")
        .contains("junit-jupiter, which needs JUnit 5.12 or later");
  }

  static class QuietTestCases {
    @Test
    void passes() {}
  }

  private static ChildJvm with(String jars) throws IOException {
    return with(jars, DaemonTestCases.class);
  }

  private static ChildJvm with(String jars, Class<?> tests) throws IOException {
    Path directory = Path.of("target", jars).toAbsolutePath();
    Required.orSkip(Files.isDirectory(directory), "needs to be run by Maven, which copies " + jars);
    List<String> classPath = new ArrayList<>();
    try (DirectoryStream<Path> found = Files.newDirectoryStream(directory, "*.jar")) {
      found.forEach(jar -> classPath.add(jar.toString()));
    }
    Stream<String> own =
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
            .filter(entry -> !Path.of(entry).getFileName().toString().startsWith(STARTING_WITH));
    return ChildJvm.tests(tests)
        .on(Stream.concat(classPath.stream(), own).collect(joining(File.pathSeparator)));
  }

  @SubreaperTest
  static class DaemonTestCases {
    @Daemon static final Program FOR_ALL = Program.of("sleep", "1001");
    @Daemon final Program forEach = Program.of("sleep", "1002");

    @Test
    void declared(@Daemon("FOR_ALL") Launch forAll, @Daemon("forEach") Launch forEach) {
      assertThat(forAll).hasShapeWithin(Duration.ofMinutes(1), "sleep 1001");
      assertThat(forEach).hasShapeWithin(Duration.ofMinutes(1), "sleep 1002");
    }

    @Test
    void daemon(Supervisor supervisor) {
      ChildJvm.say("junit", Test.class.getPackage().getImplementationVersion());
      Launch launch = supervisor.launch("sh", "-c", "(setsid sleep 1000 &); exit 7");
      assertThat(launch).exitsWith(7);
      launch.awaitOrphan().signal(Signal.TERM);
      assertThat(launch.awaitOrphan()).exitsWithin(Duration.ofSeconds(10)).isSignaled(Signal.TERM);
    }

    @Test
    void leaks() {
      ChildJvm.say("pid", Processes.leak());
    }

    @Test
    @Timeout(value = 300, unit = TimeUnit.MILLISECONDS)
    void timesOut() throws InterruptedException {
      new CountDownLatch(1).await(); // until JUnit interrupts it
    }
  }
}
