package io.github.subreaper.junit;

import static io.github.subreaper.assertj.SubreaperAssertions.assertThat;
import static io.github.subreaper.assertj.SubreaperAssertions.catchThrowable;
import static io.github.subreaper.waits.Await.LONG;
import static java.nio.file.attribute.PosixFilePermissions.fromString;
import static java.util.stream.Collectors.joining;

import io.github.subreaper.Descendant;
import io.github.subreaper.Frozen;
import io.github.subreaper.Launch;
import io.github.subreaper.Program;
import io.github.subreaper.Ready;
import io.github.subreaper.ScopeOptions;
import io.github.subreaper.Signal;
import io.github.subreaper.Subreaper;
import io.github.subreaper.Supervisor;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a newcomer does wrong, and what the library answers. MISTAKES.md shows the same table. */
@Timeout(300)
@TestInstance(Lifecycle.PER_CLASS)
@ResourceLock(Resources.SYSTEM_PROPERTIES)
@Tag("slow")
class NewcomerMistakesTest {
  private static final Path PAGE = Path.of("MISTAKES.md");

  /** The message ends before such a line: what follows is about this one launch. */
  private static final Pattern EVIDENCE =
      Pattern.compile("\\s*|  (launcher|ended|orphan|stdout|stderr) .*");

  private static final String HEADER = "| mistake | what I wrote | what the library says |";

  @TempDir private Path directory;

  // the variables of the rows
  private Subreaper library;
  private Supervisor supervisor;
  private Supervisor inner;
  private Program program;
  private Launch launch;
  private Launch innerLaunch;
  private Launch forking;
  private Launch parent;
  private Launch shell;
  private Descendant orphan;
  private String script;
  private String windowsScript;
  private Path pidFile;
  private ServerSocket other;
  private int port;

  @SuppressWarnings("UnusedVariable") // as in the mistake
  private @Nullable Frozen frozen;

  @BeforeEach
  void prepare() throws IOException {
    library = Subreaper.activate();
    ScopeOptions options = ScopeOptions.defaults().withAwait(Duration.ofMillis(1500));
    supervisor = library.open("MyTest.test()", options);
    inner = library.open("inner", options);
    program = Program.of("sleep", "1000");
    launch = supervisor.launch(program);
    innerLaunch = inner.launch(program);
    script = Files.writeString(directory.resolve("start.sh"), "#!/bin/sh\n").toString();
    Path dos = Files.writeString(directory.resolve("dos.sh"), "#!/bin/sh\r\n");
    windowsScript = Files.setPosixFilePermissions(dos, fromString("rwxr-xr-x")).toString();
    pidFile = directory.resolve("daemon.pid");
    Supervisor beside = library.open("beside", options);
    forking = beside.launch("sh", "-c", "echo $$ >'" + pidFile + "'; sleep 1000 &");
    forking.awaitExit(LONG);
    parent = beside.launch("sh", "-c", "sleep 1000 & wait");
    assertThat(parent).hasShapeWithin(LONG, "sh -c *\n  sleep 1000");
    shell = beside.launch(Program.of("sh", "-c", "(sleep 1002 &); read next").withTerminal());
    orphan = shell.awaitOrphan("sleep 1002", LONG);
    other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    port = other.getLocalPort();
  }

  @AfterEach
  void close() throws IOException {
    library.close();
    other.close();
  }

  /**
   * A row.
   *
   * @param what is wrong
   * @param wrote the code, or the setting
   */
  private record Mistake(String what, String wrote, Executable code) {
    @Override
    public String toString() {
      return what;
    }
  }

  List<Mistake> mistakes() {
    return List.of(
        new Mistake(
            "no @SubreaperTest on class or test",
            "void test(Supervisor supervisor)",
            () -> fail(Kit.run(BareTestCases.class))),
        new Mistake(
            "no @SubreaperTest on a class with a @Daemon method",
            "@Daemon static Program server() {…} void test(Launch server)",
            () -> fail(Kit.run(BareDaemonTestCases.class))),
        new Mistake(
            "the same, and its parameter is annotated",
            "@Daemon static Program server() {…} void test(@Daemon(\"server\") Launch server)",
            () -> {
              throw Objects.requireNonNull(
                  Kit.run(BareParameterTestCases.class).onlyFailure().getCause());
            }),
        // launches
        new Mistake(
            "the command is one text",
            "supervisor.launch(\"sleep 1000\")",
            () -> supervisor.launch("sleep 1000")),
        new Mistake(
            "the command is for a shell",
            "supervisor.launch(\"sleep 1000 > log\")",
            () -> supervisor.launch("sleep 1000 > log")),
        new Mistake(
            "an argument is for a shell",
            "assertThat(supervisor.launch(\"ls\", \"*.txt\")).exitsWith(0)",
            () -> assertThat(supervisor.launch("ls", "*.txt")).exitsWith(0)),
        new Mistake(
            "the script of a shell is several words",
            "supervisor.launch(\"sh\", \"-c\", \"echo\", \"hello\").awaitOutput(\"hello\")",
            () -> supervisor.launch("sh", "-c", "echo", "hello").awaitOutput("hello")),
        new Mistake(
            "the program is not installed",
            "supervisor.launch(\"my-daemon\")",
            () -> supervisor.launch("my-daemon")),
        new Mistake(
            "a part of the shell is launched",
            "supervisor.launch(\"cd\", \"/tmp\")",
            () -> supervisor.launch("cd", "/tmp")),
        new Mistake(
            "the script is not executable",
            "supervisor.launch(script)",
            () -> supervisor.launch(script)),
        new Mistake(
            "the script has the line ends of Windows",
            "supervisor.launch(windowsScript)",
            () -> supervisor.launch(windowsScript)),
        new Mistake(
            "the directory does not exist",
            "supervisor.launch(program.withDirectory(Path.of(\"/no/dir\")))",
            () -> supervisor.launch(program.withDirectory(Path.of("/no/dir")))),
        new Mistake(
            "the user does not exist",
            "supervisor.launch(program.withUser(\"ngnix\"))",
            () -> supervisor.launch(program.withUser("ngnix"))),
        new Mistake(
            "the limit is too high",
            "supervisor.launch(program.withLimit(\"nofile\", 1024, 1L << 40))",
            () -> supervisor.launch(program.withLimit("nofile", 1024, 1L << 40))),
        new Mistake(
            "the scope is closed",
            "inner.close(); inner.launch(\"sleep\", \"1000\")",
            () -> {
              inner.close();
              inner.launch("sleep", "1000");
            }),
        // scopes
        new Mistake(
            "a static field keeps the Supervisor of the test before",
            "kept.launch(\"sleep\", \"1000\")",
            () -> fail(Kit.run(StaticFieldTestCases.class))),
        new Mistake(
            "the signal comes after the end",
            "inner.close(); innerLaunch.signal(Signal.TERM)",
            () -> {
              inner.close();
              innerLaunch.signal(Signal.TERM);
            }),
        new Mistake(
            "the launcher gets the signal that is for its daemon",
            "forking.signal(Signal.HUP); forking.awaitListening(8443)",
            () -> {
              forking.signal(Signal.HUP);
              forking.awaitListening(8443);
            }),
        new Mistake(
            "a launched daemon is expected to be a leak",
            "System.out.println(supervisor.end())",
            () -> {
              throw new AssertionError(supervisor.end());
            }),
        // waits
        new Mistake(
            "nothing waits for the output",
            "assertThat(launch).hasStdout(\"ready\")",
            () -> assertThat(launch).hasStdout("ready")),
        new Mistake(
            "the program stays in the foreground, so there is no orphan",
            "launch.awaitOrphan()",
            () -> launch.awaitOrphan()),
        new Mistake(
            "the launcher is a shell that stays", "shell.awaitOrphan()", () -> shell.awaitOrphan()),
        new Mistake(
            "the daemon stays in the foreground, so it does not exit",
            "assertThat(launch).exitsWith(0)",
            () -> assertThat(launch).exitsWith(0)),
        new Mistake(
            "the name is misspelt",
            "supervisor.awaitDescendant(\"slep*\")",
            () -> supervisor.awaitDescendant("slep*")),
        new Mistake(
            "the process is frozen",
            "frozen = launch.process().freeze(); assertThat(launch).exitsWith(0)",
            () -> {
              frozen = launch.process().freeze();
              assertThat(launch).exitsWith(0);
            }),
        new Mistake(
            "no process restarts it",
            "launch.process().killAndAwaitRespawn()",
            () -> launch.process().killAndAwaitRespawn()),
        new Mistake(
            "a name is awaited by a regex",
            "supervisor.awaitDescendant(\"^sle.*\")",
            () -> supervisor.awaitDescendant("^sle.*")),
        new Mistake(
            "the duration is negative",
            "launch.awaitExit(Duration.ofSeconds(-5))",
            () -> launch.awaitExit(Duration.ofSeconds(-5))),
        new Mistake(
            "the port is out of range",
            "launch.awaitListening(99999)",
            () -> launch.awaitListening(99999)),
        new Mistake(
            "another process has the port",
            "launch.awaitReady(Ready.port(port))",
            () -> launch.awaitReady(Ready.port(port))),
        new Mistake(
            "the launcher has written its own pid",
            "forking.awaitReady(Ready.pidFile(pidFile))",
            () -> forking.awaitReady(Ready.pidFile(pidFile))),
        new Mistake(
            "the launch has no notify socket",
            "launch.awaitReady(Ready.notification())",
            () -> launch.awaitReady(Ready.notification())),
        new Mistake(
            "a glob where a regex is meant",
            "launch.awaitOutput(\"*ready*\")",
            () -> launch.awaitOutput("*ready*")),
        new Mistake(
            "the line has other upper and lower case",
            "supervisor.launch(\"echo\", \"Ready\").awaitReady(Ready.output(\"ready\"))",
            () -> supervisor.launch("echo", "Ready").awaitReady(Ready.output("ready"))),
        new Mistake(
            "the program keeps its output in a buffer",
            "launch.awaitOutput(\"ready\")",
            () -> launch.awaitOutput("ready")),
        new Mistake(
            "what is typed has no newline",
            "shell.terminal().write(\"my-daemon\"); shell.awaitOutput(\"started\")",
            () -> {
              shell.terminal().write("my-daemon");
              shell.awaitOutput("started");
            }),
        // assertions
        new Mistake(
            "a regex where a glob is meant",
            "assertThat(supervisor.tree()).contains(\"sle.*\")",
            () -> assertThat(supervisor.tree()).contains("sle.*")),
        new Mistake(
            "a regex in a shape",
            "assertThat(launch).hasShape(\"sle.*\")",
            () -> assertThat(launch).hasShape("sle.*")),
        new Mistake(
            "a signal is expected as the exit code of a shell",
            "launch.signal(Signal.TERM); assertThat(launch).exitsWith(143)",
            () -> {
              launch.signal(Signal.TERM);
              assertThat(launch).exitsWith(143);
            }),
        new Mistake(
            "the daemon keeps its terminal",
            "shell.terminal().hangUp(); assertThat(orphan).exitsWith(0)",
            () -> {
              shell.terminal().hangUp();
              assertThat(orphan).exitsWith(0);
            }),
        new Mistake(
            "the shape has a child beside its parent",
            "assertThat(parent).hasShape(\"sh -c *\\nsleep 1000\")",
            () -> assertThat(parent).hasShape("sh -c *\nsleep 1000")),
        new Mistake(
            "the user of an assertion does not exist",
            "assertThat(launch.process()).runsAs(\"ngnix\")",
            () -> assertThat(launch.process()).runsAs("ngnix")),
        // settings
        new Mistake(
            "the setting is misspelt",
            "subreaper.leak = WARN",
            () -> fail(run("subreaper.leak", "WARN"))),
        new Mistake(
            "the unit of a duration does not exist",
            "@SubreaperTest(settle = \"500 msec\")",
            () -> fail(Kit.run(UnitTestCases.class))));
  }

  private static Kit.Run run(String property, String value) {
    System.setProperty(property, value);
    try {
      return Kit.run(PlainTestCases.class);
    } finally {
      System.clearProperty(property);
    }
  }

  private static void fail(Kit.Run run) throws Throwable {
    throw run.onlyFailure();
  }

  static class BareTestCases {
    @Test
    void test(Supervisor supervisor) {}
  }

  static class BareDaemonTestCases {
    @Daemon
    static Program server() {
      return Program.of("sleep", "1000");
    }

    @Test
    void test(Launch server) {}
  }

  static class BareParameterTestCases {
    @Daemon
    static Program server() {
      return Program.of("sleep", "1000");
    }

    @Test
    void test(@Daemon("server") Launch server) {}
  }

  @SubreaperTest(settle = "500 msec")
  static class UnitTestCases {
    @Test
    void test() {}
  }

  @SubreaperTest
  static class PlainTestCases {
    @Test
    void test() {}
  }

  @SubreaperTest
  @TestMethodOrder(MethodOrderer.MethodName.class)
  static class StaticFieldTestCases {
    private static @Nullable Supervisor kept;

    @Test
    void a(Supervisor supervisor) {
      kept = supervisor;
    }

    @Test
    void b() {
      Objects.requireNonNull(kept).launch("sleep", "1000");
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("mistakes")
  void theMessageSaysWhatToDoAndIsOnThePage(Mistake mistake) throws Exception {
    String row = row(mistake);
    assertThat(rowsOfThePage())
        .as("To fix: if this row is right, put it into %s:\n%s", PAGE, row)
        .contains(row);
  }

  /** Runs the code, and returns the row of the page. */
  private String row(Mistake mistake) {
    Throwable failure = catchThrowable(mistake.code::execute);
    assertThat(failure).as(mistake.wrote).isNotNull();
    String message = String.valueOf(failure.getMessage());
    String excerpt =
        Stream.concat(
                message.lines().takeWhile(line -> !EVIDENCE.matcher(line).matches()),
                message.lines().filter(line -> line.startsWith("  note ")))
            .map(line -> cell(normal(line)))
            .collect(joining("<br>"));
    return "| " + mistake.what + " | `" + mistake.wrote + "` | " + excerpt + " |";
  }

  /** Replaces what is another one with each run. */
  private String normal(String line) {
    String text =
        line.replace(directory.toString(), "/dir")
            .replace("port " + port, "port 5432")
            .replaceAll("ended, after [0-9.]+ s", "ended, after 0.01 s")
            .replaceAll("not in PATH: [^)]*", "not in PATH: …")
            .replaceAll("(?<=more than |limit of )\\d+", "1048576")
            .replaceAll("(\\d) +\\S+ +\\S+ +\\d+:\\d\\d ", "$1 ? S 0:00 ")
            .replaceAll(" +adopted .*", "")
            .replaceAll("runs as \\S+ \\(uid \\d+\\)", "runs as root (uid 0)")
            .replace(BareTestCases.class.getName(), "MyTest")
            .replace(BareDaemonTestCases.class.getName(), "MyTest")
            .replace(ScopeName.of(BareParameterTestCases.class), "MyTest")
            .replaceAll(
                "at \\S+\\(NewcomerMistakesTest.java:\\d+\\)", "at MyTest.test(MyTest.java:41)")
            .replaceAll(": did you mean .*\\?", "");
    for (Descendant one : library.descendants()) {
      // A pid may be equal to another number of the line.
      text = text.replaceAll("(?<=^ {0,9}|pid |\\(|names )" + one.pid() + "\\b", "4711");
    }
    return text.strip();
  }

  /** Keeps a text from being taken for Markdown, except for its own code in backticks. */
  private static String cell(String text) {
    return Pattern.compile("`[^`]*`|[|<*]")
        .matcher(text)
        .replaceAll(
            found ->
                Matcher.quoteReplacement(
                    found.group().startsWith("`")
                        ? found.group()
                        : found.group().equals("<") ? "&lt;" : "\\" + found.group()));
  }

  private static List<String> rowsOfThePage() throws IOException {
    return Files.readString(PAGE)
        .lines()
        .filter(line -> line.startsWith("| ") && !line.equals(HEADER))
        .toList();
  }

  @Test
  void thePageHasTheseRowsOnlyAndInThisOrder() throws IOException {
    assertThat(rowsOfThePage())
        .extracting(row -> row.substring(0, row.indexOf("` | ")))
        .isEqualTo(mistakes().stream().map(one -> "| " + one.what + " | `" + one.wrote).toList());
  }

  /** The code of a row is a text and a lambda, which must not say different things. */
  @Test
  void eachRowRunsWhatItShows() throws IOException {
    String file = getClass().getName().replace('.', '/') + ".java";
    String source = bare(Files.readString(Path.of("src/test/java").resolve(file)));
    assertThat(mistakes())
        .filteredOn(mistake -> !mistake.wrote.matches("subreaper\\..*|@.*|kept.*|System.*|void.*"))
        .allSatisfy(
            mistake ->
                assertThat(source)
                    .containsAnyOf(
                        bare("() -> " + mistake.wrote + ")"),
                        bare("() -> {" + mistake.wrote + ";})")))
        .hasSizeGreaterThan(20);
  }

  private static String bare(String code) {
    return code.replaceAll("\\s+", "");
  }
}
