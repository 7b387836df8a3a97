package io.github.subreaper;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.testing.ChildJvm;
import java.io.File;
import java.io.FileOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A launched program gets what a child of {@link ProcessBuilder} gets, except for the tag. */
@Tag("slow")
class LaunchParityTest extends ScopeFixture {
  private static final String NOT_STARTED = "not started";
  private static final Twins NEITHER = new Twins(NOT_STARTED, NOT_STARTED);

  /**
   * The output of the same program, started in both ways.
   *
   * @param child of ProcessBuilder
   * @param launched by a Supervisor
   */
  private record Twins(String child, String launched) {
    static Twins of(
        Supervisor scope,
        @Nullable Path directory,
        Map<String, String> environment,
        String... command) {
      Program program = Program.of(command).withEnvironment(environment);
      return new Twins(
          child(directory, environment, command),
          launched(scope, directory == null ? program : program.withDirectory(directory)));
    }

    private static String child(
        @Nullable Path directory, Map<String, String> environment, String... command) {
      try {
        ProcessBuilder builder =
            new ProcessBuilder(command)
                .redirectInput(new File("/dev/null"))
                .redirectErrorStream(true);
        builder.environment().putAll(environment);
        if (directory != null) {
          builder.directory(directory.toFile());
        }
        return new String(startedBy(builder).getInputStream().readAllBytes(), UTF_8);
      } catch (IOException e) {
        throw new java.io.UncheckedIOException(e);
      } catch (LaunchException e) {
        return NOT_STARTED;
      }
    }

    private static Process startedBy(ProcessBuilder builder) {
      try {
        return builder.start();
      } catch (IOException e) {
        throw new LaunchException(e.toString(), e);
      }
    }

    private static String launched(Supervisor scope, Program program) {
      try {
        Launch launch = scope.launch(program);
        launch.awaitExit();
        return launch.stdout() + launch.stderr();
      } catch (LaunchException e) {
        return NOT_STARTED;
      }
    }

    /** Asserts that both started and printed the same, and returns it. */
    String alike() {
      assertThat(launched).isEqualTo(child).isNotEqualTo(NOT_STARTED);
      return launched;
    }
  }

  private Twins twins(String... command) {
    return twins(Map.of(), command);
  }

  private Twins twins(Map<String, String> environment, String... command) {
    return Twins.of(scope, null, environment, command);
  }

  private Twins twinsIn(Path directory, String... command) {
    return Twins.of(scope, directory, Map.of(), command);
  }

  private Path script(Path file, String text) throws IOException {
    Files.writeString(file, text);
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  /** Prints what both printed, line by line and sorted, in its own JVM. */
  static final class InAnotherJvm {
    private InAnotherJvm() {}

    /** Takes the command; an argument {@code dir=x} before it names its directory. */
    public static void main(String[] command) {
      Path directory = command[0].startsWith("dir=") ? Path.of(command[0].substring(4)) : null;
      String[] rest =
          directory == null
              ? command
              : List.of(command).subList(1, command.length).toArray(String[]::new);
      try (Subreaper subreaper = Subreaper.activate();
          Supervisor scope = subreaper.open("another JVM")) {
        Twins twins = Twins.of(scope, directory, Map.of(), rest);
        System.out.println("child: " + sorted(twins.child()));
        System.out.println("launched: " + sorted(twins.launched()));
      }
    }

    private static String sorted(String text) {
      return text.lines().sorted().collect(Collectors.joining("|"));
    }
  }

  /** Returns the two lines of {@link InAnotherJvm}, without their headings. */
  private static List<String> linesOf(ChildJvm.Result jvm) {
    List<String> lines = jvm.output().lines().toList();
    assertThat(lines).as(jvm.output()).hasSize(2);
    assertThat(lines.get(0)).startsWith("child: ");
    assertThat(lines.get(1)).startsWith("launched: ");
    return List.of(lines.get(0).substring(7), lines.get(1).substring(10));
  }

  private static String hex(String text) {
    return HexFormat.of().formatHex(text.getBytes(UTF_8));
  }

  // environment ------------------------------------------------------------------------------

  private static final String[] ENVIRONMENT = {"od", "-An", "-v", "-tx1", "/proc/self/environ"};

  @Test
  void launchedProgramSeesTheEnvironmentOfAProcessBuilderChild() {
    Twins twins = twins(ENVIRONMENT);
    assertThat(entries(twins.launched()))
        .containsExactlyInAnyOrderElementsOf(entries(twins.child()))
        .isNotEmpty();
  }

  /** Returns the entries of a dump, with a character for each byte. */
  private static List<String> entries(String dump) {
    byte[] bytes = HexFormat.of().parseHex(dump.replaceAll("\\s", ""));
    String text = new String(bytes, ISO_8859_1);
    assertThat(text).endsWith("\0");
    return List.of(text.substring(0, text.length() - 1).split("\0", -1));
  }

  @Test
  @Tag("full")
  void oddVariablesReachTheProgramByteForByte() throws Exception {
    String text = "ä \u20ac \uD83D\uDE00\n=\"'$x";
    Map<String, String> odd =
        Map.of("a.b", "dot", "1", "digit", "x-y", "", "IFS", " ", "PWD", "/no", "NON_ASCII", text);
    Twins set = twins(odd, ENVIRONMENT);
    assertThat(entries(set.launched()))
        .containsExactlyInAnyOrderElementsOf(entries(set.child()))
        .contains("a.b=dot", "1=digit", "x-y=", "IFS= ", "PWD=/no");

    for (String locale : List.of("C", "C.UTF-8")) {
      Map<String, String> environment = new java.util.HashMap<>(odd);
      environment.put("LC_ALL", locale);
      ChildJvm.Result jvm =
          ChildJvm.run(List.of(), List.of(), environment, EnvironmentTwins.class).exitedNormally();
      assertThat(jvm.output()).isEqualTo("alike, with a.b=dot\n");
    }
  }

  /** Prints whether the environments of both are equal, in any order. */
  static final class EnvironmentTwins {
    private EnvironmentTwins() {}

    /** No arguments. */
    public static void main(String[] arguments) {
      try (Subreaper subreaper = Subreaper.activate();
          Supervisor scope = subreaper.open("another JVM")) {
        Twins twins = Twins.of(scope, null, Map.of("ADDED", "ä"), ENVIRONMENT);
        List<String> child = entries(twins.child()).stream().sorted().toList();
        List<String> launched = entries(twins.launched()).stream().sorted().toList();
        System.out.println(
            child.equals(launched)
                ? "alike, with " + (launched.contains("a.b=dot") ? "a.b=dot" : "nothing")
                : "child " + child + "\nlaunched " + launched);
      }
    }
  }

  @Test
  void aRemovedVariableIsGoneAndTheOthersStay() {
    Launch launch =
        scope.launch(
            Program.of("env")
                .withEnvironment(Map.of("KEPT", "1", "a.b", "2"))
                .withoutEnvironment("PATH"));
    launch.awaitExit();
    assertThat(launch.stdout().lines())
        .contains("KEPT=1", "a.b=2")
        .noneMatch(line -> line.startsWith("PATH="));
    assertThat(twins("env").launched()).contains("PATH=");
  }

  // arguments --------------------------------------------------------------------------------

  @Test
  void argumentsArriveByteForByte() {
    String[] command = {
      "sh",
      "-c",
      "od -An -v -tx1 /proc/$$/cmdline; :",
      "zero",
      "",
      " ",
      "a\nb",
      "ä\uD83D\uDE00",
      "*",
      "'\"\\"
    };
    String expected =
        List.of(command).stream().map(one -> hex(one) + "00").collect(Collectors.joining());
    assertThat(twins(command).alike().replaceAll("\\s", "")).isEqualTo(expected);
  }

  @Test
  @Tag("full")
  void argumentsAreEncodedTheSameWayInAnotherLocale() throws Exception {
    for (String locale : List.of("C", "C.UTF-8")) {
      ChildJvm.Result jvm =
          ChildJvm.run(
              List.of(),
              List.of(),
              Map.of("LC_ALL", locale),
              InAnotherJvm.class,
              "sh",
              "-c",
              "od -An -v -tx1 /proc/$$/cmdline; :",
              "sh",
              "ä");
      assertThat(linesOf(jvm).get(1)).isEqualTo(linesOf(jvm).get(0)).contains("00");
    }
  }

  @Test
  void argumentZeroIsTheGivenName() throws Exception {
    String[] shells = {"sh", "/bin/sh", "/bin/../bin/sh"};
    for (String shell : shells) {
      String dump = twins(shell, "-c", "od -An -v -c /proc/$$/cmdline; :").alike();
      assertThat(dump.replaceAll("\\s", "")).startsWith(shell + "\\0-c");
    }
    Files.createSymbolicLink(directory.resolve("my-shell"), Path.of("/bin/sh"));
    String dump =
        twinsIn(directory, "./my-shell", "-c", "od -An -v -c /proc/$$/cmdline; :").alike();
    assertThat(dump.replaceAll("\\s", "")).startsWith("./my-shell\\0-c");
  }

  @Test
  void aLongCommandLineIsNotCut() {
    String longest = "x".repeat(100_000);
    assertThat(twins("sh", "-c", "echo ${#1}", "sh", longest).alike()).isEqualTo("100000\n");
  }

  // the search for the program --------------------------------------------------------------------

  @Test
  void programIsFoundInTheJvmsPathAndNotInItsOwn() throws Exception {
    script(directory.resolve("only-here"), "#!/bin/sh\necho found\n");
    Map<String, String> path = Map.of("PATH", directory.toString());
    assertThat(twins(path, "only-here")).isEqualTo(NEITHER);
    assertThat(twins(path, "sh", "-c", "only-here").alike()).isEqualTo("found\n");
    assertThat(twins(Map.of("PATH", "/nowhere"), "sh", "-c", "echo $PATH").alike())
        .isEqualTo("/nowhere\n");
    assertThat(twinsIn(directory, "only-here"))
        .as("the directory is not in PATH")
        .isEqualTo(NEITHER);
  }

  private List<String> inAnotherJvm(String path, String... command) throws Exception {
    return linesOf(
        ChildJvm.run(List.of(), List.of(), Map.of("PATH", path), InAnotherJvm.class, command));
  }

  @Test
  void fileInPathThatIsNotExecutableIsSkipped() throws Exception {
    Path first = Files.createDirectory(directory.resolve("first"));
    Path second = Files.createDirectory(directory.resolve("second"));
    Path third = Files.createDirectory(directory.resolve("third"));
    Files.writeString(first.resolve("tool"), "#!/bin/sh\necho wrong\n");
    Files.createDirectory(second.resolve("tool"));
    script(third.resolve("tool"), "#!/bin/sh\necho right \"$0\"\n");
    String path = first + ":" + second + ":" + third + ":/usr/bin:/bin";
    assertThat(inAnotherJvm(path, "tool"))
        .containsExactly("right " + third + "/tool", "right " + third + "/tool");
  }

  @Test
  void aRelativeEntryOfPathIsRelativeToTheDirectoryOfTheLaunch() throws Exception {
    Files.createDirectory(directory.resolve("bin"));
    script(directory.resolve("bin/tool"), "#!/bin/sh\necho bin\n");
    script(directory.resolve("here"), "#!/bin/sh\necho here\n");
    String in = "dir=" + directory;
    assertThat(inAnotherJvm("bin:/usr/bin:/bin", in, "tool")).containsExactly("bin", "bin");
    assertThat(inAnotherJvm("/usr/bin::/bin", in, "here")).containsExactly("here", "here");
  }

  @Test
  void scriptWithoutAShebangIsRunByTheShell() throws Exception {
    Path script = script(directory.resolve("no-shebang"), "echo \"$0 $# $1 [$2]\"\n");
    assertThat(twins(script.toString(), "a b", "").alike()).isEqualTo(script + " 2 a b []\n");
  }

  @Test
  void scriptWithoutAShebangHasTheCommandLineThatProcessBuilderGivesIt() throws Exception {
    Path script = script(directory.resolve("no-shebang"), "od -An -v -tx1 /proc/$$/cmdline; :\n");
    assertThat(twins(script.toString(), "a b", "").alike()).isNotEmpty();
  }

  @Test
  void anEmptyExecutableFileIsAnEmptyScript() throws Exception {
    Path script = script(directory.resolve("empty"), "");
    assertThat(twins(script.toString()).alike()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"#!/bin/sh\n", ""})
  void scriptKnowsTheNameItWasCalledBy(String shebang) throws Exception {
    Path script = script(directory.resolve("script"), shebang + "echo \"$0\"\n");
    assertThat(twins(script.toString()).alike()).isEqualTo(script + "\n");
    assertThat(twinsIn(directory, "./script").alike()).isEqualTo("./script\n");
  }

  // directory --------------------------------------------------------------------------------

  @Test
  void directoryIsTheGivenOneOrThatOfTheJvm() throws Exception {
    assertThat(twins("pwd", "-P").alike()).isEqualTo(Path.of("").toRealPath() + "\n");
    assertThat(twinsIn(directory, "pwd", "-P").alike()).isEqualTo(directory.toRealPath() + "\n");
  }

  @Test
  void aRelativeDirectoryIsRelativeToTheJvms() throws Exception {
    Path relative = Path.of("").toAbsolutePath().relativize(directory.toAbsolutePath());
    assertThat(twinsIn(relative, "pwd", "-P").alike()).isEqualTo(directory.toRealPath() + "\n");
  }

  @Test
  void aNameWithASlashIsRelativeToTheDirectoryOfTheLaunch() throws Exception {
    Path bin = Files.createDirectory(directory.resolve("bin"));
    script(bin.resolve("tool"), "#!/bin/sh\necho tool\n");
    assertThat(twinsIn(directory, "bin/tool").alike()).isEqualTo("tool\n");
    assertThat(twinsIn(bin, "./tool").alike()).isEqualTo("tool\n");
    assertThat(twinsIn(bin, "bin/tool")).isEqualTo(NEITHER);
    assertThat(twins("bin/tool")).isEqualTo(NEITHER);
  }

  // attributes of the process ---------------------------------------------------------------------

  @Test
  void allResourceLimitsButTheTagsAreInherited() {
    Twins limits = twins("cat", "/proc/self/limits");
    assertThat(withoutLocks(limits.launched()))
        .isEqualTo(withoutLocks(limits.child()))
        .contains("Max open files", "Max processes");
    assertThat(limits.launched())
        .as("control: the launched one has the tag")
        .isNotEqualTo(limits.child());
  }

  private static String withoutLocks(String limits) {
    // the hard limit is unchanged
    return limits.replaceAll("(Max file locks\\s+)\\S+(\\s+\\S+)", "$1$2");
  }

  private static final String[] DISPOSITIONS = {
    "grep", "-E", "^Sig(Ign|Cgt):", "/proc/self/status"
  };

  @Test
  void signalDispositionsAreThoseOfAProcessBuilderChild() {
    assertThat(twins(DISPOSITIONS).alike().lines()).hasSize(2);
  }

  @Test
  void signalIgnoredByTheJvmIsIgnoredAsByAProcessBuilderChild() throws Exception {
    List<String> nohup = List.of("sh", "-c", "trap '' HUP USR1; exec \"$@\"", "sh");
    List<String> lines =
        linesOf(ChildJvm.run(nohup, List.of(), Map.of(), InAnotherJvm.class, DISPOSITIONS));
    assertThat(lines.get(1)).isEqualTo(lines.get(0)).contains("SigIgn");
  }

  @Test
  void noSignalIsBlocked() {
    // not compared: children of JDK 17 inherit the SIGQUIT that its threads block
    String blocked = twins("grep", "^SigBlk:", "/proc/self/status").launched();
    assertThat(blocked).isEqualTo("SigBlk:\t0000000000000000\n");
  }

  @Test
  void privilegesUmaskAndCpusAreInherited() {
    assertThat(
            twins(
                    "grep",
                    "-E",
                    "^(Uid|Gid|Groups|Umask|Cap...|NoNewPrivs|Seccomp|Cpus_allowed|PPid|TracerPid):",
                    "/proc/self/status")
                .alike()
                .lines())
        .anyMatch(line -> line.startsWith("Umask:"))
        .contains("PPid:\t" + ProcessHandle.current().pid());
  }

  /** The process group is not: a launch leads one. */
  @Test
  void sessionTerminalAndPriorityAreInherited() {
    Twins stats = twins("cat", "/proc/self/stat");
    assertThat(inherited(stats.launched())).isEqualTo(inherited(stats.child()));
    assertThat(inherited(stats.launched()))
        .startsWith(Long.toString(ProcessHandle.current().pid()));
  }

  /** Returns parent, session, terminal, its group, nice value, real-time priority and policy. */
  private static List<String> inherited(String stat) {
    List<String> fields = List.of(stat.substring(stat.lastIndexOf(')') + 2).split(" "));
    List<String> inherited = new ArrayList<>(List.of(fields.get(1)));
    inherited.addAll(fields.subList(3, 6));
    inherited.add(fields.get(16));
    inherited.addAll(fields.subList(37, 39));
    return inherited;
  }

  @Test
  void noDescriptorOfTheJvmIsInherited() throws Exception {
    Path file = directory.resolve("file");
    try (FileOutputStream stream = new FileOutputStream(file.toFile());
        FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE);
        ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      assertThat(stream.getFD().valid() && channel.isOpen() && socket.isBound()).isTrue();
      assertThat(openWithoutCloexec(file))
          .as("control: an exec alone would pass them on")
          .isPositive();
      // the listing itself holds the fourth
      assertThat(twins("ls", "/proc/self/fd").alike()).isEqualTo("0\n1\n2\n3\n");
    }
  }

  private static long openWithoutCloexec(Path file) throws IOException {
    Path real = file.toRealPath();
    long count = 0;
    for (File fd : new File("/proc/self/fd").listFiles()) {
      try {
        if (Files.readSymbolicLink(fd.toPath()).equals(real)) {
          String info = Files.readString(Path.of("/proc/self/fdinfo", fd.getName()), US_ASCII);
          String flags =
              info.lines().filter(line -> line.startsWith("flags:")).findFirst().orElseThrow();
          count += (Long.parseLong(flags.substring(6).trim(), 8) & 02000000) == 0 ? 1 : 0;
        }
      } catch (java.nio.file.NoSuchFileException e) {
        count += 0; // it was closed meanwhile
      }
    }
    return count;
  }

  @Test
  void theJvmsOwnLimitIsNotChangedByALaunch() throws Exception {
    String before = Files.readString(Path.of("/proc/self/limits"));
    scope.launch("true").awaitExit();
    assertThat(Files.readString(Path.of("/proc/self/limits"))).isEqualTo(before);
  }
}
