package io.github.subreaper;

import static io.github.subreaper.internal.linux.calls.SignalNumber.SIGKILL;
import static io.github.subreaper.internal.linux.calls.SignalNumber.SIGTERM;
import static io.github.subreaper.testing.Await.LONG;
import static io.github.subreaper.testing.Linux.KERNEL;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.internal.linux.proc.Procfs;
import io.github.subreaper.testing.Await;
import io.github.subreaper.testing.CProgram;
import io.github.subreaper.testing.ChildJvm;
import io.github.subreaper.testing.PidNamespace;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Bystanders are processes of the same user that do not belong to any scope. Each counts the
 * signals that it gets, and must get none. They look like the victims, share the JVM's group and
 * session, or have the pid and the process group that a victim had.
 */
@Tag("slow")
class BystandersTest {
  private static final ScopeOptions IMPATIENT =
      ScopeOptions.defaults()
          .withAwait(LONG)
          .withKill(LONG)
          .withGrace(Duration.ofMillis(100))
          .withSettle(Duration.ZERO);

  /** Starts three bystanders: in the caller's group, in another session, and as a daemon. */
  private static final String THREE = "\"$0\" a b & setsid \"$0\" a b & DETACHED=1 \"$0\" a b; ";

  @TempDir private Path directory;
  private Path program = Path.of("");
  private Path told = Path.of("");

  @BeforeEach
  void build() throws Exception {
    program = CProgram.build(directory, "bystander");
    told = Files.createDirectory(directory.resolve("told"));
  }

  // bystanders beside the victims -----------------------------------------------------------------

  @Test
  void lookAlikeOfAVictimInTheJvmsGroupAndSessionGetsNoSignal() throws Exception {
    ChildJvm.Result result = amongBystanders(Ends.class).exitedNormally();
    assertThat(result.value("killed")).as(result.output()).isEqualTo("12");
    for (String pid : result.value("left").split(" ", -1)) {
      assertThat(KERNEL.procfs.commandLine(Integer.parseInt(pid)))
          .doesNotContain(program.toString());
    }
    assertThat(told(told).values()).as(result.output()).hasSize(4).containsOnly("");
  }

  @Test
  @Tag("full")
  void controlThatEndsByNameSignalsAllBystanders() throws Exception {
    amongBystanders(ByName.class).exitedNormally();
    assertThat(told(told).values())
        .hasSize(4)
        .allSatisfy(signals -> assertThat(signals).startsWith("signal 15, 1 times"));
  }

  @Test
  @Tag("full")
  void controlThatSignalsItsOwnGroupSignalsTheBystandersInIt() throws Exception {
    amongBystanders(ByOwnGroup.class).exitedNormally();
    assertThat(told(told).values())
        .hasSize(4)
        .filteredOn(signals -> signals.startsWith("signal 18, 1 times"))
        .as("a sibling of the JVM, and a child from before the JVM was exec'd")
        .hasSize(2);
  }

  /**
   * Runs a class in its own session, with four untagged bystanders in or near that session: a
   * sibling of the JVM, one in another session, an orphan, and a child from before the JVM was
   * exec'd in its process.
   */
  private ChildJvm.Result amongBystanders(Class<?> main) throws Exception {
    String outer =
        "export BYSTANDERS=\"$1\"; "
            + THREE
            + "unset BYSTANDERS; sh -c \"$2\" \"$0\" \"$@\"; exit $?";
    String inner = "BYSTANDERS=\"$1\" \"$0\" a b & shift 2; exec \"$@\"";
    return ChildJvm.run(
        List.of("setsid", "sh", "-c", outer, program.toString(), told.toString(), inner),
        ChildJvm.ORIGINS,
        Map.of(),
        main,
        program.toString(),
        told.toString());
  }

  /** Stops a launch, ends scopes, closes a session and exits: 15 processes are killed. */
  static final class Ends {
    public static void main(String[] arguments) throws Exception {
      String program = arguments[0];
      awaitFiles(Path.of(arguments[1]), "*.up", 4);
      List<Descendant> victims = new ArrayList<>();
      try (Subreaper subreaper = Subreaper.activate();
          Supervisor outer = subreaper.open("outer", IMPATIENT)) {
        Launch stopped = outer.launch(three(program));
        victims.addAll(awaitThree(stopped::tree));
        stopped.stop();
        Supervisor inner = outer.open("inner");
        Launch launch = inner.launch(three(program));
        victims.addAll(awaitThree(launch::tree));
        inner.end();
        Supervisor ambient = outer.open("ambient");
        Process process = new ProcessBuilder(three(program)).start();
        victims.addAll(awaitThree(ambient::tree));
        assertThat(process.waitFor()).isZero();
        ambient.end();
        victims.addAll(awaitThree(outer.launch(three(program))::tree));
      }
      for (Descendant victim : victims) {
        assertThat(victim.ending()).as(victim.toString()).hasValue(Ending.KILL);
      }
      System.out.println("killed=" + victims.size());
      Supervisor open = Subreaper.activate().open("open when the JVM ends", IMPATIENT);
      List<Descendant> last = awaitThree(open.launch(three(program))::tree);
      System.out.println(
          "left=" + last.stream().map(one -> "" + one.pid()).collect(Collectors.joining(" ")));
      System.exit(0);
    }
  }

  /** Ends every process with the command line of a victim. Only this test has the path in it. */
  static final class ByName {
    public static void main(String[] arguments) throws Exception {
      awaitFiles(Path.of(arguments[1]), "*.up", 4);
      for (ProcessHandle process : ProcessHandle.allProcesses().toList()) {
        if (KERNEL
            .procfs
            .commandLine((int) process.pid())
            .equals(List.of(arguments[0], "a", "b"))) {
          KERNEL.kill.send((int) process.pid(), Signal.TERM.number());
        }
      }
    }
  }

  /** Signals its own group, as a cleaner does that takes the group for the processes of the JVM. */
  static final class ByOwnGroup {
    public static void main(String[] arguments) throws Exception {
      awaitFiles(Path.of(arguments[1]), "*.up", 4);
      signalGroup("CONT", Objects.requireNonNull(KERNEL.procfs.stat(Procfs.SELF)).processGroup());
    }
  }

  // bystanders with the pids of victims -----------------------------------------------------------

  @Test
  void processWithTheFormerPidAndProcessGroupOfAVictimGetsNoSignal() throws Exception {
    ChildJvm.Result result = amongSuccessors("engine");
    assertThat(result.value("reused")).as(result.output()).isEqualTo("5");
    assertThat(result.value("signals")).as(result.output()).isEqualTo(";;;;");
  }

  @Test
  @Tag("full")
  void controlThatKeepsBarePidsSignalsTheirSuccessors() throws Exception {
    assertEachSuccessorIsSignalled("pids");
  }

  @Test
  @Tag("full")
  void controlThatKeepsProcessGroupsSignalsTheirSuccessors() throws Exception {
    assertEachSuccessorIsSignalled("groups");
  }

  private void assertEachSuccessorIsSignalled(String mode) throws Exception {
    ChildJvm.Result result = amongSuccessors(mode);
    assertThat(result.value("signals").split(";", -1))
        .as(result.output())
        .hasSize(5)
        .allSatisfy(signals -> assertThat(signals).startsWith("signal 15, 1 times"));
  }

  private ChildJvm.Result amongSuccessors(String mode) throws Exception {
    String samePid = CProgram.build(directory, "samepid").toString();
    ChildJvm.Result result;
    int tries = 0;
    do { // a thread of the JVM may get the pid before a successor does
      Path here = Files.createDirectory(told.resolve("" + tries));
      String successors =
          "BYSTANDERS=" + here + " " + samePid + " " + here + " " + program + " a b &";
      result =
          ChildJvm.run(
              PidNamespace.with(500, successors),
              ChildJvm.ORIGINS,
              Map.of(),
              Successors.class,
              mode,
              program.toString(),
              here.toString());
    } while (!result.exitedNormally().value("reused").equals("5") && ++tries < 10);
    return result;
  }

  /** Ends victims in every possible way; each has a successor with its pid before the next scan. */
  static final class Successors {
    private static final String DAEMON = "setsid \"$0\" a b & ";

    public static void main(String[] arguments) throws Exception {
      String program = arguments[1];
      Path told = Path.of(arguments[2]);
      List<Descendant> victims = new ArrayList<>();
      try (Subreaper subreaper = Subreaper.activate();
          Supervisor scope = subreaper.open("scope", IMPATIENT)) {
        // Each victim leads a group, all but the first a session. Reaped by this library:
        Launch launch = scope.launch(program, "a", "b");
        Launch daemon = scope.launch("sh", "-c", DAEMON, program);
        // by the JDK,
        Process process = new ProcessBuilder("setsid", program, "a", "b").start();
        // and by a parent that lives on, of a launch and of the JDK.
        String parent = DAEMON + "wait; exec sleep 1000";
        Launch below = scope.launch("sh", "-c", parent, program);
        Process above = new ProcessBuilder("sh", "-c", parent, program).start();
        Await.until(() -> scope.tree().find(program + " a b").size(), size -> size == 5);
        victims.addAll(scope.tree().find(program + " a b"));
        victims.forEach(victim -> assertThat(victim.isAlive()).isTrue());
        for (Descendant victim : victims) {
          succeed(victim, told);
        }
        System.out.println("reused=" + files(told, "*.up").size());
        switch (arguments[0]) {
          case "pids" -> {
            for (int pid : successors(told)) {
              KERNEL.kill.send(pid, Signal.TERM.number());
            }
          }
          case "groups" -> {
            for (int pid : successors(told)) {
              signalGroup("TERM", pid);
            }
          }
          default -> {
            victims.forEach(victim -> assertThat(victim.signal(Signal.TERM)).isFalse());
            for (Launch one : List.of(launch, daemon, below)) {
              assertThat(one.stop().isClean()).isTrue();
            }
            assertThat(scope.end().survivors()).isEmpty();
          }
        }
        assertThat(process.waitFor()).isEqualTo(128 + SIGKILL);
        assertThat(scope.tree().find(program + " a b")).isEmpty();
        if (arguments[0].equals("engine")) {
          assertThat(above.waitFor()).isEqualTo(128 + SIGTERM);
        }
      }
      System.out.println("signals=" + String.join(";", told(told).values()));
    }

    private static List<Integer> successors(Path told) throws IOException {
      return files(told, "*.up").stream()
          .map(file -> Integer.valueOf(file.getFileName().toString().replace(".up", "")))
          .toList();
    }

    /** Waits until a successor, or another process, has the pid of a dead victim. */
    private static void succeed(Descendant victim, Path told) throws Exception {
      Path part = Files.writeString(told.resolve("part"), victim.pid() + "\n");
      Files.move(part, told.resolve("reuse"));
      Path up = told.resolve(victim.pid() + ".up");
      Path taken = told.resolve("taken");
      Await.until(() -> Files.exists(up) || Files.exists(taken));
      Files.deleteIfExists(taken);
    }
  }

  // helpers --------------------------------------------------------------------------------------

  private static String[] three(String program) {
    return new String[] {"sh", "-c", THREE, program};
  }

  /** Waits until all three ignore their signals; before that, SIGTERM would end them. */
  private static List<Descendant> awaitThree(Supplier<ProcessTree> tree) {
    return Await.until(
        () -> tree.get().find("bystander").stream().filter(BystandersTest::isDeaf).toList(),
        deaf -> deaf.size() == 3);
  }

  private static boolean isDeaf(Descendant process) {
    try {
      return process.details().ignoredSignals().contains(Signal.TERM);
    } catch (ProcessNotReadableException e) {
      return false; // it has not exec'd yet
    }
  }

  private static void signalGroup(String signal, int group) throws Exception {
    int code =
        new ProcessBuilder("sh", "-c", "kill -s " + signal + " -- -" + group).start().waitFor();
    assertThat(code).isZero();
  }

  /** Asks all bystanders to report and exit, and returns by pid the signals that each one got. */
  private static Map<String, String> told(Path told) throws IOException {
    Files.createFile(told.resolve("ask"));
    List<Path> there = files(told, "*.up");
    awaitFiles(told, "*.told", there.size());
    Map<String, String> signals = new TreeMap<>();
    for (Path file : files(told, "*.told")) {
      signals.put(file.getFileName().toString(), Files.readString(file).replace("\n", " "));
    }
    return signals;
  }

  private static void awaitFiles(Path directory, String glob, int count) {
    Await.until(() -> files(directory, glob).size() == count);
  }

  private static List<Path> files(Path directory, String glob) throws IOException {
    List<Path> files = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory, glob)) {
      entries.forEach(files::add);
    }
    return files;
  }
}
