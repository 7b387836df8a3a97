package io.github.subreaper;

import static io.github.subreaper.TraceFaults.events;
import static io.github.subreaper.TraceFaults.executed;
import static io.github.subreaper.testing.Await.LONG;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.subreaper.ProcessEvent.Continued;
import io.github.subreaper.ProcessEvent.Exited;
import io.github.subreaper.ProcessEvent.Forked;
import io.github.subreaper.ProcessEvent.Signaled;
import io.github.subreaper.ProcessEvent.Stopped;
import io.github.subreaper.testing.Await;
import io.github.subreaper.testing.BusyCores;
import io.github.subreaper.testing.CProgram;
import io.github.subreaper.testing.ChildJvm;
import io.github.subreaper.testing.Hostile;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A traced program does and ends as an untraced one, and all that it does is reported. */
@Timeout(300)
@Tag("slow")
class TracedProgramsTest {
  private static final int CAP_SYS_PTRACE = 19;
  private static final int NOBODY = 65_534;
  private static final ScopeOptions OPTIONS =
      ScopeOptions.defaults().withSettle(Duration.ZERO).withAwait(LONG).withGrace(LONG);

  @TempDir private static Path directory;
  private static String peculiar = "";
  private static String pty = "";

  @AutoClose private final Subreaper subreaper = Subreaper.activate();
  private final Supervisor supervisor = subreaper.open("traced", OPTIONS);

  @BeforeAll
  static void build() throws Exception {
    peculiar = CProgram.build(directory, "peculiar", "-pthread").toString();
    pty = CProgram.build(directory, "pty", "-lutil").toString();
  }

  private Launch traced(String... command) {
    return supervisor.launch(Program.of(command).traced());
  }

  private static List<String> words(String command) {
    return List.of(command.replace("peculiar", peculiar).split(" "));
  }

  /** Runs a program without and with a trace, and compares what it says and how it ends. */
  private Launch asUntraced(List<String> command) {
    Launch untraced = supervisor.launch(Program.of(command));
    Launch traced = supervisor.launch(Program.of(command).traced());
    ExitStatus status = untraced.awaitExit();
    assertThat(traced.awaitExit()).as(traced + ": " + traced.stderr()).isEqualTo(status);
    assertThat(said(traced)).isEqualTo(said(untraced));
    assertThat(traced.stderr()).isEqualTo(untraced.stderr());
    assertComplete(traced);
    return traced;
  }

  private static String said(Launch launch) {
    return launch.stdout().replaceAll("(I am (?:still )?)" + launch.pid() + "\\b", "$1PID");
  }

  private static void assertComplete(Launch launch) {
    launch.stop();
    assertThat(TraceFaults.of(launch)).as(launch.journal().toString()).isEmpty();
  }

  /** A wait reports the youngest first, and these always have something to report. */
  @Test
  void processIsAnsweredThoughYoungerOnesStopAgainAndAgain() {
    assertThat(traced(peculiar, "busy", "100").awaitExit()).isEqualTo(ExitStatus.exited(7));
  }

  /** The next tests compare the other commands in the same way. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "firstends",
        "lastthread",
        "strict break",
        "queue 1000+",
        "taken",
        "caught",
        "abort"
      })
  void peculiarProgramBehavesAndEndsAsWithoutATrace(String command) {
    asUntraced(words("peculiar " + command));
  }

  @Test
  void eachOfAThousandQueuedSignalsIsReportedWithItsSender() {
    Launch launch = asUntraced(words("peculiar queue 1000"));
    Descendant child = events(Forked.class, launch).get(0).child();
    assertThat(events(Signaled.class, launch))
        .hasSize(1000)
        .allSatisfy(
            event -> {
              Sender sender = event.sender().orElseThrow();
              assertThat(sender.process()).contains(child);
              assertThat(sender.how()).isEqualTo("sigqueue");
            });
  }

  @ParameterizedTest
  @CsvSource({"exec, 1", "lastexec, 1", "vfork, 1", "spawn, 1", "undumpable, 1", "strict, 0"})
  void execIsReportedWhicheverThreadCallsIt(String what, int execs) {
    Launch launch = asUntraced(List.of(peculiar, what));
    assertThat(executed(launch))
        .as(launch.journal().toString())
        .hasSize(execs)
        .allSatisfy(command -> assertThat(command.get(0)).isEqualTo("sh"));
  }

  @Test
  void threadIsNoProcess() {
    Launch launch = asUntraced(words("peculiar storm 500"));
    assertThat(events(Forked.class, launch)).isEmpty();
    assertThat(events(Exited.class, launch)).hasSize(1);
  }

  @Test
  void childThatIsItsParentsBrotherIsReportedAsTheGrandparentsChild() {
    Launch launch = asUntraced(words("peculiar cloneparent"));
    assertThat(events(Forked.class, launch))
        .as(launch.journal().toString())
        .hasSize(2)
        .allSatisfy(event -> assertThat(event.process()).isEqualTo(launch.process()));
  }

  /** The kernel counts the last thread to begin its exit, and a wait reports the youngest first. */
  @Test
  void statusOfAProcessWhoseThreadsExitOneByOneIsThatWhichItsParentGets() {
    Launch launch = traced(peculiar, "codes", "400");
    assertThat(launch.awaitExit()).isEqualTo(ExitStatus.exited(0));
    assertComplete(launch);
    assertThat(childrensCodes(launch)).containsExactlyElementsOf(launch.stdout().lines().toList());
  }

  private static List<String> childrensCodes(Launch launch) {
    return events(Forked.class, launch).stream()
        .map(Forked::child)
        .map(child -> child.pid() + " " + code(child.exitStatus().orElseThrow()))
        .toList();
  }

  private static int code(ExitStatus status) {
    return ((ExitStatus.Exited) status).code();
  }

  /** Its pid and its start, which is known to a clock tick, are those of another process. */
  @Test
  void processesOfOnePidInOneClockTickAreTwo() {
    Launch launch = traced(peculiar, "samepids");
    ExitStatus status = launch.awaitExit();
    assumeTrue(!status.equals(ExitStatus.exited(77)), "only root may choose a pid");
    assertThat(status).isEqualTo(ExitStatus.exited(0));
    assertComplete(launch);
    assertThat(childrensCodes(launch)).containsExactlyElementsOf(launch.stdout().lines().toList());
  }

  /** It is mostly gone before a scan. */
  @Test
  void journalThatLacksAnUntracedChildIsNotExact() {
    for (int round = 0; round < 20; round++) {
      Launch launch = traced(peculiar, "untraced");
      assertThat(launch.awaitExit()).isEqualTo(ExitStatus.exited(8));
      assertThat(launch.journal().isExact()).as(launch.journal().toString()).isFalse();
      assertThat(launch.journal().whyInexact().orElseThrow()).contains("CLONE_UNTRACED");
    }
  }

  @ParameterizedTest
  @CsvSource({"exitsignal, SIGUSR1", "input, SIGIO"})
  void signalOfTheKernelIsNoFault(String what, String signal) {
    Launch launch = traced(peculiar, what);
    launch.awaitExit();
    assertComplete(launch);
    assertThat(events(Signaled.class, launch))
        .filteredOn(event -> event.signal().toString().equals(signal))
        .singleElement()
        .satisfies(
            event -> assertThat(event.sender()).map(Sender::toString).contains("the kernel"));
    assertThat(launch.journal().withoutFaults()).hasToString(launch.journal().toString());
  }

  @Test
  void faultsThatAProgramSurvivesCanBeLeftOut() {
    Launch launch = traced(peculiar, "faults", "20000");
    assertThat(launch.awaitExit()).isEqualTo(ExitStatus.signaled(Signal.SEGV));
    assertThat(events(Signaled.class, launch)).hasSize(20_001);
    assertThat(launch.journal().withoutFaults().events())
        .extracting(event -> event.getClass().getSimpleName())
        .containsExactly("Launched", "Signaled", "Exited");
    assertComplete(launch);
  }

  @Test
  void eachExecOfAScriptIsReportedInOrderWithItsArguments() {
    String script = "i=0; while [ $i -lt 300 ]; do /bin/true $i \"a  b\" ''; i=$((i + 1)); done";
    Launch launch = asUntraced(List.of("sh", "-c", script));
    assertThat(executed(launch))
        .containsExactlyElementsOf(
            IntStream.range(0, 300)
                .mapToObj(i -> List.of("/bin/true", Integer.toString(i), "a  b", ""))
                .toList());
  }

  @Test
  void stagesOfACompilerAreReported() throws Exception {
    Path source = Files.writeString(directory.resolve("none.c"), "int main() { return 0; }\n");
    Launch launch =
        asUntraced(
            List.of(
                "gcc",
                "-O2",
                "-no-integrated-cpp",
                "-o",
                directory.resolve("none").toString(),
                source.toString()));
    assertThat(executed(launch))
        .extracting(command -> Path.of(command.get(0)).getFileName().toString())
        .as(launch.journal().toString())
        .containsSubsequence("cc1", "cc1", "as", "collect2");
  }

  @Test
  void endByAFaultIsTheKernels() {
    Launch launch = asUntraced(words("peculiar fault"));
    assertThat(launch.process().endedBy()).map(Sender::toString).contains("the kernel (fault)");
  }

  @Test
  void signalOfASiblingIsReportedWithItsCommand() {
    Launch launch =
        traced("sh", "-c", "sleep 1000 & sh -c 'kill -TERM $0; exit 9' $!; wait $!; exit 7");
    assertThat(launch.awaitExit()).isEqualTo(ExitStatus.exited(7));
    assertComplete(launch);
    Descendant victim = events(Forked.class, launch).get(0).child();
    Descendant sibling = events(Forked.class, launch).get(1).child();
    Sender sender = victim.endedBy().orElseThrow();
    assertThat(sender.process()).contains(sibling);
    assertThat(sender.toString())
        .isEqualTo(sibling.pid() + " (sh -c kill -TERM $0; exit 9 " + victim.pid() + ")");
  }

  /** Its number is no living process's any more when the signal reaches the one that blocked it. */
  @Test
  void signalOfASenderThatHasEndedIsReportedWithItsCommand() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/python3")), "no /usr/bin/python3");
    Path go = directory.resolve("unblock");
    String script =
        """
        import os, signal, subprocess, sys
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
        subprocess.run(["sh", "-c", "kill -TERM $PPID; exit 9"])
        while not os.path.exists(sys.argv[1]):
            pass
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
        """;
    Launch launch = traced("/usr/bin/python3", "-c", script, go.toString());
    Await.until(() -> events(Exited.class, launch), exits -> !exits.isEmpty());
    Descendant sender = events(Exited.class, launch).get(0).process();
    Files.createFile(go);
    assertThat(launch.awaitExit()).isEqualTo(ExitStatus.signaled(Signal.TERM));
    assertThat(launch.process().endedBy().orElseThrow().process()).contains(sender);
    assertThat(launch.process().endedBy().orElseThrow().toString())
        .isEqualTo(sender.pid() + " (sh -c kill -TERM $PPID; exit 9)");
    assertComplete(launch);
  }

  /** Runs a shell that is neither traced nor of the launch. */
  private void outside(String script) {
    assertThat(supervisor.launch("sh", "-c", script).awaitExit()).isEqualTo(ExitStatus.exited(0));
  }

  @ParameterizedTest
  @ValueSource(strings = {"all", "others"})
  void stopAndContinuationFromOutsideAreEachReportedOnce(String threads) {
    Launch launch = traced(peculiar, threads);
    launch.awaitOutput("ready");
    for (int round = 0; round < 3; round++) {
      outside("kill -STOP " + launch.pid());
      int count = round + 1;
      Await.until(() -> events(Stopped.class, launch).size() == count);
      if (threads.equals("all")) { // the state is that of the first thread
        assertThat(launch.process().details().state()).isEqualTo(ProcessState.STOPPED);
        assertThat(launch.tree().nodes().get(0).stat().isStopped()).isTrue();
        assertThat(launch.describe()).containsPattern("\\bT[<N]?l? ");
      }
      outside("kill -CONT " + launch.pid());
      Await.until(() -> events(Continued.class, launch).size() == count);
      assertThat(launch.tree().nodes().get(0).stat().isStopped()).isFalse();
    }
    outside("kill -TERM " + launch.pid());
    assertThat(launch.awaitExit()).isEqualTo(ExitStatus.signaled(Signal.TERM));
    if (threads.equals("all")) { // else the kernel ends it without a stop
      assertThat(launch.process().endedBy().map(Sender::how)).contains("kill");
    }
    assertComplete(launch);
    assertThat(events(Stopped.class, launch))
        .hasSize(3)
        .allSatisfy(event -> assertThat(event.signal()).isEqualTo(Signal.STOP));
    assertThat(events(Continued.class, launch)).hasSize(3);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        // a group that is stopped as by Ctrl-Z, told to go on by its shell, and then as a whole
        "set -m; sh -c 'kill -TSTP 0; exit 5'; echo $?; kill -CONT %1; wait %1; echo $?",
        "set -m; sh -c 'sh -c \"kill -TSTP 0; exit 6\"; exit $?'; echo $?; fg; echo $?",
        "set -m; sleep 1000 & kill -STOP %1; wait %1 2>$n; echo $?; disown 2>$n; kill -KILL $!",
        // it reads, which is for the group in the foreground only: SIGTTIN
        "set -m; cat & wait %1 2>$n; echo $?; disown 2>$n; kill -KILL $!",
      })
  void jobsOfAShellOnATerminalStopAndGoOn(String script) {
    Launch launch = asUntraced(List.of(pty, "bash", "--norc", "-c", "n=/dev/null; " + script));
    int stops = events(Stopped.class, launch).size();
    assertThat(stops).as(launch.journal().toString()).isPositive();
  }

  @Test
  void tracedProgramMayNotTrace() {
    Launch strace = traced("strace", "true");
    assertThat(strace.awaitExit()).isNotEqualTo(ExitStatus.exited(0));
    assertThat(strace.stderr()).contains("Operation not permitted");
    assertComplete(strace);
    Launch grep = traced("grep", "TracerPid", "/proc/self/status");
    grep.awaitExit();
    assertThat(grep.stdout()).containsPattern("TracerPid:\\t[1-9]");
  }

  /** Many threads, each of which waits for a child. */
  static final class Threads {
    public static void main(String[] arguments) throws Exception {
      int count = Integer.parseInt(arguments[0]);
      CountDownLatch all = new CountDownLatch(count);
      List<Thread> threads = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        Thread thread =
            new Thread(
                () -> {
                  all.countDown();
                  Await.opened(all); // all of them live at the same time
                });
        threads.add(thread);
        thread.start();
      }
      for (Thread thread : threads) {
        thread.join();
      }
      int child = new ProcessBuilder("sh", "-c", "exit 3").start().waitFor();
      System.out.println(count + " threads, and a child that exits with " + child);
      System.gc();
      System.exit(7);
    }
  }

  @Test
  @Tag("full")
  void jvmWithHundredsOfThreadsRunsAndExits() {
    Launch launch = asUntraced(ChildJvm.command(Threads.class, "200"));
    assertThat(launch.awaitExit()).isEqualTo(ExitStatus.exited(7));
    assertThat(executed(launch)).contains(List.of("sh", "-c", "exit 3"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"fork", "spawn", "forkserver"})
  @Tag("full")
  void poolOfPythonsMultiprocessingWorks(String method) throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/python3")), "no /usr/bin/python3");
    Path script =
        Files.writeString(
            directory.resolve("pool-" + method + ".py"),
            """
            import multiprocessing, os, signal, sys

            def square(number):
                return number * number

            if __name__ == "__main__":
                multiprocessing.set_start_method("%s")
                with multiprocessing.Pool(4) as pool:
                    print(sum(pool.map(square, range(1000))))
                victim = multiprocessing.Process(target=signal.pause)
                victim.start()
                victim.terminate()
                victim.join()
                print(victim.exitcode)
                sys.exit(21)
            """
                .formatted(method));
    Launch launch = asUntraced(List.of("/usr/bin/python3", script.toString()));
    assertThat(launch.stdout()).isEqualTo("332833500\n-15\n");
  }

  private static String installed(String program) {
    Path path = Path.of("/usr/sbin", program);
    Path other = Path.of("/usr/bin", program);
    assumeTrue(Files.isExecutable(path) || Files.isExecutable(other), "no " + program);
    return (Files.isExecutable(path) ? path : other).toString();
  }

  private static Program perhapsTraced(boolean traced, Program program) {
    return traced ? program.traced() : program;
  }

  private static void assertEnded(ScopeReport report, boolean traced) {
    assertThat(report.survivors()).isEmpty();
    if (traced) {
      assertThat(report.ended())
          .extracting(Descendant::exitStatus)
          .isNotEmpty()
          .noneMatch(status -> status.orElseThrow() instanceof ExitStatus.Unknown);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void nginxReplacesAKilledWorkerAndQuits(boolean traced, @TempDir Path home) throws Exception {
    Path socket = home.resolve("nginx.sock");
    Files.writeString(
        home.resolve("nginx.conf"),
        """
        user root; # matters for root only
        worker_processes 2;
        pid nginx.pid;
        error_log error.log;
        events {}
        http {
          access_log off;
          client_body_temp_path body;
          proxy_temp_path proxy;
          fastcgi_temp_path fastcgi;
          uwsgi_temp_path uwsgi;
          scgi_temp_path scgi;
          server { listen unix:%s; }
        }
        """
            .formatted(socket));
    Program program =
        Program.of(installed("nginx"), "-p", home.toString(), "-c", "nginx.conf")
            .withStopSignal(Signal.QUIT);
    Launch launch = supervisor.launch(perhapsTraced(traced, program));
    assertThat(launch.awaitExit()).as(launch.stderr()).isEqualTo(ExitStatus.exited(0));
    Descendant master = launch.awaitOrphan();
    List<Descendant> workers = supervisor.awaitDescendants("nginx: worker process", 2);
    Descendant replacement = workers.get(0).killAndAwaitRespawn();
    assertThat(replacement.parent()).contains(master);
    assertThat(workers.get(0).exitStatus())
        .as("killed, and collected by the master")
        .contains(ExitStatus.signaled(Signal.KILL));
    assertEnded(launch.stop(), traced);
    assertThat(master.exitStatus()).contains(ExitStatus.exited(0));
    if (traced) {
      assertThat(replacement.exitStatus()).contains(ExitStatus.exited(0));
      assertComplete(launch);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void memcachedListensAndEnds(boolean traced, @TempDir Path home) {
    Path socket = home.resolve("memcached.sock");
    List<String> command =
        new ArrayList<>(List.of(installed("memcached"), "-s", socket.toString(), "-t", "8"));
    if (Hostile.isRoot()) {
      command.addAll(List.of("-u", "root"));
    }
    Launch launch = supervisor.launch(perhapsTraced(traced, Program.of(command)));
    launch.awaitReady(Ready.unixSocket(socket));
    assertEnded(launch.stop(), traced);
    assertThat(launch.process().ending()).contains(Ending.STOP_SIGNAL);
    if (traced) {
      assertComplete(launch);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void sshdGreetsAndEnds(boolean traced, @TempDir Path home) throws Exception {
    String sshd = installed("sshd");
    Path key = home.resolve("key");
    Launch keygen =
        supervisor.launch(
            installed("ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-f", key.toString());
    assertThat(keygen.awaitExit()).isEqualTo(ExitStatus.exited(0));
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    String config =
        "Port %d\nListenAddress 127.0.0.1\nHostKey %s\nPidFile none\nUsePAM no\n"
            .formatted(port, key);
    Path file = Files.writeString(home.resolve("config"), config);
    Program program = Program.of(sshd, "-D", "-f", file.toString()).withDirectory(home);
    if (Hostile.isRoot()) { // as root it needs a system directory
      for (Path owned : List.of(home, key)) {
        Files.setAttribute(owned, "unix:uid", NOBODY);
      }
      program = program.withUser(NOBODY, NOBODY);
    }
    Launch launch = supervisor.launch(perhapsTraced(traced, program));
    launch.awaitListening(port);
    try (Socket client = new Socket(InetAddress.getLoopbackAddress(), port)) {
      client.setSoTimeout((int) LONG.toMillis());
      byte[] greeting = client.getInputStream().readNBytes(8);
      assertThat(new String(greeting, US_ASCII)).isEqualTo("SSH-2.0-");
    }
    assertEnded(launch.stop(), traced);
    if (traced) {
      assertComplete(launch);
    }
  }

  /** Runs a program without and with a trace. */
  static final class Ids {
    public static void main(String[] arguments) {
      try (Subreaper subreaper = Subreaper.activate();
          Supervisor scope = subreaper.open("ids")) {
        for (boolean traced : new boolean[] {false, true}) {
          Launch launch = scope.launch(perhapsTraced(traced, Program.of(arguments[0], "ids")));
          launch.awaitExit();
          System.out.println((traced ? "traced=" : "untraced=") + launch.stdout().strip());
        }
      }
    }
  }

  @Test
  @Tag("full")
  void setUserIdProgramHasNoPrivilegesWhereTheTracerHasNone(@TempDir Path home) throws Exception {
    assumeTrue(Hostile.isRoot(), "only root makes a program that becomes root");
    Hostile user = Hostile.build(home);
    Path program = Files.copy(Path.of(peculiar), home.resolve("ids"));
    Files.setAttribute(program, "unix:mode", 0104755);
    Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwxr-xr-x"));
    ChildJvm.Result result =
        ChildJvm.run(
                user.asItsUser(), user.classPathIn(home), Map.of(), Ids.class, program.toString())
            .exitedNormally();
    String[] untraced = result.value("untraced").split(" ", -1);
    assumeTrue(untraced[1].equals("0"), "this file system, or a sandbox, ignores set-user-id");
    assertThat(result.value("traced")).isEqualTo(untraced[0] + " " + untraced[0]);

    Launch own =
        supervisor.launch(Program.of(program.toString(), "ids").withUser(NOBODY, NOBODY).traced());
    own.awaitExit();
    String capabilities =
        Files.readAllLines(Path.of("/proc/self/status")).stream()
            .filter(line -> line.startsWith("CapEff:"))
            .findFirst()
            .orElseThrow()
            .split("\t", -1)[1];
    boolean maySeeAll = (Long.parseUnsignedLong(capabilities, 16) >> CAP_SYS_PTRACE & 1) != 0;
    assertThat(own.stdout().strip()).isEqualTo(NOBODY + " " + (maySeeAll ? 0 : NOBODY));
  }

  @Test
  @Tag("full")
  void peculiarProgramsAreReportedWhollyWhenAllCoresAreBusy() throws Exception {
    List<String> commands =
        List.of("exec", "lastexec", "firstends", "lastthread", "vfork", "cloneparent", "fault");
    BusyCores.during(
        () -> {
          for (int round = 0; round < 40; round++) {
            List<Launch> launches = new ArrayList<>();
            for (String command : commands) {
              launches.add(traced(peculiar, command));
            }
            assertThat(launches.stream().map(Launch::awaitExit))
                .containsExactly(
                    ExitStatus.exited(4),
                    ExitStatus.exited(4),
                    ExitStatus.exited(6),
                    ExitStatus.exited(0),
                    ExitStatus.exited(2),
                    ExitStatus.exited(0),
                    ExitStatus.signaled(Signal.SEGV));
            launches.forEach(TracedProgramsTest::assertComplete);
          }
        });
  }

  @ParameterizedTest
  @ValueSource(strings = {"storm 1000000", "others", "all"})
  @Tag("full")
  void programOfManyThreadsThatIsKilledIsReportedAsKilled(String command) {
    for (int round = 0; round < 100; round++) {
      Launch launch = supervisor.launch(Program.of(words("peculiar " + command)).traced());
      if (!command.startsWith("storm")) {
        launch.awaitOutput("ready");
      } else {
        Await.until(() -> launch.process().details().threads() > 1);
      }
      outside("kill -KILL " + launch.pid());
      assertThat(launch.awaitExit()).isEqualTo(ExitStatus.signaled(Signal.KILL));
      assertComplete(launch);
    }
  }

  @Test
  @Tag("full")
  void statusOfAProcessIsThatWhichItsParentGets() {
    Launch launch = traced(peculiar, "races", "2000");
    assertThat(launch.awaitExit()).as(launch.stderr()).isEqualTo(ExitStatus.exited(0));
    assertComplete(launch);
    List<String> told =
        events(Exited.class, launch).stream()
            .filter(event -> !event.process().equals(launch.process()))
            .map(event -> event.process().pid() + " " + number(event.status()))
            .toList();
    assertThat(told).containsExactlyInAnyOrderElementsOf(launch.stdout().lines().toList());
    assertThat(told).as("control").anyMatch(one -> one.endsWith(" -9"));
  }

  private static int number(ExitStatus status) {
    return switch (status.toString()) {
      case "exited 0" -> 0;
      case "killed by SIGKILL" -> -9;
      default -> throw new AssertionError(status);
    };
  }

  @Test
  @Tag("full")
  void stopOfAProcessWhoseThreadsComeAndGoIsReported() {
    Launch launch = supervisor.launch(Program.of(words("peculiar storm 100000000")).traced());
    AtomicInteger stops = new AtomicInteger();
    AtomicInteger continuations = new AtomicInteger();
    Journal.Registration registration =
        launch
            .journal()
            .onEvent(
                event -> {
                  if (event instanceof Stopped) {
                    stops.incrementAndGet();
                  } else if (event instanceof Continued) {
                    continuations.incrementAndGet();
                  }
                });
    for (int round = 1; round <= 50; round++) {
      int count = round;
      launch.signal(Signal.STOP);
      Await.until(() -> stops.get() == count);
      launch.signal(Signal.CONT);
      Await.until(() -> continuations.get() == count);
    }
    registration.close();
    launch.signal(Signal.TERM);
    assertThat(launch.awaitExit()).isEqualTo(ExitStatus.signaled(Signal.TERM));
    assertComplete(launch);
  }
}
