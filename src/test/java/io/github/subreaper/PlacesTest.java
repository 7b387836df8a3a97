package io.github.subreaper;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.sun.jna.Native;
import io.github.subreaper.testing.Await;
import io.github.subreaper.testing.CProgram;
import io.github.subreaper.testing.Conformance;
import io.github.subreaper.testing.DeniedCalls;
import io.github.subreaper.testing.UnusedUsers;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.assertj.core.api.SoftAssertions;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * The promises hold wherever a JVM runs: {@link Conformance} runs in each place that can be set up
 * here, and is killed. From outside, this test counts what is left, and checks that a bystander
 * lives.
 */
class PlacesTest {
  private static final boolean ROOT = Files.isWritable(Path.of("/proc/1/oom_score_adj"));
  private static final AtomicInteger NUMBER = new AtomicInteger();

  /**
   * Copies of classes and libraries that an unprivileged user can read, wherever the build
   * directory is.
   */
  @TempDir private static Path shared;

  private static String classPath = "";
  private static Path hiding = Path.of("");

  @BeforeAll
  static void copy() throws Exception {
    Files.setPosixFilePermissions(shared, PosixFilePermissions.fromString("rwxr-xr-x"));
    List<Path> copies = new ArrayList<>();
    for (Class<?> type : List.of(Subreaper.class, Conformance.class, Native.class)) {
      Path source = Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
      Path copy = shared.resolve(copies.size() + "-" + source.getFileName());
      run("cp", "-R", source.toString(), copy.toString());
      run("chmod", "-R", "a+rX", copy.toString());
      copies.add(copy);
    }
    classPath = copies.stream().map(Path::toString).collect(Collectors.joining(":"));
    hiding = CProgram.build(shared, "hiding");
  }

  private static void run(String... command) throws Exception {
    Process process = new ProcessBuilder(command).inheritIO().start();
    assertThat(process.waitFor()).as(String.join(" ", command)).isZero();
  }

  /**
   * A place to run in.
   *
   * @param wrapper what runs the JVM: a command to which the JVM's is appended
   * @param options of the JVM
   * @param special arguments of {@link Conformance}
   * @param java the start of the JVM's command
   * @param refusal what the refusal says; null where all promises are kept
   */
  private record Place(
      String name,
      List<String> wrapper,
      List<String> options,
      List<String> special,
      List<String> java,
      @Nullable String refusal) {

    /** Returns a place for a JVM as it is without options. */
    static Place ofUsers(String name) {
      List<String> java = List.of(java(Path.of(System.getProperty("java.home"))));
      return new Place(name, List.of(), List.of(), List.of(), java, null);
    }

    /** Returns a place for a JVM with half the work of its start. */
    static Place of(String name) {
      return ofUsers(name).option("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");
    }

    /** Returns this place with another JDK. */
    Place jdk(Path home) {
      return new Place(name, wrapper, options, special, List.of(java(home)), refusal);
    }

    /** Runs the JVM by a program, inside the wrapper. */
    Place runBy(List<String> program) {
      List<String> command = new ArrayList<>(program);
      command.addAll(java);
      return new Place(name, wrapper, options, special, command, refusal);
    }

    private static String java(Path home) {
      return home.resolve("bin/java").toString();
    }

    /** Runs a shell script that ends as the JVM, {@code "$@"}. */
    Place shell(String script) {
      return in("sh", "-c", script, "sh");
    }

    /** Runs everything so far in another command. */
    Place in(String... command) {
      List<String> all = new ArrayList<>(List.of(command));
      all.addAll(wrapper);
      return new Place(name, all, options, special, java, refusal);
    }

    Place option(String... more) {
      List<String> all = new ArrayList<>(options);
      all.addAll(List.of(more));
      return new Place(name, wrapper, all, special, java, refusal);
    }

    Place with(String argument) {
      List<String> all = new ArrayList<>(special);
      all.add(argument);
      return new Place(name, wrapper, options, all, java, refusal);
    }

    /** Makes the bystander a child of the JVM from before its exec. */
    Place elder() {
      return with("elder");
    }

    /**
     * With an elder and without a tag nothing proves that orphans are this JVM's and not the
     * elder's.
     */
    Place unproven() {
      return elder().with("unproven");
    }

    Place refused(String message) {
      return new Place(name, wrapper, options, special, java, message);
    }
  }

  /** Returns the command that runs the rest in new namespaces, as root or with a user namespace. */
  private static String[] unshare(String... flags) {
    List<String> command = new ArrayList<>(List.of("unshare"));
    if (!ROOT) {
      command.addAll(List.of("--user", "--map-root-user"));
    }
    command.addAll(List.of(flags));
    return command.toArray(String[]::new);
  }

  private static final String[] CONTAINER = unshare("--pid", "--fork", "--mount-proc");
  private static final String INIT = "\"$@\" </dev/null; cat >/dev/null";

  /** Calls without a substitute, and how the refusal names them. */
  private static final Map<String, String> REFUSED_WITHOUT =
      Map.of(
          "subreaper", "prctl(PR_GET_CHILD_SUBREAPER)",
          "waitid", "waitid(P_ALL, WNOWAIT)",
          "wait4", "wait4(2)",
          "kill", "kill(2)",
          "mkfifo", "mkfifo(");

  private static final String[] UNPRIVILEGED = {
    "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"
  };

  private static final String[] LIMITED = {
    "setpriv",
    UnusedUsers.in("--reuid=USER10"),
    UnusedUsers.in("--regid=USER10"),
    "--clear-groups",
    "prlimit",
    "--nproc=150:150"
  };

  @TestFactory
  Stream<DynamicTest> promisesAreKeptInAPlainPlace() {
    return tests(Place.ofUsers("a plain JVM"));
  }

  @Tag("full")
  @TestFactory
  Stream<DynamicTest> promisesAreKeptForEachUser() {
    assertInReadme("as root, an ordinary user, root of a user namespace");
    return tests(
        ROOT ? Place.of("an ordinary user").in(UNPRIVILEGED) : Place.of("this ordinary user"),
        Place.of("a child from before").elder(),
        Place.of("root of a user namespace").in("unshare", "--user", "--map-root-user"));
  }

  @Tag("full")
  @TestFactory
  Stream<DynamicTest> promisesAreKeptInContainers() {
    assertInReadme("as PID 1 of a container, or below its PID 1");
    return tests(
        Place.of("PID 1 of a container").elder().in(CONTAINER),
        Place.of("a child of a container's PID 1").shell(INIT).in(CONTAINER));
  }

  @Tag("full")
  @TestFactory
  Stream<DynamicTest> promisesAreKeptWhereProcHidesProcesses() {
    assertInReadme("`/proc` mounted with hidepid=1 or 2, as an ordinary user");
    return Stream.of("0", "1", "2")
        .map(
            level ->
                Place.of("hidepid=" + level)
                    .in(UNPRIVILEGED)
                    .shell("mount -o remount,hidepid=" + level + " /proc && " + INIT)
                    .in(CONTAINER))
        .filter(place -> ROOT) // the root of a user namespace may see everything
        .flatMap(PlacesTest::tests);
  }

  @Tag("full")
  @TestFactory
  Stream<DynamicTest> promisesAreKeptWithinLimits() {
    assertInReadme("256 descriptors, or as many as there can be");
    return tests(
        Place.of("a limit on locks").in("prlimit", "--locks=1000:1000"),
        Place.of("a limit on locks, and a child from before")
            .unproven()
            .in("prlimit", "--locks=1000:1000"),
        Place.of("a limit on locks, and PID 1")
            .unproven()
            .in(CONTAINER)
            .in("prlimit", "--locks=1000:1000"),
        Place.of("256 descriptors").in("prlimit", "--nofile=256:256"),
        Place.of("as many descriptors as can be")
            .option("-XX:-MaxFDLimit")
            .shell("ulimit -n $(ulimit -Hn) && exec \"$@\""),
        // as root, of a user without other processes
        Place.ofUsers("150 processes and threads").in(ROOT ? LIMITED : new String[] {"env"}));
  }

  /** TemporaryDirectoryTest and JnaDirectoryTest have those in which an activation is refused. */
  @Tag("full")
  @TestFactory
  Stream<DynamicTest> promisesAreKeptInEachTemporaryDirectory() throws Exception {
    assertInReadme("a temporary directory that is relative, oddly named, or noexec");
    String odd = shared.resolve("a 'quoted' \"name\"\n\u00e4").toString();
    Files.createDirectories(Path.of(odd));
    Path tmpfs = Files.createDirectory(shared.resolve("tmpfs"));
    String mount = "mount -t tmpfs -o noexec tmpfs '" + tmpfs + "' && exec \"$@\"";
    return tests(
        Place.of("a relative temporary directory")
            .option("-Djava.io.tmpdir=.")
            .shell("mkdir \"$TMP/here\" && cd \"$TMP/here\" && exec \"$@\""),
        Place.of("an odd temporary directory").option("-Djava.io.tmpdir=" + odd),
        Place.of("a temporary directory without room for programs")
            .option("-Djava.io.tmpdir=" + tmpfs, "-Djna.tmpdir=" + shared)
            .shell(mount)
            .in(unshare("--mount")));
  }

  @Tag("full")
  @TestFactory
  Stream<DynamicTest> promisesAreKeptAfterAnOddStart() {
    assertInReadme(
        "a working directory that is gone; a FIFO or nothing as standard input; SIGCHLD or all signals ignored");
    return tests(
        Place.of("a working directory that is gone")
            .with("homeless")
            .shell("mkdir \"$TMP/d\" && cd \"$TMP/d\" && exec \"$@\""),
        Place.of("a FIFO as its input").shell("mkfifo \"$TMP/f\"; exec \"$@\" <>\"$TMP/f\""),
        Place.of("standard input and errors closed").shell("exec \"$@\" <&- 2>&-"),
        Place.of("SIGCHLD ignored").shell("trap '' CHLD; exec \"$@\""),
        Place.of("all signals ignored").shell("trap '' HUP INT TERM PIPE USR1; exec \"$@\""));
  }

  @Tag("full")
  @TestFactory
  Stream<DynamicTest> promisesAreKeptWithEachShell() {
    assertInReadme("`/bin/sh` is bash, dash or busybox");
    String without = "mount --bind /dev/null /bin/bash && ";
    Place busybox =
        Place.of("busybox, and no bash")
            .shell(without + "mount --bind /bin/busybox /bin/sh && exec \"$@\"")
            .in(unshare("--mount"));
    return Stream.concat(
        tests(Place.of("dash, and no bash").shell(without + "exec \"$@\"").in(unshare("--mount"))),
        Stream.of(
            dynamicTest(
                busybox.name(),
                () -> {
                  assumeTrue(
                      Files.isExecutable(Path.of("/bin/busybox")),
                      "no /bin/busybox: apt-get install busybox");
                  check(busybox);
                })));
  }

  @TestFactory
  Stream<DynamicTest> promisesAreKeptForVirtualThreads() {
    assertInReadme("virtual threads; JVMs below a JVM");
    return Runtime.version().feature() < 21
        ? Stream.empty()
        : tests(
            Place.of("a virtual thread")
                .with("virtual")
                .option(
                    "-Djdk.virtualThreadScheduler.parallelism=1",
                    "-Djdk.virtualThreadScheduler.maxPoolSize=1"));
  }

  @Tag("full")
  @TestFactory
  Stream<DynamicTest> promisesAreKeptForLoadersAndNestedJvms() {
    assertInReadme("virtual threads; JVMs below a JVM");
    return tests(
        Place.of("two class loaders").with("loaders"),
        Place.of("two JVMs below a JVM").with("nested"));
  }

  /** Either all promises are kept, or the activation names the missing call. */
  @Tag("full")
  @TestFactory
  Stream<DynamicTest> promisesAreKeptOrTheActivationRefusedWhereACallIsDenied() throws Exception {
    assertInReadme("a sandbox that denies a system call, with EPERM or ENOSYS");
    DeniedCalls denied = DeniedCalls.in(shared);
    List<Place> places = new ArrayList<>();
    for (DeniedCalls.How how : DeniedCalls.How.values()) {
      for (String call : denied.names()) {
        Place place =
            Place.of(call + " gives " + how)
                .option("-Dsubreaper.origin=off")
                .runBy(denied.with(how, List.of(call)));
        String refusal = REFUSED_WITHOUT.get(call);
        places.add(refusal == null ? place : place.refused(refusal));
      }
      Place all = Place.of("all these give " + how);
      places.add(all.runBy(denied.with(how, denied.names())).refused("prctl"));
    }
    return tests(places.toArray(Place[]::new));
  }

  @Tag("full")
  @TestFactory
  Stream<DynamicTest> promisesAreKeptOnEachJdk() throws IOException {
    assertInReadme("JDK 17, 21, 25");
    List<Place> places = new ArrayList<>();
    Path installed = Path.of("/usr/lib/jvm");
    try (Stream<Path> homes = Files.exists(installed) ? Files.list(installed) : Stream.empty()) {
      for (Path home : homes.filter(home -> !Files.isSymbolicLink(home)).toList()) {
        if (Files.isExecutable(home.resolve("bin/java")) && feature(home) >= 17) {
          places.add(Place.ofUsers("JDK " + feature(home)).jdk(home));
        }
      }
    }
    return tests(places.toArray(Place[]::new));
  }

  @Tag("full")
  @TestFactory
  Stream<DynamicTest> promisesAreKeptUnderQemu() {
    assertInReadme("QEMU's user emulation");
    return tests(Place.of("QEMU's user emulation").runBy(List.of(EmulationTest.qemu())));
  }

  private static int feature(Path home) throws IOException {
    Properties release = new Properties();
    Path file = home.resolve("release");
    if (Files.exists(file)) {
      try (BufferedReader reader = Files.newBufferedReader(file)) {
        release.load(reader);
      }
    }
    String version = release.getProperty("JAVA_VERSION", "0").replace("\"", "");
    return Integer.parseInt(version.split("[.+-]", -1)[0]);
  }

  /** Asserts that README's table of places has a row, so that it says what this test sees. */
  private static void assertInReadme(String row) {
    Path readme = Path.of("../README.md");
    assertThat(readme).content().contains("\n| " + row + " | ");
  }

  private static Stream<DynamicTest> tests(Place... places) {
    return Stream.of(places).map(place -> dynamicTest(place.name(), () -> check(place)));
  }

  private static void check(Place place) throws Exception {
    String mark = String.format("%d%03d", ProcessHandle.current().pid(), NUMBER.incrementAndGet());
    Path temporary = Files.createDirectory(shared.resolve("tmp-" + mark));
    Files.setPosixFilePermissions(temporary, PosixFilePermissions.fromString("rwxrwxrwx"));
    ProcessBuilder builder = new ProcessBuilder(command(place, mark, temporary));
    builder.redirectErrorStream(true).environment().put("TMP", temporary.toString());
    Process process = builder.start();
    try {
      String output = output(process);
      if (place.refusal() == null) {
        if (place.special().contains("loaders")) {
          assertThat(output).contains("otherLoader=java.lang.IllegalStateException");
        }
        assertKept(output, mark, place.special().contains("unproven"));
        killAndAssertNothingLeft(output, mark, temporary);
      } else {
        assertThat(output).contains("refused=").contains(place.refusal());
        Await.untilAsserted(() -> assertThat(process.isAlive()).as(output).isFalse());
      }
      if (isInit(output)) {
        Await.until(() -> marked(mark + "0").isEmpty());
      } else {
        // the bystander may have had no CPU until now
        Await.untilAsserted(() -> assertThat(marked(mark + "0")).as(output).hasSize(1));
      }
    } finally {
      for (String suffix : List.of("0", "1", "2", "3", "81", "82", "83", "91", "92", "93")) {
        marked(mark + suffix).forEach(ProcessHandle::destroyForcibly);
      }
      jvm(mark).ifPresent(ProcessHandle::destroyForcibly);
      process.getOutputStream().close(); // the init of the namespace waits for it
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
      process.waitFor();
    }
  }

  private static List<String> command(Place place, String mark, Path temporary) {
    List<String> command = new ArrayList<>(place.wrapper());
    String bystander = "sleep \"$0\" </dev/null >/dev/null 2>&1 & ";
    bystander += place.special().contains("elder") ? "exec \"$@\"" : "\"$@\"; exit $?";
    command.addAll(List.of("sh", "-c", bystander, "1000." + mark + "0"));
    command.addAll(place.java());
    command.addAll(List.of("-Xmx256m", "-XX:+IgnoreUnrecognizedVMOptions"));
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("-Dsubreaper.directory=/dev/null/none");
    command.add("-Djava.io.tmpdir=" + temporary);
    command.addAll(place.options());
    command.addAll(List.of("-cp", classPath, Conformance.class.getName()));
    command.addAll(List.of(mark, hiding.toString()));
    command.add("input");
    command.addAll(place.special());
    return command;
  }

  /** Returns the output up to the line {@code open=}, or all of it. */
  private static String output(Process process) throws Exception {
    List<String> output = new CopyOnWriteArrayList<>();
    CompletableFuture<Void> read =
        CompletableFuture.runAsync(
            () -> {
              try (BufferedReader lines = process.inputReader(UTF_8)) {
                String line = "";
                while (!line.startsWith("open=") && (line = lines.readLine()) != null) {
                  output.add(line + "\n");
                }
              } catch (IOException e) {
                output.add(e.toString());
              }
            });
    try {
      Await.get(read);
    } catch (TimeoutException e) {
      throw new AssertionError("it hangs after:\n" + String.join("", output), e);
    }
    return String.join("", output);
  }

  private static boolean isInit(String output) {
    return output.contains("pid=1\n");
  }

  private static void assertKept(String output, String mark, boolean unproven) {
    SoftAssertions softly = new SoftAssertions();
    softly.assertThat(output).contains("status=" + ExitStatus.exited(7) + "\n");
    softly.assertThat(output).contains("wrongStatuses=0\n", "deaf=KILL\n", "survivors=0\n");
    if (unproven) {
      // A direct child is proven ours, and what a look has seen below one; others are named.
      softly.assertThat(output).containsPattern("leaked=[1-4]\n").containsPattern("open=[2-5]\n");
      if (!output.contains("leaked=4\n")) {
        softly.assertThat(output).contains("  not terminated: ");
      }
      marked(mark + "1").forEach(ProcessHandle::destroyForcibly);
      marked(mark + "2").forEach(ProcessHandle::destroyForcibly);
    } else {
      softly.assertThat(output).contains("leaked=4\n", "open=5\n");
      softly.assertThat(marked(mark + "1")).as("left after the end of the scope").isEmpty();
      // one of those in the open scope may not have exec'd yet
      Await.untilAsserted(() -> assertThat(marked(mark + "2")).as(output).hasSize(4));
    }
    for (String nested : List.of("81", "82", "83", "91", "92", "93")) {
      softly.assertThat(marked(mark + nested)).as("left by a nested JVM").isEmpty();
    }
    softly.assertAll();
  }

  private static void killAndAssertNothingLeft(String output, String mark, Path temporary) {
    jvm(mark).orElseThrow().destroyForcibly();
    Await.untilAsserted(
        () -> {
          assertThat(marked(mark + "3")).as(output).isEmpty();
          assertThat(marked(mark + "2")).as(output).isEmpty();
          if (!isInit(output)) { // else the guardian died with the container
            assertThat(files(temporary)).noneMatch(name -> name.startsWith("subreaper-"));
          }
        });
  }

  private static List<String> files(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      return files.map(file -> file.getFileName().toString()).toList();
    } catch (UncheckedIOException e) {
      throw new AssertionError("files go while they are listed", e);
    }
  }

  /** Returns the JVM that runs in the place, not its wrapper. */
  private static Optional<ProcessHandle> jvm(String mark) {
    return processes(
            words ->
                words.contains(mark)
                    && words.contains(Conformance.class.getName())
                    && !List.of("sh", "unshare", "setpriv", "prlimit").contains(words.get(0)))
        .stream()
        .findFirst();
  }

  private static List<ProcessHandle> marked(String mark) {
    return processes(
        words ->
            (words.contains(mark) || words.contains("1000." + mark))
                && !words.contains(Conformance.class.getName()));
  }

  /** Returns the processes with such a command line; zombies have none. */
  private static List<ProcessHandle> processes(Predicate<List<String>> commandLine) {
    List<ProcessHandle> found = new ArrayList<>();
    try (DirectoryStream<Path> all = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
      for (Path process : all) {
        try {
          List<String> words = List.of(Files.readString(process.resolve("cmdline")).split("\0"));
          if (commandLine.test(words)) {
            ProcessHandle.of(Long.parseLong(process.getFileName().toString()))
                .ifPresent(found::add);
          }
        } catch (IOException e) {
          // it has ended
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return found;
  }
}
