package io.github.subreaper.internal.linux.proc;

import static io.github.subreaper.testing.Linux.KERNEL;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.subreaper.internal.text.PasswdFile;
import io.github.subreaper.testing.Await;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A known value is not read or built again, and never returned when it has changed. */
@Timeout(120)
class ReadersTest {
  @TempDir private Path directory;

  @ParameterizedTest
  @ValueSource(strings = {"1001", "1001|1002", "a b", "", "1001|", "\u00e4", "1001|\u00e4|x"})
  void knownCommandLineIsComparedWithTheCurrentOne(String words) throws Exception {
    List<String> command = List.of(("sh|-c|read x; :|" + words).split("\\|", -1));
    Process process = new ProcessBuilder(command).start();
    try {
      int pid = (int) process.pid();
      Await.until(() -> KERNEL.procfs.commandLine(pid).equals(command));
      List<String> told = KERNEL.procfs.commandLine(pid);
      assertThat(KERNEL.procfs.commandLine(pid, told)).isEqualTo(told);
      for (List<String> other : others(told)) {
        assertThat(KERNEL.procfs.commandLine(pid, other))
            .as("if %s was known", other)
            .isEqualTo(told);
      }
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  private static List<List<String>> others(List<String> told) {
    String all = String.join(" ", told);
    String changed = all.substring(0, all.length() - 1) + "~";
    return List.of(
        List.of(),
        List.of(""),
        List.of(all),
        List.of(changed),
        List.of(all + "x"),
        told.subList(0, told.size() - 1),
        List.of("sh", "-c", "read x; :", "1001", "1002", "1003"),
        List.of("sh", "-c", "read x; :", "1009"),
        List.of("sh", "-c", "read x; :", "\uffe4"));
  }

  @Test
  void unchangedPlainCommandLineIsNotBuiltAgain() throws Exception {
    Process process = new ProcessBuilder("sleep", "1001").start();
    try {
      int pid = (int) process.pid();
      Await.until(() -> KERNEL.procfs.commandLine(pid).equals(List.of("sleep", "1001")));
      List<String> told = KERNEL.procfs.commandLine(pid);
      assertThat(KERNEL.procfs.commandLine(pid, told)).isSameAs(told);
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  @Test
  void pidfdShowsTheRealUserUntilTheProcessIsReaped() throws Exception {
    int own = KERNEL.procfs.statusNumber(Procfs.SELF, "Uid");
    assumeTrue(own == 0, "only root can have two users");
    Process process = new ProcessBuilder("setpriv", "--ruid=54421", "sleep", "1001").start();
    try {
      int pid = (int) process.pid();
      Await.until(() -> KERNEL.procfs.commandLine(pid).equals(List.of("sleep", "1001")));
      try (Pidfd pidfd = KERNEL.pidfd(pid)) {
        OptionalInt uid = pidfd.realUid();
        assumeTrue(uid.isPresent(), "needs Linux 6.13");
        assertThat(uid).hasValue(54421);
        assertThat(KERNEL.procfs.statusNumber(pid, "Uid")).isEqualTo(54421);
        process.destroyForcibly().waitFor();
        assertThat(pidfd.realUid()).isEmpty();
      }
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  @Test
  void renamedUserHasItsNewName() throws Exception {
    Path passwd = directory.resolve("passwd");
    UserNames names = new UserNames(passwd.toFile());
    assertThat(names.name(7)).isEqualTo("7");
    FileTime now = FileTime.from(Instant.now().plusSeconds(60)); // young, however slow this is
    write(passwd, "root:x:0:0::/:\none:x:7:8::/:\nbad:x:y:z\nagain:x:7:9\n", now);
    assertThat(names.name(7)).isEqualTo("one");
    assertThat(names.ids("again")).isEqualTo(new PasswdFile.Ids(7, 9));
    write(passwd, "two:x:7:8\n", now);
    assertThat(names.name(7)).as("changed within one time stamp").isEqualTo("two");
    assertThat(names.ids("one")).isNull();
    FileTime old = FileTime.from(Instant.now().minusSeconds(60));
    write(passwd, "three:x:7:8\nbig:x:4294967294:8\n", old);
    assertThat(names.name(7)).isEqualTo("three");
    assertThat(names.name(7)).as("known already").isEqualTo("three");
    assertThat(names.name(-2)).isEqualTo("big");
    write(passwd, "four:x:7:8\n", FileTime.from(Instant.now().minusSeconds(50)));
    assertThat(names.ids("four")).as("of a launch").isNotNull();
    write(passwd, "five:x:7:8\n", FileTime.from(Instant.now().minusSeconds(40)));
    Await.until(() -> "five".equals(names.name(7))); // the other one may be a millisecond old
    assertThat(names.name(-3)).isEqualTo("4294967293");
  }

  private static void write(Path file, String text, FileTime modified) throws Exception {
    Files.writeString(file, text);
    Files.setLastModifiedTime(file, modified);
  }

  /** In the middle of an exec, the environment is empty. */
  @Test
  void variableIsReadThroughEachExec() throws Exception {
    Path script = directory.resolve("again");
    Files.writeString(script, "sleep 0.003; exec sh \"$0\"");
    ProcessBuilder again = new ProcessBuilder("sh", script.toString());
    again.environment().put("SUBREAPER_TEST", "kept");
    Process process = again.start();
    try {
      int pid = (int) process.pid();
      Await.until(() -> KERNEL.procfs.commandLine(pid).contains(script.toString()));
      int execs = 0;
      for (int seen = 0;
          execs < 20; // a single read misses it at almost each
          seen = Objects.requireNonNull(KERNEL.procfs.environment(pid)).size()) {
        execs += seen == 0 ? 1 : 0; // amid an exec
        assertThat(KERNEL.procfs.environmentVariable(pid, "SUBREAPER_TEST")).isEqualTo("kept");
      }
    } finally {
      process.destroyForcibly().waitFor();
    }
  }
}
