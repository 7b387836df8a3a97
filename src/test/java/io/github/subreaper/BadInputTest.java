package io.github.subreaper;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.subreaper.testing.ChildJvm;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.assertj.core.api.AbstractThrowableAssert;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class BadInputTest extends ScopeFixture {

  private AbstractThrowableAssert<?, ? extends Throwable> assertRefused(ThrowingCallable launch)
      throws IOException {
    List<Descendant> known = scope.descendants();
    Traces before = Traces.look();
    var refused = assertThatThrownBy(launch);
    Traces after = Traces.look();
    assertThat(after.files()).isEqualTo(before.files());
    assertThat(after.descriptors()).isEqualTo(before.descriptors());
    assertThat(before.children()).containsAll(after.children());
    assertThat(scope.descendants()).isEqualTo(known);
    assertThat(scope.tree().size()).isZero();
    assertThat(subreaper.foreign()).isEmpty();
    Launch next = scope.launch("sh", "-c", "exit 5");
    assertThat(next.awaitExit()).as("the next launch").isEqualTo(ExitStatus.exited(5));
    return refused;
  }

  private AbstractThrowableAssert<?, ? extends Throwable> assertNotLaunched(Path program)
      throws IOException {
    return assertNotLaunched(Program.of(program.toString()));
  }

  private AbstractThrowableAssert<?, ? extends Throwable> assertNotLaunched(Program program)
      throws IOException {
    return assertRefused(() -> scope.launch(program)).isInstanceOf(LaunchException.class);
  }

  private Path executable(String name, String text) throws IOException {
    return executable(name, text.getBytes(UTF_8));
  }

  private Path executable(String name, byte[] content) throws IOException {
    Path file = Files.write(directory.resolve(name), content);
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  // programs that cannot be launched --------------------------------------------------------------

  @Test
  void aLaunchLeavesTracesWhileItsScopeIsOpen() throws Exception {
    Traces before = Traces.look();
    Launch launch = scope.launch("sleep", "1000");
    Traces after = Traces.look();
    assertThat(after.children()).contains(launch.pid());
    assertThat(after.files()).hasSizeGreaterThan(before.files().size());
  }

  @Test
  void programMissingFromPathFailsTheLaunch() throws Exception {
    assertNotLaunched(Program.of("no-such-program", "-x"))
        .hasMessage(
            "cannot launch `no-such-program -x`: no such program: no-such-program (not in PATH: "
                + System.getenv("PATH")
                + "). To fix: install it, or launch it by its path");
  }

  @Test
  void programMissingAtItsPathFailsTheLaunch() throws Exception {
    Path missing = directory.resolve("missing");
    assertNotLaunched(missing)
        .hasMessage("cannot launch `" + missing + "`: no such program: " + missing);
  }

  @Test
  void programMissingBelowTheDirectoryOfTheLaunchFailsIt() throws Exception {
    assertNotLaunched(Program.of("bin/missing").withDirectory(directory))
        .hasMessage("cannot launch `bin/missing`: no such program: " + directory + "/bin/missing");
  }

  @Test
  void fileThatIsNotExecutableFailsTheLaunch() throws Exception {
    Path file = Files.writeString(directory.resolve("data"), "#!/bin/sh\n");
    assertNotLaunched(file)
        .hasMessage(
            "cannot launch `" + file + "`: not executable: " + file + ". To fix: chmod +x " + file);
  }

  @Test
  void directoryAsTheProgramFailsTheLaunch() throws Exception {
    assertNotLaunched(directory)
        .hasMessage(
            "cannot launch `"
                + directory
                + "`: not executable: "
                + directory
                + ", a directory. To fix: name the program in it");
  }

  // what a newcomer passes as one text ------------------------------------------------------------

  @Test
  void commandInOneStringIsTakenApartInTheMessage() throws Exception {
    assertNotLaunched(Program.of("sleep 1000"))
        .hasMessageStartingWith(
            "cannot launch `sleep 1000`: no such program: sleep 1000 (not in PATH: ")
        .hasMessageEndingWith(
            ". To fix: pass the program and each argument by itself: launch(\"sleep\", \"1000\")");
    assertNotLaunched(Program.of(" /bin/sh  -e"))
        .hasMessageEndingWith("by itself: launch(\"/bin/sh\", \"-e\")");
    executable("local", "#!/bin/sh\n");
    assertNotLaunched(Program.of("./local -x \\n").withDirectory(directory))
        .hasMessageEndingWith("by itself: launch(\"./local\", \"-x\", \"\\\\n\")");
  }

  @Test
  void commandInOneStringIsNotTakenApartIfItsFirstWordIsNoProgram() throws Exception {
    assertNotLaunched(Program.of("no-such-program -x"))
        .hasMessageEndingWith("). To fix: install it, or launch it by its path");
    assertNotLaunched(Program.of("sleep 1000", "-x"))
        .hasMessageEndingWith("). To fix: install it, or launch it by its path");
  }

  @Test
  void programWithABlankInItsNameIsLaunched() throws Exception {
    Path program = executable("sleep 1000", "#!/bin/sh\nexit 7\n");
    assertThat(scope.launch(program.toString()).awaitExit()).isEqualTo(ExitStatus.exited(7));
  }

  @Test
  void syntaxOfAShellIsPassedToAShellInTheMessage() throws Exception {
    for (String command :
        List.of(
            "echo a | wc",
            "echo a > file",
            "true && true",
            "$HOME/daemon",
            "~/daemon",
            "cat ~/x",
            "echo 'a b'")) {
      assertNotLaunched(Program.of(command))
          .hasMessageStartingWith("cannot launch `" + command + "`: no such program: ")
          .hasMessageEndingWith(
              ". To fix: no shell reads the command, so start one: launch(\"sh\", \"-c\", \""
                  + command
                  + "\")");
    }
    assertNotLaunched(Program.of("echo \"a\"")).hasMessageEndingWith("\"echo \\\"a\\\"\")");
  }

  @Test
  void partOfTheShellIsNoProgramToBeInstalled() throws Exception {
    String why = "). To fix: this is a part of the shell, not a program: use ";
    assertNotLaunched(Program.of("export", "A=b"))
        .hasMessageEndingWith(why + "withEnvironment(…), or launch(\"sh\", \"-c\", \"export …\")");
    assertNotLaunched(Program.of("export A=b")).hasMessageContaining(why + "withEnvironment(…)");
    assumeTrue(
        Stream.of(System.getenv("PATH").split(":", -1))
            .noneMatch(entry -> Files.exists(Path.of(entry, "cd"))),
        "some systems have a program cd, which does nothing");
    assertNotLaunched(Program.of("cd", "/tmp"))
        .hasMessageEndingWith(why + "withDirectory(…), or launch(\"sh\", \"-c\", \"cd …\")");
  }

  @Test
  void fileOfTheWorkingDirectoryIsNamedWithItsSlash() throws Exception {
    executable("my-daemon", "#!/bin/sh\n");
    assertNotLaunched(Program.of("my-daemon", "-x").withDirectory(directory))
        .hasMessageEndingWith(
            "a file of the working directory needs a slash: launch(\"./my-daemon\")");
  }

  // interpreters and loaders ----------------------------------------------------------------------

  @Test
  void scriptWithoutItsInterpreterFailsTheLaunch() throws Exception {
    Path script = executable("script", "#!/no/such/interpreter -x\necho\n");
    assertNotLaunched(script)
        .hasMessage(
            "cannot launch `"
                + script
                + "`: "
                + script
                + ": ENOENT (no such file or directory): its interpreter /no/such/interpreter does"
                + " not exist; the first line of "
                + script
                + " is \"#!/no/such/interpreter -x\". To fix: install it, or name another one"
                + " there");
  }

  @Test
  void interpreterBelowTheDirectoryOfTheLaunchIsFoundThere() throws Exception {
    Path script = executable("script", "#! \tbin/interpreter\n");
    assertNotLaunched(Program.of("./script").withDirectory(directory))
        .hasMessageContaining("its interpreter bin/interpreter does not exist");
    Files.createDirectory(directory.resolve("bin"));
    Files.createSymbolicLink(directory.resolve("bin/interpreter"), Path.of("/bin/cat"));
    Launch launch = scope.launch(Program.of("./script").withDirectory(directory));
    assertThat(launch.awaitExit()).isEqualTo(ExitStatus.exited(0));
    assertThat(launch.stdout()).isEqualTo(Files.readString(script));
  }

  @Test
  void scriptWithTheLineEndsOfWindowsFailsTheLaunch() throws Exception {
    Path script = executable("script", "#!/bin/sh\r\necho\r\n");
    assertNotLaunched(script)
        .hasMessageContaining(
            "its first line ends with a carriage return, which counts as part of the"
                + " interpreter's name; the first line of "
                + script
                + " is \"#!/bin/sh\\r\". To fix: save it with Unix line ends: sed -i 's/\\r$//' "
                + script);
  }

  @Test
  void interpreterThatIsAScriptWithoutItsInterpreterIsNamed() throws Exception {
    Path inner = executable("inner", "#!/no/such/interpreter\n");
    Path outer = executable("outer", "#!" + inner + "\n");
    assertNotLaunched(outer)
        .hasMessageContaining(
            "its interpreter "
                + inner
                + " cannot start: its interpreter /no/such/interpreter does not exist; the first"
                + " line of "
                + inner
                + " is ");
  }

  @Test
  void scriptWhoseInterpreterMayNotBeExecutedFailsTheLaunch() throws Exception {
    Path data = Files.writeString(directory.resolve("data"), "text");
    Path script = executable("script", "#!" + data + "\n");
    assertNotLaunched(script)
        .hasMessageStartingWith("cannot launch `" + script + "`: " + script + ": EACCES ")
        .hasMessageContaining("its interpreter " + data + " is not executable");
  }

  @Test
  void programWithoutItsLoaderFailsTheLaunch() throws Exception {
    byte[] elf = Files.readAllBytes(Path.of("/bin/sh").toRealPath());
    String loader = loaderOf(elf);
    byte[] missing = loader.replaceFirst("[^/]+$", "").concat("none.so").getBytes(UTF_8);
    int at = new String(elf, ISO_8859_1).indexOf(loader);
    System.arraycopy(Arrays.copyOf(missing, loader.length()), 0, elf, at, loader.length());
    Path program = executable("program", elf);
    assertNotLaunched(program)
        .hasMessageStartingWith("cannot launch `" + program + "`: " + program + ": ENOENT ")
        .hasMessageContaining(
            "its loader " + new String(missing, UTF_8) + ", which the file names, does not exist");
  }

  private static String loaderOf(byte[] elf) {
    Matcher loader =
        Pattern.compile("/[\\w./-]*ld[\\w.-]*\\.so[\\w.]*\0").matcher(new String(elf, ISO_8859_1));
    assertThat(loader.find()).as("the path of a loader").isTrue();
    return loader.group().replace("\0", "");
  }

  static Stream<Named<byte[]>> formats() {
    return Stream.of(
        Named.of("unknown", new byte[] {1, 2, 0, 3, (byte) 0xff, 0, 0, 0}),
        Named.of("a truncated ELF file", new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1, 0, 0, 0}));
  }

  @ParameterizedTest
  @MethodSource("formats")
  void binaryOfAWrongFormatFailsTheLaunch(byte[] content) throws Exception {
    Path garbage = executable("garbage", content);
    assertNotLaunched(garbage)
        .hasMessageStartingWith("cannot launch `" + garbage + "`: " + garbage + ": ")
        .hasMessageContaining("wrong format")
        .hasMessageContaining("ENOEXEC");
  }

  @Test
  void fileThatIsOpenForWritingFailsTheLaunch() throws Exception {
    Path busy = directory.resolve("busy");
    Files.copy(Path.of("/bin/sh").toRealPath(), busy);
    Files.setPosixFilePermissions(busy, PosixFilePermissions.fromString("rwxr-xr-x"));
    try (var writer = Files.newByteChannel(busy, java.nio.file.StandardOpenOption.APPEND)) {
      assertThat(writer.isOpen()).isTrue();
      assertNotLaunched(Program.of(busy.toString(), "-c", "exit 0"))
          .hasMessageContaining("ETXTBSY (text file busy)");
    }
  }

  @Test
  void argumentsTooLongForTheKernelFailTheLaunch() throws Exception {
    // MAX_ARG_STRLEN of execve(2): 32 pages, with the NUL
    ChildJvm.Result pageSize = ChildJvm.run(List.of("getconf", "PAGESIZE")).exitedNormally();
    String tooLong = "x".repeat(32 * Integer.parseInt(pageSize.output().strip()));
    assertNotLaunched(Program.of("true", tooLong)).hasMessageContaining("E2BIG");
  }

  @Test
  void missingDirectoryFailsTheLaunch() throws Exception {
    Path missing = directory.resolve("missing");
    assertNotLaunched(Program.of("true").withDirectory(missing))
        .hasMessage(
            "cannot launch `true`: no such directory: "
                + missing
                + ". To fix: create it before the launch");
  }

  @Test
  void fileAsTheDirectoryFailsTheLaunch() throws Exception {
    Path file = Files.createFile(directory.resolve("file"));
    assertNotLaunched(Program.of("true").withDirectory(file))
        .hasMessage("cannot launch `true`: not a directory: " + file);
  }

  @ParameterizedTest
  @ValueSource(strings = {"missing", "."})
  void standardInputThatIsMissingOrADirectoryFailsTheLaunch(String name) throws Exception {
    Path input = directory.resolve(name);
    assertNotLaunched(Program.of("cat").withStandardInput(input))
        .hasMessage("cannot launch `cat`: the standard input " + input + " is not a readable file");
  }

  @Test
  void failedLaunchLeavesNoFileOfItsInputText() throws Exception {
    assertNotLaunched(Program.of("no-such-program").withStandardInput("text"));
    Path garbage = executable("garbage", new byte[] {0, 1, 2, 3});
    assertNotLaunched(Program.of(garbage.toString()).withStandardInput("text"));
  }

  @Test
  void manyFailedLaunchesLeaveNothing() throws Exception {
    Path garbage = executable("garbage", new byte[] {0, 1, 2, 3});
    assertRefused(
            () -> {
              for (int i = 0; i < 199; i++) {
                assertThatThrownBy(() -> scope.launch(garbage.toString()))
                    .isInstanceOf(LaunchException.class);
              }
              scope.launch(garbage.toString());
            })
        .isInstanceOf(LaunchException.class);
  }

  // arguments that are refused at the call --------------------------------------------------------

  @Test
  void anEmptyCommandAndANulAreRefusedByLaunchToo() throws Exception {
    assertRefused(() -> scope.launch())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the command is empty: name a program to launch");
    assertRefusedAsNul(() -> scope.launch("echo", "a\0b"), "argument 1");
  }

  private static void assertRefusedAsNul(ThrowingCallable call, String what) {
    assertThatThrownBy(call)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(what + " contains a NUL character");
  }

  @Test
  void nulInEnvironmentOrDirectoryIsRefused() {
    Program program = Program.of("true");
    assertRefusedAsNul(() -> program.withEnvironment("A", "\0"), "the value of A");
    assertRefusedAsNul(() -> program.withEnvironment("\0", "1"), "the name of a variable");
    // a Path itself refuses it
    assertThatThrownBy(() -> program.withDirectory(Path.of("a\0b")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("Nul character not allowed");
  }

  @Test
  void aNegativeDurationOfAWaitIsRefusedAtOnce() {
    Launch launch = scope.launch("sleep", "1000");
    Descendant process = launch.process();
    Duration negative = Duration.ofNanos(-1);
    for (ThrowingCallable wait :
        List.<ThrowingCallable>of(
            () -> launch.awaitExit(negative),
            () -> launch.awaitOrphan(negative),
            () -> launch.awaitOrphan("*", negative),
            () -> process.awaitExit(negative),
            () -> launch.awaitListening(negative),
            () -> launch.awaitListening(1, negative),
            () -> launch.awaitOutput("x", negative),
            () -> launch.awaitRespawns(1, negative),
            () -> process.awaitRespawn(negative),
            () -> process.awaitRespawns(1, negative),
            () -> process.killAndAwaitRespawn(negative),
            () -> process.freeze(negative),
            () -> scope.tree().awaitUntil(tree -> true, negative),
            () -> scope.awaitOrphan("*", negative),
            () -> scope.awaitDescendant("sleep*", negative),
            () -> scope.awaitDescendants("*", 1, negative))) {
      assertThatThrownBy(wait)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("timeout must not be negative: -0.000");
    }
    assertThat(process.isAlive()).isTrue();
  }

  @Test
  void aDurationLongerThanTheClocksRangeIsNoError() {
    Duration forever = ChronoUnit.FOREVER.getDuration();
    Launch launch = scope.launch(Program.of("sh", "-c", "exit 3").withTimeout(forever));
    assertThat(launch.awaitExit(forever)).isEqualTo(ExitStatus.exited(3));
    try (Supervisor patient =
        scope.open(
            "patient",
            ScopeOptions.defaults().withAwait(forever).withGrace(forever).withKill(forever))) {
      assertThat(patient.launch("sh", "-c", "exit 4").awaitExit()).isEqualTo(ExitStatus.exited(4));
      patient.launch("sleep", "1000");
    }
  }

  @Test
  void portOutsideTheRangeOfTcpIsRefused() {
    Launch launch = scope.launch("sleep", "1000");
    for (int port : new int[] {0, -1, 65_536}) {
      for (ThrowingCallable wait :
          List.<ThrowingCallable>of(
              () -> launch.awaitListening(port),
              () -> launch.awaitListening(port, Duration.ZERO))) {
        assertThatThrownBy(wait)
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessage("a port is 1 to 65535, not " + port);
      }
    }
  }

  /** The JVM's own text names a local variable, or says nothing. */
  @Test
  @SuppressWarnings("NullAway") // passes null on purpose
  void theMessageForNullIsTheLibrarysOwn() throws Exception {
    Program program = Program.of("true");
    Launch launch = scope.launch("sleep", "1000");
    List<Object> receivers =
        List.of(
            program,
            subreaper,
            scope,
            scope.tree(),
            launch,
            launch.process(),
            Ready.pidFile(directory));
    int calls = 0;
    try (ListeningSocket socket = ListeningSocket.tcp("127.0.0.1", 0)) {
      List<Object> values =
          List.of(
              "x",
              new String[] {"x"},
              new Ready[] {Ready.port(1)},
              List.of(Ready.port(1)),
              Map.of(),
              directory,
              Duration.ZERO,
              Signal.TERM,
              ScopeOptions.defaults(),
              program,
              socket,
              Ready.port(1),
              Ports.free(),
              scope.options(),
              URI.create("http://localhost/"),
              Thread.currentThread(),
              (Consumer<Object>) any -> {},
              (Predicate<Object>) any -> true);
      for (Object receiver : receivers) {
        for (Method method : receiver.getClass().getMethods()) {
          Class<?>[] types = method.getParameterTypes();
          for (int i = 0; i < types.length && method.getDeclaringClass() != Object.class; i++) {
            if (!types[i].isPrimitive() && !method.getName().equals("equals")) {
              Object[] arguments = new Object[types.length];
              for (int other = 0; other < types.length; other++) {
                Class<?> type = types[other];
                arguments[other] =
                    other == i
                        ? null
                        : type == int.class
                            ? 1
                            : values.stream().filter(type::isInstance).findFirst().orElse(1L);
              }
              assertThatThrownBy(() -> call(method, receiver, arguments))
                  .as("%s with %s", method, Arrays.asList(arguments))
                  .isInstanceOf(NullPointerException.class)
                  .hasMessageMatching("(?!.* because ).+");
              calls++;
            }
          }
        }
      }
    }
    assertThat(calls).isGreaterThan(80);
    assertThat(launch.isAlive()).isTrue();
    assertThat(scope.tree().size()).isEqualTo(1);
    assertThatThrownBy(() -> scope.launch("echo", null))
        .hasMessage("word 2 of the command is null");
    assertThatThrownBy(() -> program.withEnvironment("A", null))
        .hasMessage(
            "the value of A is null. To fix: remove a variable by withoutEnvironment(\"A\")");
    assertThatThrownBy(() -> program.withoutEnvironment("A", null))
        .hasMessage("the name of a variable is null");
    assertThatThrownBy(() -> Ready.any(Ready.port(80), null)).hasMessage("a condition is null");
  }

  private static void call(Method method, Object receiver, Object[] arguments) throws Throwable {
    try {
      method.invoke(receiver, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }

  // launches and scopes that have ended -----------------------------------------------------------

  @Test
  void aClosedScopeIsNamed() {
    Launch launch = scope.launch("sleep", "1000");
    scope.close();
    assertAllIsRefused(launch);
    assertThatThrownBy(() -> scope.launch("true"))
        .hasMessage(
            "cannot launch `true` in BadInputTest: this scope has ended. To fix: use a scope that"
                + " is open; in a JUnit test that is the Supervisor that the running method has as"
                + " a parameter");
    assertThatThrownBy(() -> launch.signal(Signal.TERM))
        .hasMessage(
            "cannot send SIGTERM to sleep 1000 (pid "
                + launch.pid()
                + "): its scope BadInputTest has ended and terminated its processes."
                + " To fix: send it while that scope is open");
    assertThatThrownBy(launch::stop)
        .hasMessage(
            "cannot stop `sleep 1000`: its scope BadInputTest has ended and terminated its"
                + " processes. To fix: stop it while that scope is open, or not at all");
  }

  @Test
  void aRefusedLaunchInAClosedScopeLeavesNoFile() throws Exception {
    Supervisor closed = scope.open("closed");
    closed.close();
    Traces before = Traces.look();
    assertThatThrownBy(() -> closed.launch(Program.of("cat").withStandardInput("text")))
        .isInstanceOf(ScopeClosedException.class);
    assertThat(Traces.look().files()).isEqualTo(before.files());
  }

  private void assertAllIsRefused(Launch launch) {
    for (ThrowingCallable call :
        List.<ThrowingCallable>of(
            () -> scope.launch("true"),
            () -> scope.launch(Program.of("cat").withStandardInput("text")),
            () -> scope.open("nested"),
            () -> scope.open("nested", ScopeOptions.defaults()),
            () -> scope.bind(Thread.currentThread()),
            launch::stop,
            () -> launch.signal(Signal.TERM),
            () -> launch.process().signal(Signal.KILL))) {
      assertThatThrownBy(call)
          .isInstanceOf(ScopeClosedException.class)
          .hasMessageContaining("BadInputTest")
          .hasMessageContaining("has ended")
          .hasMessageContaining("To fix: ");
    }
  }

  @Test
  void aScopeOfAClosedSubreaperIsClosed() {
    Launch launch = scope.launch("sleep", "1000");
    subreaper.close();
    assertAllIsRefused(launch);
  }

  @Test
  void aNestedScopeThatEndedWithItsOuterScopeIsNamed() {
    Supervisor nested = scope.open("the nested one");
    scope.close();
    assertThatThrownBy(() -> nested.launch("true"))
        .isInstanceOf(ScopeClosedException.class)
        .hasMessageStartingWith(
            "cannot launch `true` in the nested one: this scope has ended. To fix: ");
  }

  @Test
  void aClosedSubreaperOpensNothing() {
    subreaper.close();
    assertThatThrownBy(() -> subreaper.open("late"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("cannot open late: this Subreaper is closed. To fix: activate another");
    assertThatThrownBy(() -> subreaper.open("late", ScopeOptions.defaults()))
        .isInstanceOf(IllegalStateException.class);
    try (Subreaper another = Subreaper.activate();
        Supervisor works = another.open("works")) {
      assertThat(works.launch("sh", "-c", "exit 2").awaitExit()).isEqualTo(ExitStatus.exited(2));
    }
  }

  @Test
  void anEndedLaunchAndItsScopeStayReadable() {
    Launch launch = scope.launch("sh", "-c", "echo out; echo err >&2; exit 3");
    launch.awaitExit();
    subreaper.close();
    assertThat(launch.stdout()).isEqualTo("out\n");
    assertThat(launch.stderr()).isEqualTo("err\n");
    assertThat(launch.awaitExit(Duration.ZERO)).isEqualTo(ExitStatus.exited(3));
    assertThat(launch.isAlive()).isFalse();
    assertThat(launch.tree().size()).isZero();
    assertThat(launch.orphans()).isEmpty();
    assertThat(launch.process().children()).isEmpty();
    assertThat(scope.descendants()).containsExactly(launch.process());
    assertThat(scope.tree().toString()).isEmpty();
    assertThat(scope.leaks()).isEmpty();
    assertThat(scope.end().isClean()).isTrue();
  }

  // another operating system ----------------------------------------------------------------------

  /** Activates, prints the result and what is left of it in this JVM. */
  static final class Elsewhere {
    private Elsewhere() {}

    /** Takes the name of an operating system to pretend, or none. */
    public static void main(String[] arguments) throws IOException {
      String limits = Files.readString(Path.of("/proc/self/limits"));
      if (arguments.length > 0) {
        System.setProperty("os.name", arguments[0]);
      }
      try {
        Subreaper.activate();
        System.out.println("activated");
      } catch (UnsupportedSystemException e) {
        System.out.println("refused: " + e.getMessage());
      }
      Capabilities capabilities = Subreaper.capabilities();
      System.out.println("supported: " + capabilities.isSupported());
      System.out.println(capabilities.toString().lines().findFirst().orElseThrow());
      System.out.println("files: " + new ArrayList<>(Traces.look().files()));
      System.out.println("children: " + ProcessHandle.current().children().count());
      System.out.println(
          "threads: "
              + Thread.getAllStackTraces().keySet().stream()
                  .map(Thread::getName)
                  .filter(name -> name.startsWith("subreaper"))
                  .sorted(Comparator.naturalOrder())
                  .toList());
      System.out.println(
          "limits changed: " + !limits.equals(Files.readString(Path.of("/proc/self/limits"))));
    }
  }

  private static final String[] NOTHING_ACTIVATED = {
    "supported: false", "files: []", "children: 0", "threads: []", "limits changed: false"
  };

  private ChildJvm.Result elsewhere(String option, String... arguments) throws Exception {
    List<String> options = List.of(option, "-Djava.io.tmpdir=" + directory);
    // a child of this JVM may be given another RLIMIT_LOCKS at any time, its child is not
    List<String> shell = List.of("sh", "-c", "\"$@\"; exit $?", "sh");
    return ChildJvm.run(shell, options, Map.of(), Elsewhere.class, arguments);
  }

  @Test
  void anotherOperatingSystemIsRefusedAndNothingIsHalfActivated() throws Exception {
    for (String system : List.of("Mac OS X", "Windows 11", "FreeBSD", "Plan 9")) {
      boolean pretended = system.equals("Plan 9");
      ChildJvm.Result jvm =
          pretended ? elsewhere("-Dnone", system) : elsewhere("-Dos.name=" + system);
      assertThat(jvm.exitCode()).as(jvm.output()).isZero();
      assertThat(jvm.output().lines())
          .contains(NOTHING_ACTIVATED)
          .anySatisfy(
              line ->
                  assertThat(line)
                      .startsWith("refused: This system cannot run a subreaper: this is " + system)
                      .contains("needs Linux"))
          .anySatisfy(line -> assertThat(line).matches("subreaper +no +this is " + system + ".*"));
    }
  }

  @Test
  void controlThatTheSameJvmActivatesOnThisSystem() throws Exception {
    ChildJvm.Result jvm = elsewhere("-Dnone");
    assertThat(jvm.exitCode()).as(jvm.output()).isZero();
    assertThat(jvm.output().lines())
        .contains("activated", "supported: true", "limits changed: true")
        .doesNotContain(NOTHING_ACTIVATED);
  }
}
