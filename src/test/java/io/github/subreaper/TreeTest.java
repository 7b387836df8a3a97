package io.github.subreaper;

import static io.github.subreaper.testing.Linux.KERNEL;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import io.github.subreaper.testing.Await;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class TreeTest extends ScopeFixture {
  private static final String ESCAPE = "\u001b]0;owned\u0007\u009b31m\r\u007f";

  /**
   * Launches sh: sh: sleep 1001, sleep 1002, and an orphan sh: sleep 1003; returns when all sleep.
   */
  private Launch family() {
    Launch launch =
        launch("(sh -c 'sleep 1003; :' &); sh -c 'sleep 1001; :' & sleep 1002 & wait; :");
    for (int i = 1001; i <= 1003; i++) {
      scope.awaitDescendant("sleep " + i);
    }
    scope.awaitOrphan("sh -c sleep 1003; :");
    return launch;
  }

  private Descendant only(String glob) {
    List<Descendant> found = scope.tree().find(glob);
    assertThat(found).as(glob).hasSize(1);
    return found.get(0);
  }

  /** The kernel reports a traced process before its launch returns. */
  @Test
  void processOfALaunchThatIsUnderWayHasNoLaunchYet() throws Exception {
    CompletableFuture<Void> launching =
        CompletableFuture.runAsync(
            () -> {
              for (int i = 0; i < 25; i++) {
                Program fork = Program.of("sh", "-c", "(exec sleep 1000) & :");
                scope.launch(fork.traced()).stop();
              }
            });
    while (!launching.isDone()) {
      for (ProcessEvent event : scope.journal().events()) {
        Descendant process = event.process();
        assertThat(process.launch().map(launch -> launch.process().pid()).orElse(1L)).isPositive();
      }
      assertThat(scope.tree().toString()).isNotNull();
    }
    launching.get();
  }

  // comparison with ps ----------------------------------------------------------------------------

  /** Returns the output of ps; without ps the test is aborted, and fails in CI. */
  private static List<String> ps(String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of("ps"));
    command.addAll(List.of(arguments));
    String problem;
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      String output = new String(process.getInputStream().readAllBytes(), UTF_8);
      if (process.waitFor() == 0) {
        return output.lines().toList();
      }
      problem = "ps does not know " + List.of(arguments) + ": " + output;
    } catch (IOException e) {
      problem = "ps is not installed (package procps): " + e.getMessage();
    }
    return "true".equals(System.getenv("CI")) ? fail(problem) : abort(problem);
  }

  /** Returns the lines of ps for these processes by pid, in the order of ps. */
  private static Map<Long, String> byPid(List<String> lines) {
    Map<Long, String> byPid = new LinkedHashMap<>();
    for (String line : lines) {
      Matcher pid = Pattern.compile("^ *(\\d+) ").matcher(line);
      if (pid.find()) {
        byPid.put(Long.valueOf(pid.group(1)), line);
      }
    }
    return byPid;
  }

  @Test
  void treeHasThePidsAndParentsThatPsShows() throws Exception {
    Launch launch = family();
    Map<Long, Set<Long>> children = new HashMap<>();
    for (String line : ps("-eo", "pid=,ppid=")) {
      String[] numbers = line.trim().split(" +", -1);
      children
          .computeIfAbsent(Long.valueOf(numbers[1]), parent -> new TreeSet<>())
          .add(Long.valueOf(numbers[0]));
    }
    ProcessTree tree = launch.tree();
    Set<Long> expected = new TreeSet<>();
    tree.roots().forEach(root -> collect(root.pid(), children, expected));
    assertThat(tree.find("*"))
        .extracting(Descendant::pid)
        .containsExactlyInAnyOrderElementsOf(expected);
    assertThat(tree.size()).isEqualTo(expected.size()).isEqualTo(6);
    for (Descendant one : tree.find("*")) {
      assertThat(one.children())
          .extracting(Descendant::pid)
          .containsExactlyInAnyOrderElementsOf(children.getOrDefault(one.pid(), Set.of()));
    }
    long self = ProcessHandle.current().pid();
    assertThat(children.get(self)).containsAll(tree.roots().stream().map(Descendant::pid).toList());
  }

  private static void collect(long pid, Map<Long, Set<Long>> children, Set<Long> all) {
    all.add(pid);
    children.getOrDefault(pid, Set.of()).forEach(child -> collect(child, children, all));
  }

  /** Splits a line into pid, terminal, state, time, and the rest. */
  private static List<String> columns(String line) {
    Matcher columns =
        Pattern.compile("^ *(\\d+) +(\\S+) +(\\S+) +(\\d+:\\d\\d) (.*)$").matcher(line);
    assertThat(columns.matches()).as(line).isTrue();
    return List.of(
        columns.group(1), columns.group(2), columns.group(3), columns.group(4), columns.group(5));
  }

  @Test
  void columnsAreThoseOfPs() throws Exception {
    launch("exec nice -n 5 sleep 1004");
    family();
    Await.until(() -> scope.tree().find("sleep*").size() == 4);
    Map<Long, String> theirs = byPid(ps("axww"));
    List<String> ours = scope.tree().toString().lines().toList();
    assertThat(ours).hasSize(7);
    for (String line : ours) {
      List<String> columns = columns(line);
      List<String> expected =
          columns(Objects.requireNonNull(theirs.get(Long.valueOf(columns.get(0)))));
      assertThat(columns.subList(0, 4)).isEqualTo(expected.subList(0, 4));
      assertThat(columns.get(4)).contains(expected.get(4));
    }
    assertThat(scope.tree().toString()).contains(" SN ");
  }

  @Test
  void forestIsDrawnAsPsDrawsIt() throws Exception {
    Launch launch = family();
    Map<Long, String> theirs = byPid(ps("afxww"));
    List<String> ours = launch.tree().toString().lines().map(line -> columns(line).get(4)).toList();
    List<Long> pids =
        launch.tree().toString().lines().map(line -> Long.valueOf(columns(line).get(0))).toList();
    int start = 0;
    for (int i = 0; i < ours.size(); i++) {
      String line = Objects.requireNonNull(theirs.get(pids.get(i)));
      String command = ours.get(i).replaceAll(" +adopted .*", "");
      if (!command.startsWith(" ")) {
        start = line.indexOf(command); // a root, which ps draws below the JVM
        assertThat(start).as(line).isPositive();
      }
      assertThat(command).isEqualTo(line.substring(start).stripTrailing());
    }
  }

  // the processes in a tree -----------------------------------------------------------------------

  @Test
  void rootsAreLaunchedProcessesOrphansAndAmbientChildren() throws Exception {
    Launch launch = family();
    Process ambient = new ProcessBuilder("sleep", "1005").start();
    ProcessTree tree = scope.tree();
    assertThat(tree.roots())
        .containsExactlyInAnyOrder(
            launch.process(), only("sh -c sleep 1003; :"), only("sleep 1005"));
    assertThat(tree.size()).isEqualTo(7);
    assertThat(launch.tree().size()).as("the tree of the launch").isEqualTo(6);
    assertThat(only("sleep 1005").pid()).isEqualTo(ambient.pid());
    assertThat(only("sleep 1005").isOrphan()).isFalse();
    assertThat(only("sleep 1003").isOrphan()).as("a child of an orphan").isFalse();
  }

  @Test
  void findMatchesNamesAndCommandLinesAndReturnsParentsFirst() {
    family();
    ProcessTree tree = scope.tree();
    assertThat(tree.find("sleep")).hasSize(3);
    assertThat(tree.find("sleep 100?")).hasSize(3);
    assertThat(tree.find("sleep 1001")).hasSize(1);
    assertThat(tree.find("*sleep 1001*"))
        .extracting(one -> one.commandLine().get(0))
        .containsExactly("sh", "sh", "sleep");
    assertThat(tree.find("eep")).isEmpty();
  }

  @Test
  void orphansAreMarked() {
    Launch launch = launch("(sh -c 'sleep 1001; :' &); exec sleep 1002");
    Descendant orphan = scope.awaitOrphan("sh -c sleep 1001; :");
    scope.awaitDescendant("sleep 1001");
    Await.until(() -> launch.process().name().equals("sleep"));
    String shape = scope.tree().toShape();
    assertThat(List.of(shape.split("(?<=\n)(?! )", -1)))
        .filteredOn(part -> !part.isEmpty())
        .containsExactlyInAnyOrder("sleep 1002\n", "sh -c sleep 1001; : [orphan]\n  sleep 1001\n");
    assertThat(scope.tree().toString().lines())
        .filteredOn(line -> line.contains("adopted"))
        .singleElement()
        .asString()
        .startsWith(String.format("%7d ", orphan.pid()))
        .containsPattern("adopted \\d+ ms after launch(, parent was \\d+)?$");
  }

  @Test
  void anAmbientOrphanIsMarkedWithoutALaunch() throws Exception {
    Process middle = new ProcessBuilder("sh", "-c", "sleep 1001 >&- 2>&- & exit 0").start();
    middle.waitFor();
    scope.awaitOrphan("sleep 1001");
    assertThat(scope.tree().toShape()).isEqualTo("sleep 1001 [orphan]\n");
    assertThat(scope.tree().toString()).contains("adopted").doesNotContain("after launch");
  }

  @Test
  void jvmAndItsGuardianAreNeverShown() {
    Launch launch = scope.launch("sleep", "1000");
    List<Long> children = ProcessHandle.current().children().map(ProcessHandle::pid).toList();
    assertThat(children).as("control: the JVM has a guardian").hasSizeGreaterThan(1);
    assertThat(scope.tree().find("*")).containsExactly(launch.process());
    assertThat(subreaper.descendants()).containsExactly(launch.process());
    assertThat(subreaper.foreign()).isEmpty();
    assertThat(scope.leaks()).isEmpty();
  }

  @Test
  void aTreeIsASnapshot() {
    Launch launch = scope.launch("sleep", "1000");
    ProcessTree before = scope.tree();
    String drawn = before.toString();
    launch.signal(Signal.KILL);
    launch.awaitExit();
    assertThat(before.size()).isEqualTo(1);
    assertThat(before.toString()).isEqualTo(drawn);
    assertThat(before.toShape()).isEqualTo("sleep 1000\n");
    assertThat(before.find("sleep*")).containsExactly(launch.process());
    assertThat(scope.tree().size()).isZero();
    assertThat(scope.tree().roots()).isEmpty();
    assertThat(scope.tree().toString()).isEmpty();
    assertThat(scope.tree().toShape()).isEmpty();
  }

  @Test
  void aZombieIsNotAlive() throws Exception {
    Launch launch =
        scope.launch(
            Program.of("sh", "-c", "mkfifo go; sh -c 'read x < go; exit 3' & exec sleep 1000")
                .withDirectory(directory));
    Descendant child = scope.awaitDescendant("sh -c read*");
    Await.until(() -> launch.process().name().equals("sleep"));
    assertThat(launch.tree().size()).isEqualTo(2);
    Files.writeString(directory.resolve("go"), "\n");
    int pid = (int) child.pid();
    Await.until(() -> KERNEL.procfs.threadState(pid, pid) == 'Z');
    assertThat(launch.tree().find("*")).containsExactly(launch.process());
    assertThat(child.isAlive()).isFalse();
    assertThat(child.exitStatus()).as("not collected yet").isEmpty();
    launch.signal(Signal.KILL);
    assertThat(child.awaitExit()).isEqualTo(ExitStatus.exited(3));
    assertThat(child.isOrphan()).isTrue();
  }

  @Test
  void outerScopeShowsItsNestedScopesButNotViceVersa() {
    Supervisor nested = scope.open("nested");
    Launch outer = scope.launch("sleep", "1001");
    Launch inner = nested.launch("sleep", "1002");
    assertThat(scope.tree().find("*")).containsExactlyInAnyOrder(outer.process(), inner.process());
    assertThat(nested.tree().find("*")).containsExactly(inner.process());
    assertThat(nested.descendants()).containsExactly(inner.process());
    assertThat(outer.tree().find("*")).containsExactly(outer.process());
  }

  // one process ----------------------------------------------------------------------------------

  @Test
  void processShowsWhatTheKernelKnowsOfIt() throws Exception {
    Launch launch = scope.launch(Program.of("sleep", "1000").withDirectory(Path.of("/")));
    Descendant process = launch.process();
    ProcessHandle handle = ProcessHandle.of(launch.pid()).orElseThrow();
    assertThat(process.name()).isEqualTo("sleep");
    assertThat(process.commandLine()).containsExactly("sleep", "1000");
    assertThat(process.executable())
        .contains(Files.readSymbolicLink(Path.of("/proc/" + launch.pid() + "/exe")));
    assertThat(process.workingDirectory()).contains(Path.of("/"));
    assertThat(process.uid()).hasValue((int) Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
    assertThat(process.startTime())
        .isBetween(
            handle.info().startInstant().orElseThrow().minusSeconds(1),
            handle.info().startInstant().orElseThrow().plusSeconds(1));
    assertThat(process.parent()).isEmpty();
    assertThat(process.scope()).isEqualTo("TreeTest");
    assertThat(process.endedAt()).isEmpty();
    assertThat(process.exitStatus()).isEmpty();
    assertThat(process.ending()).isEmpty();
    assertThat(process.userTime()).isEmpty();
    assertThat(process.peakMemoryBytes()).isEmpty();
    assertThat(process).hasToString("sleep 1000 (pid " + launch.pid() + ")");

    process.signal(Signal.KILL);
    process.awaitExit();
    assertThat(process.commandLine()).containsExactly("sleep", "1000");
    assertThat(process.workingDirectory()).contains(Path.of("/"));
    assertThat(process.userTime()).isPresent();
    assertThat(process.systemTime()).isPresent();
    // it needed less than this JVM, and the kernel counts this JVM's peak for it
    assertThat(process.peakMemoryBytes()).isEmpty();
    assertThat(process.endedAt().orElseThrow())
        .as("the start is known to some hundredths of a second")
        .isAfter(process.startTime().minusMillis(50));
  }

  @Test
  void processesAreEqualByPidAndStart() {
    Launch launch = scope.launch("sleep", "1000");
    assertThat(launch.process())
        .isEqualTo(launch.process())
        .hasSameHashCodeAs(launch.process())
        .isEqualTo(only("sleep*"))
        .isNotEqualTo(scope.launch("sleep", "1000").process());
  }

  // hostile names --------------------------------------------------------------------------------

  private static void assertHarmless(String text) {
    assertThat(text.replace("\n", "").codePoints().filter(Character::isISOControl))
        .as(text)
        .isEmpty();
  }

  @Test
  void escapeSequencesInArgumentsDoNotReachTheTerminal() {
    Launch launch =
        scope.launch(
            "sh", "-c", "printf '%s' \"$0\" | tee /dev/stderr; echo; sleep 1000; :", ESCAPE);
    Await.until(() -> launch.stdout().endsWith("\n"));
    scope.awaitDescendant("sleep 1000");
    assertThat(launch.process().commandLine()).as("the value is not escaped").contains(ESCAPE);
    assertHarmless(scope.tree().toString());
    assertHarmless(scope.tree().toShape());
    assertHarmless(launch.toString());
    assertHarmless(launch.process().toString());
    assertHarmless(launch.describe());
    assertHarmless(scope.describe());
    assertThat(scope.tree().toShape()).contains("\\x1b]0;owned\\x07\\x9b31m\\x0d\\x7f");
    assertHarmless(timeout(() -> launch.awaitExit(Duration.ZERO)));
    assertHarmless(timeout(() -> launch.awaitOrphan(Duration.ZERO)));
    assertHarmless(timeout(() -> launch.awaitOrphan("none", Duration.ZERO)));
    assertHarmless(timeout(() -> scope.awaitOrphan("none", Duration.ZERO)));
  }

  private static String timeout(ThrowingCallable wait) {
    return Objects.requireNonNull(
        catchThrowableOfType(WaitTimeoutException.class, wait).getMessage());
  }

  @Test
  void aNewlineInATitleDoesNotForgeALine() {
    Launch launch =
        scope.launch("sh", "-c", "sleep 1000; :", "x\n      1 ?        Ss     0:00 init");
    scope.awaitDescendant("sleep 1000");
    assertThat(launch.tree().toString().lines()).hasSize(2);
    assertThat(launch.tree().toShape().lines()).hasSize(2);
  }

  @Test
  void equalSiblingsInATreeOfManyProcessesAreOneLine() {
    Launch launch =
        scope.launch("sh", "-c", "for i in $(seq 25); do sh -c 'sleep 1000; :' & done; wait");
    ProcessTree tree = launch.tree().awaitUntil(now -> now.find("sleep 1000").size() == 25);

    assertThat(tree.toString().lines()).hasSize(3);
    assertThat(tree.toString())
        .contains("\n   25 ×                       \\_ sh -c sleep 1000; :\n")
        .contains("\n    1 ×                           \\_ sleep 1000\n");
    assertThat(tree.size()).isEqualTo(51);
    assertThat(tree.toShape().lines()).hasSize(51);
  }

  @Test
  void escapeSequencesInACommandDoNotReachTheTerminalByTheReportOfItsStop() {
    Launch launch = scope.launch("sh", "-c", "sleep 1000; :", ESCAPE);
    assertHarmless(launch.stop().toString());
  }

  @Test
  void escapeSequencesInACommandDoNotReachTheTerminalWhenItCannotBeLaunched() {
    assertHarmless(
        Objects.requireNonNull(
            catchThrowableOfType(
                    LaunchException.class, () -> scope.launch("no-such-program", ESCAPE))
                .getMessage()));
  }
}
