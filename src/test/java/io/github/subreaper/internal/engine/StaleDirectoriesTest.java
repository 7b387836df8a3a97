package io.github.subreaper.internal.engine;

import static io.github.subreaper.testing.Linux.KERNEL;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.subreaper.Subreaper;
import io.github.subreaper.internal.engine.guardian.Guardian;
import io.github.subreaper.internal.engine.guardian.StaleDirectories;
import io.github.subreaper.internal.engine.spawn.PrivateDirectory;
import io.github.subreaper.testing.ChildJvm;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A private directory is removed if its JVM is dead, and only then. */
class StaleDirectoriesTest {
  @TempDir private Path temporary;

  private Path own;
  private Process process;
  private String place;

  @BeforeEach
  void begin() throws Exception {
    String id = KERNEL.procfs.pidSpace();
    assumeTrue(id != null, "the kernel does not show the pid namespace, or the boot");
    place = Objects.requireNonNull(id);
    own = Files.createDirectory(temporary.resolve(PrivateDirectory.prefix(KERNEL) + 1));
    process = new ProcessBuilder("cat").start();
  }

  @AfterEach
  void end() throws Exception {
    process.destroyForcibly().waitFor();
  }

  private String name() {
    return "subreaper-" + process.pid() + "-" + place + "-1";
  }

  private static Path filled(Path directory) throws Exception {
    KERNEL.fifos.create(Files.createDirectory(directory).resolve("line-1"));
    Files.writeString(directory.resolve("guardian"), "script");
    return directory;
  }

  private void die() throws Exception {
    process.destroyForcibly().waitFor();
  }

  private Stream<Path> left() {
    StaleDirectories.removeBeside(KERNEL, own);
    return Stream.of(temporary.toFile().listFiles())
        .map(java.io.File::toPath)
        .filter(file -> !file.equals(own));
  }

  @Test
  void directoryOfALivingJvmStays() throws Exception {
    Path directory = filled(temporary.resolve(name()));
    assertThat(left()).containsExactly(directory);
    die();
    assertThat(left()).as("control: it is removed otherwise").isEmpty();
  }

  @Test
  void directoryWithAnotherNameStays() throws Exception {
    die();
    List<Path> others =
        Stream.of(
                "subreaper-user-" + place,
                "subreaper-" + process.pid() + "-1",
                "subreaper-1-" + place + "-1",
                name() + "x",
                name() + "\n",
                name().replace(place, "0123456789abcdef"),
                name().replace("subreaper", "other"))
            .map(temporary::resolve)
            .toList();
    for (Path other : others) {
      filled(other);
    }
    assertThat(left()).containsExactlyInAnyOrderElementsOf(others);
  }

  @Test
  void linksAndFilesWithThatNameStayAndSoDoTheirTargets() throws Exception {
    die();
    Path elsewhere = filled(temporary.resolve("elsewhere"));
    Path link = Files.createSymbolicLink(temporary.resolve(name()), elsewhere);
    Path file = Files.createFile(temporary.resolve(name() + 2));
    Path inside = filled(temporary.resolve(name() + 3));
    Files.createSymbolicLink(inside.resolve("1.stdout"), elsewhere.resolve("guardian"));
    assertThat(left()).containsExactlyInAnyOrder(elsewhere, link, file);
    assertThat(elsewhere.resolve("guardian")).hasContent("script");
  }

  @Test
  void directoryWithSubdirectoriesStays() throws Exception {
    die();
    Path deep = Files.createDirectories(temporary.resolve(name()).resolve("more/files"));
    assertThat(left()).containsExactly(temporary.resolve(name()));
    assertThat(deep).exists();
  }

  @Test
  void directoryOfAnotherUserStays() throws Exception {
    assumeTrue(Files.isWritable(Path.of("/root")), "needs root");
    die();
    Path directory = filled(temporary.resolve(name()));
    Files.setAttribute(directory, "unix:uid", 54321);
    assertThat(left()).containsExactly(directory);
    Files.setAttribute(directory, "unix:uid", 0);
    assertThat(left()).as("control: it is removed otherwise").isEmpty();
  }

  @Test
  void directoryOfAWorkingGuardianStays() throws Exception {
    die();
    Path directory = filled(temporary.resolve(name()));
    int line = KERNEL.fifos.openForBoth(directory.resolve("line-1"));
    try {
      assertThat(left()).containsExactly(directory);
    } finally {
      KERNEL.fifos.close(line);
    }
    assertThat(left()).as("control: it is removed otherwise").isEmpty();
  }

  /** Dies before its guardian is ready. */
  static final class Halts {
    private Halts() {}

    public static void main(String[] arguments) {
      PrivateDirectory workshop = new PrivateDirectory(KERNEL);
      workshop.newFifo(Guardian.LINE);
      workshop.file("guardian", Guardian::script);
      Runtime.getRuntime().halt(0);
    }
  }

  static final class Activates {
    private Activates() {}

    public static void main(String[] arguments) {
      Subreaper.activate().close();
    }
  }

  private ChildJvm.Result run(List<String> wrapper, Class<?> main) throws Exception {
    List<String> options = List.of("-Djava.io.tmpdir=" + temporary);
    return ChildJvm.run(wrapper, options, Map.of(), main);
  }

  @Test
  void nextActivationRemovesTheDirectoryOfADeadJvm() throws Exception {
    Files.delete(own);
    run(List.of(), Halts.class).exitedNormally();
    assertThat(temporary).as("control: the JVM has left its directory").isNotEmptyDirectory();
    run(List.of(), Activates.class).exitedNormally();
    assertThat(temporary.toFile().list((in, name) -> name.startsWith("subreaper-"))).isEmpty();
  }

  static final class SaysPlace {
    private SaysPlace() {}

    public static void main(String[] arguments) {
      System.out.println("place=" + KERNEL.procfs.pidSpace());
    }
  }

  @Test
  void eachPidNamespaceHasItsOwnDirectories() throws Exception {
    List<String> wrapper = List.of("unshare", "-Urpf", "--mount-proc");
    assumeTrue(
        ChildJvm.run(Stream.concat(wrapper.stream(), Stream.of("true")).toList()).exitCode() == 0,
        "needs a pid namespace of its own");
    assertThat(run(List.of(), SaysPlace.class).value("place"))
        .as("control: the same namespace")
        .isEqualTo(place);
    assertThat(run(wrapper, SaysPlace.class).value("place"))
        .matches("[0-9a-f]{16}")
        .isNotEqualTo(place);
  }
}
