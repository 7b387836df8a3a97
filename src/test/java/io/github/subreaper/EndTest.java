package io.github.subreaper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.github.subreaper.testing.ChildJvm;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EndTest {
  private static final Duration LONG = Duration.ofMinutes(5);
  private static final Duration SHORT = Duration.ofMillis(50);
  private static final ScopeOptions PATIENT =
      ScopeOptions.defaults().withAwait(LONG).withGrace(Duration.ofMinutes(1)).withKill(LONG);

  private final Subreaper subreaper = Subreaper.activate();
  private final Supervisor scope = subreaper.open("EndTest", PATIENT);

  /** Seconds that nobody else on this machine sleeps: what is left of a test is found by them. */
  private final String mark = "7" + ThreadLocalRandom.current().nextLong(10_000_000, 99_999_999);

  @TempDir private Path directory;

  @AfterEach
  void close() throws IOException {
    subreaper.close();
    assertThat(marked()).as("what is left on the machine").isEmpty();
  }

  /** All living processes of the machine with the mark in their command line. */
  private List<String> marked() throws IOException {
    return marked(mark);
  }

  private static List<String> marked(String mark) throws IOException {
    List<String> found = new ArrayList<>();
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(Path.of("/proc"), "[1-9]*")) {
      for (Path process : processes) {
        try {
          String command = Files.readString(process.resolve("cmdline"));
          if (command.contains(mark)) {
            found.add(process.getFileName() + " " + command.replace('\0', ' '));
          }
        } catch (NoSuchFileException e) {
          found.remove(process.toString()); // gone
        } catch (IOException e) {
          if (!String.valueOf(e.getMessage()).contains("No such process")) {
            throw e;
          }
        }
      }
    }
    return found;
  }

  /** The options of a test that waits for what has to be killed. */
  private static ScopeOptions graceless() {
    return PATIENT.withGrace(Duration.ofMillis(100)).withSettle(Duration.ZERO);
  }

  /** The options of a test that does not wait for leaks to end by themselves. */
  private static ScopeOptions unsettled() {
    return PATIENT.withSettle(Duration.ZERO);
  }

  private Launch launch(String script) {
    return launch(scope, script);
  }

  /** MARK in the script is the mark of this test. */
  private Launch launch(Supervisor in, String script) {
    return in.launch(program(script));
  }

  private Program program(String script) {
    return Program.of("sh", "-c", script.replace("MARK", mark)).withDirectory(directory);
  }

  private Process ambient(String script) throws IOException {
    return new ProcessBuilder("sh", "-c", script.replace("MARK", mark))
        .directory(directory.toFile())
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  /** Lets a script go on that reads a line from a FIFO. */
  private void go(String fifo) throws IOException {
    Files.writeString(directory.resolve(fifo), "\n");
  }

  private static void assertEnded(Descendant process, ExitStatus status, Ending how) {
    assertThat(process.exitStatus()).as(process.toString()).contains(status);
    assertThat(process.ending()).as(process.toString()).contains(how);
    assertThat(process.isAlive()).as(process.toString()).isFalse();
  }

  private static final ExitStatus TERMINATED = ExitStatus.signaled(Signal.TERM);
  private static final ExitStatus KILLED = ExitStatus.signaled(Signal.KILL);

  // kinds of processes ---------------------------------------------------------------------------

  @Test
  void daemonOfALaunchEndsByTheStopSignalAndIsNoLeak() throws Exception {
    Launch launch = launch("(sleep MARK &); exit 0");
    Descendant daemon = launch.awaitOrphan();
    assertThat(marked()).as("control").hasSize(1);
    ScopeReport report = scope.end();
    assertEnded(daemon, TERMINATED, Ending.STOP_SIGNAL);
    assertEnded(launch.process(), ExitStatus.exited(0), Ending.BY_ITSELF);
    assertThat(report.isClean()).isTrue();
    assertThat(report.leaked()).isEmpty();
    assertThat(report.survivors()).isEmpty();
    assertThat(report.scope()).isEqualTo("EndTest");
    assertThat(report.toString().lines())
        .startsWith(
            "EndTest leaked nothing; at its end 1 process was terminated",
            "  ended after SIGTERM  " + daemon.pid() + " sleep (killed by SIGTERM)")
        .last()
        .asString()
        .startsWith("  ended by itself      ")
        .contains(launch.pid() + " sh (exited 0)");
    assertThat(report.ended()).contains(launch.process(), daemon);
    assertThat(marked()).isEmpty();
    assertThat(scope.tree().size()).isZero();
  }

  @Test
  void foregroundProgramAndItsChildrenEnd() {
    Launch launch = launch("sleep MARK; :");
    Descendant child = scope.awaitDescendant("sleep*");
    scope.close();
    assertEnded(launch.process(), TERMINATED, Ending.STOP_SIGNAL);
    assertEnded(child, TERMINATED, Ending.STOP_SIGNAL);
  }

  @Test
  void zombieFromBeforeTheStopSignalEndedByItself() {
    Launch launch = launch("sh -c 'exit 3' & exec sleep MARK"); // which reaps nobody
    await().atMost(LONG).until(() -> scope.descendants().stream().anyMatch(EndTest::isZombie));
    Descendant child = scope.descendants().get(1);
    scope.close();
    assertEnded(launch.process(), TERMINATED, Ending.STOP_SIGNAL);
    assertEnded(child, ExitStatus.exited(3), Ending.BY_ITSELF);
  }

  private static boolean isZombie(Descendant process) {
    return process.exitStatus().isEmpty() && !process.isAlive();
  }

  @Test
  void processThatIgnoresTheStopSignalIsKilled() throws Exception {
    Supervisor impatient = scope.open("impatient", graceless());
    Launch launch = launch(impatient, "trap '' TERM; echo ready; while :; do sleep MARK; done");
    launch.awaitOutput("ready");
    ScopeReport report = impatient.end();
    assertEnded(launch.process(), KILLED, Ending.KILL);
    assertThat(report.isClean()).isTrue();
    assertThat(marked()).isEmpty();
  }

  @Test
  void exitCodeAfterTheStopSignalIsRecorded() throws Exception {
    Launch launch =
        launch("trap 'exit 42' TERM; echo ready; while :; do sleep MARK & wait $!; done");
    launch.awaitOutput("ready");
    scope.close();
    assertEnded(launch.process(), ExitStatus.exited(42), Ending.STOP_SIGNAL);
    assertThat(marked()).as("its child neither").isEmpty();
  }

  /**
   * A shell's child that has not exec'd yet takes it with the handler of the shell, and it is lost.
   */
  @Test
  void processThatExecsAfterTheStopSignalGetsItAgain() throws Exception {
    Launch launch =
        launch("trap 'exec sleep MARK' TERM; echo ready; while :; do sleep MARK & wait $!; done");
    launch.awaitOutput("ready");
    scope.close(); // its grace is long
    assertEnded(launch.process(), TERMINATED, Ending.STOP_SIGNAL);
    assertThat(marked()).isEmpty();
  }

  @Test
  void stoppedProcessIsContinuedToEnd() throws Exception {
    Launch launch = launch("trap 'exit 5' TERM; mkfifo go; exec 3<>go; echo ready; read x <&3");
    launch.awaitOutput("ready");
    Launch plain = launch("exec sleep MARK");
    for (Launch one : List.of(launch, plain)) {
      one.signal(Signal.STOP);
      await().atMost(LONG).until(() -> state(one.pid()) == 'T');
    }
    scope.close(); // its grace is long: nothing but SIGCONT ends this
    assertEnded(launch.process(), ExitStatus.exited(5), Ending.STOP_SIGNAL);
    assertEnded(plain.process(), TERMINATED, Ending.STOP_SIGNAL);
  }

  private static char state(long pid) throws IOException {
    String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
    return stat.charAt(stat.lastIndexOf(')') + 2);
  }

  @Test
  void stoppedProcessThatIgnoresTheStopSignalIsKilled() throws Exception {
    Supervisor impatient = scope.open("impatient", graceless());
    Launch launch = launch(impatient, "trap '' TERM; echo ready; exec sleep MARK");
    launch.awaitOutput("ready");
    launch.signal(Signal.STOP);
    await().atMost(LONG).until(() -> state(launch.pid()) == 'T');
    impatient.close();
    assertEnded(launch.process(), KILLED, Ending.KILL);
  }

  @Test
  void childForkedByAStopSignalHandlerEndsToo() throws Exception {
    Launch launch =
        launch(
            "trap '(exec sleep MARK &); (sh -c \"exec sleep MARK\" &); exit 0' TERM; echo ready;"
                + " while :; do sleep MARK & wait $!; done");
    launch.awaitOutput("ready");
    scope.close();
    assertThat(marked()).isEmpty();
    assertThat(scope.descendants())
        .hasSizeGreaterThanOrEqualTo(3)
        .allMatch(process -> process.exitStatus().isPresent());
  }

  @RepeatedTest(3)
  void processThatForksWhileItIsKilledLeavesNothing() throws Exception {
    Supervisor impatient = scope.open("impatient", graceless().withGrace(Duration.ZERO));
    Launch launch =
        launch(
            impatient,
            "trap '' TERM; n=0; while [ $n -lt 50 ]; do sleep MARK & n=$((n + 1)); echo $n; done;"
                + " while :; do sleep MARK; done");
    launch.awaitOutput("2");
    ScopeReport report = impatient.end();
    assertThat(report.isClean()).isTrue();
    assertThat(marked()).isEmpty();
    assertThat(impatient.descendants())
        .hasSizeGreaterThan(2)
        .allMatch(process -> process.exitStatus().isPresent());
    assertEnded(launch.process(), KILLED, Ending.KILL);
  }

  @Test
  void forkAndExitChainIsCaught() throws Exception {
    Supervisor impatient = scope.open("impatient", graceless());
    Path hop = directory.resolve("hop");
    Files.writeString(hop, "trap '' TERM\n[ $1 -gt 2000 ] || sh hop $(($1 + 1)) MARK &\n");
    Launch launch = launch(impatient, "sh hop 0 MARK; echo started");
    launch.awaitOutput("started");
    assertThat(impatient.end().isClean()).isTrue();
    assertThat(marked()).isEmpty();
  }

  @Test
  void processThatDiedBeforeTheEndEndedByItself() {
    Launch launch = scope.launch("sleep", mark);
    launch.signal(Signal.KILL);
    launch.awaitExit();
    Launch asked = scope.launch("sleep", mark);
    asked.signal(Signal.TERM);
    asked.awaitExit();
    scope.close();
    assertEnded(launch.process(), KILLED, Ending.BY_ITSELF);
    assertEnded(asked.process(), TERMINATED, Ending.BY_ITSELF);
  }

  @Test
  void stopSignalOfTheProgramReplacesTerm() throws Exception {
    Launch launch =
        scope.launch(
            program(
                    // nothing in the background, which sh makes ignore SIGQUIT
                    "trap 'exit 3' QUIT; trap '' TERM; mkfifo go; exec 3<>go; echo ready; read x <&3")
                .withStopSignal(Signal.QUIT));
    launch.awaitOutput("ready");
    Launch daemon =
        scope.launch(program("(exec sleep MARK &)").withStopSignal(Signal.valueOf("USR1")));
    Descendant sleeping = daemon.awaitOrphan();
    scope.close();
    assertEnded(launch.process(), ExitStatus.exited(3), Ending.STOP_SIGNAL);
    assertEnded(sleeping, ExitStatus.signaled(Signal.USR1), Ending.STOP_SIGNAL);
  }

  /** A shell that answers a signal with an exit code, in so many words. */
  private static String worker(String signal, int code) {
    return "sh -c 'trap \"echo cleaned > cleaned-%s; echo >&3; exit %d\" %s; echo ready; read x <&3'"
        .formatted(signal, code, signal);
  }

  /** Ends with its worker, whatever it gets: the end is over at half-time. */
  private static String deafMaster(String signal, String worker) {
    return "trap : %s; mkfifo %s; exec 3<>%s; %s & until read x <&3; do :; done"
        .formatted(signal, signal, signal, worker);
  }

  @Test
  @Tag("full")
  void workerOfADeafMasterGetsTheStopSignalAtHalfOfTheGrace() throws Exception {
    Supervisor inner = scope.open("inner", PATIENT.withGrace(Duration.ofSeconds(8)));
    for (Signal signal : List.of(Signal.TERM, Signal.USR1)) {
      String name = signal.toString().substring("SIG".length());
      Launch master =
          inner.launch(program(deafMaster(name, worker(name, 3))).withStopSignal(signal));
      master.awaitOutput("ready");
    }
    ScopeReport report = inner.end();
    List<Descendant> workers =
        inner.descendants().stream()
            .filter(process -> String.join(" ", process.commandLine()).startsWith("sh -c trap \""))
            .toList();
    assertThat(workers).hasSize(2);
    workers.forEach(worker -> assertEnded(worker, ExitStatus.exited(3), Ending.STOP_SIGNAL));
    assertThat(directory).isDirectoryContaining("glob:**/cleaned-TERM");
    assertThat(directory).isDirectoryContaining("glob:**/cleaned-USR1");
    assertThat(report.isClean()).isTrue();
  }

  @Test
  void eachProcessGetsTheStopSignalOnce() {
    Supervisor inner = scope.open("inner", PATIENT.withGrace(Duration.ofSeconds(1)));
    Launch master =
        launch(
            inner,
            "trap 'echo master' TERM; mkfifo go; exec 3<>go;"
                + " sh -c 'trap \"echo worker\" TERM; echo ready; while :; do read x <&3; done' &"
                + " while :; do read x <&3; done");
    master.awaitOutput("ready");
    inner.close();
    assertThat(master.stdout().lines()).doesNotHaveDuplicates();
  }

  // leaks, settle, strict ------------------------------------------------------------------------

  @Test
  void ambientChildIsALeakAndItsProcessGetsTheExitCode() throws Exception {
    Supervisor inner = scope.open("inner", unsettled());
    Process process = ambient("exec sleep MARK");
    Descendant child = inner.awaitDescendant("sleep " + mark);
    assertThat(inner.leaks()).containsExactly(child);
    ScopeReport report = inner.end();
    assertThat(report.isClean()).isFalse();
    assertThat(report.leaked()).containsExactly(child);
    assertThat(report.survivors()).isEmpty();
    assertThat(process.waitFor()).isEqualTo(143);
    assertThat(child.isAlive()).isFalse();
    assertThat(child.ending()).contains(Ending.STOP_SIGNAL);
    assertThat(report.toString())
        .startsWith(
            "inner left 1 process (it was terminated: killed by SIGTERM)\n\n  "
                + process.pid()
                + " S")
        .containsPattern(
            "sleep " + mark + " +← leaked, (alive at|still alive \\d+\\.\\d s after) the end")
        .containsPattern(
            "started by  (ProcessBuilder in \\S+\\.EndTest\\.ambient\\(EndTest\\.java:\\d+\\)"
                + "|this JVM, not through a Supervisor \\(.*\\)), \\d+\\.\\d s before the end");
  }

  @Test
  void ambientChildThatIgnoresTheStopSignalIsKilled() throws Exception {
    Supervisor inner = scope.open("inner", graceless());
    Process process = ambient("trap '' TERM; exec sleep MARK");
    inner.awaitDescendant("sleep " + mark);
    ScopeReport report = inner.end();
    assertThat(process.waitFor()).isEqualTo(137);
    assertThat(report.leaked())
        .hasSize(1)
        .allMatch(leak -> leak.ending().equals(Optional.of(Ending.KILL)));
    assertThat(report.toString())
        .startsWith("inner left 1 process (it was terminated: needed SIGKILL)\n\n")
        .containsPattern("; still alive \\d+\\.\\d s after SIGTERM, then killed\n");
  }

  /**
   * The JDK collects such a child when it gets to it: before the end has seen it dead, or after.
   */
  @ParameterizedTest
  @ValueSource(strings = {"PT0S", "PT60S"})
  @Tag("full")
  void reportListsEachChildThatTheJdkCollects(Duration grace) throws Exception {
    ScopeOptions options = PATIENT.withSettle(Duration.ZERO).withGrace(grace);
    for (int round = 0; round < 100; round++) {
      Supervisor inner = scope.open("inner", options);
      List<Long> started = new ArrayList<>();
      for (int child = 0; child < 8; child++) {
        started.add(ambient("exec sleep MARK").pid());
      }
      ScopeReport report = inner.end();
      assertThat(report.ended())
          .extracting(Descendant::pid)
          .as("round " + round)
          .containsExactlyInAnyOrderElementsOf(started);
    }
  }

  @Test
  void reportTellsTheHistoryOfALeakedDaemon() throws Exception {
    Supervisor inner = scope.open("inner", unsettled());
    Process middle = ambient("mkfifo go; sh -c 'sleep MARK; :' & read x < go; exit 6");
    inner.awaitDescendant("sleep " + mark);
    go("go");
    assertThat(middle.waitFor()).isEqualTo(6);
    Descendant daemon = inner.awaitOrphan("sh -c sleep*");
    ScopeReport report = inner.end();
    assertThat(report.leaked())
        .extracting(Descendant::name)
        .containsExactlyInAnyOrder("sh", "sleep");
    assertThat(report.toString())
        .startsWith(
            "inner left 2 processes (both were terminated: 2 killed by SIGTERM)\n\n  "
                + daemon.pid()
                + " S")
        .containsPattern("; adopted from sh \\(" + middle.pid() + ", [^)]+\\); killed by SIGTERM\n")
        .contains("  \\_ sleep " + mark)
        .contains(" before the end\n\n  ended after SIGTERM  ");
  }

  @Test
  void leaksAreReportedInTheOrderInWhichTheyWereSeen() throws Exception {
    Supervisor inner = scope.open("inner", graceless());
    for (int i = 1; i <= 12; i++) {
      ambient("exec sleep MARK");
      int seen = i;
      await().atMost(LONG).until(() -> inner.tree().find("sleep*").size() == seen);
    }
    List<Descendant> seen = inner.descendants();
    assertThat(inner.leaks()).containsExactlyElementsOf(seen).hasSize(12);
    assertThat(inner.end().leaked()).containsExactlyElementsOf(seen);
  }

  @Test
  void lastOutputOfALeakIsQuoted() throws Exception {
    Supervisor inner = scope.open("inner", graceless());
    new ProcessBuilder("sh", "-c", "echo first; echo LOG: ready; echo; exec sleep " + mark)
        .redirectOutput(directory.resolve("log").toFile())
        .start();
    inner.awaitDescendant("sleep " + mark);
    assertThat(inner.end().toString())
        .contains("last output " + directory.resolve("log") + ": \"LOG: ready\"");
  }

  @Test
  void processOfALaunchIsNoLeakAndGetsNoTimeToSettle() {
    Supervisor unsettled = scope.open("unsettled", PATIENT.withSettle(Duration.ofDays(1)));
    Launch launch = launch(unsettled, "(sleep MARK &); exec sleep MARK");
    unsettled.awaitOrphan("sleep*");
    assertThat(unsettled.leaks()).isEmpty();
    assertThat(unsettled.end().isClean()).isTrue(); // and comes back before a day is over
    assertEnded(launch.process(), TERMINATED, Ending.STOP_SIGNAL);
  }

  @Test
  void processThatEndsWithinTheSettleTimeIsNoLeak() throws Exception {
    Supervisor settling = scope.open("settling", PATIENT.withSettle(Duration.ofDays(1)));
    Process process = ambient("mkfifo go; read x < go; exit 9");
    Descendant child = settling.awaitDescendant("sh -c mkfifo*");
    await().atMost(LONG).until(() -> Files.exists(directory.resolve("go")));
    CompletableFuture<ScopeReport> end = CompletableFuture.supplyAsync(settling::end);
    await().atMost(LONG).until(() -> isRefused(settling));
    assertThat(child.isAlive()).isTrue();
    go("go");
    assertThat(end.join().isClean()).isTrue();
    assertThat(process.waitFor()).isEqualTo(9);
    assertThat(child.ending()).contains(Ending.BY_ITSELF);
  }

  private static boolean isRefused(Supervisor scope) {
    try {
      scope.bind(Thread.currentThread()).close();
      return false;
    } catch (ScopeClosedException e) {
      return true;
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void launchedProcessOfAStrictScopeIsALeakThatMaySettle() throws Exception {
    Supervisor strict = scope.open("strict", PATIENT.withStrict(true).withSettle(SHORT));
    Launch launch = launch(strict, "exec sleep MARK");
    assertThat(strict.leaks()).containsExactly(launch.process());
    ScopeReport report = strict.end();
    assertThat(report.leaked()).containsExactly(launch.process());
    assertThat(report.toString())
        .startsWith("strict left 1 process (it was terminated: killed by SIGTERM)\n")
        .containsPattern("leaked, still alive \\d+\\.\\d s after the end")
        .contains("started by  Supervisor.launch of `sh -c exec sleep " + mark + "`");

    Supervisor settling =
        scope.open("settling", PATIENT.withStrict(true).withSettle(Duration.ofDays(1)));
    Launch ending = launch(settling, "mkfifo go; echo ready; read x < go; exit 4");
    ending.awaitOutput("ready");
    CompletableFuture<ScopeReport> end = CompletableFuture.supplyAsync(settling::end);
    await().atMost(LONG).until(() -> isRefused(settling));
    go("go");
    assertThat(end.join().isClean()).isTrue();
    assertEnded(ending.process(), ExitStatus.exited(4), Ending.BY_ITSELF);
  }

  @Test
  void reportNamesTheSignalThatWasSent() throws Exception {
    Supervisor strict = scope.open("strict", unsettled().withStrict(true));
    Launch launch = strict.launch(program("exec sleep MARK").withStopSignal(Signal.USR1));
    ScopeReport report = strict.end();
    assertEnded(launch.process(), ExitStatus.signaled(Signal.USR1), Ending.STOP_SIGNAL);
    assertThat(report.toString())
        .startsWith("strict left 1 process (it was terminated: killed by SIGUSR1)\n")
        .contains("; killed by SIGUSR1\n", "  ended after SIGUSR1  ")
        .doesNotContain("SIGTERM");
  }

  /** Asked to end, it closes the input of one child and sends SIGUSR2 to the other. */
  private static final String MASTER_OF_TWO =
      "mkfifo go; cat go & cat=$!; exec 3>go; sleep MARK 3>&- & sleep=$!;"
          + " trap 'exec 3>&-; wait $cat; kill -USR2 $sleep; wait $sleep; exit 0' TERM;"
          + " : >ready; wait $sleep";

  private Descendant awaitMasterOfTwo(Supervisor of) {
    await().atMost(LONG).until(() -> Files.exists(directory.resolve("ready")));
    await().atMost(LONG).until(() -> of.tree().find("cat go").size() == 1);
    return of.awaitDescendant("sh -c mkfifo*");
  }

  @Test
  void leakReportTellsHowEachWorkerEndedAfterTheStopSignalToItsMaster() throws Exception {
    Supervisor inner = scope.open("inner", unsettled());
    ambient(MASTER_OF_TWO);
    awaitMasterOfTwo(inner);
    assertThat(inner.end().toString())
        .startsWith(
            "inner left 3 processes (all were terminated: 1 exited 0 after SIGTERM, 1 exited 0"
                + " after SIGTERM to an ancestor, 1 killed by SIGUSR2 after SIGTERM to an ancestor)")
        .containsPattern("cat go +← leaked; exited 0 after SIGTERM to an ancestor\n")
        .containsPattern(
            "sleep " + mark + " +← leaked; killed by SIGUSR2 after SIGTERM to an ancestor\n");
  }

  @Test
  void reportNamesNoSignalThatAProcessDidNotGet() {
    Supervisor inner = scope.open("inner", PATIENT);
    Launch launch = launch(inner, MASTER_OF_TWO);
    Descendant master = awaitMasterOfTwo(inner);
    assertThat(master).isEqualTo(launch.process());
    Descendant cat = inner.awaitDescendant("cat go");
    Descendant sleep = inner.awaitDescendant("sleep " + mark);
    assertThat(inner.end().toString().lines())
        .startsWith(
            "inner leaked nothing; at its end 3 processes were terminated",
            "  ended after SIGTERM                 " + master.pid() + " sh (exited 0)")
        .anyMatch(
            line ->
                line.startsWith("  ended after SIGTERM to an ancestor  ")
                    && line.contains(cat.pid() + " cat (exited 0)")
                    && line.contains(sleep.pid() + " sleep (killed by SIGUSR2)"))
        .filteredOn(line -> !line.startsWith("  ended by itself ")) // mkfifo, if it was seen
        .hasSize(3);
  }

  @Test
  void reportDoesNotMentionTheStopSignalIfNoneWasSent() throws Exception {
    Supervisor inner = scope.open("inner", graceless().withGrace(Duration.ZERO));
    ambient("exec sleep MARK");
    inner.awaitDescendant("sleep " + mark);
    assertThat(inner.end().toString())
        .startsWith("inner left 1 process (it was terminated: killed by SIGKILL)\n")
        .doesNotContain("SIGTERM");
  }

  @Test
  void foreignSocketWithANewlineInItsNameDoesNotKeepAScopeFromItsEnd() throws Exception {
    Path strange = directory.resolve("a\n1 2 3 zz 5 6 7 8");
    try (ServerSocketChannel socket = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      socket.bind(UnixDomainSocketAddress.of(strange));
      Supervisor inner = scope.open("inner");
      Launch sleep = launch(inner, "exec sleep MARK");
      Launch launch = inner.launch(Program.of("true").withCanaries());
      assertThat(launch.awaitExit()).isEqualTo(ExitStatus.exited(0));
      assertThat(sleep.process().listeningPaths()).isEmpty();
      inner.end();
      assertThat(sleep.isAlive()).isFalse();
    }
  }

  // survivors ------------------------------------------------------------------------------------

  @Test
  void allowedSurvivorIsNoLeakBeforeTheEndEither() throws Exception {
    Supervisor inner = scope.open("inner", PATIENT.withSurvivors("sleep " + mark));
    ambient("exec sleep MARK");
    Descendant kept = inner.awaitDescendant("sleep " + mark);
    ambient("exec sleep MARK.5");
    Descendant leaked = inner.awaitDescendant("sleep " + mark + ".5");
    assertThat(inner.leaks()).containsExactly(leaked).doesNotContain(kept);
  }

  @Test
  void survivorMovesToTheSessionAndItsHandlesKeepWorking() throws Exception {
    Supervisor test = scope.open("test", PATIENT.withSurvivors("sh -c*keep*"));
    Launch launch =
        launch(
            test,
            "mkfifo go; (sh -c 'read x < go; echo later keep; sleep MARK; :' &);"
                + " (sleep MARK &); exit 0");
    Descendant survivor = launch.awaitOrphan("sh -c read*");
    Descendant other = launch.awaitOrphan("sleep*");
    ScopeReport report = test.end();

    assertThat(report.isClean()).isTrue();
    assertEnded(other, TERMINATED, Ending.STOP_SIGNAL);
    assertThat(survivor.isAlive()).isTrue();
    assertThat(survivor.scope()).isEqualTo("session");
    assertThat(subreaper.descendants()).contains(survivor);
    assertThat(test.tree().size()).isZero();
    go("go");
    assertThat(launch.awaitOutput("later keep")).isEqualTo("later keep");
    await().atMost(LONG).until(() -> survivor.children().size() == 1);
    Descendant child = survivor.children().get(0);
    assertThat(child.scope()).as("born after the end").isEqualTo("session");
    assertThat(child.signal(Signal.KILL)).isTrue();
    assertThat(survivor.awaitExit()).isEqualTo(ExitStatus.exited(0));
    assertThat(survivor.ending()).contains(Ending.BY_ITSELF);
  }

  @Test
  void survivorEndsWithTheSession() throws Exception {
    Supervisor test = scope.open("test", PATIENT.withSurvivors("sleep*"));
    Launch launch = launch(test, "(sleep MARK &); exit 0");
    Process process = ambient("exec sleep MARK");
    await().atMost(LONG).until(() -> test.tree().find("sleep*").size() == 2);
    Descendant launched = launch.awaitOrphan();
    assertThat(test.end().isClean()).isTrue();
    assertThat(scope.end().isClean()).isTrue();
    assertThat(launched.isAlive() && process.isAlive()).isTrue();
    subreaper.close();
    assertEnded(launched, TERMINATED, Ending.STOP_SIGNAL);
    assertThat(process.waitFor()).isEqualTo(143);
  }

  @Test
  void survivorCanBeStoppedByItsLaunch() {
    Supervisor test = scope.open("test", PATIENT.withSurvivors("sleep*"));
    Launch launch = launch(test, "exec sleep MARK");
    await().atMost(LONG).until(() -> launch.process().name().equals("sleep"));
    test.close();
    assertThat(launch.isAlive()).isTrue();
    assertThat(launch.stop().isClean()).isTrue();
    assertEnded(launch.process(), TERMINATED, Ending.STOP_SIGNAL);
  }

  // nesting, repetition, threads -----------------------------------------------------------------

  @Test
  void nestedScopesEndWithTheOuterOneAndTheirLeaksAreReported() throws Exception {
    Supervisor outer = scope.open("outer", unsettled());
    Supervisor middle = outer.open("middle");
    Supervisor inner = middle.open("inner");
    assertThat(inner.options()).isEqualTo(unsettled());
    Launch launch = launch(middle, "exec sleep MARK");
    Process process = ambient("exec sleep MARK");
    await().atMost(LONG).until(() -> inner.leaks().size() == 1);
    ScopeReport report = outer.end();
    assertThat(process.waitFor()).isEqualTo(143);
    assertEnded(launch.process(), TERMINATED, Ending.STOP_SIGNAL);
    assertThat(report.leaked()).extracting(Descendant::scope).containsExactly("inner");
    assertThat(report.scope()).isEqualTo("outer");
    assertThat(inner.end().leaked()).isEqualTo(report.leaked());
    assertThat(middle.end().leaked()).isEqualTo(report.leaked());
    assertThatThrownBy(() -> inner.launch("true")).isInstanceOf(ScopeClosedException.class);
  }

  @Test
  void nestedScopeLeavesTheProcessesOfTheOuterOne() {
    Supervisor nested = scope.open("nested");
    Launch outer = launch(scope, "exec sleep MARK");
    Launch inner = launch(nested, "exec sleep MARK");
    nested.close();
    assertEnded(inner.process(), TERMINATED, Ending.STOP_SIGNAL);
    assertThat(outer.isAlive()).isTrue();
    assertThat(scope.launch("true").awaitExit()).isEqualTo(ExitStatus.exited(0));
  }

  @Test
  void childOfABoundThreadBelongsToItsScopeThoughAnotherIsOpenBeside() throws Exception {
    Supervisor left = scope.open("left", unsettled());
    Supervisor right = scope.open("right", unsettled());
    Process bound;
    try (AutoCloseable binding = right.bind(Thread.currentThread())) {
      assertThat(binding).isNotNull();
      bound = ambient("exec sleep MARK");
      right.awaitDescendant("sleep " + mark);
    }
    assertThat(left.end().isClean()).isTrue();
    assertThat(bound.isAlive()).isTrue();
    assertThat(right.end().leaked()).extracting(Descendant::pid).containsExactly(bound.pid());
    assertThat(bound.waitFor()).isEqualTo(143);
  }

  @Test
  void everyCallOfEndReturnsTheSameReport() throws Exception {
    Supervisor inner = scope.open("inner", graceless());
    ambient("exec sleep MARK");
    inner.awaitDescendant("sleep " + mark);
    ScopeReport first = inner.end();
    String text = first.toString();
    Launch running = launch("exec sleep MARK");
    // time goes by, and the report is of then
    assertThatThrownBy(() -> running.awaitExit(Duration.ofMillis(300)))
        .isInstanceOf(WaitTimeoutException.class);
    ScopeReport second = inner.end();
    assertThat(second.leaked()).isEqualTo(first.leaked()).hasSize(1);
    inner.close();
    assertThat(first).hasToString(text);
    assertThat(second).hasToString(text);
  }

  @Test
  void severalThreadsMayEndAScopeAtOnce() throws Exception {
    Supervisor inner = scope.open("inner", graceless());
    Launch launch = launch(inner, "trap '' TERM; echo ready; exec sleep MARK");
    launch.awaitOutput("ready");
    ambient("exec sleep MARK");
    await().atMost(LONG).until(() -> inner.leaks().size() == 1);
    ConcurrentLinkedQueue<ScopeReport> reports = new ConcurrentLinkedQueue<>();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      Supervisor ended = i % 2 == 0 ? inner : scope;
      threads.add(
          new Thread(
              () -> {
                ScopeReport report = ended.end();
                if (launch.isAlive()) {
                  throw new IllegalStateException("returned before the end");
                }
                reports.add(report);
              }));
    }
    threads.forEach(Thread::start);
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(reports).hasSize(8).allMatch(report -> report.leaked().size() == 1);
    assertEnded(launch.process(), KILLED, Ending.KILL);
  }

  @Test
  void launchDuringTheEndIsRefusedOrEnded() throws Exception {
    for (int round = 0; round < 5; round++) {
      Supervisor inner = scope.open("inner", graceless());
      ConcurrentLinkedQueue<Launch> launched = new ConcurrentLinkedQueue<>();
      ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
      CountDownLatch started = new CountDownLatch(2);
      Runnable launching =
          () -> {
            try {
              while (launched.size() < 500) {
                launched.add(inner.launch("sleep", mark));
                started.countDown();
              }
            } catch (Throwable e) {
              failures.add(e);
            }
          };
      List<Thread> threads = List.of(new Thread(launching), new Thread(launching));
      threads.forEach(Thread::start);
      started.await();
      assertThat(inner.end().isClean()).isTrue();
      for (Thread thread : threads) {
        thread.join();
      }
      assertThat(failures).allMatch(ScopeClosedException.class::isInstance);
      assertThat(launched)
          .hasSizeGreaterThan(1)
          .allMatch(launch -> launch.process().exitStatus().isPresent());
      assertThat(marked()).isEmpty();
    }
  }

  @Test
  void pendingWaitReturnsWhenTheScopeEnds() throws Exception {
    Launch launch = launch("exec sleep MARK");
    CompletableFuture<ExitStatus> wait = CompletableFuture.supplyAsync(launch::awaitExit);
    scope.close();
    assertThat(wait.join()).isEqualTo(TERMINATED);
  }

  // unkillable -----------------------------------------------------------------------------------

  @Test
  void shortestKillTimeStillSendsTheSignal() throws Exception {
    Supervisor hasty =
        scope.open("hasty", graceless().withGrace(Duration.ZERO).withKill(Duration.ofNanos(1)));
    Launch launch = launch(hasty, "trap '' TERM; echo ready; exec sleep MARK");
    launch.awaitOutput("ready");
    UnkillableProcessesException failure =
        catchThrowableOfType(UnkillableProcessesException.class, hasty::close);
    if (failure != null) { // the kernel may be quicker
      assertThat(failure.report().survivors()).hasSize(1);
      assertThat(failure.report().isClean()).isFalse();
      assertThat(failure.report().survivors().get(0).process()).isEqualTo(launch.process());
      assertThat(failure.report().survivors().get(0).reason()).isNotEmpty();
      assertThat(failure)
          .hasMessageContaining("1 process of hasty survived SIGKILL for ")
          .hasMessageContaining(Long.toString(launch.pid()));
    }
    try {
      assertThat(launch.awaitExit(Duration.ofSeconds(5))).isEqualTo(KILLED);
    } finally {
      ProcessHandle.of(launch.pid()).ifPresent(ProcessHandle::destroyForcibly);
    }
  }

  @Test
  void endReturnsWhatCloseThrows() throws Exception {
    Supervisor hasty =
        scope.open("hasty", graceless().withGrace(Duration.ZERO).withKill(Duration.ofNanos(1)));
    launch(hasty, "exec sleep MARK");
    ScopeReport report = hasty.end();
    UnkillableProcessesException failure =
        catchThrowableOfType(UnkillableProcessesException.class, hasty::close);
    if (report.survivors().isEmpty()) {
      assertThat(failure).isNull();
    } else {
      assertThat(failure.report().survivors())
          .extracting(Survivor::process)
          .containsExactlyElementsOf(report.survivors().stream().map(Survivor::process).toList());
    }
  }

  // stop -----------------------------------------------------------------------------------------

  @Test
  void stopEndsOneLaunchAndLeavesTheRest() throws Exception {
    Launch one = launch("(sleep MARK &); exec sleep MARK");
    Launch two = launch("(sleep MARK &); exec sleep MARK");
    Process process = ambient("exec sleep MARK");
    await().atMost(LONG).until(() -> scope.tree().find("sleep*").size() == 5);
    ScopeReport report = one.stop();
    assertThat(report.isClean()).isTrue();
    assertThat(report.scope()).isEqualTo("sh -c (sleep " + mark + " &); exec sleep " + mark);
    assertThat(report.toString())
        .startsWith(report.scope() + " was stopped; 2 processes were terminated\n");
    assertThat(one.tree().size()).isZero();
    assertEnded(one.process(), TERMINATED, Ending.STOP_SIGNAL);
    assertEnded(one.orphans().get(0), TERMINATED, Ending.STOP_SIGNAL);
    assertThat(two.tree().size()).isEqualTo(2);
    assertThat(process.isAlive()).isTrue();
    assertThat(one.stop().isClean()).as("once more").isTrue();
    assertThat(scope.launch("true").awaitExit()).isEqualTo(ExitStatus.exited(0));
  }

  @Test
  void stopKillsAProcessThatIgnoresTheStopSignal() {
    Supervisor impatient = scope.open("impatient", graceless());
    Launch launch = launch(impatient, "trap '' TERM; echo ready; while :; do sleep MARK; done");
    launch.awaitOutput("ready");
    assertThat(launch.stop().isClean()).isTrue();
    assertEnded(launch.process(), KILLED, Ending.KILL);
    assertThat(impatient.launch("true").awaitExit()).isEqualTo(ExitStatus.exited(0));
  }

  // the end of the JVM ---------------------------------------------------------------------------

  /** Leaves a launched daemon, a foreground program and an ambient child behind. */
  static final class Leaving {
    private Leaving() {}

    /** How to end: exit, return, throw or wait; and how long whoever is left sleeps. */
    public static void main(String[] arguments) throws Exception {
      Subreaper subreaper = Subreaper.activate();
      Supervisor outer = subreaper.open("outer");
      Supervisor inner = outer.open("inner");
      Launch launch = inner.launch("sh", "-c", "(sleep " + arguments[1] + " &); exit 0");
      launch.awaitOrphan();
      outer.launch("sleep", arguments[1]);
      new ProcessBuilder("sleep", arguments[1]).start();
      inner.awaitDescendant("sleep " + arguments[1]);
      System.out.println(
          "left " + subreaper.descendants().stream().filter(Descendant::isAlive).count());
      switch (arguments[0]) {
        case "exit" -> System.exit(3);
        case "throw" -> throw new IllegalStateException("main fails");
        case "wait" -> outer.launch("sleep", arguments[1]).awaitExit(LONG);
        default -> System.out.println("returns");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"exit", "throw", "return"})
  @Tag("full")
  void jvmExitEndsTheProcessesOfOpenScopes(String how) throws Exception {
    ChildJvm.Result jvm =
        ChildJvm.run(
            List.of(),
            List.of("-Djava.io.tmpdir=" + directory),
            Map.of(),
            Leaving.class,
            how,
            mark);
    assertThat(jvm.output()).startsWith("left 3\n");
    assertThat(jvm.exitCode()).isEqualTo(how.equals("exit") ? 3 : how.equals("throw") ? 1 : 0);
    assertThat(marked()).isEmpty();
    try (var files = Files.list(directory)) {
      assertThat(files).isEmpty();
    }
  }

  @Test
  void sigtermToTheJvmEndsTheProcessesOfOpenScopes() throws Exception {
    List<String> command = ChildJvm.command(List.of(), Leaving.class);
    command.addAll(List.of("wait", mark));
    Launch jvm = scope.launch(command.toArray(String[]::new));
    jvm.awaitOutput("left 3");
    jvm.signal(Signal.TERM);
    assertThat(jvm.awaitExit()).isEqualTo(ExitStatus.exited(143));
    assertThat(marked()).isEmpty();
    assertThat(jvm.orphans()).isEmpty();
  }

  /** Leaves a daemon behind without this library. */
  static final class Careless {
    private Careless() {}

    /** How long the daemon sleeps. */
    public static void main(String[] arguments) throws Exception {
      new ProcessBuilder("sh", "-c", "(sleep " + arguments[0] + " >/dev/null 2>&1 &)")
          .start()
          .waitFor();
      System.exit(3);
    }
  }

  @Test
  void controlThatADaemonOutlivesAJvmWithoutThisLibrary() throws Exception {
    ChildJvm.Result jvm = ChildJvm.run(Careless.class, mark);
    assertThat(jvm.exitCode()).as(jvm.output()).isEqualTo(3);
    assertThat(marked()).hasSize(1);
    scope.awaitOrphan("sleep " + mark).signal(Signal.KILL);
    await().atMost(LONG).until(() -> marked().isEmpty());
  }
}
