package io.github.subreaper;

import static io.github.subreaper.testing.Await.LONG;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.jna.NativeLibrary;
import io.github.subreaper.internal.access.Access;
import io.github.subreaper.internal.engine.records.Membership;
import io.github.subreaper.internal.engine.values.JvmChild;
import io.github.subreaper.internal.text.Text;
import io.github.subreaper.testing.Await;
import io.github.subreaper.testing.ChildJvm;
import io.github.subreaper.testing.Origins;
import io.github.subreaper.testing.VirtualThreads;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.reflect.Method;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicBoolean;
import jdk.jfr.FlightRecorder;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.ThrowingSupplier;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The line of code that started a process, and the scope that this is evidence for. */
@Tag("slow")
class OriginTest {
  private static final ScopeOptions OPTIONS = Origins.PATIENT;

  /** A process that leads a session, leaves a daemon in it and ends before a scan sees it. */
  private static final String BY_SESSION = "exec setsid sh -c 'sleep 1000 >&- 2>&- & echo $!'";

  @TempDir private Path directory;

  private Subreaper subreaper = Subreaper.activate();
  private Supervisor all = subreaper.open("all", OPTIONS);
  private final ExecutorService unbound = Executors.newSingleThreadExecutor();

  @AfterEach
  void close() throws InterruptedException {
    subreaper.close();
    Await.end(unbound);
  }

  private static int start(String script) throws IOException, InterruptedException {
    Process process = new ProcessBuilder("sh", "-c", script).start();
    try (InputStream output = process.getInputStream()) {
      String pid = new String(output.readAllBytes(), US_ASCII).strip();
      process.waitFor();
      return Integer.parseInt(pid);
    }
  }

  /** Starts a daemon; the line that starts it is in {@link #start}. */
  private static int startHere() throws IOException, InterruptedException {
    return start(BY_SESSION);
  }

  private static List<Integer> pids(List<Descendant> processes) {
    return processes.stream().map(process -> (int) process.pid()).toList();
  }

  /** Opens a scope once starts are reported. */
  private Supervisor open(String name) {
    Origins.awaitReported();
    return all.open(name, OPTIONS);
  }

  /** Opens it beside another one, so that evidence is needed. */
  private Supervisor openBesideAnother(String name) {
    all.open("other", OPTIONS);
    return open(name);
  }

  // the line that started a process ---------------------------------------------------------------

  @Test
  void leakNamesTheLineThatStartedItsAncestor() throws Exception {
    Supervisor scope = open("scope");
    int pid = startHere();
    Descendant daemon = scope.descendants().stream().filter(Descendant::isAlive).findAny().get();
    assertThat(daemon.pid()).isEqualTo(pid);
    StackTraceElement origin = daemon.origin().orElseThrow();
    assertThat(origin.getClassName()).isEqualTo(OriginTest.class.getName());
    assertThat(origin.getMethodName()).isEqualTo("start");
    assertThat(origin.getFileName()).isEqualTo("OriginTest.java");
    assertThat(scope.end().toString())
        .contains(" running (started at OriginTest.java:" + origin.getLineNumber() + ")\n");
    assertThat(daemon.origin()).contains(origin);
  }

  /** A daemon in its own session, whose starter has ended: nothing links it to the starter. */
  private static final String BY_NOTHING = "setsid sleep 1000 >&- 2>&- & echo $!";

  private static final String LOOP = "while :; do sleep 1000; done";
  private static final String BY_A_SHELL = "setsid sh -c '" + LOOP + "' >&- 2>&- & echo $!";

  /** Returns once setsid(1) has exec'd the loop: before, it is another shell, and then setsid. */
  private static void awaitLoop(Descendant daemon) {
    Await.until(() -> daemon.commandLine().equals(List.of("sh", "-c", LOOP)));
  }

  private static int startOneDaemon() throws IOException, InterruptedException {
    return start(BY_NOTHING);
  }

  /** Returns once a daemon that code has started natively has exec'd: before that it is a shell. */
  private void unseenSleep(Callable<?> start) throws Exception {
    Descendant daemon = unseen(start);
    Await.until(() -> daemon.name().equals("sleep"));
  }

  /**
   * Starts a daemon whose starter no scan has seen, since that would lead to it, and would give it
   * a tag that the daemon inherits: repeats that until it is so.
   */
  private Descendant unseen(Callable<?> start) throws Exception {
    for (int tries = 0; tries < 100; tries++) {
      Set<Descendant> before = Set.copyOf(all.descendants());
      start.call();
      Descendant daemon = // its adoption is proven a moment later
          Await.until(
                  () ->
                      all.descendants().stream()
                          .filter(one -> one.isAlive() && one.isOrphan() && !before.contains(one))
                          .findAny(),
                  Optional::isPresent)
              .orElseThrow();
      Membership membership = daemon.record().membership();
      JvmChild tagged = membership.child();
      if (daemon.parent().isEmpty()
          && membership.kin() == null
          && (tagged == null || tagged.pid == daemon.pid())) {
        return daemon;
      }
      List<Descendant> ending = new ArrayList<>(daemon.children());
      ending.add(0, daemon);
      for (Descendant one : ending) {
        one.signal(Signal.KILL);
        one.awaitExit();
      }
    }
    throw new AssertionError("each of 100 starters was seen");
  }

  private ProcessBuilder shell(String script) {
    return new ProcessBuilder("sh", "-c", script).directory(directory.toFile());
  }

  private static Process startShell() throws IOException {
    return new ProcessBuilder("sh", "-c", "read go").start();
  }

  @Test
  void eachLineThatStartedALeakNamesItsProcess() throws Exception {
    Supervisor scope = open("scope");
    int daemon = startHere();
    Process child = new ProcessBuilder("sleep", "1000").start();
    Await.until(() -> scope.tree().find("sleep 1000").size() == 2);
    assertThat(scope.end().toString())
        .containsPattern(
            "^scope left sleep \\(started at OriginTest.java:(\\d+)\\), sleep \\(started at"
                + " OriginTest.java:(?!\\1)\\d+\\) running\n")
        .contains("\n  " + daemon + " sleep", "\n  " + child.pid() + " sleep");
  }

  @Test
  void daemonComesFromTheOnlyStartAliveAtItsBirth() throws Exception {
    Supervisor scope = open("scope");
    Process before = startShell();
    before.getOutputStream().close();
    before.waitFor();
    assertThat(scope.leaks()).isEmpty(); // a complete scan without it

    int pid = startOneDaemon();
    ScopeReport report = scope.end();
    assertThat(pids(report.leaked())).containsExactly(pid);
    assertThat(report.toString())
        .containsPattern("started at OriginTest\\.java:\\d+\\)")
        .doesNotContain("not known")
        .doesNotContain("startShell");
  }

  /**
   * Returns whether each process that {@link ProcessBuilder} starts has its tag before it forks:
   * then it is certain where a daemon comes from. Without the JDK's helper none has.
   */
  private static boolean taggedInTime() {
    return System.getProperty(MECHANISM) == null;
  }

  private static final String MECHANISM = "jdk.lang.Process.launchMechanism";

  private static void inChildWithoutTags(String test) throws Exception {
    List<String> options = List.of("-D" + MECHANISM + "=VFORK", "-Dsubreaper.origin=jfr");
    ChildJvm.run(List.of(), options, Map.of(), WithoutTags.class, test).exitedNormally();
  }

  /** Runs one test of this class. */
  static final class WithoutTags {
    public static void main(String[] arguments) throws Exception {
      OriginTest test = new OriginTest();
      test.directory = Files.createTempDirectory("origin");
      try {
        OriginTest.class.getDeclaredMethod(arguments[0]).invoke(test);
      } finally {
        test.close();
        Files.deleteIfExists(test.directory.resolve("go"));
        Files.delete(test.directory);
      }
    }
  }

  /** Each was alive at the birth, and neither has the daemon's name. */
  @Test
  void daemonThatMayComeFromTwoStartsNamesTheLatest() throws Exception {
    if (taggedInTime()) {
      inChildWithoutTags("daemonThatMayComeFromTwoStartsNamesTheLatest");
      return;
    }
    Supervisor scope = open("scope");
    new ProcessBuilder("true").start().waitFor(); // as initdb before postgres
    Process beside = startShell();
    Descendant daemon = unseen(() -> start(BY_A_SHELL));
    beside.getOutputStream().close();
    beside.waitFor();
    awaitLoop(daemon);
    assertThat(scope.leaks()).contains(daemon);
    assertThat(daemon.origin()).map(StackTraceElement::getMethodName).contains("start");
    assertThat(scope.end().toString())
        .containsPattern(
            "started at OriginTest\\.java:\\d+, the latest of 2 starts that it can come from\\)")
        .doesNotContain("possibly");
  }

  @Test
  void leakOfALauncherNamesTheTestAndTheLauncher() throws Exception {
    Supervisor scope = open("scope");
    ProcessBuilder builder = new ProcessBuilder("sleep", "1000");
    assertThatNoException().isThrownBy(builder::start); // called by AssertJ
    Descendant child = scope.leaks().get(0);
    StackTraceElement origin = child.origin().orElseThrow();
    assertThat(origin.getMethodName()).isEqualTo("leakOfALauncherNamesTheTestAndTheLauncher");
    assertThat(child.originStack().indexOf(origin)).isPositive(); // below the launcher
    String text = Access.get().originText(child).orElseThrow();
    assertThat(text).startsWith(origin + " → ThrowableAssert.catchThrowable(ThrowableAssert.java:");
    assertThat(scope.end().toString()).contains("started at " + Text.shortPlace(text) + ")");
  }

  /** As pg_ctl after initdb: each by another line of a library, from one line of a test. */
  @Test
  void daemonThatMayComeFromTwoStartsOfALineNamesThatLineOnly() throws Exception {
    if (taggedInTime()) {
      inChildWithoutTags("daemonThatMayComeFromTwoStartsOfALineNamesThatLineOnly");
      return;
    }
    Supervisor scope = open("scope");
    ThrowingSupplier<Process> first = shell("while [ ! -e go ]; do sleep 0.1; done")::start;
    ThrowingSupplier<Process> second = shell(BY_NOTHING)::start;
    AtomicBoolean started = new AtomicBoolean();
    Callable<?> oneLine =
        () -> started.getAndSet(true) ? assertDoesNotThrow(second) : catchThrowable(first::get);
    assertThat(oneLine.call()).isNull();
    Descendant daemon = unseen(() -> ((Process) oneLine.call()).waitFor());
    Files.createFile(directory.resolve("go"));
    Await.until(() -> daemon.name().equals("sleep")); // else only the second names it: setsid
    Await.until(() -> scope.leaks().equals(List.of(daemon)));
    assertThat(scope.end().toString()).containsPattern("started at OriginTest\\.java:\\d+\\)");
  }

  @Test
  void launchHasItsStack() {
    Launch launch = all.launch("true");
    List<StackTraceElement> stack = launch.process().originStack();
    assertThat(stack.get(0)).isEqualTo(launch.process().origin().orElseThrow());
    assertThat(stack).anyMatch(line -> line.getClassName().startsWith("org.junit."));
  }

  @Test
  void deepStackIsNotCut() throws Exception {
    Path spring = directory.resolve("org/springframework/core/SpringVersion.class");
    Files.createDirectories(spring.getParent());
    Files.createFile(spring);
    List<String> options = List.of("-Dsubreaper.origin=auto", "-Xbootclasspath/a:" + directory);
    assertThat(framesWith(options)).isGreaterThan(StartsDeep.DEPTH);
  }

  /** With all modules, and without java.management, which could change the depth. */
  @ParameterizedTest
  @ValueSource(
      strings = {"--add-modules=ALL-DEFAULT", "--limit-modules=java.base,java.logging,jdk.jfr"})
  @Tag("full")
  void withoutSpringDeepStacksAreCut(String modules) throws Exception {
    assertThat(framesWith(List.of(modules, "-Dsubreaper.origin=jfr"))).isEqualTo(64);
  }

  private static int framesWith(List<String> options) throws Exception {
    ChildJvm.Result result =
        ChildJvm.run(List.of(), options, Map.of(), StartsDeep.class).exitedNormally();
    return Integer.parseInt(result.value("frames"));
  }

  static final class StartsDeep {
    static final int DEPTH = 150;

    public static void main(String[] arguments) throws Exception {
      try (Subreaper subreaper = Subreaper.activate();
          Supervisor scope = subreaper.open("scope", OPTIONS)) {
        Access.get().awaitOrigins(subreaper, LONG);
        start(DEPTH);
        System.out.println("frames=" + scope.leaks().get(0).originStack().size());
      }
    }

    private static void start(int deeper) throws IOException {
      if (deeper > 0) {
        start(deeper - 1);
      } else {
        new ProcessBuilder("sleep", "1000").start();
      }
    }
  }

  @Test
  void daemonComesFromTheStartOfTheSameProgram() throws Exception {
    Supervisor scope = open("scope");
    Process beside = new ProcessBuilder("sleep", "1000").start();
    int pid = start(BY_A_SHELL);
    beside.destroyForcibly().waitFor();
    Descendant daemon =
        scope.descendants().stream().filter(one -> one.pid() == pid).findAny().get();
    awaitLoop(daemon);
    assertThat(daemon.origin()).map(StackTraceElement::getMethodName).contains("start");
  }

  /** The later start was alive at the birth, too. */
  @Test
  void daemonComesFromTheStartThatNamesItsProgram() throws Exception {
    Supervisor scope = open("scope");
    String script = "while [ ! -e go ]; do sleep 0.1; done; setsid sleep 1000 >&- 2>&- &";
    Process first = new ProcessBuilder("sh", "-c", script).directory(directory.toFile()).start();
    Process later = startShell();
    Files.createFile(directory.resolve("go"));
    first.waitFor();
    later.getOutputStream().close();
    later.waitFor();
    Await.until(() -> scope.leaks().get(0).name().equals("sleep")); // else it may be a shell yet
    assertThat(scope.leaks().get(0).origin())
        .map(StackTraceElement::getMethodName)
        .contains("daemonComesFromTheStartThatNamesItsProgram");
  }

  @Test
  void daemonBelongsToTheOneOfTheParallelScopesWhoseStartWasAliveAtItsBirth() throws Exception {
    Supervisor mine = openBesideAnother("mine");
    int pid;
    try (Binding bound = mine.bind(Thread.currentThread())) {
      assertThat(bound).isNotNull();
      pid = startOneDaemon();
    }
    // After a second the event of each start that matters must have come.
    Await.until(() -> pids(mine.leaks()).contains(pid));
    ScopeReport report = mine.end();
    assertThat(pids(report.leaked())).containsExactly(pid);
    assertThat(report.toString()).doesNotContain("no evidence");
  }

  /** The start of an adopted worker is known by lineage; a later daemon may be its child. */
  @Test
  void daemonOfAnAdoptedWorkerIsNotAttributedToTheOnlyChildLeft() throws Exception {
    Path go = directory.resolve("go");
    Path file = directory.resolve("pid");
    Supervisor beside = openBesideAnother("beside");
    Process child = on(PLATFORM, beside, OriginTest::startShell);
    Supervisor mine = all.open("mine", OPTIONS);
    String worker =
        "(while [ ! -e go ]; do sleep 0.1; done; (setsid sleep 1000 & echo $! >new; mv new pid);"
            + " exec sleep 1000) >&- 2>&- & read go";
    Process starter =
        on(
            PLATFORM,
            mine,
            () -> new ProcessBuilder("sh", "-c", worker).directory(directory.toFile()).start());
    Await.until(() -> all.tree().size() >= 3); // a scan has seen the worker below its starter
    starter.getOutputStream().close();
    starter.waitFor();
    assertThat(all.tree().size()).isPositive();
    Files.createFile(go);
    Await.until(() -> Files.exists(file));
    int daemon = Integer.parseInt(Files.readString(file).strip());
    long waits = System.nanoTime() + Duration.ofSeconds(3).toNanos();
    Await.until(() -> System.nanoTime() - waits >= 0 && pids(all.leaks()).contains(daemon));
    assertThat(pids(beside.leaks())).doesNotContain(daemon);
    child.getOutputStream().close();
    child.waitFor();
  }

  @Test
  void daemonThatTwoScopesMayHaveStartedIsInTheSharedScope() throws Exception {
    Supervisor mine = openBesideAnother("mine");
    Process beside = on(PLATFORM, mine, OriginTest::startShell);
    int pid = Await.get(unbound.submit(OriginTest::startOneDaemon));
    beside.getOutputStream().close();
    beside.waitFor();
    long waits = System.nanoTime() + Duration.ofSeconds(2).toNanos();
    Await.until(() -> System.nanoTime() - waits >= 0 && !all.leaks().isEmpty());
    assertThat(mine.leaks()).isEmpty();
    assertThat(mine.end().isClean()).isTrue();
    assertThat(pids(all.end().leaked())).containsExactly(pid);
  }

  /** The process ends before any scan; the JDK has its status. */
  @Test
  void shortLivedChildIsADescendantThoughNoScanSawIt() throws Exception {
    Supervisor scope = open("scope");
    Process child = new ProcessBuilder("sh", "-c", "exit 7").start();
    assertThat(child.waitFor()).isEqualTo(7);
    Descendant found =
        scope.descendants().stream().filter(one -> one.pid() == child.pid()).findAny().get();
    assertThat(found.name()).isEqualTo("sh");
    assertThat(String.join(" ", found.commandLine())).isEqualTo("sh -c exit 7");
    assertThat(found.isAlive()).isFalse();
    assertThat(found.exitStatus().orElseThrow().toString())
        .isIn(
            "exited 7",
            "ended, status unknown: collected by the JDK before a scan saw the process");
    assertThat(found.origin()).isPresent();
    assertThat(scope.descendants()).containsOnlyOnce(found);
    assertThat(scope.leaks()).isEmpty();
    assertThat(scope.end().isClean()).isTrue();
  }

  @Test
  void shortLivedChildOfABoundThreadIsADescendantInItsScope() throws Exception {
    Supervisor mine = openBesideAnother("mine");
    Process child =
        on(
            PLATFORM,
            mine,
            () -> {
              Process started = new ProcessBuilder("true").start();
              started.waitFor();
              return started;
            });
    assertThat(mine.descendants()).extracting(Descendant::pid).contains(child.pid());
    Process nobodysChild = Await.get(unbound.submit(() -> new ProcessBuilder("true").start()));
    nobodysChild.waitFor();
    assertThat(mine.descendants()).extracting(Descendant::pid).doesNotContain(nobodysChild.pid());
    assertThat(all.descendants()).extracting(Descendant::pid).contains(nobodysChild.pid());
  }

  /** The chaos test once found such a child in the only scope that was still open. */
  @Test
  void shortLivedChildOfAnEndedScopeIsNotInTheScopeBesideIt() throws Exception {
    Supervisor beside = open("beside");
    Supervisor mine = all.open("mine", OPTIONS);
    Process child = new ProcessBuilder("true").start();
    child.waitFor();
    mine.end();
    assertThat(beside.descendants()).isEmpty();
    assertThat(all.descendants()).extracting(Descendant::pid).contains(child.pid());
  }

  @Test
  void shortLivedChildOfAnEarlierScopeIsNotInTheNextOne() throws Exception {
    Supervisor before = open("before");
    Process child = new ProcessBuilder("true").start();
    child.waitFor();
    before.end();
    Supervisor after = all.open("after", OPTIONS);
    assertThat(after.descendants()).isEmpty();
    assertThat(all.descendants()).extracting(Descendant::pid).contains(child.pid());
  }

  @Test
  void launchKnowsItsLineWithoutTheRecorder() throws Exception {
    restartWithoutOrigin();
    Supervisor strict = all.open("strict", OPTIONS.withStrict(true));
    Launch launch = strict.launch("sh", "-c", "sleep 1000 & exit 0");
    Descendant daemon = launch.awaitOrphan();
    StackTraceElement origin = daemon.origin().orElseThrow();
    assertThat(origin.getMethodName()).isEqualTo("launchKnowsItsLineWithoutTheRecorder");
    assertThat(origin.getFileName()).isEqualTo("OriginTest.java");
    assertThat(launch.process().origin()).contains(origin);
    assertThat(strict.end().toString())
        .contains("started at " + Text.shortPlace(origin.toString()) + ")");
  }

  @Test
  void withoutTheRecorderTheReportSaysWhyTheLineIsUnknown() throws Exception {
    restartWithoutOrigin();
    Supervisor scope = all.open("scope", OPTIONS);
    startHere();
    assertThat(scope.descendants()).isNotEmpty().allMatch(one -> one.origin().isEmpty());
    assertThat(scope.end().toString())
        .contains("started by this JVM, not through a Supervisor: it ")
        .contains("unknown: turned off by -Dsubreaper.origin=off");
    assertThat(Subreaper.capabilities().toString()).containsPattern("origin +no +turned off by");
  }

  private void restartWithoutOrigin() {
    restart("off");
    // The one before may just have been starting its recorder, and stops it when that is done.
    Await.untilAsserted(() -> assertThat(Origins.isRecorderRunning()).isFalse());
  }

  private void restart(String origin) {
    subreaper.close();
    System.setProperty("subreaper.origin", origin);
    subreaper = Subreaper.activate();
    all = subreaper.open("all", OPTIONS);
  }

  /** What the recorder cannot know, the JDK's log does. */
  private void restartWithTheRecorder() {
    if (Origins.areLogged()) {
      restart("jfr");
    }
    Origins.awaitReported();
  }

  @AfterEach
  void turnOnAgain() {
    System.clearProperty("subreaper.origin");
  }

  // the scope of a process ------------------------------------------------------------------------

  private static final ThreadFactory PLATFORM = Thread::new;

  private static ThreadFactory virtual() {
    assumeTrue(Runtime.version().feature() >= 21, "virtual threads came with Java 21");
    return VirtualThreads::unstarted;
  }

  private static <T> T on(ThreadFactory threads, Supervisor scope, Callable<T> action)
      throws Exception {
    FutureTask<T> task = new FutureTask<>(action);
    Thread thread = threads.newThread(task);
    try (Binding bound = scope.bind(thread)) {
      assertThat(bound).isNotNull();
      thread.start();
      return Await.get(task);
    }
  }

  @Test
  void childOfAnotherBoundThreadBelongsToItsScope() throws Exception {
    boundThreadIsEvidence(PLATFORM);
  }

  @Test
  void childOfABoundVirtualThreadBelongsToItsScope() throws Exception {
    boundThreadIsEvidence(virtual());
  }

  private void boundThreadIsEvidence(ThreadFactory threads) throws Exception {
    open("other");
    for (String script : List.of(BY_SESSION, "sleep 1000 >&- 2>&- & echo $!; read go")) {
      Supervisor mine = all.open("mine", OPTIONS);
      int pid = on(threads, mine, () -> startLinked(script));
      assertThat(pids(mine.leaks())).as(script).contains(pid);
      ScopeReport report = mine.end();
      assertThat(pids(report.leaked())).as(script).contains(pid);
      assertThat(report.toString()).doesNotContain("no evidence");
      assertThat(all.leaks()).as(script).isEmpty();
    }
  }

  /** Starts a daemon, and scans everything while its starter is alive. */
  private int startLinked(String script) throws IOException, InterruptedException {
    Process process = new ProcessBuilder("sh", "-c", script).start();
    try (BufferedReader output = process.inputReader();
        OutputStream input = process.getOutputStream()) {
      int pid = Integer.parseInt(output.readLine());
      all.tree();
      if (script.endsWith("read go")) {
        input.write('\n');
      }
      return pid;
    }
  }

  @Test
  void processWithoutEvidenceIsInTheSharedScopeAndTheReportSaysSo() throws Exception {
    Supervisor mine = openBesideAnother("mine");
    int pid = Await.get(unbound.submit(OriginTest::startHere));
    assertThat(mine.descendants()).isEmpty();
    assertThat(pids(all.leaks())).contains(pid);
    assertThat(mine.end().isClean()).isTrue();
    ScopeReport report = all.end();
    assertThat(pids(report.leaked())).contains(pid);
    assertThat(report.toString())
        .containsPattern("started at \\S+\\)\n")
        .containsPattern("; started on the thread \"pool-\\d+-thread-1\"")
        .contains("no evidence shows which of these scopes started it: other, mine");
  }

  /** Starts a daemon by system(3): native code makes no event, and the shell between them ends. */
  private static int startNatively() {
    return NativeLibrary.getInstance(null)
        .getFunction("system")
        .invokeInt(new Object[] {"setsid sleep 1000 >/dev/null 2>&1 </dev/null &"});
  }

  @Test
  void reportOfAProcessWithoutAKnownStartIsOneStatement() throws Exception {
    openBesideAnother("mine");
    assertThat(Await.get(unbound.submit(OriginTest::startNatively))).isZero();
    assertThat(all.end().toString())
        .containsPattern(
            "started by this JVM, not through a Supervisor: it carries the session's tag and"
                + " no launch's; where in the code is unknown: none of the starts in"
                + " the (JDK's log|flight recorder) leads to it; no evidence shows which of these scopes started it: other, mine\n?")
        .doesNotContain("possibly");
  }

  /** A leak that lives on is possible ever after; the start that matters is a late one. */
  @Test
  void latestPossibleStartIsNamedFirst() throws Exception {
    openBesideAnother("mine");
    Await.get(unbound.submit(OriginTest::startShell));
    Await.get(unbound.submit(OriginTest::startLater));
    unseenSleep(() -> Await.get(unbound.submit(OriginTest::startNatively)));
    assertThat(all.end().toString())
        .containsPattern("possibly \\S+startLater\\S+ or \\S+startShell");
  }

  private static Process startLater() throws IOException {
    return new ProcessBuilder("sh", "-c", "read go; exit 0").start();
  }

  @Test
  void onlyPossibleStartIsSaidToBeOneWithoutProof() throws Exception {
    openBesideAnother("mine");
    Await.get(unbound.submit(OriginTest::startShell));
    unseenSleep(() -> Await.get(unbound.submit(OriginTest::startNatively)));
    assertThat(all.end().toString())
        .containsPattern(
            "the only known start that it can come from: \\S+startShell\\S+\\)"
                + "; nothing proves which of these scopes started it: other, mine\n?")
        .doesNotContain("possibly");
  }

  @Test
  void startBeforeTheScopeIsNotCalledCertain() throws Exception {
    Origins.awaitReported();
    Process before = startShell();
    Supervisor scope = all.open("scope", OPTIONS);
    unseenSleep(OriginTest::startNatively);
    assertThat(scope.end().toString())
        .containsPattern("started at \\S+, the latest start that it can come from\\)")
        .doesNotContain("possibly");
    before.getOutputStream().close();
    before.waitFor();
  }

  @Test
  void reportSaysThatTheRecorderKnowsNothingOfTheTimeOfABirth() throws Exception {
    restartWithTheRecorder();
    Supervisor scope = all.open("scope", OPTIONS);
    assertThat(startNatively()).isZero();
    try (Recording theirs = new Recording()) { // takes the events from ours
      theirs.setToDisk(false);
      theirs.start();
    }
    assertThat(scope.end().toString())
        .contains("is unknown: the flight recorder has no starts of the time of its birth");
  }

  @Test
  void daemonSharesTheDoubtAboutItsStarter() throws Exception {
    openBesideAnother("mine");
    int pid =
        Await.get(unbound.submit(() -> startLinked("sleep 1000 >&- 2>&- & echo $!; read go")));
    ScopeReport report = all.end();
    assertThat(pids(report.leaked())).contains(pid);
    assertThat(report.toString())
        .contains("no evidence shows which of these scopes started it: other, mine");
  }

  @Test
  void withoutTheRecorderOnlyTheKernelsListsTellThreadsApart() throws Exception {
    restartWithoutOrigin();
    all.open("other", OPTIONS);
    Supervisor mine = all.open("mine", OPTIONS);
    int pid = on(PLATFORM, mine, OriginTest::startHere);
    assertThat(mine.descendants()).isEmpty();
    assertThat(pids(all.end().leaked())).contains(pid);
  }

  private static Method method(String name) {
    for (Method one : OriginTest.class.getDeclaredMethods()) {
      if (one.getName().equals(name)) {
        return one;
      }
    }
    throw new AssertionError(name);
  }

  @Test
  void lambdaOfABoundMethodIsEvidenceOnAnyThread() throws Exception {
    methodIsEvidence(
        "lambdaOfABoundMethodIsEvidenceOnAnyThread",
        () -> Await.get(unbound.submit(() -> start(BY_SESSION))));
  }

  @Test
  void localClassOfABoundMethodIsEvidenceOnAnyThread() throws Exception {
    class Local implements Callable<Integer> {
      @Override
      public Integer call() throws Exception {
        return start(BY_SESSION);
      }
    }
    methodIsEvidence(
        "localClassOfABoundMethodIsEvidenceOnAnyThread",
        () -> Await.get(unbound.submit(new Local())));
  }

  private void methodIsEvidence(String name, Callable<Integer> action) throws Exception {
    Supervisor mine = openBesideAnother("mine");
    Binding bound = Access.get().bindMethod(mine, method(name));
    int pid = action.call();
    bound.close();
    assertThat(pids(mine.descendants())).contains(pid);

    // control: the method is no longer bound
    int other = action.call();
    assertThat(pids(mine.descendants())).contains(pid).doesNotContain(other);

    ScopeReport report = mine.end();
    assertThat(pids(report.leaked())).containsExactly(pid);
    assertThat(pids(all.leaks())).containsExactly(other);
  }

  @Test
  void methodBoundTwiceIsNoEvidence() throws Exception {
    Origins.awaitReported();
    Method method = method("methodBoundTwiceIsNoEvidence");
    try (Supervisor before = all.open("before", OPTIONS)) {
      assertThat(Access.get().bindMethod(before, method)).isNotNull();
    }
    Supervisor mine = openBesideAnother("mine");
    assertThat(Access.get().bindMethod(mine, method)).isNotNull();
    int pid = Await.get(unbound.submit(() -> start(BY_SESSION)));
    assertThat(mine.descendants()).isEmpty();
    assertThat(pids(all.end().leaked())).contains(pid);
  }

  @Test
  void evidenceThatComesAfterTheEndOfItsScopeMovesNothingAndTheReportNamesThatScope()
      throws Exception {
    restartWithTheRecorder();
    Supervisor mine = openBesideAnother("mine");
    int pid;
    try (Recording theirs = new Recording()) { // hides the evidence until the scope has ended
      theirs.setToDisk(false);
      theirs.start();
      pid = on(PLATFORM, mine, OriginTest::startHere);
      assertThat(mine.end().isClean()).isTrue();
    }
    ScopeReport report = all.end();
    assertThat(pids(report.leaked())).contains(pid);
    assertThat(report.toString()).contains("\n  started in mine, which has ended");
  }

  @Test
  void bindingToAnEndedScopeIsRefused() {
    Supervisor mine = all.open("mine", OPTIONS);
    mine.end();
    assertThatThrownBy(() -> Access.get().bindMethod(mine, method("startHere")))
        .isInstanceOf(ScopeClosedException.class)
        .hasMessageContaining("mine");
  }

  // other recordings, and runtimes without the recorder -------------------------------------------

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void otherRecordingsAreNotDisturbed(boolean toDisk) throws Exception {
    restartWithTheRecorder();
    Supervisor scope = all.open("scope", OPTIONS);
    try (Recording theirs = new Recording()) {
      theirs.setToDisk(toDisk);
      theirs.enable("jdk.ProcessStart");
      theirs.start();
      int first = startHere();
      assertThat(pids(scope.leaks())).contains(first);
      assertThat(scope.descendants()).allMatch(one -> one.origin().isEmpty());
      ScopeReport report = scope.end();
      assertThat(report.toString()).contains("another recording of this JVM runs");
      startHere();
      Path dump = directory.resolve("theirs.jfr");
      theirs.dump(dump);
      assertThat(
              RecordingFile.readAllEvents(dump).stream()
                  .filter(event -> event.getEventType().getName().equals("jdk.ProcessStart"))
                  .count())
          .isGreaterThanOrEqualTo(2);
    }
    // once they have ended, all is as before
    Supervisor again = all.open("again", OPTIONS);
    startHere();
    assertThat(again.end().toString()).contains(" running (started at ");
  }

  private static List<Path> repositories(long pid) throws IOException {
    List<Path> found = new ArrayList<>();
    Path temporary = Path.of(System.getProperty("java.io.tmpdir"));
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(temporary, "*_" + pid)) {
      entries.forEach(found::add);
    }
    return found;
  }

  @Test
  @Tag("full")
  void killedJvmLeavesNoFilesOfTheRecorder() throws Exception {
    assertThat(leftByAKilled(Looking.class)).isEmpty();

    List<Path> control = leftByAKilled(CarelesslyLooking.class);
    assertThat(control).isNotEmpty();
    for (Path one : control) {
      Files.delete(one);
    }
  }

  private List<Path> leftByAKilled(Class<?> main) throws Exception {
    Path output = directory.resolve(main.getSimpleName());
    List<String> options = List.of("-Dsubreaper.origin=auto", "-Dsubreaper.directory=" + directory);
    Process jvm =
        new ProcessBuilder(ChildJvm.command(options, main))
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      Await.until(() -> Files.readString(output).contains("looked") || !jvm.isAlive());
      assertThat(output).content().contains("looked at main");
    } finally {
      jvm.destroyForcibly().waitFor();
    }
    return repositories(jvm.pid());
  }

  static final class Looking {
    public static void main(String[] arguments) throws Exception {
      Subreaper subreaper = Subreaper.activate();
      Supervisor scope = subreaper.open("scope", OPTIONS);
      Origins.awaitReported();
      new ProcessBuilder("sleep", "1").start();
      StackTraceElement origin = scope.leaks().get(0).origin().orElseThrow();
      System.out.println("looked at " + origin.getMethodName());
      System.in.read();
    }
  }

  static final class CarelesslyLooking {
    public static void main(String[] arguments) throws Exception {
      Path file = Files.createTempFile("looking", ".jfr");
      try (Recording recording = new Recording()) {
        recording.setToDisk(false);
        recording.start();
        recording.dump(file);
        Files.delete(file);
        System.out.println("looked at main");
        System.in.read();
      }
    }
  }

  @Test
  void runtimeWithoutTheRecorderWorks() throws Exception {
    ChildJvm.Result result =
        ChildJvm.run(
                List.of(),
                List.of("--limit-modules", "java.base,java.logging", "-Dsubreaper.origin=jfr"),
                Map.of(),
                WithoutRecorder.class)
            .exitedNormally();
    assertThat(result.value("module")).isEqualTo("false");
    assertThat(result.value("status")).isEqualTo("exited 7");
    assertThat(result.value("origin")).isEqualTo("Optional.empty");
    assertThat(result.output())
        .contains("this Java runtime has no module jdk.jfr:")
        .contains("unknown: this Java runtime has no module jdk.jfr");
  }

  static final class WithoutRecorder {
    public static void main(String[] arguments) throws Exception {
      System.out.println("module=" + ModuleLayer.boot().findModule("jdk.jfr").isPresent());
      System.out.println(Subreaper.capabilities());
      try (Subreaper subreaper = Subreaper.activate();
          Supervisor scope = subreaper.open("scope", ScopeOptions.defaults())) {
        Launch launch = scope.launch("sh", "-c", "(sh -c 'exit 7' &)");
        System.out.println("status=" + launch.awaitOrphan().awaitExit());
        new ProcessBuilder("sleep", "1000").start();
        Optional<StackTraceElement> origin = scope.leaks().get(0).origin();
        System.out.println("origin=" + origin);
        System.out.println(scope.end());
      }
    }
  }

  // a JVM that ends at once -----------------------------------------------------------------------

  /** Opens a scope, which begins to start the recorder, and ends. */
  static final class ShortJvm {
    private ShortJvm() {}

    public static void main(String[] arguments) {
      Subreaper subreaper = Subreaper.activate();
      subreaper.open("scope").close();
      if (arguments[0].equals("closed")) {
        subreaper.close();
        if (!FlightRecorder.isInitialized()) {
          System.out.println("the recorder is still starting");
        }
      }
      System.exit(0);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"closed", "open"})
  void jvmThatEndsWhileTheRecorderStartsLeavesAndPrintsNothing(String how) throws Exception {
    Path temporary = Files.createDirectory(directory.resolve("tmp"));
    List<String> options =
        List.of(
            "-Dsubreaper.origin=jfr",
            "-Djava.io.tmpdir=" + temporary,
            "-Djna.tmpdir=" + Files.createDirectory(directory.resolve("jna")));
    ChildJvm.Result result = ChildJvm.run(ChildJvm.command(options, ShortJvm.class, how));
    assertThat(result.exitedNormally().output()).isEmpty();
    assertThat(temporary).isEmptyDirectory();
  }
}
