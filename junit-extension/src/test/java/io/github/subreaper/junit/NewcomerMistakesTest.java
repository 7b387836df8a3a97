package io.github.subreaper.junit;

import static io.github.subreaper.assertj.SubreaperAssertions.assertThat;
import static io.github.subreaper.assertj.SubreaperAssertions.catchThrowable;
import static io.github.subreaper.testing.Await.LONG;
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
   * @param words of the message
   */
  private record Mistake(String what, String wrote, Executable code, List<String> words) {
    @Override
    public String toString() {
      return what;
    }
  }

  private static Mistake mistake(String what, String wrote, Executable code, String... words) {
    return new Mistake(what, wrote, code, List.of(words));
  }

  List<Mistake> mistakes() {
    return List.of(
        mistake(
            "no @SubreaperTest on class or test",
            "void test(Supervisor supervisor)",
            () -> fail(Kit.run(BareTestCases.class)),
            "No ParameterResolver registered for parameter [io.github.subreaper.Supervisor "),
        mistake(
            "no @SubreaperTest on a class with a @Daemon method",
            "@Daemon static Program server() {…} void test(Launch server)",
            () -> fail(Kit.run(BareDaemonTestCases.class)),
            "No ParameterResolver registered for parameter [io.github.subreaper.Launch "),
        mistake(
            "the same, and its parameter is annotated",
            "@Daemon static Program server() {…} void test(@Daemon(\"server\") Launch server)",
            () -> {
              throw Objects.requireNonNull(
                  Kit.run(BareParameterTestCases.class).onlyFailure().getCause());
            },
            "which has not started: only the parameter has the extension",
            "To fix: put @SubreaperTest on the class"),
        // launches
        mistake(
            "the command is one text",
            "supervisor.launch(\"sleep 1000\")",
            () -> supervisor.launch("sleep 1000"),
            "To fix: pass the program and each argument by itself",
            "launch(\"sleep\", \"1000\")"),
        mistake(
            "the command is for a shell",
            "supervisor.launch(\"sleep 1000 > log\")",
            () -> supervisor.launch("sleep 1000 > log"),
            "To fix: no shell reads the command, so start one",
            "launch(\"sh\", \"-c\", "),
        mistake(
            "an argument is for a shell",
            "assertThat(supervisor.launch(\"ls\", \"*.txt\")).exitsWith(0)",
            () -> assertThat(supervisor.launch("ls", "*.txt")).exitsWith(0),
            "no shell has read `*.txt`"),
        mistake(
            "the script of a shell is several words",
            "supervisor.launch(\"sh\", \"-c\", \"echo\", \"hello\").awaitOutput(\"hello\")",
            () -> supervisor.launch("sh", "-c", "echo", "hello").awaitOutput("hello"),
            "`sh -c` takes one word as its script, here `echo`"),
        mistake(
            "the program is not installed",
            "supervisor.launch(\"my-daemon\")",
            () -> supervisor.launch("my-daemon"),
            "no such program: my-daemon (not in PATH: ",
            "To fix: install it"),
        mistake(
            "a part of the shell is launched",
            "supervisor.launch(\"cd\", \"/tmp\")",
            () -> supervisor.launch("cd", "/tmp"),
            "To fix: this is a part of the shell, not a program: use withDirectory(…)"),
        mistake(
            "the script is not executable",
            "supervisor.launch(script)",
            () -> supervisor.launch(script),
            "not executable: ",
            "To fix: chmod +x "),
        mistake(
            "the script has the line ends of Windows",
            "supervisor.launch(windowsScript)",
            () -> supervisor.launch(windowsScript),
            "ends with a carriage return",
            "To fix: save it with Unix line ends: sed "),
        mistake(
            "the directory does not exist",
            "supervisor.launch(program.withDirectory(Path.of(\"/no/dir\")))",
            () -> supervisor.launch(program.withDirectory(Path.of("/no/dir"))),
            "no such directory: /no/dir",
            "To fix: create it"),
        mistake(
            "the user does not exist",
            "supervisor.launch(program.withUser(\"ngnix\"))",
            () -> supervisor.launch(program.withUser("ngnix")),
            "no such user in /etc/passwd: ngnix",
            "To fix: add that user"),
        mistake(
            "the limit is too high",
            "supervisor.launch(program.withLimit(\"nofile\", 1024, 1L << 40))",
            () -> supervisor.launch(program.withLimit("nofile", 1024, 1L << 40)),
            "/proc/sys/fs/nr_open",
            "To fix: take a hard limit of "),
        mistake(
            "the scope is closed",
            "inner.close(); inner.launch(\"sleep\", \"1000\")",
            () -> {
              inner.close();
              inner.launch("sleep", "1000");
            },
            "in inner: this scope has ended",
            "To fix: use a scope that is open"),
        // scopes
        mistake(
            "a static field keeps the Supervisor of the test before",
            "kept.launch(\"sleep\", \"1000\")",
            () -> fail(Kit.run(StaticFieldTestCases.class)),
            "in NewcomerMistakesTest.StaticFieldTestCases.a(Supervisor): this scope has ended",
            "the Supervisor that the running method has as a parameter"),
        mistake(
            "the signal comes after the end",
            "inner.close(); innerLaunch.signal(Signal.TERM)",
            () -> {
              inner.close();
              innerLaunch.signal(Signal.TERM);
            },
            "its scope inner has ended and terminated its processes",
            "To fix: send it while that scope is open"),
        mistake(
            "the launcher gets the signal that is for its daemon",
            "forking.signal(Signal.HUP); forking.awaitListening(8443)",
            () -> {
              forking.signal(Signal.HUP);
              forking.awaitListening(8443);
            },
            "SIGHUP was not sent: the launcher has ended; signal the daemon (awaitOrphan())"),
        mistake(
            "a launched daemon is expected to be a leak",
            "System.out.println(supervisor.end())",
            () -> {
              throw new AssertionError(supervisor.end());
            },
            "leaked nothing",
            "launched processes are leaks only in a strict scope"),
        // waits
        mistake(
            "nothing waits for the output",
            "assertThat(launch).hasStdout(\"ready\")",
            () -> assertThat(launch).hasStdout("ready"),
            "it is still running, so later output is missing: wait with "),
        mistake(
            "the program stays in the foreground, so there is no orphan",
            "launch.awaitOrphan()",
            () -> launch.awaitOrphan(),
            "It stays in the foreground: use launch.process(), or let it daemonize"),
        mistake(
            "the launcher is a shell that stays",
            "shell.awaitOrphan()",
            () -> shell.awaitOrphan(),
            "awaitOrphan(glob) does not wait for its end"),
        mistake(
            "the daemon stays in the foreground, so it does not exit",
            "assertThat(launch).exitsWith(0)",
            () -> assertThat(launch).exitsWith(0),
            "If it is a daemon in the foreground, signal it or stop the launch before"),
        mistake(
            "the name is misspelt",
            "supervisor.awaitDescendant(\"slep*\")",
            () -> supervisor.awaitDescendant("slep*"),
            "matches the glob `slep*`",
            "none came",
            "sleep 1000"),
        mistake(
            "the process is frozen",
            "frozen = launch.process().freeze(); assertThat(launch).exitsWith(0)",
            () -> {
              frozen = launch.process().freeze();
              assertThat(launch).exitsWith(0);
            },
            "To fix: close that Frozen before"),
        mistake(
            "no process restarts it",
            "launch.process().killAndAwaitRespawn()",
            () -> launch.process().killAndAwaitRespawn(),
            "which was killed by SIGKILL: its parent is this JVM, which restarts nothing"),
        mistake(
            "a name is awaited by a regex",
            "supervisor.awaitDescendant(\"^sle.*\")",
            () -> supervisor.awaitDescendant("^sle.*"),
            "looks like a regex",
            "try `sle*`"),
        mistake(
            "the duration is negative",
            "launch.awaitExit(Duration.ofSeconds(-5))",
            () -> launch.awaitExit(Duration.ofSeconds(-5)),
            "timeout must not be negative: -5.0 s"),
        mistake(
            "the port is out of range",
            "launch.awaitListening(99999)",
            () -> launch.awaitListening(99999),
            "a port is 1 to 65535, not 99999"),
        mistake(
            "another process has the port",
            "launch.awaitReady(Ready.port(port))",
            () -> launch.awaitReady(Ready.port(port)),
            "a process outside the launch listens there: end it, or take another port"),
        mistake(
            "the launcher has written its own pid",
            "forking.awaitReady(Ready.pidFile(pidFile))",
            () -> forking.awaitReady(Ready.pidFile(pidFile)),
            "the launcher, which has ended: let the daemon write its own pid"),
        mistake(
            "the launch has no notify socket",
            "launch.awaitReady(Ready.notification())",
            () -> launch.awaitReady(Ready.notification()),
            "To fix: launch Program.of(…).withNotifySocket()"),
        mistake(
            "a glob where a regex is meant",
            "launch.awaitOutput(\"*ready*\")",
            () -> launch.awaitOutput("*ready*"),
            "lines are searched by a regex, in which `.*` stands for any text"),
        mistake(
            "the line has other upper and lower case",
            "supervisor.launch(\"echo\", \"Ready\").awaitReady(Ready.output(\"ready\"))",
            () -> supervisor.launch("echo", "Ready").awaitReady(Ready.output("ready")),
            "note      \"Ready\" matches but for its case: put (?i) before the regex"),
        mistake(
            "the program keeps its output in a buffer",
            "launch.awaitOutput(\"ready\")",
            () -> launch.awaitOutput("ready"),
            "which may be buffered. To fix: stdbuf -oL, python3 -u, or withTerminal()"),
        mistake(
            "what is typed has no newline",
            "shell.terminal().write(\"my-daemon\"); shell.awaitOutput(\"started\")",
            () -> {
              shell.terminal().write("my-daemon");
              shell.awaitOutput("started");
            },
            "the text last written to the terminal has no newline"),
        // assertions
        mistake(
            "a regex where a glob is meant",
            "assertThat(supervisor.tree()).contains(\"sle.*\")",
            () -> assertThat(supervisor.tree()).contains("sle.*"),
            "`sle*` matches",
            "`*` stands for any text"),
        mistake(
            "a regex in a shape",
            "assertThat(launch).hasShape(\"sle.*\")",
            () -> assertThat(launch).hasShape("sle.*"),
            "(`sle*` matches: a glob"),
        mistake(
            "a signal is expected as the exit code of a shell",
            "launch.signal(Signal.TERM); assertThat(launch).exitsWith(143)",
            () -> {
              launch.signal(Signal.TERM);
              assertThat(launch).exitsWith(143);
            },
            "but it ended with: killed by SIGTERM",
            "expect signaled(SIGTERM)"),
        mistake(
            "the daemon keeps its terminal",
            "shell.terminal().hangUp(); assertThat(orphan).exitsWith(0)",
            () -> {
              shell.terminal().hangUp();
              assertThat(orphan).exitsWith(0);
            },
            "it ended with: killed by SIGHUP",
            "a daemon calls setsid(2)"),
        mistake(
            "the shape has a child beside its parent",
            "assertThat(parent).hasShape(\"sh -c *\\nsleep 1000\")",
            () -> assertThat(parent).hasShape("sh -c *\nsleep 1000"),
            "  sleep 1000  ← not in the pattern",
            "sleep 1000    ← missing"),
        mistake(
            "the user of an assertion does not exist",
            "assertThat(launch.process()).runsAs(\"ngnix\")",
            () -> assertThat(launch.process()).runsAs("ngnix"),
            "there is no user `ngnix` in /etc/passwd"),
        // settings
        mistake(
            "the setting is misspelt",
            "subreaper.leak = WARN",
            () -> fail(run("subreaper.leak", "WARN")),
            "Unknown configuration parameter \"subreaper.leak\"",
            "To fix: write \"subreaper.leaks\""),
        mistake(
            "the unit of a duration does not exist",
            "@SubreaperTest(settle = \"500 msec\")",
            () -> fail(Kit.run(UnitTestCases.class)),
            "\"500 msec\" is not a duration",
            "such as \"5 s\" or \"500 ms\""));
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
    assertThat(message).contains(mistake.words);
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
                        bare("() -> " + mistake.wrote + ","),
                        bare("() -> {" + mistake.wrote + ";},")))
        .hasSizeGreaterThan(20);
  }

  private static String bare(String code) {
    return code.replaceAll("\\s+", "");
  }
}
