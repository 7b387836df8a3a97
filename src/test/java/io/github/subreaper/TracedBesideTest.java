package io.github.subreaper;

import static io.github.subreaper.TraceFaults.events;
import static io.github.subreaper.testing.Await.LONG;
import static io.github.subreaper.testing.Linux.KERNEL;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import io.github.subreaper.internal.access.Access;
import io.github.subreaper.internal.linux.proc.Procfs;
import io.github.subreaper.testing.Await;
import io.github.subreaper.testing.CProgram;
import io.github.subreaper.testing.ChildJvm;
import io.github.subreaper.testing.Hostile;
import io.github.subreaper.testing.VirtualThreads;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A trace beside the JDK, native code, and all else that a launch may ask for. */
@Timeout(300)
@Tag("slow")
class TracedBesideTest extends WaitFixture {
  /** Forks all the time; ends by itself when its directory has a file named stop. */
  private static final String FORKS = "while [ ! -e stop ]; do (exit 3); /bin/true; done; exit 5";

  @AfterEach
  void nothingIsTracedAfterTheLastClose() {
    subreaper.close();
    Await.until(() -> Traces.threads("subreaper trace").isEmpty()); // it has done all before that
    assertThat(children()).isEmpty();
  }

  private static List<ProcessHandle> children() {
    return ProcessHandle.current().children().filter(ProcessHandle::isAlive).toList();
  }

  private static Program sh(String script) {
    return Program.of("sh", "-c", script).traced();
  }

  private Launch launchForking() {
    Launch launch = scope.launch(sh("echo ready; " + FORKS).withDirectory(directory));
    launch.awaitOutput("ready");
    return launch;
  }

  private void assertStillReported(Launch launch) throws IOException {
    int before = launch.journal().events().size();
    Await.until(() -> launch.journal().events().size() > before + 10);
    Files.createFile(directory.resolve("stop"));
    assertThat(launch.awaitExit()).isEqualTo(ExitStatus.exited(5));
    assertThat(launch.journal().isExact()).isTrue();
    assertThat(launch.tree().size()).isZero();
    assertThat(statuses(launch)).allMatch(status -> status instanceof ExitStatus.Exited);
  }

  // the JDK and native code ----------------------------------------------------------------------

  @Test
  void onExitOfTheJdkCompletesEarlyAndTheProgramGoesOn() throws Exception {
    Launch launch = launchForking();
    ProcessHandle handle = ProcessHandle.of(launch.pid()).orElseThrow();
    CompletableFuture<ProcessHandle> early = handle.onExit();
    Await.until(early::isDone);
    assertThat(launch.isAlive()).as("control: it was reported too early").isTrue();
    assertStillReported(launch);
  }

  @Test
  void processesOfTheJdkKeepTheirStatuses() throws Exception {
    Launch launch = launchForking();
    ExecutorService pool = Executors.newFixedThreadPool(4);
    try {
      List<Callable<Integer>> calls = new ArrayList<>();
      List<Integer> expected = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        int code = i % 256;
        expected.add(code);
        calls.add(() -> new ProcessBuilder("sh", "-c", "exit " + code).start().waitFor());
      }
      List<Integer> codes = new ArrayList<>();
      for (Future<Integer> call : pool.invokeAll(calls)) {
        codes.add(call.get());
      }
      assertThat(codes).isEqualTo(expected);
    } finally {
      pool.shutdown();
    }
    assertStillReported(launch);
  }

  @Test
  void childrenOfNativeCodeKeepTheirStatuses() throws Exception {
    Path library = CProgram.build(directory, "nativeforks", "-shared", "-fPIC");
    Function run = NativeLibrary.getInstance(library.toString()).getFunction("run");
    Launch launch = launchForking();
    for (int code = 0; code < 30; code++) {
      assertThat(run.invokeInt(new Object[] {code})).isEqualTo(code);
    }
    assertStillReported(launch);
  }

  /** Runs without any process of the JDK, whose threads are known to wait. */
  static final class Thief {
    public static void main(String[] arguments) throws Exception {
      Path directory = Path.of(arguments[0]);
      Function steal = NativeLibrary.getInstance(arguments[1]).getFunction("steal");
      try (Subreaper subreaper = Subreaper.activate();
          Supervisor scope = subreaper.open("thief", ScopeOptions.defaults().withAwait(LONG))) {
        Launch forking = scope.launch(sh(FORKS).withDirectory(directory));
        int taken = 0;
        while (taken < 5) {
          taken += steal.invokeInt(new Object[0]);
        }
        Files.createFile(directory.resolve("stop"));
        System.out.println("forking=" + forking.awaitExit());
        System.out.println("exact=" + forking.journal().isExact());

        Launch stopped =
            scope.launch(sh("while read line; do echo $line; done <go").withDirectory(directory));
        AtomicBoolean over = new AtomicBoolean();
        Thread thief =
            new Thread(
                () -> {
                  while (!over.get()) {
                    steal.invokeInt(new Object[0]);
                  }
                });
        try (Writer go = Files.newBufferedWriter(directory.resolve("go"))) {
          thief.start();
          for (int round = 0; round < 10; round++) {
            try (Frozen frozen = stopped.process().freeze(LONG)) {
              assertThat(frozen.processes()).hasSize(1);
            }
            go.write("round " + round + "\n");
            go.flush();
            stopped.awaitOutput("round " + round);
          }
          over.set(true);
          thief.join();
        }
        System.out.println("stopped=" + stopped.awaitExit());
      }
      System.exit(0);
    }
  }

  /** As a library must not do. */
  @Test
  @Tag("full")
  void tracedProgramGoesOnWhereNativeCodeTakesItsStops() throws Exception {
    Path library = CProgram.build(directory, "nativeforks", "-shared", "-fPIC");
    KERNEL.fifos.create(directory.resolve("go"));
    ChildJvm.Result result =
        ChildJvm.run(
                List.of(),
                List.of(
                    "-Dsubreaper.origin=auto",
                    "-Djna.platform.library.path=/usr/lib"), // else JNA starts a process
                Map.of(),
                Thief.class,
                directory.toString(),
                library.toString())
            .exitedNormally();
    assertThat(result.value("forking")).isEqualTo("exited 5");
    assertThat(result.value("exact")).isEqualTo("true");
    assertThat(result.value("stopped")).isEqualTo("exited 0");
  }

  // freezes --------------------------------------------------------------------------------------

  @ParameterizedTest
  @ValueSource(ints = {1, 64})
  void tracedProcessWithThreadsIsFrozenAndGoesOn(int threads) throws Exception {
    String program = CProgram.build(directory, "threads", "-pthread").toString();
    Launch launch = scope.launch(Program.of(program, "" + threads).traced());
    launch.awaitOutput("ready");
    int pid = (int) launch.pid();
    int rounds = 20;
    for (int round = 1; round <= rounds; round++) {
      try (Frozen frozen = launch.process().freeze()) {
        assertThat(frozen.processes()).containsExactly(launch.process());
        assertThat(KERNEL.procfs.threads(pid))
            .hasSize(threads + 1)
            .allMatch(tid -> "Tt".indexOf(KERNEL.procfs.threadState(pid, tid)) >= 0);
      }
      launch.signal(Signal.USR1);
      launch.awaitOutput("round " + round);
    }
    launch.stop();
    assertThat(events(ProcessEvent.Stopped.class, launch)).hasSize(rounds);
    assertThat(events(ProcessEvent.Continued.class, launch)).hasSize(rounds);
    assertThat(launch.journal().isExact()).isTrue();
  }

  @Test
  void tracedTreeThatForksIsFrozenCompletely() throws Exception {
    Launch launch = launchForking();
    for (int i = 0; i < 10; i++) {
      try (Frozen frozen = launch.process().freeze()) {
        assertThat(frozen.processes()).contains(launch.process());
        int forks = events(ProcessEvent.Forked.class, launch).size();
        launch.tree();
        assertThat(events(ProcessEvent.Forked.class, launch)).hasSize(forks);
      }
    }
    assertStillReported(launch);
  }

  /** Some of them are seen by a scan, and stopped, before their births are reported. */
  @Test
  @Tag("full")
  void newbornThatIsStoppedIsReportedAsForked() throws Exception {
    String forks = "f() { while [ ! -e stop ]; do (:); done; }; " + "f & ".repeat(20) + "wait";
    for (int round = 0; round < 15; round++) {
      Path own = Files.createDirectory(directory.resolve("round-" + round));
      Launch launch = scope.launch(sh("echo ready; " + forks).withDirectory(own));
      launch.awaitOutput("ready");
      for (int i = 0; i < 5; i++) {
        try (Frozen frozen = launch.process().freeze(LONG)) {
          assertThat(frozen.processes()).contains(launch.process());
        }
      }
      Files.createFile(own.resolve("stop"));
      assertThat(launch.awaitExit()).isEqualTo(ExitStatus.exited(0));
      launch.stop(); // and with it a scan
      assertThat(TraceFaults.of(launch)).as("round " + round).isEmpty();
    }
  }

  // what a launch may ask for --------------------------------------------------------------------

  @Test
  void timeLimitStopsATracedLaunch() {
    Launch launch =
        scope.launch(sh("(sleep 1001 &); exec sleep 1000").withTimeout(Duration.ofMillis(300)));
    assertThat(timeout(launch::awaitExit)).hasMessageContaining("killed by SIGTERM");
    Await.until(() -> launch.tree().size() == 0);
  }

  @Test
  void tracedProgramNotifies() {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/systemd-notify")), "no systemd-notify");
    Launch launch =
        scope.launch(sh("systemd-notify --ready --status=up; exec sleep 1000").withNotifySocket());
    launch.awaitReady(Ready.notification());
    assertThat(launch.notifiedStatus()).contains("up");
    assertThat(launch.stop().isClean()).isTrue();
  }

  private static List<ProcessEvent> allBut(
      Launch launch, Class<? extends ProcessEvent> first, Class<? extends ProcessEvent> second) {
    return launch.journal().events().stream()
        .filter(event -> !first.isInstance(event) && !second.isInstance(event))
        .toList();
  }

  private void assertToolsAreNotReported(Program program, String output) {
    Launch launch = scope.launch(program.traced());
    assertThat(launch.process().commandLine()).isEqualTo(program.command());
    assertThat(launch.awaitExit()).isEqualTo(ExitStatus.exited(0));
    assertThat(launch.stdout()).isEqualTo(output);
    assertThat(launch.process().commandLine()).isEqualTo(program.command());
    assertThat(allBut(launch, ProcessEvent.Launched.class, ProcessEvent.Exited.class))
        .as(launch.journal().toString())
        .isEmpty();
    assertThat(launch.journal().isExact()).isTrue();
    Launch failing = scope.launch(program.withArguments("-c", "exec sh -c 'exit 9'").traced());
    assertThat(failing.awaitExit()).isEqualTo(ExitStatus.exited(9));
    assertThat(allBut(failing, ProcessEvent.Launched.class, ProcessEvent.Exited.class))
        .as(failing.journal().toString())
        .hasSize(1)
        .allMatch(event -> event instanceof ProcessEvent.Executed);
  }

  @Test
  void toolsThatRunBeforeTheProgramAreNotReported() {
    Program umask = Program.of("sh", "-c", "umask");
    assertToolsAreNotReported(umask, umaskOfThisJvm() + "\n");
    assertToolsAreNotReported(umask.withUmask(027), "0027\n");
    assertToolsAreNotReported(umask.withUmask(027).withNice(5), "0027\n");
    assertToolsAreNotReported(umask.withUmask(027).withNotifySocket(), "0027\n");
    assertToolsAreNotReported(umask.withCanaries(), "0023\n");
    assertToolsAreNotReported(umask.withCanaries().withUmask(02), "0002\n");
  }

  private static String umaskOfThisJvm() {
    return String.format("%04d", KERNEL.procfs.statusNumber(Procfs.SELF, "Umask"));
  }

  @Test
  void toolsThatChangeTheUserAreNotReported() {
    assumeTrue(Hostile.isRoot(), "only root may become another user");
    Program id = Program.of("sh", "-c", "echo $(id -u) | cat");
    Launch launch = scope.launch(id.withUser(4321, 4322).withUmask(027).traced());
    assertThat(launch.awaitExit()).isEqualTo(ExitStatus.exited(0));
    assertThat(launch.stdout()).isEqualTo("4321\n");
    assertThat(events(ProcessEvent.Executed.class, launch)).as("id and cat").hasSize(2);
    assertThat(launch.journal().isExact()).isTrue();
    assertToolsAreNotReported(
        Program.of("sh", "-c", "umask").withUser(1, 1).withUmask(3), "0003\n");
  }

  @Test
  void tracedProgramFindsTheCanaries() {
    Program status = Program.of("cat", "/proc/self/status").withCanaries();
    Launch launch = scope.launch(status.traced());
    assertThat(launch.awaitExit()).isEqualTo(ExitStatus.exited(0));
    Signal blocked = Access.get().canaries(launch).orElseThrow().blocked();
    assertThat(launch.stdout())
        .contains("\nUmask:\t0023\n")
        .contains(String.format("%nSigBlk:\t%016x%n", 1L << (blocked.number() - 1)));
    assertThat(launch.journal().isExact()).isTrue();
  }

  @Test
  void tracedSurvivorLivesOnToTheEndOfTheSession() {
    Supervisor test = scope.open("test", ScopeOptions.defaults().withSurvivors("sleep 1000.5"));
    Launch launch = test.launch(sh("(setsid sleep 1000.5 &); (sleep 1000.6 &); exit 0"));
    Descendant survivor = launch.awaitOrphan("sleep 1000.5", LONG);
    Descendant other = launch.awaitOrphan("sleep 1000.6", LONG);
    assertThat(test.end().isClean()).isTrue();
    assertThat(other.exitStatus()).contains(ExitStatus.signaled(Signal.TERM));
    assertThat(survivor.isAlive()).isTrue();
    assertThat(survivor.scope()).isEqualTo("session");
    assertThat(KERNEL.procfs.statusNumber((int) survivor.pid(), "TracerPid")).isPositive();
    subreaper.close();
    assertThat(survivor.exitStatus()).contains(ExitStatus.signaled(Signal.TERM));
  }

  @Test
  void slowOrFailingListenerDelaysNoTrace() throws Exception {
    CountDownLatch over = new CountDownLatch(1);
    AtomicInteger heard = new AtomicInteger();
    Launch launch = launchForking();
    Journal.Registration slow = launch.journal().onEvent(event -> Await.opened(over));
    Journal.Registration failing =
        launch
            .journal()
            .onEvent(
                event -> {
                  heard.incrementAndGet();
                  throw new IllegalStateException("expected of this test");
                });
    try {
      assertStillReported(launch);
      Await.until(() -> heard.get() > 10);
    } finally {
      over.countDown();
      slow.close();
      failing.close();
    }
  }

  // threads --------------------------------------------------------------------------------------

  @Test
  void interruptedThreadLaunchesATracedProgramWithItsFlagKept() {
    Thread.currentThread().interrupt();
    Launch launch = scope.launch(sh("(exit 1); exit 3"));
    assertThat(Thread.interrupted()).isTrue();
    assertThat(launch.awaitExit()).isEqualTo(ExitStatus.exited(3));
    assertThat(launch.journal().isExact()).isTrue();
  }

  @Test
  void launchesOfAThreadThatIsInterruptedAllTheTimeAreTraced() throws Exception {
    FutureTask<List<Launch>> launches =
        new FutureTask<>(
            () -> {
              List<Launch> all = new ArrayList<>();
              for (int i = 0; i < 20; i++) {
                all.add(scope.launch(sh("(exit 1); exit 3")));
              }
              return all;
            });
    Thread launching = new Thread(launches);
    launching.start();
    while (launching.isAlive()) {
      launching.interrupt();
      launching.join(1);
    }
    for (Launch launch : launches.get()) {
      assertThat(launch.awaitExit()).isEqualTo(ExitStatus.exited(3));
      assertThat(launch.journal().isExact()).isTrue();
    }
  }

  @Test
  void threadDumpsDisturbNoTrace() throws Exception {
    Launch launch = launchForking();
    Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
    for (int i = 0; i < 20; i++) {
      assertThat(Traces.threads("subreaper trace")).hasSize(1);
    }
    if (Files.isExecutable(jcmd)) {
      Process dump =
          new ProcessBuilder(jcmd.toString(), "" + ProcessHandle.current().pid(), "Thread.print")
              .redirectErrorStream(true)
              .start();
      String text = new String(dump.getInputStream().readAllBytes(), Charset.defaultCharset());
      assertThat(dump.waitFor()).as(text).isZero();
      assertThat(text).contains("\"subreaper trace\"");
    }
    assertStillReported(launch);
  }

  @Test
  void virtualThreadsLaunchTracedPrograms() throws Exception {
    assumeTrue(Runtime.version().feature() >= 21, "virtual threads came with JDK 21");
    List<FutureTask<ExitStatus>> all = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      int code = i;
      FutureTask<ExitStatus> one =
          new FutureTask<>(() -> scope.launch(sh("(exit 1); exit " + code)).awaitExit());
      VirtualThreads.unstarted(one).start();
      all.add(one);
    }
    for (int i = 0; i < 40; i++) {
      assertThat(all.get(i).get()).isEqualTo(ExitStatus.exited(i));
    }
  }

  @Test
  void twentyProgramsAreTracedAtOnce() {
    List<Launch> launches = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      launches.add(
          scope.launch(
              sh("for i in 1 2 3 4 5; do /bin/true; done; [ -e stop ]; exec cat go")
                  .withDirectory(directory)
                  .withStandardInput("")));
    }
    for (Launch launch : launches) {
      launch.awaitExit();
      assertThat(events(ProcessEvent.Forked.class, launch)).hasSize(5);
      assertThat(events(ProcessEvent.Executed.class, launch)).hasSize(6);
      assertThat(launch.journal().isExact()).isTrue();
    }
    Await.until(() -> Traces.threads("subreaper trace").isEmpty());
  }

  // refusals and failures ------------------------------------------------------------------------

  static final class Nested {
    public static void main(String[] arguments) {
      try (Subreaper subreaper = Subreaper.activate();
          Supervisor scope = subreaper.open("nested")) {
        for (int round = 0; round < 3; round++) {
          System.out.println(
              "refusal=" + catchThrowable(() -> scope.launch(Program.of("true").traced())));
        }
        System.out.println("untraced=" + scope.launch("sh", "-c", "exit 4").awaitExit());
        System.out.println("alive=" + scope.tree().nodes());
        ScopeReport report = scope.end();
        System.out.println("clean=" + report.isClean() + " " + report.survivors());
      }
      System.out.println("threads=" + Traces.threads("subreaper trace"));
    }
  }

  @Test
  void tracedJvmMayNotTraceAndSaysWhy() {
    List<String> command = ChildJvm.command(Nested.class);
    Launch launch = scope.launch(Program.of(command).traced());
    assertThat(launch.awaitExit()).as(launch.stdout()).isEqualTo(ExitStatus.exited(0));
    assertThat(launch.stdout().lines())
        .contains("untraced=exited 4", "alive=[]", "clean=true []", "threads=[]")
        .filteredOn(line -> line.startsWith("refusal="))
        .hasSize(3)
        .allMatch(line -> line.startsWith("refusal=io.github.subreaper.LaunchException: "))
        .allMatch(line -> line.contains("EPERM") && line.contains("To fix: "))
        .allMatch(line -> line.contains("it is traced already, by subreaper trace (thread "));
    assertThat(launch.journal().isExact()).isTrue();
  }

  private void assertNotLaunched(Program program, String why) {
    assertThatThrownBy(() -> scope.launch(program.traced()))
        .isInstanceOf(LaunchException.class)
        .hasMessageContaining(why);
    Await.until(() -> Traces.threads("subreaper trace").isEmpty());
    assertThat(scope.descendants()).isEmpty();
    assertThat(scope.tree().size()).isZero();
  }

  private Path script(String name, String text) throws IOException {
    Path script = Files.writeString(directory.resolve(name), text);
    return Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  @Test
  void tracedLaunchThatFailsLeavesNoThreadAndNoProcess() throws Exception {
    Program bad = Program.of(script("bad", "#!/no/such/interpreter\n"));
    for (int i = 0; i < 20; i++) {
      assertNotLaunched(bad, "its interpreter /no/such/interpreter does");
    }
    assertNotLaunched(bad.withUmask(027), "no/such/interpreter");
    assertNotLaunched(Program.of("no-such-program"), "no such program");
    assertNotLaunched(
        Program.of("true").withDirectory(directory.resolve("none")), "cannot launch `true`: ");
    assertNotLaunched(
        Program.of(Files.write(script("garbage", ""), new byte[] {1, 2, 3, 0})), "cannot launch `");
    Launch next = scope.launch(sh("exit 4"));
    assertThat(next.awaitExit()).isEqualTo(ExitStatus.exited(4));
  }

  @Test
  void textWithoutInterpreterIsTracedInTheShell() throws Exception {
    Launch launch = scope.launch(Program.of(script("text", "(exit 1); exit 6\n")).traced());
    assertThat(launch.awaitExit()).isEqualTo(ExitStatus.exited(6));
    assertThat(events(ProcessEvent.Forked.class, launch)).hasSize(1);
    assertThat(launch.journal().isExact()).isTrue();
    Await.until(() -> Traces.threads("subreaper trace").isEmpty());
  }

  @ParameterizedTest
  @ValueSource(strings = {"interrupt", "end"})
  void tracedLaunchThatIsCancelledLeavesNoThreadAndNoProcess(String how) throws Exception {
    Path fifo = directory.resolve("fifo");
    KERNEL.fifos.create(fifo);
    Supervisor own = subreaper.open("own", ScopeOptions.defaults().withAwait(LONG));
    FutureTask<Throwable> launch =
        new FutureTask<>(
            () ->
                catchThrowable(
                    () -> own.launch(Program.of("cat").withStandardInput(fifo).traced())));
    Thread launching = new Thread(launch);
    launching.start();
    Await.until(() -> sleepsBeforeItsExec() || launch.isDone());
    if (how.equals("interrupt")) {
      launching.interrupt();
    } else {
      own.close();
    }
    assertThat(launch.get())
        .isInstanceOf(how.equals("interrupt") ? LaunchException.class : ScopeClosedException.class);
    Await.until(() -> Traces.threads("subreaper trace").isEmpty());
    assertThat(own.descendants()).isEmpty();
  }

  private static boolean sleepsBeforeItsExec() {
    return ProcessHandle.current()
        .children()
        .filter(child -> child.info().command().equals(ProcessHandle.current().info().command()))
        .anyMatch(child -> KERNEL.procfs.threadState((int) child.pid(), (int) child.pid()) == 'S');
  }

  @Test
  @Tag("full")
  void launchesBesideTheEndOfTheirScopeLeaveNoThreadAndNoProcess() throws Exception {
    for (int round = 0; round < 30; round++) {
      Supervisor own = subreaper.open("own", ScopeOptions.defaults().withAwait(LONG));
      FutureTask<Throwable> launching =
          new FutureTask<>(
              () ->
                  catchThrowable(
                      () -> {
                        while (true) {
                          own.launch(sh("(sleep 1000 &); exit 0"));
                        }
                      }));
      new Thread(launching).start();
      Await.until(() -> !own.descendants().isEmpty());
      ScopeReport report = own.end();
      assertThat(launching.get()).isInstanceOf(ScopeClosedException.class);
      assertThat(report.survivors()).isEmpty();
      assertThat(own.tree().size()).isZero();
    }
    Await.until(() -> Traces.threads("subreaper trace").isEmpty());
  }
}
