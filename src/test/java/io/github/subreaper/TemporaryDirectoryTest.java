package io.github.subreaper;

import static io.github.subreaper.testing.Linux.KERNEL;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.subreaper.internal.access.Access;
import io.github.subreaper.internal.linux.proc.Pidfd;
import io.github.subreaper.testing.ChildJvm;
import io.github.subreaper.testing.Doomed;
import io.github.subreaper.testing.DyingJvm;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** With any temporary directory, everything works or the activation is refused. */
@Tag("full")
class TemporaryDirectoryTest {
  private static final String TO_FIX =
      "To fix: name a directory that can be written, with some megabytes left, by -Djava.io.tmpdir";

  @TempDir private Path directory;

  /**
   * Uses everything that needs the private directory: guardian, gate, output, input and the
   * recorder.
   */
  static final class Uses {
    public static void main(String[] arguments) throws Exception {
      boolean supported = Subreaper.capabilities().isSupported();
      try (Subreaper subreaper = Subreaper.activate();
          Supervisor supervisor = subreaper.open("test")) {
        System.out.println("supported=" + supported);
        Launch launch =
            supervisor.launch(
                Program.of("sh", "-c", "cat; (setsid sh -c 'exit 7' &)").withStandardInput("text"));
        System.out.println("status=" + launch.awaitOrphan().awaitExit());
        System.out.println("stdout=" + launch.stdout());
        if (Access.get().awaitOrigins(subreaper, java.time.Duration.ofMinutes(1))) {
          new ProcessBuilder("sleep", "1000").start();
          System.out.println("origin=" + supervisor.leaks().get(0).origin().isPresent());
        }
      } catch (UnsupportedSystemException e) {
        System.out.println("supported=" + supported);
        System.out.println("refused=" + e.getMessage());
      }
    }
  }

  private ChildJvm.Result run(List<String> wrapper, String temporary) throws Exception {
    return run(wrapper, temporary, Uses.class);
  }

  private ChildJvm.Result run(
      List<String> wrapper, String temporary, Class<?> main, String... options) throws Exception {
    List<String> all = new ArrayList<>(ChildJvm.ORIGINS);
    all.addAll(List.of(options));
    all.add("-Djava.io.tmpdir=" + temporary);
    // Without a home directory JNA's own file would be there too.
    all.add("-Djna.tmpdir=" + Files.createDirectories(directory.resolve("jna")));
    return ChildJvm.run(wrapper, all, Map.of(), main).exitedNormally();
  }

  /** Returns the command that runs the rest in the directory of the test. */
  private List<String> there() {
    return List.of("sh", "-c", "cd \"$0\" && exec \"$@\"", directory.toString());
  }

  private static void assertWorks(ChildJvm.Result result) {
    assertWorksWithoutOrigin(result);
    assertThat(result.value("origin")).isEqualTo("true");
  }

  private static void assertWorksWithoutOrigin(ChildJvm.Result result) {
    assertThat(result.output()).doesNotContain("refused");
    assertThat(result.value("supported")).isEqualTo("true");
    assertThat(result.value("status")).isEqualTo("exited 7");
    assertThat(result.value("stdout")).isEqualTo("text");
  }

  private static void assertRefuses(ChildJvm.Result result, Path temporary, String reason) {
    assertThat(result.value("supported")).isEqualTo("false");
    assertThat(result.value("refused")).contains(temporary.toString(), reason, TO_FIX);
  }

  @Test
  void relativeDirectoryWorks() throws Exception {
    Path target = Files.createDirectory(directory.resolve("target"));
    assertWorks(run(there(), "target"));
    assertThat(target).isEmptyDirectory();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"two  blanks ", "'\"`$(id) \\", "line\nends\n", "-n", "*[0-9]?", "(é漢)&;"})
  void guardianOfAKilledJvmWorksInADirectoryWithAnyName(String name) throws Exception {
    assumeTrue(canSpell(name), "the file name encoding of this JVM cannot express it");
    Path temporary = Files.createDirectory(directory.resolve(name));
    List<String> command = new ArrayList<>(there());
    command.addAll(
        ChildJvm.command(
            List.of(
                "-Djava.io.tmpdir=" + name,
                "-Djna.tmpdir=" + Files.createDirectory(directory.resolve("jna")),
                "-Dsubreaper.directory=" + name + "/reports"),
            DyingJvm.class,
            "wait",
            "--",
            "sh",
            "-c",
            "setsid sleep 1000 &"));
    try (Doomed jvm = Doomed.start(directory, command)) {
      jvm.value("ready=(\\d+)");
      try (Pidfd guardian = KERNEL.pidfd(jvm.guardian())) {
        jvm.kill();
        Doomed.awaitEnd(guardian);
      }
      assertThat(Doomed.living(jvm.session())).isEmpty();
      jvm.awaitNoneLeft();
      try (var files = Files.list(temporary)) {
        assertThat(files).containsExactly(temporary.resolve("reports"));
      }
      assertThat(temporary.resolve("reports/guardian-" + jvm.pid() + ".new"))
          .content()
          .contains("total 2\n");
    }
  }

  private static boolean canSpell(String name) {
    return Charset.forName(System.getProperty("sun.jnu.encoding")).newEncoder().canEncode(name);
  }

  @Test
  void directoryWithAnyNameWorks() throws Exception {
    Path temporary = Files.createDirectory(directory.resolve("a b'\"\n(-"));
    assertWorks(run(List.of(), temporary.toString()));
    assertThat(temporary).isEmptyDirectory();
  }

  /** The guardian's arguments have the same encoding as its files. */
  @Test
  void directoryNameInAnotherEncodingThanUtf8Works() throws Exception {
    assumeTrue(canSpell("\u00e9"), "the file name encoding of this JVM cannot express it");
    String latin = "localedef -c -i POSIX -f ISO-8859-1 ./latin >/dev/null 2>&1; [ -d latin ]";
    Process made = new ProcessBuilder("sh", "-c", latin).directory(directory.toFile()).start();
    assumeTrue(made.waitFor() == 0, "needs localedef and its sources");
    Path temporary = Files.createDirectory(directory.resolve("\u00e9"));
    List<String> wrapper = List.of("env", "LOCPATH=" + directory, "LC_ALL=latin");
    // The JDK's flight recorder records nothing in such a directory.
    assertWorksWithoutOrigin(run(wrapper, temporary.toString()));
    assertThat(temporary).isEmptyDirectory();
  }

  @Test
  void missingDirectoryIsRefused() throws Exception {
    Path missing = directory.resolve("missing");
    assertRefuses(run(List.of(), missing.toString()), missing, "there is no such directory");
  }

  @Test
  void fileAsTheDirectoryIsRefused() throws Exception {
    Path file = Files.createFile(directory.resolve("file"));
    assertRefuses(run(List.of(), file.toString()), file, "Not a directory");
  }

  @Test
  void directoryNameThatTheLocaleCannotExpressIsRefused() throws Exception {
    assumeTrue(canSpell("\u00e9"), "the file name encoding of this JVM cannot express it");
    Path temporary = Files.createDirectory(directory.resolve("\u00e9"));
    ChildJvm.Result result = run(List.of("env", "LC_ALL=C"), temporary.toString());
    assertThat(result.value("refused"))
        .contains("java.io.tmpdir", directory.toString(), "To fix: run it with a UTF-8 locale");
  }

  /**
   * Returns the command that mounts something on a directory, visible to this JVM only, and runs
   * the rest.
   */
  private List<String> mounted(Path place, String mount) throws Exception {
    String script = mount.replace("PLACE", "\"$0\"") + " && exec \"$@\"";
    List<String> unshare = List.of("unshare", "-Urm", "sh", "-c", script, place.toString());
    List<String> probe = new ArrayList<>(unshare);
    probe.add("true");
    assumeTrue(ChildJvm.run(probe).exitCode() == 0, "needs a mount namespace of its own");
    return unshare;
  }

  @Test
  void readOnlyDirectoryIsRefused() throws Exception {
    Path place = Files.createDirectory(directory.resolve("place"));
    List<String> wrapper = mounted(place, "mount -t tmpfs -o ro none PLACE");
    assertRefuses(run(wrapper, place.toString()), place, "Read-only file system");
  }

  @Test
  void fullDirectoryIsRefused() throws Exception {
    Path place = Files.createDirectory(directory.resolve("place"));
    List<String> wrapper = mounted(place, "mount -t tmpfs -o size=4k none PLACE");
    assertRefuses(run(wrapper, place.toString()), place, "No space left on device");
    wrapper = mounted(place, "mount -t tmpfs -o nr_inodes=1 none PLACE");
    assertRefuses(run(wrapper, place.toString()), place, "No space left on device");
  }

  @Test
  void directoryMountedNoexecWorks() throws Exception {
    Path place = Files.createDirectory(directory.resolve("place"));
    assertWorks(run(mounted(place, "mount -t tmpfs -o noexec none PLACE"), place.toString()));
  }

  /** A launch fails and says so when the space is used up meanwhile; running processes go on. */
  @Test
  void directoryThatFillsUpLaterFailsTheLaunch() throws Exception {
    Path place = Files.createDirectory(directory.resolve("place"));
    for (String limit : List.of("size=64k", "nr_inodes=20")) {
      List<String> wrapper = mounted(place, "mount -t tmpfs -o " + limit + " none PLACE");
      ChildJvm.Result result =
          run(wrapper, place.toString(), FillsUp.class, "-Dsubreaper.origin=off");
      assertThat(result.value("failed")).contains("cannot launch `cat`", "pace");
      assertThat(result.value("status")).isEqualTo("exited 7");
      assertThat(result.value("missing")).isEqualTo(String.valueOf(limit.startsWith("size")));
    }
  }

  /** Takes all free space. */
  static final class FillsUp {
    public static void main(String[] arguments) throws Exception {
      Path temporary = Path.of(System.getProperty("java.io.tmpdir"));
      try (Subreaper subreaper = Subreaper.activate();
          Supervisor supervisor = subreaper.open("test")) {
        new ProcessBuilder("mkfifo", temporary + "/go").start().waitFor();
        Launch before = supervisor.launch("sh", "-c", "read _ <" + temporary + "/go; exit 7");
        List<Path> fill = new ArrayList<>();
        try {
          while (true) {
            Path file = Files.createTempFile(temporary, "fill", "");
            fill.add(file);
            Files.write(file, new byte[1024]);
          }
        } catch (java.io.IOException e) {
          System.out.println("full=" + e);
        }
        try {
          supervisor.launch(Program.of("cat").withStandardInput("x".repeat(100)));
        } catch (LaunchException e) {
          System.out.println("failed=" + e.getMessage());
        }
        String missing = "  stdout    some of it may be missing: the file system of " + temporary;
        System.out.println("missing=" + before.describe().contains(missing));
        Files.writeString(temporary.resolve("go"), "\n");
        System.out.println("status=" + before.awaitExit());
        for (Path file : fill) {
          Files.delete(file);
        }
      }
    }
  }
}
