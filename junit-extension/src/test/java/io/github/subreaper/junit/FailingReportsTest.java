package io.github.subreaper.junit;

import static io.github.subreaper.junit.Processes.leak;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.github.subreaper.Supervisor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Reports that cannot be written: one warning, and the tests go on. */
@Tag("slow")
class FailingReportsTest {
  private static final String WARNING = "a report could not be made, and the tests go on";
  private static final String VANISH = "vanish";

  @TempDir Path temp;
  private Path directory;

  @BeforeEach
  void nameTheDirectory() {
    directory = temp.resolve("reports");
  }

  @Test
  void fullDiskIsOneWarning() throws Exception {
    assertOneWarning("size=4k", "No space left on device");
  }

  @ParameterizedTest
  @CsvSource({"nr_inodes=1, No space left on device", "ro, Read-only file system"})
  @Tag("full")
  void fileSystemThatTakesNoFileIsOneWarning(String options, String reason) throws Exception {
    assertOneWarning(options, reason);
  }

  private void assertOneWarning(String options, String reason) throws Exception {
    String mount = "mount -t tmpfs -o " + options + " tmpfs ";
    List<String> unshare = List.of("unshare", "--map-root-user", "--mount", "sh", "-c");
    assumeThat(mayMount(unshare, mount + temp)).as("may mount file systems here").isTrue();
    Files.createDirectory(directory);
    String[] before = {unshare.get(0), unshare.get(1), unshare.get(2), "sh", "-c"};

    ChildJvm.Output output = child(with(before, mount + directory + " && exec \"$@\"", "sh")).run();

    assertOneWarning(output, reason);
  }

  private static boolean mayMount(List<String> unshare, String mount) throws InterruptedException {
    try {
      return new ProcessBuilder(Stream.concat(unshare.stream(), Stream.of(mount)).toList())
              .start()
              .waitFor()
          == 0;
    } catch (IOException e) {
      return false;
    }
  }

  private static String[] with(String[] before, String... more) {
    return Stream.of(before, more).flatMap(Stream::of).toArray(String[]::new);
  }

  @Test
  void fileInPlaceOfTheDirectoryIsOneWarning() throws IOException {
    Files.writeString(directory, "mine");

    assertOneWarning(child().run(), directory + " is not a directory");
    assertThat(directory).hasContent("mine");
  }

  @Test
  void directoryThatVanishesIsMadeAgain() {
    ChildJvm.Output output = child().with(VANISH, "directory").run();

    assertThat(output.text()).doesNotContain(WARNING);
    assertTestsWentOn(output);
    assertThat(directory.resolve(prefix() + "fails-processes.html")).exists();
    assertThat(directory.resolve(prefix() + "leaks-processes.html")).doesNotExist();
    assertThat(directory.resolve("index.html")).exists();
  }

  @Test
  void directoryThatBecomesAFileIsOneWarning() {
    assertOneWarning(child().with(VANISH, "file").run(), directory + " is not a directory");
    assertThat(directory).isEmptyFile();
  }

  private ChildJvm child(String... before) {
    return ChildJvm.tests(OrderedTestCases.class)
        .below(with(before, "env", "GITHUB_ACTIONS=true", "GITHUB_STEP_SUMMARY="))
        .with("subreaper.reports", "ALWAYS")
        .with("subreaper.directory", directory.toString());
  }

  private static void assertOneWarning(ChildJvm.Output output, String reason) {
    assertThat(output.lines(WARNING).lines()).as(output.text()).hasSize(1);
    assertThat(output.text())
        .contains(reason)
        .as("a stack says no more than the reason")
        .doesNotContainPattern("\\sat io\\.github\\.subreaper\\.internal\\.report\\.");
    assertTestsWentOn(output);
    assertThat(output.lines("subreaper: 3 tests"))
        .as("the end of the run")
        .contains("1 leak")
        .doesNotContain("report:");
    assertThat(output.text()).as("what GitHub reads").containsPattern("(?m)^::error .*title=");
  }

  private static String prefix() {
    return OrderedTestCases.class.getName().replace('$', '.') + ".";
  }

  private static void assertTestsWentOn(ChildJvm.Output output) {
    output.assertExit(0);
    Processes.assertEnded(output.number("pid"));
    assertThat(output.lines("FAILED leaks()")).contains("left sleep running");
    assertThat(output.lines("FAILED fails(Supervisor)")).contains("by its own code");
    assertThat(output.lines("passes(Supervisor)")).contains("SUCCESSFUL");
  }

  @SubreaperTest
  @TestMethodOrder(OrderAnnotation.class)
  static class OrderedTestCases {
    @Test
    @Order(1)
    void leaks() {
      ChildJvm.say("pid", leak());
    }

    @Test
    @Order(2)
    void passes(Supervisor supervisor) throws IOException {
      supervisor.launch("true").awaitExit();
      String vanish = System.getProperty(VANISH, "");
      if (!vanish.isEmpty()) {
        Path reports = Path.of(System.getProperty("subreaper.directory"));
        try (Stream<Path> files = Files.walk(reports)) {
          for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
            Files.delete(file);
          }
        }
        if (vanish.equals("file")) {
          Files.createFile(reports);
        }
      }
    }

    @Test
    @Order(3)
    void fails(Supervisor supervisor) {
      supervisor.launch("true").awaitExit();
      throw new IllegalStateException("by its own code");
    }
  }
}
