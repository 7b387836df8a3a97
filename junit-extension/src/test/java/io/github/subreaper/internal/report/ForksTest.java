package io.github.subreaper.internal.report;

import static io.github.subreaper.internal.report.ReportSamples.FIRST;
import static io.github.subreaper.internal.report.ReportSamples.names;
import static io.github.subreaper.internal.report.ReportSamples.reports;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.github.subreaper.internal.report.Fork.Running;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Other JVMs write reports: several at once, and where there is no room or no permission. */
class ForksTest {
  private static final int REPORTS = 30;

  @TempDir Path temp;

  @Test
  void fourForksOfTwoModulesLoseNothing() throws Exception {
    Path directory = temp.resolve("subreaper");
    List<Running> forks = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      String module = "/build/module" + i % 2;
      Path output = temp.resolve("output" + i);
      String[] arguments = {directory.toString(), module, "0", String.valueOf(REPORTS)};
      forks.add(Running.start(output, List.of(), Fork.class.getName(), arguments));
    }
    for (Running fork : forks) {
      fork.go();
    }
    for (Running fork : forks) {
      assertThat(fork.exitCode()).as(fork.text()).isZero();
      assertThat(fork.text()).contains("index.html");
    }

    assertThat(reports(directory)).hasSize(4 * REPORTS);
    assertThat(names(directory)).hasSize(2 * 4 * REPORTS + 4 + 1);
    String index = Files.readString(directory.resolve("index.html"));
    for (String name : reports(directory)) {
      ReadRecording.of(directory.resolve(name + ReportFiles.LINES));
      assertThat(index).contains("\"path\":\"" + name + ReportFiles.LINES + "\"");
    }
    assertThat(index).contains("4 runs").contains(4 * REPORTS + " reports");
  }

  @Test
  void fullDiskLeavesNothingHalfWritten() throws Exception {
    Path directory = Files.createDirectory(temp.resolve("mount"));
    String script =
        "mount -t tmpfs -o size=1024k tmpfs "
            + directory
            + " && \"$@\"; code=$?; ls -A "
            + directory
            + "; exit $code";

    Running fork = inOwnMounts(script, directory.toString(), "/build/billing", "0", "1000");
    fork.go();

    assertThat(fork.exitCode()).as(fork.text()).isEqualTo(3);
    assertThat(fork.text())
        .containsPattern(
            "cannot write " + directory + "/com.acme.SameTest.same-\\d+-.*: No space left")
        .doesNotContain(".tmp");
    assertThat(fork.text().lines().filter(line -> line.endsWith("-processes.jsonl")).count())
        .isPositive()
        .isEqualTo(fork.text().lines().filter(line -> line.endsWith("-processes.html")).count());
  }

  @Test
  void readOnlyFileSystemIsNamed() throws Exception {
    Path directory = Files.createDirectory(temp.resolve("mount"));
    String script = "mount -t tmpfs -o ro tmpfs " + directory + " && \"$@\"";

    Running fork = inOwnMounts(script, directory.toString(), "/build/billing", "0", "1");
    fork.go();

    assertThat(fork.exitCode()).as(fork.text()).isEqualTo(3);
    assertThat(fork.text())
        .contains("cannot write " + directory + "/com.acme.SameTest.same-1-processes.jsonl")
        .contains("Read-only file system");
  }

  /** Mounts vanish with the process. */
  private Running inOwnMounts(String script, String... arguments)
      throws IOException, InterruptedException {
    List<String> unshare = List.of("unshare", "--map-root-user", "--mount");
    List<String> probe = new ArrayList<>(unshare);
    probe.addAll(List.of("mount", "-t", "tmpfs", "tmpfs", temp.toString()));
    int code;
    try {
      code = new ProcessBuilder(probe).start().waitFor();
    } catch (IOException e) {
      code = -1;
    }
    assumeThat(code).as("may mount file systems here").isZero();
    List<String> before = new ArrayList<>(unshare);
    before.addAll(List.of("sh", "-c", script, "sh"));
    return Running.start(temp.resolve("output"), before, Fork.class.getName(), arguments);
  }

  @Test
  void limitOfTheSizeOfFilesLeavesNothingHalfWritten() throws Exception {
    Path directory = temp.resolve("subreaper");
    List<String> limited = List.of("bash", "-c", "ulimit -f 4 && exec \"$@\"", "bash");
    String[] arguments = {directory.toString(), "/build/billing", "0", "1"};
    Running fork = Running.start(temp.resolve("output"), limited, Fork.class.getName(), arguments);
    fork.go();

    assertThat(fork.exitCode()).as(fork.text()).isEqualTo(3);
    assertThat(fork.text())
        .contains(
            "cannot write " + directory + "/com.acme.SameTest.same-1-processes.html: File too");
    assertThat(names(directory)).isEmpty();
  }

  @Test
  void directoryWithoutPermissionIsNamed() throws IOException {
    assumeThat(Files.getAttribute(temp, "unix:uid")).as("root may do all").isNotEqualTo(0);
    Path directory = Files.createDirectory(temp.resolve("subreaper"));
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("r-xr-xr-x"));

    assertThatThrownBy(() -> ReportDirectory.at(directory).write(FIRST.recording()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(directory + "/com.acme.BillingTest.stops-processes.jsonl")
        .hasMessageContaining("permission denied");
  }

  @Test
  void lockIsKeptFromOtherJvms() throws Exception {
    Path file = temp.resolve("lock");
    Running holder =
        Running.start(temp.resolve("output"), List.of(), Holder.class.getName(), file.toString());
    try {
      while (!holder.text().contains("held")) {
        assertThat(holder.process().isAlive()).as(holder.text()).isTrue();
        Thread.onSpinWait();
      }
      assertThatThrownBy(() -> DirectoryLock.hold(file, Duration.ofMillis(50), () -> "mine"))
          .isInstanceOf(IOException.class)
          .hasMessageContaining(file + " has been locked for long");
      holder.go();
      assertThat(DirectoryLock.hold(file, () -> "mine")).isEqualTo("mine");
      assertThat(holder.exitCode()).isZero();
    } finally {
      holder.process().destroyForcibly().waitFor();
    }
  }

  /** A lock is the process's, and gone when any thread closes the file. */
  @Test
  void threadThatGivesUpDoesNotOpenTheLockForOtherJvms() throws Exception {
    Path file = temp.resolve("lock");

    DirectoryLock.hold(
        file,
        () -> {
          assertThatThrownBy(() -> DirectoryLock.hold(file, Duration.ofMillis(50), () -> "mine"))
              .hasMessageContaining("has been locked for long");
          Running other =
              Running.start(
                  temp.resolve("output"), List.of(), Holder.class.getName(), file.toString(), "50");
          other.go();
          assertThat(exitCode(other)).isOne();
          return assertThat(other.text()).contains("has been locked for long");
        });
  }

  private static int exitCode(Running other) throws IOException {
    try {
      return other.exitCode();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** Holds a lock until its input ends. Arguments: the file, and for how long it waits at most. */
  static final class Holder {
    private Holder() {}

    public static void main(String[] arguments) throws IOException {
      DirectoryLock.hold(
          Path.of(arguments[0]),
          Duration.ofMillis(arguments.length > 1 ? Long.parseLong(arguments[1]) : 60_000),
          () -> {
            System.out.println("held");
            return System.in.read();
          });
    }
  }
}
