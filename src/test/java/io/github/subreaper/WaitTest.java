package io.github.subreaper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.github.subreaper.testing.ChildJvm;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class WaitTest {
  /** What is waited for so long comes, or is known never to come. */
  private static final Duration LONG = Duration.ofMinutes(5);

  /** For what does not come, and has no event that says so. */
  private static final Duration SHORT = Duration.ofMillis(50);

  private final Subreaper subreaper = Subreaper.activate();
  private final Supervisor scope =
      subreaper.open("WaitTest", ScopeOptions.defaults().withAwait(LONG));
  private final Supervisor impatient =
      subreaper.open("impatient", ScopeOptions.defaults().withAwait(SHORT));

  @TempDir private Path directory;

  @AfterEach
  void close() {
    boolean interrupted = Thread.interrupted();
    subreaper.close();
    assertThat(interrupted).as("a flag that a test has left").isFalse();
  }

  private Launch launch(String script) {
    return launch(scope, script);
  }

  private Launch launch(Supervisor in, String script) {
    return in.launch(Program.of("sh", "-c", script).withDirectory(directory));
  }

  /** Lets a script go on that reads a line from a FIFO. */
  private void go(String fifo) throws IOException {
    Files.writeString(directory.resolve(fifo), "\n");
  }

  private static WaitTimeoutException failure(ThrowingCallable wait) {
    WaitTimeoutException failure = catchThrowableOfType(WaitTimeoutException.class, wait);
    assertThat(failure).as("it should have failed").isNotNull();
    return failure;
  }

  private static WaitTimeoutException timeout(ThrowingCallable wait) {
    WaitTimeoutException failure = failure(wait);
    assertThat(failure.isTimeout()).as(failure.getMessage()).isTrue();
    return failure;
  }

  private static WaitTimeoutException hopeless(ThrowingCallable wait) {
    WaitTimeoutException failure = failure(wait);
    assertThat(failure.isTimeout()).as(failure.getMessage()).isFalse();
    return failure;
  }

  // awaitExit ------------------------------------------------------------------------------------

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 127, 128, 143, 255})
  void exitCodeIsReturned(int code) {
    Launch launch = launch("exit " + code);
    assertThat(launch.awaitExit()).isEqualTo(ExitStatus.exited(code));
    assertThat(launch.awaitExit(Duration.ZERO)).isEqualTo(ExitStatus.exited(code));
    assertThat(launch.process().awaitExit()).isEqualTo(ExitStatus.exited(code));
    assertThat(launch.process().exitStatus()).contains(ExitStatus.exited(code));
    assertThat(launch.process().ending()).contains(Ending.BY_ITSELF);
  }

  @Test
  void signalIsReturned() {
    Launch launch = scope.launch("sleep", "1000");
    assertThat(launch.signal(Signal.USR1)).isTrue();
    assertThat(launch.awaitExit()).isEqualTo(ExitStatus.signaled(Signal.USR1));
    assertThat(launch.signal(Signal.USR1)).as("it had ended").isFalse();
    assertThat(launch.isAlive()).isFalse();
  }

  @Test
  void awaitExitOfARunningProcessTimesOutAndShowsTheSituation() {
    Launch launch = launch("echo some words; echo on stderr >&2; sleep 1000; :");
    launch.awaitOutput("on stderr");
    WaitTimeoutException failure = timeout(() -> launch.awaitExit(SHORT));
    assertThat(failure)
        .hasMessageStartingWith("Waited 0.050 s for the end of sh -c echo some words; ")
        .hasMessageContaining("(pid " + launch.pid() + ").\n")
        .hasMessageContaining(" sleep 1000\n")
        .hasMessageContaining(launch.pid() + " is still running")
        .hasMessageContaining("stdout    some words\n")
        .hasMessageContaining("stderr    on stderr\n");
    assertThat(timeout(() -> launch.process().awaitExit(SHORT))).hasMessage(failure.getMessage());
  }

  @Test
  void awaitOfTheScopeIsTheDefault() {
    Launch launch = impatient.launch("sleep", "1000");
    assertThat(timeout(launch::awaitExit)).hasMessageStartingWith("Waited 0.050 s for the end of");
    assertThat(launch.options().await()).isEqualTo(SHORT);
  }

  @Test
  void zeroDurationChecksOnce() {
    Launch launch = scope.launch("sleep", "1000");
    assertThat(timeout(() -> launch.awaitExit(Duration.ZERO)))
        .hasMessageStartingWith("Waited 0.000 s for the end of sleep 1000");
    assertThat(timeout(() -> launch.awaitOrphan(Duration.ZERO)))
        .hasMessageContaining("is still running");
    assertThat(timeout(() -> scope.awaitOrphan("x", Duration.ZERO)))
        .hasMessageContaining("none came");
    assertThat(launch.isAlive()).isTrue();
  }

  @Test
  void zeroDurationFindsAProcessThatHasEnded() throws Exception {
    for (int i = 0; i < 100; i++) {
      Launch launch = scope.launch("true");
      while (isRunning(launch.pid())) {
        Thread.onSpinWait();
      }
      assertThat(launch.awaitExit(Duration.ZERO)).isEqualTo(ExitStatus.exited(0));
    }
  }

  private static boolean isRunning(long pid) {
    try {
      String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
      return stat.charAt(stat.lastIndexOf(')') + 2) != 'Z';
    } catch (IOException e) {
      return false;
    }
  }

  @Test
  void awaitExitReturnsForAGrandchildThatItsParentReaps() {
    Launch launch = launch("sleep 1000; sleep 1001; :");
    Descendant first = scope.awaitDescendant("sleep 1000");
    first.signal(Signal.KILL);
    // with a kernel below 6.15 the status is the parent's only
    assertThat(first.awaitExit())
        .isIn(
            ExitStatus.signaled(Signal.KILL),
            new ExitStatus.Unknown("reaped by its parent, pid " + launch.pid()));
    assertThat(first.endedAt()).isPresent();
    assertThat(scope.awaitDescendant("sleep 1001").isAlive()).isTrue();
  }

  // awaitOrphan ----------------------------------------------------------------------------------

  @Test
  void daemonOfASingleForkIsTheOrphan() {
    Launch launch = launch("sleep 1000 & echo $!");
    Descendant daemon = launch.awaitOrphan();
    assertThat(daemon.commandLine()).containsExactly("sleep", "1000");
    assertThat(launch.stdout()).isEqualTo(daemon.pid() + "\n");
    assertThat(daemon.isAlive() && daemon.isOrphan()).isTrue();
    assertThat(daemon.parent())
        .as("known if it was seen before its adoption")
        .isIn(Optional.empty(), Optional.of(launch.process()));
    assertThat(launch.orphans()).containsExactly(daemon);
    assertThat(launch.awaitExit()).isEqualTo(ExitStatus.exited(0));
  }

  @Test
  void daemonOfADoubleForkIsTheOrphan() {
    Launch launch = launch("(sh -c 'echo $$; exec sleep 1000' &) & exit 0");
    Descendant daemon = launch.awaitOrphan();
    assertThat(daemon.commandLine()).containsExactly("sleep", "1000");
    assertThat(launch.stdout()).isEqualTo(daemon.pid() + "\n");
    assertThat(launch.orphans()).contains(daemon);
  }

  @Test
  void daemonThatStartedFirstIsReturned() throws Exception {
    Launch launch =
        launch("mkfifo go; (sh -c 'echo started; exec sleep 1000' &); read x < go; (sleep 1001 &)");
    launch.awaitOutput("started");
    go("go");
    assertThat(launch.awaitOrphan().commandLine()).containsExactly("sleep", "1000");
  }

  @Test
  void daemonThatIsNeverQuietIsFoundAfterASecond() {
    Launch launch = launch("(sh -c 'while :; do sh -c :; done' &)");
    assertThat(launch.awaitOrphan().isAlive()).isTrue();
  }

  @Test
  void foregroundProgramTimesOutAndTheMessageSaysSo() {
    Launch launch = scope.launch("sleep", "1000");
    assertThat(timeout(() -> launch.awaitOrphan(SHORT)))
        .hasMessageStartingWith(
            "Waited 0.050 s for an orphan of `sleep 1000`: the launcher ("
                + launch.pid()
                + ") is still running.\n"
                + "  It stays in the foreground: use launch.process(), or let it daemonize.\n");
    Launch inherited = impatient.launch("sleep", "1000");
    assertThat(timeout(inherited::awaitOrphan))
        .hasMessageStartingWith("Waited 0.050 s for an orphan of");
  }

  @Test
  void failedLauncherEndsTheWaitAtOnce() {
    Launch launch = launch("echo cannot open libfoo.so.3 >&2; exit 3");
    assertThat(hopeless(launch::awaitOrphan))
        .hasMessageStartingWith("No orphan of `sh -c echo cannot open ")
        .hasMessageContaining(": all that was started has ended, after ")
        .hasMessageContaining("launcher  " + launch.pid() + " exited 3 after ")
        .hasMessageContaining("stderr    cannot open libfoo.so.3\n");
    assertThat(launch.orphans()).isEmpty();
  }

  @Test
  void ofSeveralDeadOrphansTheLastToDieIsReturned() throws Exception {
    Launch launch =
        launch(
            "mkfifo one two; (sh -c 'read x < one; exit 7' &); (sh -c 'read x < two; exit 8' &)");
    launch.awaitExit();
    go("two");
    await().atMost(LONG).until(() -> statuses(launch).contains(ExitStatus.exited(8)));
    go("one");
    Descendant last = launch.awaitOrphan("*", LONG);
    assertThat(last.awaitExit()).isEqualTo(ExitStatus.exited(7));
    assertThat(launch.awaitOrphan()).isEqualTo(last);
    assertThat(launch.awaitOrphan(Duration.ZERO)).isEqualTo(last);
    assertThat(launch.awaitOrphan().exitStatus()).contains(ExitStatus.exited(7));
    assertThat(statuses(launch)).contains(ExitStatus.exited(7), ExitStatus.exited(8));
  }

  private static List<ExitStatus> statuses(Launch launch) {
    return launch.orphans().stream().map(Descendant::exitStatus).flatMap(Optional::stream).toList();
  }

  @Test
  void lessThanQuietTakesMayFailAndSaysSo() {
    for (int i = 0; i < 10; i++) {
      Launch launch = launch("(sleep 1000 &)");
      launch.awaitExit();
      try {
        Descendant daemon = launch.awaitOrphan(Duration.ofMillis(20));
        assertThat(daemon.commandLine()).containsExactly("sleep", "1000");
      } catch (WaitTimeoutException e) {
        assertThat(e.isTimeout()).isTrue();
        assertThat(e)
            .hasMessageContaining("there is one, pid ")
            .hasMessageContaining(
                "was not quiet yet (no birth, exec or end for 100 ms, nobody on a CPU)");
      }
    }
  }

  // by glob --------------------------------------------------------------------------------------

  @Test
  void globFormDoesNotWaitForTheLauncher() {
    Launch launch = launch("(sleep 1000 &); exec sleep 1001");
    Descendant daemon = launch.awaitOrphan("sleep 1*");
    assertThat(daemon.commandLine()).containsExactly("sleep", "1000");
    assertThat(launch.isAlive()).isTrue();
    assertThat(scope.awaitOrphan("sleep")).as("the name of it").isEqualTo(daemon);
    assertThat(timeout(() -> launch.awaitOrphan("sleep 1001", SHORT)))
        .as("it is no orphan")
        .hasMessageStartingWith("Waited 0.050 s for an orphan like `sleep 1001` of `sh -c ");
  }

  @Test
  void globThatNoProcessCanMatchAnyMoreFailsAtOnce() {
    Launch launch = launch("(sh -c 'exit 1' &); echo broken >&2; exit 127");
    assertThat(hopeless(() -> launch.awaitOrphan("my-daemon*")))
        .hasMessageStartingWith("No orphan like `my-daemon*` of `sh -c (sh -c 'exit 1' ")
        .hasMessageContaining("exited 127")
        .hasMessageContaining("broken");
    assertThat(hopeless(() -> scope.awaitOrphan("my-daemon*")))
        .hasMessageStartingWith("No orphan like `my-daemon*` in WaitTest: ");
    assertThat(hopeless(() -> scope.awaitDescendant("my-daemon*")))
        .hasMessageStartingWith("No process like `my-daemon*` in WaitTest: ");
  }

  @Test
  void waitInAnEmptyScopeFailsAtOnce() {
    assertThat(hopeless(() -> scope.awaitOrphan("*"))).hasMessageContaining("WaitTest");
    assertThat(hopeless(() -> scope.awaitDescendant("*"))).hasMessageContaining("WaitTest");
  }

  @Test
  void deadMatchIsReturnedOnlyWhenNoLivingProcessCanStillMatch() throws Exception {
    Launch launch =
        launch(
            "mkfifo one two; (sh -c 'read x < one; exit 7' daemon &);"
                + " (sh -c 'read x < two; exec sleep 1000' &); sleep 1001 & exit 0");
    launch.awaitExit();
    go("one");
    await().atMost(LONG).until(() -> statuses(launch).contains(ExitStatus.exited(7)));
    assertThat(timeout(() -> launch.awaitOrphan("*exit 7*", SHORT)))
        .hasMessageContaining("an orphan like `*exit 7*`");
    go("two");
    assertThat(launch.awaitOrphan("sleep 1000").isAlive()).isTrue();
    launch.tree().roots().forEach(one -> one.signal(Signal.KILL));
    assertThat(launch.awaitOrphan("*exit 7*").exitStatus()).contains(ExitStatus.exited(7));
  }

  @Test
  void reparentedChildIsScannedBeforeTheLaunchersExitIsReported() throws Exception {
    for (int i = 0; i < 20; i++) {
      Launch launch =
          launch("mkfifo one" + i + "; (sh -c 'read x < one" + i + "; exit 7' daemon &); exit 0");
      launch.awaitExit();
      go("one" + i);
      await().atMost(LONG).until(() -> statuses(launch).contains(ExitStatus.exited(7)));
      assertThat(launch.orphans())
          .singleElement()
          .satisfies(daemon -> assertThat(daemon.commandLine()).isNotEmpty());
    }
  }

  @Test
  void orphanRecordedBeforeTheCallIsFound() {
    Launch launch = launch("(sleep 1000 &)");
    Descendant daemon = launch.awaitOrphan();
    assertThat(scope.awaitOrphan("sleep*")).isEqualTo(daemon);
    assertThat(subreaper.descendants()).contains(daemon);
    assertThat(failure(() -> impatient.awaitOrphan("sleep*")))
        .as("another scope does not see it")
        .hasMessageContaining("impatient");
  }

  @Test
  void awaitDescendantFindsLaunchedProcessesAndTheirChildren() {
    Launch launch = launch("sleep 1000; :");
    Descendant child = scope.awaitDescendant("sleep 1000");
    assertThat(child.isOrphan()).isFalse();
    assertThat(child.parent()).contains(launch.process());
    assertThat(scope.awaitDescendant("sh -c *")).isEqualTo(launch.process());
    assertThat(launch.process().children()).containsExactly(child);
  }

  @Test
  void ambientChildIsADescendantAndNoOrphan() throws Exception {
    Supervisor inner = scope.open("inner");
    impatient.close(); // one chain
    Process process = new ProcessBuilder("sleep", "1000").start();
    Descendant child = inner.awaitDescendant("sleep 1000");
    assertThat(child.pid()).isEqualTo(process.pid());
    assertThat(child.isOrphan()).isFalse();
    assertThat(child.scope()).isEqualTo("inner");
    inner.close();
    assertThat(process.waitFor()).isEqualTo(143);
  }

  // awaitListening -------------------------------------------------------------------------------

  /** Listens on the loopback address until it is killed, and tells its ports. */
  static final class Listening {
    private Listening() {}

    /** On so many ports. */
    public static void main(String[] arguments) throws Exception {
      List<ServerSocket> sockets = new ArrayList<>();
      for (int i = 0; i < Integer.parseInt(arguments[0]); i++) {
        sockets.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
      }
      sockets.forEach(socket -> System.out.println("port " + socket.getLocalPort()));
      sockets.get(0).accept().close();
    }
  }

  private static String[] listening(List<String> wrapper, int ports) {
    List<String> command = new ArrayList<>(wrapper);
    command.addAll(ChildJvm.command(List.of(), Listening.class));
    command.add(Integer.toString(ports));
    return command.toArray(String[]::new);
  }

  private static List<Integer> portsOf(Launch launch) {
    return launch
        .stdout()
        .lines()
        .filter(line -> line.startsWith("port "))
        .map(line -> Integer.valueOf(line.substring(5)))
        .sorted()
        .toList();
  }

  @Test
  void lowestPortOfTheLaunchIsReturned() {
    Launch launch = scope.launch(listening(List.of(), 3));
    await().atMost(LONG).until(() -> portsOf(launch).size() == 3);
    List<Integer> ports = portsOf(launch);
    assertThat(launch.awaitListening())
        .isEqualTo(new InetSocketAddress(InetAddress.getLoopbackAddress(), ports.get(0)));
    for (int port : ports) {
      assertThat(launch.awaitListening(port).getPort()).isEqualTo(port);
    }
    assertThat(launch.process().listeningAddresses()).hasSize(3);
  }

  @Test
  void portOfADaemonCountsForItsLaunch() {
    Launch launch = scope.launch(listening(List.of("sh", "-c", "\"$@\" & exit 0", "sh"), 1));
    InetSocketAddress address = launch.awaitListening();
    await().atMost(LONG).until(() -> !portsOf(launch).isEmpty());
    assertThat(address.getPort()).isEqualTo(portsOf(launch).get(0));
    assertThat(launch.isAlive()).isFalse();
  }

  @Test
  void anotherProcessesPortDoesNotCount() throws Exception {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Launch mine = scope.launch(listening(List.of(), 1));
      int its = mine.awaitListening().getPort();
      Launch other = impatient.launch("sleep", "1000");
      for (int port : new int[] {socket.getLocalPort(), its}) {
        assertThat(timeout(() -> other.awaitListening(port)))
            .hasMessageStartingWith(
                "Waited 0.050 s for a process of `sleep 1000` that listens on TCP port " + port);
      }
      assertThat(timeout(other::awaitListening))
          .hasMessageContaining("that listens on a TCP socket")
          .hasMessageContaining(other.pid() + " is still running");
    }
  }

  @Test
  void awaitListeningFailsAtOnceWhenNoProcessIsLeft() {
    Launch launch = launch("echo cannot bind >&2; exit 98");
    assertThat(hopeless(launch::awaitListening))
        .hasMessageStartingWith("No process of `sh -c ")
        .hasMessageContaining(
            "that listens on a TCP socket: all that was started has ended, after ")
        .hasMessageContaining("exited 98")
        .hasMessageContaining("cannot bind");
    assertThat(hopeless(() -> launch.awaitListening(80))).hasMessageContaining("TCP port 80");
  }

  // withTimeout ----------------------------------------------------------------------------------

  @Test
  void launchThatRunsTooLongIsStopped() {
    Launch launch =
        scope.launch(
            Program.of("sh", "-c", "(sleep 1001 &); echo words; exec sleep 1000")
                .withTimeout(Duration.ofMillis(100)));
    WaitTimeoutException failure = timeout(launch::awaitExit);
    assertThat(failure)
        .hasMessageContaining(
            "(pid " + launch.pid() + ") ran longer than 0.10 s, its launch's limit")
        .hasMessageContaining("and was stopped: killed by SIGTERM");
    assertThat(timeout(() -> launch.process().awaitExit(Duration.ZERO)))
        .hasMessageContaining("its launch's limit");
    assertThat(launch.process().exitStatus()).contains(ExitStatus.signaled(Signal.TERM));
    await().atMost(LONG).until(() -> launch.tree().size() == 0);
    assertThat(scope.launch("true").awaitExit()).isEqualTo(ExitStatus.exited(0));
  }

  @Test
  void launchThatEndsInTimeIsNotStopped() {
    Launch launch = scope.launch(Program.of("sh", "-c", "exit 3").withTimeout(LONG));
    assertThat(launch.awaitExit()).isEqualTo(ExitStatus.exited(3));
  }

  @Test
  void timeLimitAppliesToTheLauncherAndNotToItsDaemons() {
    Launch launch =
        scope.launch(
            Program.of("sh", "-c", "(sleep 1000 &); exit 0").withTimeout(Duration.ofSeconds(2)));
    assertThat(launch.awaitExit()).isEqualTo(ExitStatus.exited(0));
    Descendant daemon = launch.awaitOrphan();
    // its limit is over when that of a later one is
    Launch later = scope.launch(Program.of("sleep", "1000").withTimeout(Duration.ofMillis(2001)));
    timeout(later::awaitExit);
    assertThat(daemon.isAlive()).isTrue();
    assertThat(launch.awaitExit()).isEqualTo(ExitStatus.exited(0));
  }

  @Test
  void launchThatIgnoresTheStopSignalDoesNotDelayTheTimeLimitOfAnother() {
    Supervisor graceful =
        scope.open("graceful", ScopeOptions.defaults().withAwait(LONG).withGrace(LONG));
    Launch stubborn =
        graceful.launch(
            Program.of("sh", "-c", "trap '' TERM; echo ready; exec sleep 1000")
                .withTimeout(Duration.ofMillis(200)));
    stubborn.awaitOutput("ready");
    await().atMost(LONG).until(() -> hasRunOutOfTime(stubborn));
    Launch other = scope.launch(Program.of("sleep", "1000").withTimeout(Duration.ofMillis(1)));
    try {
      assertThat(timeout(() -> other.awaitExit(Duration.ofSeconds(10))))
          .hasMessageContaining("its launch's limit");
      assertThat(stubborn.isAlive()).isTrue();
    } finally {
      stubborn.signal(Signal.KILL);
    }
  }

  /** The clock's thread is stopping it: known by the message, since nothing else tells. */
  private static boolean hasRunOutOfTime(Launch launch) {
    return launch.isAlive()
        && Thread.getAllStackTraces().entrySet().stream()
            .filter(entry -> entry.getKey().getName().startsWith("subreaper"))
            .flatMap(entry -> Stream.of(entry.getValue()))
            .anyMatch(frame -> frame.getMethodName().equals("stop"));
  }

  // interrupts -----------------------------------------------------------------------------------

  private interface Waiting {
    void on(Supervisor scope, Launch launch);
  }

  static Stream<Named<Waiting>> waits() {
    Map<String, Waiting> waits = new TreeMap<>();
    waits.put("launch.awaitExit", (scope, launch) -> launch.awaitExit());
    waits.put("launch.awaitExit(LONG)", (scope, launch) -> launch.awaitExit(LONG));
    waits.put("launch.awaitOrphan", (scope, launch) -> launch.awaitOrphan());
    waits.put("launch.awaitOrphan(LONG)", (scope, launch) -> launch.awaitOrphan(LONG));
    waits.put("launch.awaitOrphan(glob)", (scope, launch) -> launch.awaitOrphan("none"));
    waits.put("launch.awaitListening", (scope, launch) -> launch.awaitListening());
    waits.put("launch.awaitListening(1)", (scope, launch) -> launch.awaitListening(1));
    waits.put("launch.awaitOutput", (scope, launch) -> launch.awaitOutput("none"));
    waits.put("descendant.awaitExit", (scope, launch) -> launch.process().awaitExit());
    waits.put("descendant.awaitRespawn", (scope, launch) -> launch.process().awaitRespawn(LONG));
    waits.put("scope.awaitOrphan", (scope, launch) -> scope.awaitOrphan("none"));
    waits.put("scope.awaitDescendant", (scope, launch) -> scope.awaitDescendant("none"));
    return waits.entrySet().stream().map(entry -> Named.of(entry.getKey(), entry.getValue()));
  }

  @ParameterizedTest
  @MethodSource("waits")
  void interruptEndsAWaitWithTheFlagSetAndLosesNoProcess(Waiting wait) throws Exception {
    Launch launch = launch("(sleep 1001 &); echo ready; exec sleep 1000");
    launch.awaitOutput("ready");
    BlockingQueue<String> results = new ArrayBlockingQueue<>(1);
    Thread waiter =
        new Thread(
            () -> {
              try {
                wait.on(scope, launch);
                results.add("returned");
              } catch (WaitInterruptedException e) {
                results.add(
                    "interrupted " + Thread.currentThread().isInterrupted() + " " + e.getMessage());
              } catch (RuntimeException e) {
                results.add(e.toString());
              }
            });
    waiter.start();
    await().atMost(LONG).until(() -> waiter.getState() == Thread.State.TIMED_WAITING);
    waiter.interrupt();
    assertThat(results.take()).startsWith("interrupted true interrupted while waiting for ");
    waiter.join();

    assertThat(launch.isAlive()).isTrue();
    Descendant daemon = scope.awaitOrphan("sleep 1001");
    scope.close();
    assertThat(launch.awaitExit()).isEqualTo(ExitStatus.signaled(Signal.TERM));
    assertThat(daemon.awaitExit()).isEqualTo(ExitStatus.signaled(Signal.TERM));
  }

  @ParameterizedTest
  @MethodSource("waits")
  void waitOfAnInterruptedThreadFailsAtOnce(Waiting wait) {
    Launch launch = scope.launch("sleep", "1000");
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> wait.on(scope, launch)).isInstanceOf(WaitInterruptedException.class);
    assertThat(Thread.interrupted()).as("the flag").isTrue();
    assertThat(launch.isAlive()).isTrue();
  }

  @Test
  void interruptedThreadLaunchesStopsAndEndsWithItsFlagKept() {
    List<String> lost = new ArrayList<>();
    Thread.currentThread().interrupt();
    Launch launch =
        scope.launch(Program.of("sh", "-c", "cat; (sleep 1000 &)").withStandardInput("text"));
    note(lost, "launch");
    Launch stopped = scope.launch("sleep", "1000");
    ScopeReport report = stopped.stop();
    note(lost, "stop");
    List<Descendant> descendants = scope.descendants();
    note(lost, "descendants");
    scope.tree();
    note(lost, "tree");
    Supervisor nested = scope.open("nested");
    nested.launch("sleep", "1000");
    ScopeReport nestedReport = nested.end();
    note(lost, "end");
    scope.close();
    note(lost, "close");
    subreaper.close();
    note(lost, "deactivate");
    boolean kept = Thread.interrupted();

    assertThat(lost).as("who took the flag").isEmpty();
    assertThat(kept).isTrue();
    assertThat(report.isClean() && nestedReport.isClean()).isTrue();
    assertThat(stopped.awaitExit()).isEqualTo(ExitStatus.signaled(Signal.TERM));
    assertThat(launch.stdout()).as("what was kept of the output").isEqualTo("text");
    assertThat(descendants).contains(launch.process(), stopped.process());
    assertThat(subreaper.descendants()).allMatch(process -> process.exitStatus().isPresent());
  }

  private static void note(List<String> lost, String what) {
    if (!Thread.currentThread().isInterrupted()) {
      lost.add(what);
      Thread.currentThread().interrupt();
    }
  }

  @Test
  @Tag("full")
  void interruptsDuringAnEndDoNotCutItShort() throws Exception {
    Launch launch = launch("trap '' TERM; echo ready; while :; do sleep 1000; done");
    launch.awaitOutput("ready");
    Supervisor quick =
        scope.open("quick", ScopeOptions.defaults().withGrace(Duration.ofSeconds(1)));
    Launch stubborn = launch(quick, "trap '' TERM; echo ready; while :; do sleep 1001; done");
    await().atMost(LONG).until(() -> !stubborn.stdout().isEmpty());
    List<ScopeReport> reports = Collections.synchronizedList(new ArrayList<>());
    List<Boolean> flags = Collections.synchronizedList(new ArrayList<>());
    Thread ending =
        new Thread(
            () -> {
              reports.add(quick.end());
              flags.add(Thread.currentThread().isInterrupted());
            });
    ending.start();
    while (ending.isAlive()) {
      ending.interrupt();
      ending.join(1);
    }
    assertThat(reports).hasSize(1).allMatch(ScopeReport::isClean);
    assertThat(flags).containsExactly(true);
    assertThat(stubborn.process().ending()).contains(Ending.KILL);
    assertThat(quick.tree().size()).isZero();
    launch.signal(Signal.KILL);
  }

  // awaitRespawn ---------------------------------------------------------------------------------

  @Test
  void successorOfAKilledWorkerIsFound() {
    Launch launch = launch("while :; do sleep 1000; done");
    Descendant worker = scope.awaitDescendant("sleep 1000");
    assertThat(timeout(() -> worker.awaitRespawn(SHORT)))
        .hasMessageStartingWith("Waited 0.050 s for a process that takes the place of sleep 1000")
        .hasMessageContaining("which is still alive");
    worker.signal(Signal.KILL);
    Descendant next = worker.awaitRespawn(LONG);
    assertThat(next).isNotEqualTo(worker);
    assertThat(next.isAlive()).isTrue();
    assertThat(next.name()).isEqualTo("sleep");
    assertThat(launch.process().children()).containsExactly(next);
  }

  @Test
  void siblingIsNoSuccessor() {
    Launch launch =
        launch("sleep 1000 & echo $!; sleep 1001 & echo $!; wait; wait; exec sleep 1002");
    Descendant first = scope.awaitDescendant("sleep 1000");
    Descendant second = scope.awaitDescendant("sleep 1001");
    first.signal(Signal.KILL);
    first.awaitExit();
    assertThat(timeout(() -> first.awaitRespawn(SHORT)))
        .hasMessageContaining("a process that takes the place of sleep 1000");
    assertThat(second.isAlive() && launch.isAlive()).isTrue();
  }

  @Test
  void awaitRespawnFailsAtOnceWhenNoParentIsLeft() {
    Launch launch = scope.launch("sleep", "1000");
    launch.signal(Signal.KILL);
    launch.awaitExit();
    hopeless(() -> launch.process().awaitRespawn(Duration.ofSeconds(2)));
  }
}
