package io.github.subreaper;

import static io.github.subreaper.testing.Linux.KERNEL;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.subreaper.internal.linux.proc.Procfs;
import io.github.subreaper.testing.Await;
import io.github.subreaper.testing.CProgram;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.PatternSyntaxException;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(300)
class ReadyTest extends WaitFixture {
  private static Path service;

  @BeforeAll
  static void build(@TempDir Path programs) throws Exception {
    service = CProgram.build(programs, "service");
  }

  @BeforeEach
  void fifo() throws Exception {
    KERNEL.fifos.create(file("go"));
  }

  private Path file(String name) {
    return directory.resolve(name);
  }

  private Program program(String... actions) {
    List<String> command = new ArrayList<>(List.of(service.toString()));
    command.addAll(List.of(actions));
    return Program.of(command.toArray(String[]::new)).withDirectory(directory);
  }

  private Launch serve(String... actions) {
    return scope.launch(program(actions));
  }

  private Launch launchWithSocket(String... actions) {
    return scope.launch(program(actions).withNotifySocket());
  }

  /** Asserts that a condition fails before the service goes on, and holds afterwards. */
  private void assertHoldsOnlyAfterGo(Launch launch, Ready ready) throws Exception {
    timeout(() -> launch.awaitReady(ready, Duration.ZERO));
    timeout(() -> launch.awaitReady(ready, SHORT));
    assertThat(launch.isReady(ready)).isFalse();
    go("go");
    assertThat(launch.awaitReady(ready)).isSameAs(launch);
    assertThat(launch.isReady(ready)).isTrue();
  }

  // ports and sockets ----------------------------------------------------------------------------

  private static int portOf(Launch launch) {
    return Integer.parseInt(launch.awaitOutput("^port \\d+$").substring(5));
  }

  @Test
  void boundPortIsReadyOnceTheLaunchListens() throws Exception {
    Launch launch = serve("bind", "0", "wait", "go", "listen", "pause");
    assertHoldsOnlyAfterGo(launch, Ready.port(portOf(launch)));
  }

  @Test
  void anotherProcessesPortDoesNotMakeItReady() throws Exception {
    Launch launch = serve("pause");
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      int port = socket.getLocalPort();
      assertThat(timeout(() -> launch.awaitReady(Ready.port(port), SHORT)))
          .hasMessageStartingWith(
              "Waited 0.050 s for %s to be ready.\n  no  TCP port %d: a process outside the launch"
                  + " listens there: end it, or take another port\n",
              launch, port)
          .hasMessageContaining(launch.pid() + " is still running");
    }
  }

  @Test
  void udpPortIsReadyIfAProcessOfTheLaunchReceivesThere() throws Exception {
    Launch launch = serve("udp", "0", "pause");
    int port = portOf(launch);
    launch.awaitReady(Ready.udpPort(port));
    assertThat(timeout(() -> launch.awaitReady(Ready.port(port), SHORT)))
        .as("UDP is not TCP")
        .hasMessageContaining("  no  TCP port " + port + ": ");
    Launch other = serve("udp", "0", "pause");
    int its = portOf(other);
    assertThat(timeout(() -> other.awaitReady(Ready.udpPort(port), SHORT)))
        .hasMessageContaining(
            "  no  UDP port %d: a process outside the launch listens there: end it, or take another"
                + " port; the launch listens on 127.0.0.1:%d\n",
            port, its);
    launch.stop();
    assertThat(timeout(() -> other.awaitReady(Ready.udpPort(port), SHORT)))
        .hasMessageContaining(": nothing listens there");
  }

  @Test
  void timeoutForAPortNamesTheOpenPorts() {
    Launch launch = serve("bind", "0", "listen", "pause");
    int port = portOf(launch);
    int other = port == 1 ? 2 : 1;
    Await.untilAsserted(
        () ->
            assertThat(timeout(() -> launch.awaitReady(Ready.port(other), Duration.ZERO)))
                .hasMessageContaining("the launch listens on 127.0.0.1:" + port + "\n"));
  }

  @Test
  void unixSocketIsReadyOnceTheLaunchListens() throws Exception {
    Launch launch = serve("unix", "s.sock", "wait", "go", "listen", "pause");
    assertHoldsOnlyAfterGo(launch, Ready.unixSocket(file("s.sock")));
    launch.awaitReady(Ready.unixSocket(Path.of("s.sock")));
  }

  @Test
  void abstractSocketIsNamedWithAnAtSign() throws Exception {
    String name = "@ready-" + ProcessHandle.current().pid() + "-" + System.nanoTime();
    Launch launch = serve("unix", name, "wait", "go", "listen", "pause");
    assertHoldsOnlyAfterGo(launch, Ready.unixSocket(Path.of(name)));
  }

  @Test
  void anOldSocketFileDoesNotMakeItReady() throws Exception {
    serve("unix", "s.sock", "exit", "0").awaitExit();
    Launch launch = serve("unix", "other.sock", "listen", "print", "up", "pause");
    launch.awaitOutput("up");
    assertThat(timeout(() -> launch.awaitReady(Ready.unixSocket(file("s.sock")), SHORT)))
        .hasMessageContaining(
            "  no  unix socket %s: the file exists, but no process of the launch listens on it; the"
                + " launch listens on other.sock\n",
            file("s.sock"));
  }

  // lines ----------------------------------------------------------------------------------------

  @Test
  void aLineOfTheOutputMakesItReady() throws Exception {
    Launch launch = serve("print", "starting", "wait", "go", "print", "it is up", "pause");
    launch.awaitOutput("starting");
    assertHoldsOnlyAfterGo(launch, Ready.output("is up$"));
  }

  @Test
  void aLineOfALogMakesItReady() throws Exception {
    Launch launch = serve("wait", "go", "line", "log", "it is up", "pause");
    assertThat(timeout(() -> launch.awaitReady(Ready.logLine(file("log"), "up"), SHORT)))
        .hasMessageContaining(
            "  no  a line of %s in which the regex /up/ is found: the file does not exist\n",
            file("log"));
    assertHoldsOnlyAfterGo(launch, Ready.logLine(file("log"), "^it is up$"));
  }

  @Test
  void lineOfAnyLogThatTheLaunchHasOpenMakesItReady() throws Exception {
    Files.writeString(file("data"), "it is up\n");
    Launch launch =
        scope.launch(
            Program.of(
                    "sh",
                    "-c",
                    "exec 8<>data 9>>log; echo starting >&9; echo open; read line <go;"
                        + " echo it is up >&9; exec sleep 1000 9>&-")
                .withDirectory(directory));
    launch.awaitOutput("open");
    Ready ready = Ready.logLine("^it is up$");
    assertThat(timeout(() -> launch.awaitReady(ready, SHORT)))
        .hasMessageContaining(
            "  no  a line that it writes in which the regex /^it is up$/ is found: none so far in"
                + " stdout, stderr, ")
        .hasMessageContaining(file("log") + "; its last line is \"starting\"\n")
        .as("a file that is open for reading too is no log")
        .hasMessageNotContaining(file("data").toString());
    BlockingQueue<Object> results = inBackground(() -> launch.awaitReady(ready));
    Await.until(this::logIsOpen);
    go("go");
    assertThat(Await.next(results)).isEqualTo("returned");
    assertThat(logIsOpen()).as("the wait has left a descriptor open").isFalse();
    launch.awaitReady(Ready.logLine("^open$"), Duration.ZERO);
  }

  @Test
  void lineWrittenBeforeTheWaitCounts() {
    Launch launch = serve("line", "log", "it is up", "print", "done", "pause");
    launch.awaitOutput("done");
    launch.awaitReady(Ready.logLine(file("log"), "up"), Duration.ZERO);
  }

  @Test
  void aLineOfAnEarlierRunDoesNotCount() throws Exception {
    Files.writeString(file("log"), "it is up\n");
    Files.setLastModifiedTime(file("log"), FileTime.from(Instant.now().minusSeconds(3600)));
    Launch launch = serve("wait", "go", "line", "log", "up again", "pause");
    Ready ready = Ready.logLine(file("log"), "up");
    assertThat(timeout(() -> launch.awaitReady(ready, SHORT)))
        .hasMessageContaining("the regex /up/ is found: the file has no such line");
    BlockingQueue<Object> results = inBackground(() -> launch.awaitReady(ready));
    Await.until(this::logIsOpen);
    go("go");
    assertThat(Await.next(results)).isEqualTo("returned");
  }

  private boolean logIsOpen() {
    return !descriptors(file("log").toString()).isEmpty();
  }

  /** Returns what begins so of that to which the descriptors of this JVM are open. */
  private static List<String> descriptors(String start) {
    return KERNEL.descriptors().open(Procfs.SELF).stream()
        .map(fd -> String.valueOf(KERNEL.descriptors().target(Procfs.SELF, fd)))
        .filter(target -> target.startsWith(start))
        .sorted()
        .toList();
  }

  @Test
  void replacedLogIsReadToItsEndAndTheNewOneFromItsStart() throws Exception {
    for (String where : List.of("log", "log.1")) {
      Files.deleteIfExists(file("log.1"));
      Files.writeString(file("log"), "first\n");
      Launch launch = serve("wait", "go", "line", where, "it is up", "pause");
      BlockingQueue<Object> results =
          inBackground(() -> launch.awaitReady(Ready.logLine(file("log"), "is up")));
      Await.until(this::logIsOpen);
      Files.move(file("log"), file("log.1"));
      Files.writeString(file("log"), "second\n");
      go("go");
      assertThat(Await.next(results)).as(where).isEqualTo("returned");
    }
  }

  @Test
  void truncatedLogIsReadFromItsStart() throws Exception {
    Files.writeString(file("log"), "a long line that was there before, of another matter\n");
    Launch launch = serve("wait", "go", "line", "log", "up", "pause");
    BlockingQueue<Object> results =
        inBackground(() -> launch.awaitReady(Ready.logLine(file("log"), "^up$")));
    Await.until(this::logIsOpen);
    Files.writeString(file("log"), "");
    go("go");
    assertThat(Await.next(results)).isEqualTo("returned");
    assertThat(logIsOpen()).as("the wait has left a descriptor open").isFalse();
  }

  @Test
  void failureShowsTheLastLineOfALog() {
    String last = "\u001b" + "é".repeat(300);
    Launch launch = serve("line", "log", "starting\n" + last + "\n", "print", "done", "pause");
    launch.awaitOutput("done");
    assertThat(timeout(() -> launch.awaitReady(Ready.logLine(file("log"), "up"), SHORT)))
        .hasMessageContaining("; its last line is \"\\x1b" + "é".repeat(199) + "…\"\n");
  }

  @Test
  void fifoIsNotReadAsALog() {
    Launch launch = serve("pause");
    assertThat(timeout(() -> launch.awaitReady(Ready.logLine(file("go"), "x"), SHORT)))
        .hasMessageContaining("the regex /x/ is found: the file is not a regular file\n");
  }

  @Test
  void waitForALineTimesOutThoughTheLogGrowsWithoutEnd() {
    Launch launch = scope.launch("timeout", "-s", "KILL", "60", "yes", "x".repeat(60));
    assertThat(timeout(() -> launch.awaitReady(Ready.output("never"), SHORT)))
        .hasMessageContaining("the regex /never/");
    assertThat(launch.isAlive()).as("control: it still writes the log").isTrue();
  }

  @Test
  void asManyLinesAsWantedMakeItReady() throws Exception {
    Launch launch =
        serve("print", "one one", "print", "two", "print", "one", "wait", "go", "print", "a one");
    Ready ready = Ready.output("one", 3);
    launch.awaitReady(Ready.output("one", 2));
    assertThat(timeout(() -> launch.awaitReady(ready, SHORT)))
        .hasMessageContaining(
            "  no  3 lines of stdout or stderr in which the regex /one/ is found: 2 so far, the last"
                + " one \"one\"\n");
    assertThat(timeout(() -> launch.awaitReady(Ready.output("none", 2), SHORT)))
        .hasMessageContaining("/none/ is found: none so far\n");
    assertHoldsOnlyAfterGo(launch, ready);
    assertThat(Ready.output("one", 1)).hasToString(Ready.output("one").toString());
  }

  @Test
  void lineThatIsStillWrittenCountsOnce() throws Exception {
    String script = "printf 'a tick'; read x <go; echo ' or more tick'; echo end; exec sleep 1000";
    Launch launch = scope.launch(Program.of("sh", "-c", script).withDirectory(directory));
    launch.awaitOutput("tick");
    AtomicInteger checks = new AtomicInteger();
    Ready two = Ready.output("tick", 2);
    Ready ready = Ready.all(two, Ready.when("counted", it -> checks.incrementAndGet() > 0));
    BlockingQueue<Object> results = inBackground(() -> launch.awaitReady(ready));
    Await.until(() -> checks.get() > 1);
    go("go");
    launch.awaitOutput("^end$");
    int before = checks.get();
    Await.until(() -> checks.get() > before + 1);
    launch.signal(Signal.KILL);
    assertThat(Await.next(results))
        .isInstanceOf(WaitTimeoutException.class)
        .asString()
        .contains("/tick/ is found: 1 so far, the last one \"a tick\"\n");
  }

  // pid files ------------------------------------------------------------------------------------

  @Test
  void pidFileThatNamesALivingProcessOfTheLaunchMakesItReady() throws Exception {
    Launch launch = serve("daemon", "wait", "go", "pid", "d.pid", "pause");
    assertThat(timeout(() -> launch.awaitReady(Ready.pidFile(file("d.pid")), SHORT)))
        .hasMessageContaining("  no  pid file " + file("d.pid") + ": does not exist\n");
    assertHoldsOnlyAfterGo(launch, Ready.pidFile(file("d.pid")));
    assertThat(Files.readString(file("d.pid")))
        .isEqualTo(launch.awaitOrphan().pid() + "\n")
        .isNotEqualTo(launch.pid() + "\n");
  }

  @Test
  void pidFileOfTheLauncherDoesNotMakeItsDaemonReady() throws Exception {
    Launch launch = scope.launch("sh", "-c", "sleep 1000 &");
    launch.awaitExit();
    Files.writeString(file("d.pid"), launch.pid() + "\n");
    assertThat(timeout(() -> launch.awaitReady(Ready.pidFile(file("d.pid")), Duration.ZERO)))
        .hasMessageContaining(
            "names %d, the launcher, which has ended: let the daemon write its own pid\n",
            launch.pid());
  }

  @Test
  void pidFileThatNamesAnotherProcessDoesNotMakeItReady() throws Exception {
    Launch other = serve("pause");
    Launch ended = serve("exit", "0");
    ended.awaitExit();
    Launch launch = serve("pause");
    Ready ready = Ready.pidFile(file("d.pid"));
    for (long pid : new long[] {1, ProcessHandle.current().pid(), other.pid(), ended.pid()}) {
      Files.writeString(file("d.pid"), pid + "\n");
      assertThat(timeout(() -> launch.awaitReady(ready, SHORT)))
          .hasMessageContaining("names " + pid + ", which is not a living process of the launch\n");
    }
    for (String text : List.of("", "\n", " \nx", "none", "-1", "0", "99999999999999999999")) {
      Files.writeString(file("d.pid"), text);
      assertThat(timeout(() -> launch.awaitReady(ready, Duration.ZERO)))
          .hasMessageContaining(
              text.isBlank() || text.startsWith(" ")
                  ? ": is empty\n"
                  : ": contains \"" + text + "\", which is not a pid\n");
    }
    Files.writeString(file("d.pid"), launch.pid() + "\n/data\n5432\n");
    launch.awaitReady(ready);
  }

  /** A program that is started there, or in a copy of it, writes them there. */
  @Test
  void relativeFilesAreThoseOfTheLaunchsDirectory() throws Exception {
    Files.createDirectory(file("run"));
    Launch launch =
        scope.launch(
            program("unix", "s", "listen", "line", "log", "it is up", "pid", "p", "pause")
                .withDirectory(file("run")));
    launch.awaitReady(
        Ready.all(
            Ready.unixSocket(Path.of("s")),
            Ready.logLine(Path.of("log"), "up"),
            Ready.pidFile(Path.of("p"))));
    assertThat(
            timeout(
                () ->
                    launch.awaitReady(
                        Ready.all(
                            Ready.unixSocket(Path.of("s2")),
                            Ready.logLine(Path.of("log2"), "up"),
                            Ready.pidFile(Path.of("p2"))),
                        SHORT)))
        .hasMessageContaining("unix socket " + file("run/s2") + ": ")
        .hasMessageContaining("a line of " + file("run/log2") + " in which ")
        .hasMessageContaining("pid file " + file("run/p2") + ": does not exist\n");
    Launch here = scope.launch("sleep", "1000");
    assertThat(timeout(() -> here.awaitReady(Ready.pidFile(Path.of("p")), SHORT)))
        .hasMessageContaining("pid file " + Path.of("p").toAbsolutePath() + ": does not exist\n");
  }

  // notifications --------------------------------------------------------------------------------

  @Test
  void aNotificationMakesItReady() throws Exception {
    Launch launch =
        launchWithSocket(
            "notify", "STATUS=reading the journal", "wait", "go", "notify", "READY=1", "pause");
    Await.until(() -> launch.notifiedStatus().isPresent());
    assertThat(timeout(() -> launch.awaitReady(Ready.notification(), SHORT)))
        .hasMessageContaining(
            "  no  READY=1 on the notify socket: not received yet, STATUS=reading the journal\n");
    assertHoldsOnlyAfterGo(launch, Ready.notification());
    assertThat(launch.notifiedStatus()).contains("reading the journal");
    assertThat(launch.notifiedMain()).isEmpty();
  }

  @Test
  void anErrorNumberEndsTheWaitAtOnce() {
    Launch launch =
        launchWithSocket("notify", "STATUS=cannot bind\nERRNO=98", "notify", "READY=1", "pause");
    assertThat(hopeless(() -> launch.awaitReady(Ready.notification())))
        .hasMessageStartingWith(
            "%s cannot become ready: READY=1 on the notify socket: ERRNO=98, EADDRINUSE (address"
                + " already in use), STATUS=cannot bind.\n",
            launch)
        .hasMessageContaining(launch.pid() + " is still running");
  }

  @Test
  void mainPidMustBeAProcessOfTheLaunch() throws Exception {
    Launch launch =
        launchWithSocket("notify", "READY=1\nMAINPID=1", "wait", "go", "mainpid", "pause");
    Await.untilAsserted(
        () ->
            assertThat(timeout(() -> launch.awaitReady(Ready.notification(), SHORT)))
                .hasMessageContaining(
                    ": received, but MAINPID=1 is not a living process of the launch:"
                        + " let the daemon name its own pid after its last fork\n"));
    assertThat(launch.notifiedMain()).isEmpty();
    assertHoldsOnlyAfterGo(launch, Ready.notification());
    assertThat(launch.notifiedMain()).contains(launch.process());
  }

  @Test
  void childMayNotifyForItsLaunch() {
    Launch launch =
        launchWithSocket("fork", "notify", "READY=1", "barrier", "exit", "0", "reap", "pause");
    launch.awaitReady(Ready.notification());
  }

  @Test
  void barrierIsReleasedThoughNoTestWaits() {
    Launch launch = launchWithSocket("notify", "STATUS=one", "barrier", "notify", "READY=1");
    assertThat(launch.awaitExit()).isEqualTo(ExitStatus.exited(0));
    assertThat(launch.notifiedStatus()).contains("one");
  }

  @Test
  void moreMessagesThanASocketHoldsDoNotBlockTheDaemon() {
    List<String> actions = new ArrayList<>();
    for (int i = 0; i < 2000; i++) {
      actions.addAll(List.of("notify", "STATUS=" + i));
    }
    actions.addAll(List.of("barrier", "exit", "3"));
    Launch launch = launchWithSocket(actions.toArray(String[]::new));
    assertThat(launch.awaitExit()).isEqualTo(ExitStatus.exited(3));
    assertThat(launch.notifiedStatus()).contains("1999");
  }

  @Test
  void aMessageFromOutsideDoesNotCount() throws Exception {
    Launch launch =
        scope.launch(
            Program.of("sh", "-c", "echo \"$NOTIFY_SOCKET\"; exec sleep 1000").withNotifySocket());
    String address = launch.awaitOutput("^@");
    Program imposter =
        program("notify", "READY=1", "notify", "STATUS=hello", "barrier", "pause")
            .withEnvironment("NOTIFY_SOCKET", address);
    Launch stranger = scope.launch(imposter);
    Await.untilAsserted(
        () ->
            assertThat(timeout(() -> launch.awaitReady(Ready.notification(), SHORT)))
                .hasMessageContaining(
                    ": not received yet; 2 messages ignored, the last one from pid %d, which is not"
                        + " a process of the launch\n",
                    stranger.pid()));
    assertThat(launch.notifiedStatus()).isEmpty();
  }

  @Test
  void withoutASocketANotificationIsRefusedAtOnce() {
    Launch launch = serve("pause");
    for (Ready ready :
        List.of(Ready.notification(), Ready.any(Ready.port(1), Ready.notification()))) {
      assertThatThrownBy(() -> launch.awaitReady(ready))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "`%s pause` has no notify socket. To fix: launch Program.of(…).withNotifySocket()",
              service);
    }
    assertThat(launch.notifiedMain()).isEmpty();
    assertThat(launch.notifiedStatus()).isEmpty();
  }

  @Test
  void notifySocketIsClosedWithItsScopeAndNotInherited() throws Exception {
    List<String> before = descriptors("socket:");
    try (Supervisor inner = scope.open("inner")) {
      Launch launch =
          inner.launch(
              Program.of("sh", "-c", "ls -l /proc/self/fd; sleep 1000").withNotifySocket());
      Launch other = inner.launch("sh", "-c", "ls -l /proc/self/fd; sleep 1000");
      assertThat(descriptors("socket:")).hasSize(before.size() + 1);
      for (Launch one : List.of(launch, other)) {
        one.awaitOutput(" 2 -> ");
        assertThat(one.stdout()).doesNotContain("socket:");
      }
    }
    assertThat(descriptors("socket:")).isEqualTo(before);
    assertThat(Traces.threads("subreaper notifications")).isEmpty();
  }

  @Test
  void aLaunchThatFailsLeavesNoSocket() throws Exception {
    List<String> before = descriptors("socket:");
    assertThatThrownBy(() -> scope.launch(Program.of("/dev/null").withNotifySocket()))
        .isInstanceOf(LaunchException.class);
    Path garbage = Files.write(file("garbage"), new byte[] {1, 0, 2, 3});
    assertThat(garbage.toFile().setExecutable(true)).isTrue();
    assertThatThrownBy(() -> scope.launch(Program.of(garbage.toString()).withNotifySocket()))
        .isInstanceOf(LaunchException.class);
    assertThat(descriptors("socket:")).isEqualTo(before);
  }

  // all, any, custom -----------------------------------------------------------------------------

  @Test
  void allOfWaitsForEveryCondition() throws Exception {
    Launch launch =
        serve("print", "one", "wait", "go", "line", "log", "two", "wait", "go", "exit", "0");
    Ready ready = Ready.all(Ready.output("one"), Ready.logLine(file("log"), "two"));
    launch.awaitOutput("one");
    assertThat(timeout(() -> launch.awaitReady(ready, SHORT)))
        .hasMessageContaining(
            """
             to be ready.
              no  all of
              ok    a line of stdout or stderr in which the regex /one/ is found: "one"
              no    a line of %s in which the regex /two/ is found: the file does not exist
            """,
            file("log"));
    assertHoldsOnlyAfterGo(launch, ready);
  }

  @Test
  void anyOfWaitsForOneCondition() throws Exception {
    Launch launch = serve("wait", "go", "print", "two", "pause");
    List<Ready> ready = List.of(Ready.output("one"), Ready.output("two"));
    assertHoldsOnlyAfterGo(launch, Ready.any(ready));
    launch.awaitReady(Ready.any(Ready.output("one"), Ready.output("two")));
    timeout(() -> launch.awaitReady(Ready.all(ready), SHORT));
  }

  @Test
  void anyOfFailsAtOnceWhenEveryConditionIsHopeless() {
    Launch launch = launchWithSocket("notify", "ERRNO=2", "print", "x", "pause");
    hopeless(() -> launch.awaitReady(Ready.any(Ready.notification(), Ready.notification())));
    hopeless(() -> launch.awaitReady(Ready.all(Ready.output("none"), Ready.notification())));
    launch.awaitReady(Ready.any(Ready.notification(), Ready.output("x")));
    timeout(() -> launch.awaitReady(Ready.any(Ready.notification(), Ready.output("none")), SHORT));
  }

  @Test
  void predicateCanBeACondition() throws Exception {
    Launch launch = serve("wait", "go", "print", "x", "pause");
    AtomicInteger looks = new AtomicInteger();
    Ready ready =
        Ready.when(
            "something printed",
            it -> {
              looks.incrementAndGet();
              return !it.stdout().isEmpty();
            });
    assertThat(timeout(() -> launch.awaitReady(ready, Duration.ZERO)))
        .hasMessageContaining("  no  something printed\n");
    assertThat(looks).hasValue(1);
    assertHoldsOnlyAfterGo(launch, ready);
    IllegalStateException broken = new IllegalStateException("broken");
    assertThatThrownBy(
            () ->
                launch.awaitReady(
                    Ready.when(
                        "x",
                        it -> {
                          throw broken;
                        })))
        .isSameAs(broken);
  }

  // death before readiness ------------------------------------------------------------------------

  @Test
  void deathBeforeReadinessFailsTheWaitAtOnceWithStatusAndOutput() {
    Launch launch = serve("print", "no space left", "exit", "28");
    assertThat(hopeless(() -> launch.awaitReady(Ready.all(Ready.port(80), Ready.output("space")))))
        .hasMessageMatching(
            "(?s)"
                + java.util.regex.Pattern.quote(launch.toString())
                + " cannot become ready: every process of the launch has ended, after \\d+\\.\\d+ s\\.\n"
                + "  no  all of\n"
                + "  no    TCP port 80: .+ listens there.*\n"
                + "  ok    a line of stdout or stderr in which the regex /space/ is found: \"no space"
                + " left\"\n"
                + ".*launcher  "
                + launch.pid()
                + " exited 28 after .*\n"
                + "  stdout    no space left\n");
  }

  @Test
  void readinessJustBeforeTheLastExitCounts() {
    Launch launch = launchWithSocket("print", "up", "notify", "READY=1", "barrier", "exit", "0");
    launch.awaitExit();
    launch.awaitReady(Ready.all(Ready.output("up"), Ready.notification()), Duration.ZERO);
  }

  private static BlockingQueue<Object> inBackground(Runnable wait) {
    BlockingQueue<Object> results = new ArrayBlockingQueue<>(1);
    new Thread(
            () -> {
              try {
                wait.run();
                results.add("returned");
              } catch (RuntimeException e) {
                results.add(e);
              }
            })
        .start();
    return results;
  }

  // arguments that are refused at the call --------------------------------------------------------

  @Test
  @SuppressWarnings("NullAway") // passes null on purpose
  void badInputIsRefusedAtTheCall() {
    Launch launch = serve("pause");
    for (int port : new int[] {0, -1, 65_536}) {
      assertThatThrownBy(() -> Ready.port(port))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("a port is 1 to 65535, not " + port);
      assertThatThrownBy(() -> Ready.udpPort(port))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("a port is 1 to 65535, not " + port);
    }
    assertThatThrownBy(() -> Ready.output("x", 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("times must be 1 or more, not 0");
    assertThatThrownBy(() -> Ready.output("(")).isInstanceOf(PatternSyntaxException.class);
    assertThatThrownBy(() -> Ready.logLine(file("x"), "("))
        .isInstanceOf(PatternSyntaxException.class);
    for (ThrowingCallable call :
        List.<ThrowingCallable>of(
            () -> Ready.all(),
            () -> Ready.any(),
            () -> Ready.all(List.of()),
            () -> Ready.any(List.of()))) {
      assertThatThrownBy(call)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("no condition was given: name at least one");
    }
    assertThatThrownBy(() -> launch.awaitReady(Ready.port(1), Duration.ofNanos(-1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("timeout must not be negative");
    for (Map.Entry<String, ThrowingCallable> call :
        Map.<String, ThrowingCallable>of(
                "output", () -> Ready.output(null),
                "file", () -> Ready.logLine(null, "x"),
                "regex", () -> Ready.logLine(file("x"), null),
                "socket", () -> Ready.unixSocket(null),
                "pidFile", () -> Ready.pidFile(null),
                "when", () -> Ready.when("x", null),
                "all", () -> Ready.all(Ready.port(1), null),
                "ready", () -> launch.awaitReady(null),
                "isReady", () -> launch.isReady(null),
                "timeout", () -> launch.awaitReady(Ready.port(1), null))
            .entrySet()) {
      assertThatThrownBy(call.getValue())
          .as(call.getKey())
          .isInstanceOf(NullPointerException.class);
    }
  }

  @Test
  void controlCharactersInATextAreEscaped() {
    Launch launch = serve("pause");
    assertThat(timeout(() -> launch.awaitReady(Ready.output("\u001b.31m"), SHORT)).getMessage())
        .doesNotContain("\u001b");
    assertThatCode(() -> Ready.when("a\nb", it -> true).toString()).doesNotThrowAnyException();
  }
}
