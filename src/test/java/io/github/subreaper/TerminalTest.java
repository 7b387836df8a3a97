package io.github.subreaper;

import static io.github.subreaper.testing.Await.LONG;
import static io.github.subreaper.testing.Linux.KERNEL;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.subreaper.internal.access.Access;
import io.github.subreaper.internal.linux.proc.ProcessStat;
import io.github.subreaper.internal.linux.proc.Procfs;
import io.github.subreaper.testing.Await;
import io.github.subreaper.testing.ChildJvm;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A program on a terminal, from the side of its user. */
@Timeout(600)
@Tag("slow")
class TerminalTest {

  private final List<String> descriptorsBefore = descriptors();
  private final Subreaper subreaper = Subreaper.activate();
  private final Supervisor scope =
      subreaper.open("TerminalTest", ScopeOptions.defaults().withAwait(LONG));

  @TempDir private Path directory;

  @AfterEach
  void nothingIsLeft() {
    subreaper.close();
    assertThat(descriptors()).isEqualTo(descriptorsBefore);
    assertThat(Traces.threads("subreaper terminal")).isEmpty();
  }

  private static List<String> descriptors() {
    List<String> terminals = new ArrayList<>();
    for (int fd : KERNEL.descriptors().open(Procfs.SELF)) {
      String target = KERNEL.descriptors().target(Procfs.SELF, fd);
      if (target != null && target.matches(".*(ptmx|/pts/|eventfd|\\.std).*")) {
        terminals.add(fd + " " + target);
      }
    }
    return terminals;
  }

  private Program shell(String script) {
    return Program.of("sh", "-c", script).withDirectory(directory).withTerminal();
  }

  private static Optional<String> controlling(Descendant process) {
    return process.details().terminal();
  }

  // what the program finds -----------------------------------------------------------------------

  @ParameterizedTest
  @ValueSource(strings = {"plain", "canaries", "umask", "traced", "user", "socket", "all"})
  void terminalControlsTheProgramWhichLeadsItsSession(String how) throws Exception {
    boolean root = System.getProperty("user.name").equals("root");
    assumeTrue(root || !List.of("user", "all").contains(how), "only root can change the user");
    try (ListeningSocket socket = ListeningSocket.tcp("127.0.0.1", 0)) {
      UnaryOperator<Program> changed =
          switch (how) {
            case "canaries" -> Program::withCanaries;
            case "umask" -> program -> program.withUmask(027);
            case "traced" -> Program::traced;
            case "user" -> program -> program.withUser(1234, 1234);
            case "socket" -> program -> program.withSocket(socket, "x");
            case "all" ->
                program ->
                    program
                        .withCanaries()
                        .withUmask(0)
                        .withUser(1234, 1234)
                        .withSocket(socket, "x")
                        .withLimit("nofile", 50, 50)
                        .traced();
            default -> program -> program;
          };
      Launch launch =
          scope.launch(
              changed.apply(
                  Program.of("sh", "-c", "tty; echo again > $(tty); stty size; exec sleep 1000")
                      .withTerminal()));
      String name = launch.terminal().toString();
      assertThat(launch.terminal().awaitOutput("^24 80")).isEqualTo("24 80");
      Await.until(launch::stdout, (name + "\nagain\n24 80\n")::equals);
      assertThat(launch.stderr()).isEmpty();
      assertThat(controlling(launch.process())).contains(name);
      assertThat(launch.process().sessionId()).hasValue((int) launch.pid());
      assertThat(launch.process().processGroupId()).hasValue((int) launch.pid());
      for (int fd = 0; fd < 3; fd++) {
        assertThat(KERNEL.descriptors().target((int) launch.pid(), fd)).isEqualTo(name);
      }
      assertThat(Access.get().standardStreams(launch)).containsOnly(Path.of(name));
      int own = how.equals("all") ? 5 : how.matches("canaries|socket") ? 4 : 3;
      // while it starts it opens its libraries
      Await.until(() -> KERNEL.descriptors().open((int) launch.pid()).size() == own);
      assertThat(descriptors()).as("the other side").noneMatch(one -> one.endsWith(name));
    }
  }

  /** Hangs up the terminal of a program. */
  static final class HangsUp {
    public static void main(String[] arguments) {
      try (Subreaper subreaper = Subreaper.activate();
          Supervisor scope = subreaper.open("hangs up")) {
        Launch launch = scope.launch(Program.of("sleep", "1000").withTerminal());
        ProcessStat stat = Objects.requireNonNull(KERNEL.procfs.stat(Procfs.SELF));
        System.out.println("leader=" + (stat.session() == stat.pid()));
        System.out.println("terminal=" + stat.terminal());
        launch.terminal().hangUp();
        System.out.println("status=" + launch.awaitExit());
      }
    }
  }

  /** It leads its session, as no JVM of a build does: only such a process can get a terminal. */
  @Test
  void thisJvmGetsNoControllingTerminalAndSurvivesAHangUp() throws Exception {
    ChildJvm.Result result =
        ChildJvm.run(List.of("setsid", "--wait"), List.of(), Map.of(), HangsUp.class);
    assertThat(result.value("leader")).as("control").isEqualTo("true");
    assertThat(result.value("terminal")).isEqualTo("null");
    assertThat(result.exitedNormally().value("status")).isEqualTo("killed by SIGHUP");
  }

  @Test
  void masterIsCloseOnExec() throws Exception {
    scope.launch(Program.of("sleep", "1000").withTerminal());
    Process child =
        new ProcessBuilder("sh", "-c", "ls -l /proc/self/fd").redirectErrorStream(true).start();
    assertThat(new String(child.getInputStream().readAllBytes(), UTF_8)).doesNotContain("ptmx");
    List<String> opened = descriptors();
    opened.removeAll(descriptorsBefore);
    String master =
        opened.stream()
            .filter(one -> one.contains("ptmx"))
            .findFirst()
            .orElseThrow()
            .split(" ", 2)[0];
    assertThat(Files.readString(Path.of("/proc/self/fdinfo/" + master)))
        .containsPattern("flags:\\s+02\\d+");
  }

  /** As when a test run is started by nohup, which ignores SIGHUP. */
  @Test
  void hangUpEndsAProgramThoughThisJvmIgnoresIt() throws Exception {
    List<String> ignoring = List.of("sh", "-c", "trap '' HUP INT; exec \"$@\"", "sh");
    ChildJvm.Result result = ChildJvm.run(ignoring, List.of(), Map.of(), HangsUp.class);
    assertThat(result.exitedNormally().value("status")).isEqualTo("killed by SIGHUP");
  }

  // typing ---------------------------------------------------------------------------------------

  @Test
  void typedTextIsEchoedAndRead() {
    Launch launch = scope.launch(shell("read x; echo \"got $x\""));
    launch.terminal().write("ä word\n");
    assertThat(launch.terminal().awaitOutput("^got")).isEqualTo("got ä word");
    assertThat(launch.awaitExit()).isEqualTo(ExitStatus.exited(0));
    assertThat(launch.stdout()).isEqualTo("ä word\ngot ä word\n");
  }

  @Test
  void lastOutputOfAnEndingProgramIsNotMissed() {
    for (int i = 0; i < 50; i++) {
      Launch launch = scope.launch(shell("echo last"));
      assertThat(launch.awaitOutput("last")).isEqualTo("last");
      launch.awaitExit();
      assertThat(launch.stdout()).isEqualTo("last\n");
      launch.stop();
    }
    assertThat(Traces.threads("subreaper terminal")).as("each stop ends its terminal").isEmpty();
  }

  @Test
  void controlCInterruptsTheForegroundProcess() {
    Launch launch =
        scope.launch(shell("trap 'echo caught' INT; echo ready; sleep 1000; echo after; read x"));
    launch.awaitOutput("ready");
    Descendant sleep = scope.awaitDescendant("sleep 1000");
    launch.terminal().write("\u0003");
    // below Linux 6.15 only the parent gets the status
    assertThat(sleep.awaitExit())
        .isIn(
            ExitStatus.signaled(Signal.INT),
            new ExitStatus.Unknown("reaped by its parent, pid " + launch.pid()));
    assertThat(launch.awaitOutput("after")).isEqualTo("after");
    launch.awaitOutput("\\^C"); // the kernel echoes it after its signal
    assertThat(launch.stdout()).contains("caught");
  }

  @Test
  void controlDIsTheEndOfTheInput() {
    Launch launch = scope.launch(Program.of("cat").withTerminal());
    launch.terminal().write("line\n\u0004");
    assertThat(launch.awaitExit()).isEqualTo(ExitStatus.exited(0));
    assertThat(launch.stdout()).isEqualTo("line\nline\n");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void controlZStopsAJobAndFgContinuesIt(boolean traced) {
    Program bash = Program.of("bash", "--norc", "--noprofile", "-i").withTerminal();
    assumeTrue(Files.exists(Path.of("/bin/bash")), "no bash");
    Launch launch =
        scope.launch(
            (traced ? bash.traced() : bash)
                .withStopSignal(Signal.HUP)
                .withEnvironment("PS1", "$ "));
    TerminalHandle terminal = launch.terminal();
    terminal.write("sleep 1000\n");
    Descendant sleep = scope.awaitDescendant("sleep 1000");
    terminal.write("\u001a");
    assertThat(terminal.awaitOutput("Stopped")).contains("sleep 1000");
    // the parent hears of the stop before a traced process enters its trap, where it may wake, too
    Await.until(() -> sleep.details().state() == ProcessState.STOPPED);
    terminal.write("fg\n");
    Await.until(() -> sleep.details().state() == ProcessState.SLEEPING);
    terminal.write("\u0003");
    assertThat(sleep.awaitExit()).isEqualTo(ExitStatus.signaled(Signal.INT));
    terminal.write("echo status $?\n");
    assertThat(terminal.awaitOutput("status \\d")).endsWith("status 130");
    terminal.write("exit 7\n");
    assertThat(launch.awaitExit()).isEqualTo(ExitStatus.exited(7));
  }

  @Test
  void programGetsASignalAtAResize() {
    Launch launch =
        scope.launch(
            shell("trap 'stty size; exit' WINCH; echo ready; while :; do sleep 0.01; done"));
    launch.awaitOutput("ready");
    launch.terminal().resize(132, 43);
    assertThat(launch.awaitOutput("132")).isEqualTo("43 132");
    for (int none : List.of(0, -1, 32_768)) {
      assertThatThrownBy(() -> launch.terminal().resize(none, 24))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> launch.terminal().resize(80, none))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  // output ---------------------------------------------------------------------------------------

  @Test
  void outputIsThatOfScriptWithoutCarriageReturns() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/script")), "no script(1)");
    String command =
        "printf 'a\\tb\\033[1mc\\n'; printf 'x\\ry\\n'; ls /usr/bin | head -300; seq 20000; echo e >&2";
    Path typescript = directory.resolve("typescript");
    Process script =
        new ProcessBuilder(
                "script", "-qefc", "stty rows 24 columns 80; " + command, typescript.toString())
            .redirectInput(Path.of("/dev/null").toFile())
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    assertThat(script.waitFor()).isZero();
    // without the lines that script adds, and the end of its own input
    String expected =
        Files.readString(typescript)
            .replaceFirst("^Script started .*\n", "")
            .replaceFirst("\n?\nScript done .*\n$", "")
            .replace("^D\b\b", "")
            .replace("\r", "");
    Launch launch = scope.launch(shell(command));
    assertThat(launch.awaitExit()).isEqualTo(ExitStatus.exited(0));
    assertThat(launch.stdout().strip().equals(expected.strip()))
        .as(() -> end(expected) + "\nand not\n" + end(launch.stdout()))
        .isTrue();
    assertThat(launch.stdout()).contains("a\tb\033[1mc\nxy\n", "\n20000\ne\n");
  }

  private static String end(String text) {
    return text.substring(Math.max(0, text.length() - 300));
  }

  @Test
  void consumersHearATerminal() {
    List<String> lines = new CopyOnWriteArrayList<>();
    Launch launch =
        scope.launch(shell("seq 1000; echo e >&2").withOutput(line -> lines.add(line.text())));
    launch.awaitExit();
    scope.close();
    assertThat(lines).hasSize(1001).startsWith("1", "2").endsWith("1000", "e");
  }

  @Test
  void terminalThatNobodyReadsDoesNotBlockTheProgram() {
    Launch launch = scope.launch(shell("yes | head -c 5000000; echo done > file"));
    Await.until(() -> Files.exists(directory.resolve("file")));
    assertThat(launch.awaitExit()).isEqualTo(ExitStatus.exited(0));
    assertThat(launch.stdout()).hasSize(1 << 20);
  }

  // the end --------------------------------------------------------------------------------------

  /** The program does not read, so what is typed fills the terminal. */
  @Test
  void endOfTheScopeFreesAWriterWhoseProgramNeverReads() throws Exception {
    Supervisor inner = scope.open("inner");
    Launch launch = inner.launch(Program.of("sleep", "1000").withTerminal());
    FutureTask<Void> typing = typeMuch(launch);
    inner.end();
    assertThatThrownBy(typing::get)
        .isInstanceOf(ExecutionException.class)
        .cause()
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("cannot write to the terminal of `sleep 1000`: its launch has ended");
  }

  private static FutureTask<Void> typeMuch(Launch launch) {
    FutureTask<Void> typing =
        new FutureTask<>(
            () -> {
              launch.terminal().write("0123456789\n".repeat(100_000));
              return null;
            });
    Thread thread = new Thread(typing);
    thread.start();
    Await.until(() -> thread.getState() == Thread.State.TIMED_WAITING);
    return typing;
  }

  @Test
  void hangUpFreesAWriterAndIsFineAgain() {
    Launch launch = scope.launch(Program.of("sleep", "1000").withTerminal());
    TerminalHandle terminal = launch.terminal();
    FutureTask<Void> typing = typeMuch(launch);
    terminal.hangUp();
    assertThatThrownBy(typing::get)
        .cause()
        .isInstanceOf(IllegalStateException.class)
        .hasMessageEndingWith("it was closed");
    terminal.hangUp();
    terminal.close();
    assertThatThrownBy(() -> terminal.write("x")).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> terminal.resize(1, 1))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageEndingWith("it was hung up");
    assertThat(launch.awaitExit()).isEqualTo(ExitStatus.signaled(Signal.HUP));
    scope.close();
    terminal.hangUp();
  }

  @Test
  void interruptFreesAWriterAndStaysSet() {
    Launch launch = scope.launch(Program.of("sleep", "1000").withTerminal());
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> launch.terminal().write("0123456789\n".repeat(100_000)))
        .isInstanceOf(WaitInterruptedException.class);
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void hangUpWhileTheProgramWritesEndsIt() {
    Launch launch = scope.launch(Program.of("yes").withTerminal());
    launch.awaitOutput("y");
    launch.terminal().hangUp();
    assertThat(launch.awaitExit()).isInstanceOf(ExitStatus.class);
    // The tail of it, which may begin with any of the two: not in a message, since it may be 1 MiB.
    assertThat(launch.stdout().chars().allMatch(c -> c == 'y' || c == '\n')).isTrue();
  }

  @Test
  void daemonThatForgetsSetsidDiesWithTheTerminalAndTheOtherLives() {
    Launch careless = scope.launch(shell("sleep 1001 & echo started; wait"));
    Launch careful =
        scope.launch(
            shell("setsid sleep 1002 < /dev/null > /dev/null 2>&1 & echo started; sleep 1003"));
    careless.awaitOutput("started");
    careful.awaitOutput("started");
    Descendant forgets = scope.awaitDescendant("sleep 1001");
    Descendant keeps = scope.awaitDescendant("sleep 1002");
    Await.until(() -> controlling(keeps).isEmpty());
    assertThat(controlling(forgets)).contains(careless.terminal().toString());
    careless.terminal().hangUp();
    careful.terminal().hangUp();
    assertThat(forgets.awaitExit()).isEqualTo(ExitStatus.signaled(Signal.HUP));
    careful.awaitExit();
    assertThat(keeps.isAlive()).isTrue();
  }

  @Test
  void programMayOpenATerminalAgainThatNoProcessHadOpen() throws Exception {
    Path go = directory.resolve("go");
    KERNEL.fifos.create(go);
    Launch launch =
        scope.launch(
            shell(
                "t=$(tty); exec < /dev/null > /dev/null 2>&1; read x < go; echo back > $t; sleep 1000"));
    Await.until(
        () ->
            "/dev/null".equals(KERNEL.descriptors().target((int) launch.pid(), 2))
                || !launch.isAlive());
    Files.writeString(go, "\n");
    assertThat(launch.awaitOutput("back")).isEqualTo("back");
  }

  @Test
  void launchThatFailsKeepsNoTerminal() {
    List<String> before = descriptors();
    for (Program program :
        List.of(
            Program.of("sleep", "1").withDirectory(directory.resolve("missing")),
            Program.of("no such program"),
            Program.of("sleep", "1").withUser("no-such-user"),
            Program.of(directory.toString()))) {
      assertThatThrownBy(() -> scope.launch(program.withTerminal()))
          .isInstanceOf(LaunchException.class);
      assertThat(descriptors()).isEqualTo(before);
      assertThat(Traces.threads("subreaper terminal")).isEmpty();
    }
  }

  @Test
  void terminalExcludesOtherStreams() {
    Program terminal = Program.of("true").withTerminal();
    List<UnaryOperator<Program>> others =
        List.of(
            program -> program.withStandardInput("text"),
            program -> program.withStandardInput(directory),
            Program::withPipedInput,
            program -> program.withStandardOutput(directory),
            program -> program.withStandardError(directory),
            Program::withMergedStreams);
    for (UnaryOperator<Program> other : others) {
      assertThatThrownBy(() -> other.apply(terminal))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("To fix: withTerminal() without another input");
      assertThatThrownBy(() -> other.apply(Program.of("true")).withTerminal())
          .isInstanceOf(IllegalStateException.class);
    }
    assertThat(scope.launch(terminal.withTerminal()).awaitExit()).isEqualTo(ExitStatus.exited(0));
    Launch plain = scope.launch("true");
    assertThat(plain.hasTerminal()).isFalse();
    assertThatThrownBy(plain::terminal)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("To fix: launch Program.of(…).withTerminal()");
  }
}
