package io.github.subreaper;

import static io.github.subreaper.internal.linux.calls.SignalNumber.SIGKILL;
import static io.github.subreaper.internal.linux.calls.SignalNumber.SIGTERM;
import static io.github.subreaper.testing.Linux.KERNEL;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.subreaper.internal.linux.calls.Errno;
import io.github.subreaper.internal.linux.calls.LinuxException;
import io.github.subreaper.internal.linux.proc.Pidfd;
import io.github.subreaper.testing.Await;
import io.github.subreaper.testing.CProgram;
import io.github.subreaper.testing.ChildJvm;
import io.github.subreaper.testing.Doomed;
import io.github.subreaper.testing.PidNamespace;
import io.github.subreaper.testing.UnusedUsers;
import java.io.InputStream;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Runs guardian.sh directly, with every shell that is installed. A program that holds its FIFO open
 * stands for the JVM.
 */
@Tag("full")
class GuardianScriptTest {
  private static final boolean ROOT = Path.of("/root").toFile().canWrite();
  private static final String CONFINED =
      ROOT ? UnusedUsers.in("setpriv --reuid=USER20 --regid=USER20 --clear-groups ") : "";

  private final long session =
      4_000_000_000_000_000_000L
          + ThreadLocalRandom.current().nextLong(1, 1_000_000) * 1_000_000_000_000L;

  @TempDir private Path directory;
  private Path logs;
  private @Nullable Doomed staged;

  /** A command that runs the guardian's shell, or none. */
  private String prefix = "";

  private String carrier = "limit";

  /** A test that is run with each shell that is installed, which is its argument. */
  @Retention(RetentionPolicy.RUNTIME)
  @ParameterizedTest
  @MethodSource("shells")
  private @interface EachShell {}

  static Stream<String> shells() {
    return Stream.of("/bin/bash", "/bin/dash", "/bin/busybox sh")
        .filter(shell -> Files.isExecutable(Path.of(shell.split(" ", 2)[0])));
  }

  @BeforeEach
  void prepare() throws Exception {
    open(directory);
    CProgram.build(directory, "victims", "-pthread");
    try (InputStream script =
        GuardianScriptTest.class.getResourceAsStream(
            "/io/github/subreaper/internal/engine/guardian/guardian.sh")) {
      assertThat(script).isNotNull();
      Files.copy(script, directory.resolve("guardian"));
    }
    logs = directory.resolve("logs");
    Files.createDirectory(directory.resolve("private"));
    Files.writeString(directory.resolve("private/file"), "of the JVM");
    Files.createDirectories(directory.resolve("private-copies/1"));
    open(directory.resolve("private"));
    open(directory.resolve("private-copies"));
  }

  /** Lets a confined user write there. */
  private static void open(Path directory) throws Exception {
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));
  }

  @AfterEach
  void close() throws Exception {
    if (staged != null) {
      staged.close();
    }
    assertThat(Doomed.living(session)).isEmpty();
  }

  /**
   * Runs a script whose processes are left behind, and the guardian of a JVM that is still alive.
   */
  private void stage(String shell, String victims) throws Exception {
    staged = Doomed.start(directory, List.of("sh", "-c", script(shell, victims)));
    stage().value("ready=yes");
    stage().awaitEnd();
  }

  private String script(String shell, String victims) {
    String script =
        """
        cd DIRECTORY
        mkfifo -m 666 line ready
        sleep 1000 0<>line &
        echo jvm=$!
        read -r stat </proc/$!/stat
        set -- $! ${stat##*) }
        LEFT
        setsid PREFIX SHELL guardian $1 ${21} CARRIER 'PATTERN' ready DIRECTORY/private LOGS \
        <line >/dev/null 2>&1 &
        echo guardian=$!
        read -r word <ready
        echo "$word=yes"
        """;
    return UnusedUsers.in(script.replace("LEFT", victims.strip()))
        .replace("DIRECTORY", directory.toString())
        .replace("VICTIMS", directory.resolve("victims").toString())
        .replace("NUMBER", Long.toString(session))
        .replace("PREFIX", prefix)
        .replace("SHELL", shell)
        .replace("CARRIER", carrier)
        .replace("PATTERN", Long.toString(session).substring(0, 7) + "[0-9]".repeat(12))
        .replace("LOGS", logs.toString());
  }

  /** Does the same in its own pid namespace, where a shell runs on while the JVM dies. */
  private ChildJvm.Result stageIn(
      List<String> namespace, String shell, String victims, String afterwards) throws Exception {
    List<String> command = new ArrayList<>(namespace);
    command.addAll(
        List.of(
            "sh",
            "-c",
            script(shell, victims + "\njvm=$1")
                + afterwards.replace("NUMBER", Long.toString(session))));
    return ChildJvm.run(command);
  }

  private Doomed stage() {
    return Objects.requireNonNull(staged, "nothing was staged");
  }

  /**
   * Waits until just these carry a tag: a process is forked before it has its own, and its name.
   */
  private void awaitLiving(String... names) {
    Await.untilAsserted(
        () ->
            assertThat(Doomed.living(session))
                .extracting(process -> process.split(" ", 3)[2])
                .containsExactlyInAnyOrder(names));
  }

  private int pidOf(String name) {
    return Integer.parseInt(stage().value(name + "=(\\d+)"));
  }

  /** Kills the JVM, and returns when its guardian has ended. */
  private void die() {
    try (Pidfd guardian = KERNEL.pidfd(pidOf("guardian"))) {
      KERNEL.kill.send(pidOf("jvm"), SIGKILL);
      Doomed.awaitEnd(guardian);
    }
  }

  private void assertNothingLeft() throws Exception {
    assertThat(Doomed.living(session)).isEmpty();
    assertThat(directory.resolve("private")).doesNotExist();
    assertThat(directory.resolve("private-copies")).doesNotExist();
  }

  private void dieAndLeaveNothing() throws Exception {
    die();
    assertNothingLeft();
    stage().awaitNoneLeft();
  }

  /** The stack is a sixteenth of the usual one: too small for five hundred nested calls. */
  @Test
  void treeDeeperThanTheShellsStackEnds() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/bin/bash")), "no bash");
    prefix = "prlimit --stack=524288";
    stage("/bin/bash", "prlimit --locks=NUMBER: VICTIMS deep 500");
    dieAndLeaveNothing();
    assertThat(log()).contains("total 500");
  }

  private List<String> log() throws Exception {
    return Files.readAllLines(logs.resolve("guardian-" + pidOf("jvm") + ".new"));
  }

  @EachShell
  void hidingDaemonsEnd(String shell) throws Exception {
    stage(shell, "prlimit --locks=NUMBER: VICTIMS daemons 30");
    assertThat(Doomed.living(session)).hasSize(30);
    dieAndLeaveNothing();
    assertThat(log())
        .contains("jvm " + pidOf("jvm"), "total 30")
        .endsWith("complete")
        .filteredOn(line -> line.matches("ended \\d+ victims"))
        .hasSize(30);
  }

  @EachShell
  void launchesThatWereTracedAreNamedIfNothingElseIsLeft(String shell) throws Exception {
    stage(
        shell,
        """
        printf '%s\\n' '47 sh -c \\n %s $x  "*' >private/traced-1
        printf 4711 >private/traced-2
        echo 48 other >private/traced-3.part
        """);
    dieAndLeaveNothing();
    assertThat(log())
        .contains("total 0", "traced 47 sh -c \\n %s $x  \"*")
        .endsWith("complete")
        .filteredOn(line -> line.startsWith("traced"))
        .hasSize(1);
  }

  @EachShell
  void processesBelowTheAdopterEndFirstAndTheOthersToo(String shell) throws Exception {
    stage(
        shell,
        """
        mkfifo go
        prlimit --locks=NUMBER: sh -c 'read -r _ <go; sleep 1000 & echo late=$!' &
        echo parent=$!
        """);
    Process elsewhere =
        new ProcessBuilder("prlimit", "--locks=" + session + ":", "sleep", "1000").start();
    try {
      Files.writeString(directory.resolve("go"), "\n");
      int late = pidOf("late");
      stage().awaitEnd(pidOf("parent"));
      awaitLiving("sleep", "sleep");
      die();
      assertThat(elsewhere.waitFor()).isEqualTo(128 + SIGKILL);
      assertNothingLeft();
      assertThat(log().stream().filter(line -> line.startsWith("ended ")))
          .containsExactly("ended " + late + " sleep", "ended " + elsewhere.pid() + " sleep");
    } finally {
      elsewhere.destroyForcibly();
    }
  }

  @EachShell
  void processNamesThatLookLikeOtherFieldsAreReadAsNames(String shell) throws Exception {
    stage(
        shell,
        """
        for name in 'x) Z 1 (y' 'x\ncomplete' '* ?' '\\c' '' ') S 1 1 1 1 1 1'; do
          prlimit --locks=NUMBER: VICTIMS named "$name"
        done
        """);
    assertThat(Doomed.living(session)).hasSize(6);
    die();
    assertNothingLeft();
    assertThat(log())
        .hasSize(11)
        .contains("total 6")
        .anyMatch(line -> line.matches("ended \\d+ x complete"))
        .anyMatch(line -> line.matches("ended \\d+ \\* \\?"))
        .anyMatch(line -> line.matches("ended \\d+ \\\\c"))
        .anyMatch(line -> line.matches("ended \\d+ x\\) Z 1 \\(y"));
  }

  @EachShell
  void stoppedProcessesAndThoseWithoutTheirFirstThreadEnd(String shell) throws Exception {
    stage(
        shell,
        """
        prlimit --locks=NUMBER: VICTIMS threads
        prlimit --locks=NUMBER: sh -c 'kill -STOP $$; exec sleep 1000' &
        """);
    Await.untilAsserted(
        () ->
            assertThat(Doomed.living(session))
                .hasSize(2)
                .anyMatch(process -> process.contains(" Z "))
                .anyMatch(process -> process.endsWith(" T sh")));
    dieAndLeaveNothing();
  }

  @EachShell
  void noProcessOfAnotherSessionIsTouched(String shell) throws Exception {
    stage(
        shell,
        """
        for other in OTHER SHORTER 4000 unlimited; do
          prlimit --locks=$other: sleep 1000 &
          echo other=$!
        done
        prlimit --locks=NUMBER: sleep 1000 &
        """
            .replace("OTHER", Long.toString(session + 1_000_000_000_000L))
            .replace("SHORTER", Long.toString(session / 10)));
    awaitLiving("sleep");
    die();
    assertNothingLeft();
    for (int other : all("other", 4)) {
      assertThat(ProcessHandle.of(other).orElseThrow().isAlive()).isTrue();
      assertThat(stage().output().lines())
          .doesNotContain("stopped " + other, "continued " + other)
          .noneMatch(said -> said.startsWith("ended " + other + " "));
    }
  }

  @EachShell
  void untaggedProcessIsKnownByItsParentItsSessionOrTheJvmsLine(String shell) throws Exception {
    stage(
        shell,
        """
        prlimit --locks=NUMBER: sh -c 'prlimit --locks=unlimited sleep 1000 & echo ours=$!; wait' &
        prlimit --locks=NUMBER: setsid sh -c '
          (prlimit --locks=unlimited sleep 1000 & echo ours=$!); exec sleep 1000' &
        born() {
          read -r stat </proc/$1/stat
          set -- $1 ${stat##*) }
          echo ${21}
        }
        sleep 1000 & echo ours=$!
        echo p $! $(born $!) . >line
        sleep 1000 & echo other=$!
        echo p $! $(born $!) . >line
        echo p $! 0 . >line
        sleep 1000 & echo other=$!
        echo p $! $(($(born $!) - 1)) . >line
        sleep 1000 & echo other=$!
        setsid sleep 1000 & echo other=$!
        """);
    List<Integer> ours = all("ours", 3);
    List<Integer> others = all("other", 4);
    awaitLiving("sh", "sleep");
    die();
    assertThat(log()).contains("total 5");
    for (int pid : ours) {
      stage().awaitEnd(pid);
    }
    assertNothingLeft();
    assertThat(others).allMatch(pid -> ProcessHandle.of(pid).orElseThrow().isAlive());
  }

  /** A session number is free once all members have ended, while the guardian still works. */
  @EachShell
  void bystanderWithAReusedSessionNumberLives(String shell) throws Exception {
    goOnUntil("enough");
    assertBystanderInAReusedSessionLives(
        shell,
        """
        kill -9 $jvm
        wait $ours
        """,
        "");
  }

  /**
   * A process that was killed may still be dying when the next sweep reads it, and be gone, and its
   * session's number reused, before the sweep is over. Here the first kill of each process does
   * nothing but create a file, and the first proof after it waits until the number is reused.
   */
  @EachShell
  void bystanderInASessionWhoseNumberADyingProcessHadLives(String shell) throws Exception {
    replaceInScript(
        "if kill -KILL \"$pid\" &&",
        "if { [ -e HERE/killed ] && kill -KILL \"$pid\" || : >HERE/killed; } &&");
    replaceInScript(
        "  : $((session_$session = 1))\n",
        "  : $((session_$session = 1))\n  if [ -e HERE/killed ]; then await; fi\n");
    replaceInScript(
        "\nsweep() {\n",
        """

        await() { : >HERE/read; until [ -e HERE/reused ]; do :; done; }
        sweep() {
          [ ! -e HERE/killed ] || sweeps=$((sweeps + 1))
          [ ! "$sweeps" = 2 ] || await
        """);
    goOnUntil("enough");
    assertBystanderInAReusedSessionLives(
        shell,
        """
        kill -9 $jvm
        until [ -e read ]; do :; done
        kill -9 $ours
        wait $ours
        """,
        """
        until read -r _ _ _ _ _ session _ </proc/$other/stat; [ $session -eq $other ]; do :; done
        : >reused
        """);
  }

  /**
   * Runs a session of the JVM's, ends it, and starts a bystander whose session gets its number.
   * Then the guardian kills two more processes, so that it has swept twice; the bystander ends by
   * SIGTERM.
   *
   * @param end ends the JVM and the session
   * @param reused runs when the bystander has the number
   */
  private void assertBystanderInAReusedSessionLives(String shell, String end, String reused)
      throws Exception {
    ChildJvm.Result result =
        stageIn(
            PidNamespace.with(400, "i=0; while [ $((i += 1)) -le 310 ]; do /bin/true; done"),
            shell,
            """
            mkfifo up
            prlimit --locks=NUMBER: setsid sh -c ': >up; exec sleep 1000' & ours=$!
            read -r _ <up
            """,
            end
                + """
                tries=0
                until setsid sleep 1000 & other=$!; [ $other -eq $ours ]; do
                  kill $other
                  wait $other 2>/dev/null
                  [ $((tries += 1)) -lt 3000 ] || exit 97
                done
                """
                + reused
                + """
                for look in 1 2; do
                  prlimit --locks=NUMBER: sleep 1000 & wait $!
                done
                kill -0 $other && kill $other
                wait $other
                echo "bystander=$?"
                : >enough
                wait
                """);
    assertThat(result.value("bystander")).as(result.output()).isEqualTo("143");
  }

  /**
   * The kernel shows session -1 of a process that is reaped while its entry is read. Bash ends the
   * loop around an error in an expression, and goes on behind it. So two reads, one in each of the
   * guardian's loops, show that session.
   */
  @EachShell
  void processThatIsReapedWhileItIsReadEndsNothing(String shell) throws Exception {
    changeReads("case $reads in 2 | 3) session=-1 ;; esac");
    stage(shell, "prlimit --locks=NUMBER: VICTIMS daemons 3");
    dieAndLeaveNothing();
    assertThat(log()).contains("total 3").endsWith("complete");
  }

  /**
   * Each process of a chain forks the next one and exits. Here the first six reads show a chain's
   * zombies, each of another process. The sweeps skip all other processes, since one that vanishes
   * makes the guardian sweep again.
   */
  @EachShell
  void chainThatOnlyItsZombiesShowEnds(String shell) throws Exception {
    changeReads("[ $reads -gt 6 ] || { state=Z start=$((born + reads)); }");
    replaceInScript(
        "  for process; do\n    case $spared in",
        """
          for process; do
            read -r text <"$process/comm" && [ "$text" = victims ] || continue
            case $spared in\
        """);
    stage(shell, "prlimit --locks=NUMBER: VICTIMS daemons 1");
    dieAndLeaveNothing();
    assertThat(log()).contains("total 1").endsWith("complete");
  }

  /** Changes what the guardian's reads of the victims show. Counts these reads. */
  private void changeReads(String change) throws Exception {
    askNothing();
    String read = "  [ \"$plain\" ] || whole_stat_of \"$1\" || return 1\n";
    replaceInScript(
        read, read + "  case $name in *victims*) reads=$((reads + 1)); " + change + " ;; esac\n");
  }

  private void replaceInScript(String text, String by) throws Exception {
    Path script = directory.resolve("guardian");
    String before = Files.readString(script);
    assertThat(before).containsOnlyOnce(text);
    Files.writeString(script, before.replace(text, by.replace("HERE", directory.toString())));
  }

  /** Lets the guardian kill without asking before. */
  private void askNothing() throws Exception {
    replaceInScript("\nbid\n", "\n:\n");
  }

  /** Keeps the guardian sweeping, though nothing is left, until a file exists. */
  private void goOnUntil(String file) throws Exception {
    askNothing();
    replaceInScript("[ $calm -ge 2 ] && break", "[ -e 'HERE/" + file + "' ] && break");
  }

  /** Lines in the FIFO that are cut short, or not from the JVM, do not count. */
  @EachShell
  void onlyWholeLinesOfTheJvmCount(String shell) throws Exception {
    stage(shell, "sleep 1000 & echo other=$!; sleep 1000 & echo ours=$!");
    int guardian = pidOf("guardian");
    int ours = pidOf("ours");
    int other = pidOf("other");
    Path line = directory.resolve("line");
    for (String wrong :
        List.of(
            "-1 ''",
            "",
            "p",
            other + " -1",
            "p " + other + " -1",
            other + " -1 .",
            "p 1-2 3 .",
            "p 08 1 .",
            "p 7 08 .",
            "p 99999999999 1 .",
            "p 7 99999999999999999999 .",
            "p * * .",
            "q " + other + " -1 .",
            "p " + other + " -1 . .",
            "p " + other + " --1 .")) {
      Files.writeString(line, wrong + "\n");
    }
    long start = Objects.requireNonNull(KERNEL.procfs.stat(ours)).startTicks();
    String told = "p " + ours + " " + start + " .\n";
    int before = Doomed.rests(guardian);
    Files.writeString(line, told.substring(0, 4));
    Await.until(() -> Doomed.rests(guardian) > before);
    Files.writeString(line, told.substring(4));
    die();
    stage().awaitEnd(ours);
    assertThat(ProcessHandle.of(other).orElseThrow().isAlive()).isTrue();
    assertNothingLeft();
  }

  /**
   * {@code /proc} hides both: the process that the JVM named may have ended, and a bystander may
   * have its pid.
   */
  @EachShell
  void onlyHiddenProcessesBelowTheAdopterEnd(String shell) throws Exception {
    CProgram.build(directory, "hidden");
    ChildJvm.Result result =
        stageIn(
            PidNamespace.hiding(2),
            shell,
            """
            set +m
            DIRECTORY/hidden stay & ours=$!
            mkfifo up
            sh -c 'DIRECTORY/hidden stay & echo $! >up; wait $!; echo bystander=$?' & between=$!
            read -r other <up
            while [ -d /proc/$ours ] || [ -d /proc/$other ]; do :; done
            echo p $ours -1 . >line
            echo p $other -1 . >line
            """
                .replace("DIRECTORY", directory.toString()),
            """
            guardian=$!
            kill -9 $jvm
            wait $ours
            echo ours=$?
            wait $guardian
            kill $other
            wait $between
            """);
    assertThat(result.value("ours")).as(result.output()).isEqualTo("137");
    assertThat(result.value("bystander")).as(result.output()).isEqualTo("143");
  }

  /** Returns the pids that the script printed under a name, in any order. */
  private List<Integer> all(String name, int count) {
    return Await.until(
        () ->
            stage()
                .output()
                .lines()
                .filter(told -> told.startsWith(name + "="))
                .map(told -> Integer.valueOf(told.substring(name.length() + 1)))
                .toList(),
        pids -> pids.size() == count);
  }

  @EachShell
  void tagIsReadFromTheEnvironmentWhereNoLimitCarriesIt(String shell) throws Exception {
    carrier = "SUBREAPER_TAG";
    stage(
        shell,
        """
        SUBREAPER_TAG=NUMBER sh -c 'echo ours=$$; exec sleep 1000' &
        SUBREAPER_TAG=4000000123456789012 sh -c 'echo other=$$; exec sleep 1000' &
        """);
    int other = pidOf("other"); // they have their environments by now
    int ours = pidOf("ours");
    die();
    stage().awaitEnd(ours);
    assertThat(ProcessHandle.of(other).orElseThrow().isAlive()).isTrue();
    assertThat(log()).contains("total 1");
  }

  @ParameterizedTest
  @CsvSource({
    "/bin/bash, bomb 60 USER30",
    "/bin/bash, bomb 150 USER31",
    "/bin/bash, groups 60 USER32",
    "/bin/bash, chains 8 USER33",
    "/bin/bash, sessions 8 USER34",
    "sh, bomb 60 USER35",
    "sh, groups 60 USER36",
    "sh, chains 8 USER37",
  })
  void processesThatForkFasterThanTheyAreKilledEnd(String shell, String victims) throws Exception {
    assumeTrue(shell.equals("sh") || Files.isExecutable(Path.of(shell)), "no " + shell);
    stage(shell, "prlimit --locks=NUMBER: VICTIMS " + victims);
    assertThat(stage().output()).contains("ready=yes");
    dieAndLeaveNothing();
  }

  @Test
  void plainKillLoopLosesAgainstABombAndTheGuardianWins() throws Exception {
    stage("sh", "prlimit --locks=NUMBER: VICTIMS bomb 20 USER38");
    for (int killed = 0; killed < 40; killed++) {
      int victim = Integer.parseInt(awaitMany().get(0).split(" ", 2)[0]);
      try (Pidfd end = KERNEL.pidfd(victim)) {
        end.send(SIGKILL);
        Doomed.awaitEnd(end);
      } catch (LinuxException e) {
        assertThat(e.errno()).as("it has ended by itself").isEqualTo(Errno.ESRCH);
      }
    }
    awaitMany(); // after twice as many kills
    die();
    assertNothingLeft();
  }

  private List<String> awaitMany() {
    return Await.until(() -> Doomed.living(session), living -> living.size() > 5);
  }

  @EachShell
  void guardianNeedsNoProcessSlot(String shell) throws Exception {
    prefix = CONFINED + "prlimit --nproc=1";
    Files.createDirectory(logs);
    open(logs);
    stage(
        shell,
        "prlimit --locks=NUMBER: VICTIMS bomb 30 USER20\n"
            + CONFINED
            + "prlimit --locks=NUMBER: sleep 1000 &");
    List<String> fork = new ArrayList<>(List.of((prefix + " " + shell).split(" ", -1)));
    fork.addAll(List.of("-c", "(:) && echo forked; true"));
    if (!shell.equals("/bin/bash")) { // bash retries for 15 s
      Process control = new ProcessBuilder(fork).start();
      assertThat(new String(control.getInputStream().readAllBytes(), UTF_8))
          .as("control: the shell can't fork here")
          .isEmpty();
    }
    die();
    assertNothingLeft();
    assertThat(log()).endsWith("complete");
  }

  @Test
  void processThatMayNotBeSignalledIsNamedAndTheRestEnd() throws Exception {
    assumeTrue(ROOT, "needs root, to leave a process of another user");
    replaceInScript("patience=30", "patience=1");
    prefix = CONFINED;
    stage(
        "sh",
        "prlimit --locks=NUMBER: sleep 1000 & echo other=$!\n"
            + CONFINED
            + "prlimit --locks=NUMBER: sleep 1000 &");
    awaitLiving("sleep", "sleep");
    die();
    assertThat(Doomed.living(session)).hasSize(1);
    assertThat(directory.resolve("private")).doesNotExist();
    assertThat(log())
        .contains("total 1")
        .anyMatch(line -> line.matches("alive " + pidOf("other") + " S sleep"));
  }

  @Test
  void guardianWorksWithoutALogAndWithoutThePrivateDirectory() throws Exception {
    logs = Path.of("/dev/null/logs");
    stage("sh", "prlimit --locks=NUMBER: sleep 1000 &");
    awaitLiving("sleep");
    try (Stream<Path> files = Files.walk(directory.resolve("private"))) {
      files.sorted(java.util.Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
    }
    Files.delete(directory.resolve("line"));
    Files.delete(directory.resolve("ready"));
    dieAndLeaveNothing();
  }

  @EachShell
  void emptyDirectoryOfTheFlightRecorderIsRemoved(String shell) throws Exception {
    stage(shell, "");
    int jvm = pidOf("jvm");
    Path empty = Files.createDirectory(directory.resolve("2026_11_26_18_30_00_" + jvm));
    Path full = Files.createDirectory(directory.resolve("2026_11_26_18_30_01_" + jvm));
    Files.writeString(full.resolve("file"), "of a recording to disk");
    Path another = Files.createDirectory(directory.resolve("2026_11_26_18_30_00_1" + jvm));
    Path link = Files.createSymbolicLink(directory.resolve("2026_11_26_18_30_02_" + jvm), another);
    Path named = Files.createDirectory(directory.resolve("2026_november_" + jvm));
    die();
    assertNothingLeft();
    assertThat(empty).doesNotExist();
    assertThat(List.of(full.resolve("file"), another, link, named)).allMatch(Files::exists);
  }

  /** A shell that says so when it is asked to end, and goes on for its child. */
  private static final String ASKED =
      "trap \"echo SIGNAL >>told\" SIGNAL; SLEEP & echo daemon=$$; wait; wait";

  private String told() throws Exception {
    Path told = directory.resolve("told");
    return Files.exists(told) ? Files.readString(told) : "";
  }

  @EachShell
  void topsAreAskedBeforeTheyAreKilled(String shell) throws Exception {
    stage(
        shell,
        "prlimit --locks=NUMBER: setsid sh -c '"
            + ASKED.replace("SIGNAL", "TERM").replace("SLEEP", "sleep 1000")
            + "' & prlimit --locks=NUMBER: sleep 1000 &");
    int daemon = pidOf("daemon");
    awaitLiving("sh", "sleep", "sleep");
    die();
    assertThat(told()).isEqualTo("TERM\n");
    assertThat(log()).contains("ended " + daemon + " sh", "total 3");
    assertNothingLeft();
  }

  @EachShell
  void launchIsAskedByItsOwnSignal(String shell) throws Exception {
    String daemon =
        "prlimit --locks=NUMBER: sh -c '"
            + ASKED.replace("SIGNAL", "USR1").replace("SLEEP", "sleep 1000")
            + "' &";
    stage(shell, "echo s NUMBER 10 . >line; echo s NUMBERX 12 . >line; " + daemon);
    pidOf("daemon");
    die();
    assertThat(told()).isEqualTo("USR1\n");
    assertNothingLeft();
  }

  /** Each is known only as long as its parent lives, or another member of its session. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "prlimit --locks=unlimited: sleep 1000",
        "(prlimit --locks=unlimited: sleep 1000 &)",
      })
  void nothingIsAskedIfAPartCarriesNoTag(String child) throws Exception {
    stage(
        "sh",
        "prlimit --locks=NUMBER: setsid sh -c '"
            + ASKED.replace("SIGNAL", "TERM").replace("SLEEP", child)
            + "' &");
    int session = pidOf("daemon");
    Await.until(() -> isAnySleeping(session)); // it has shed the tag by then
    die();
    assertThat(told()).isEmpty();
    assertNothingLeft();
  }

  private static boolean isAnySleeping(int session) {
    return KERNEL.procfs.processes().stream()
        .map(KERNEL.procfs::stat)
        .anyMatch(
            stat ->
                stat != null
                    && stat.session() == session
                    && KERNEL.procfs.commandLine(stat.pid()).equals(List.of("sleep", "1000")));
  }

  @Test
  void guardianWritesNoLogIfItEndsNothing() throws Exception {
    stage("sh", "");
    die();
    assertNothingLeft();
    assertThat(logs).doesNotExist();
  }

  @Test
  void noProcessEndsBeforeTheJvmDiesOrWhileTheGuardianIsStopped() throws Exception {
    stage("sh", "prlimit --locks=NUMBER: VICTIMS daemons 3");
    int guardian = pidOf("guardian");
    Doomed.stop(guardian);
    KERNEL.kill.send(pidOf("jvm"), SIGKILL);
    stage().awaitEnd(pidOf("jvm"));
    assertThat(Doomed.living(session)).as("the guardian is stopped").hasSize(3);
    try (Pidfd end = KERNEL.pidfd(guardian)) {
      Doomed.resume(guardian);
      Doomed.awaitEnd(end);
    }
    assertNothingLeft();
  }

  @EachShell
  void sigtermEndsTheGuardianOnlyIfTheJvmCanStartAnother(String shell) throws Exception {
    stage(shell, "");
    int guardian = pidOf("guardian");
    Doomed.stop(pidOf("jvm"));
    int before = Doomed.rests(guardian);
    assertThat(KERNEL.kill.send(guardian, SIGTERM)).isZero();
    Await.until(() -> Doomed.rests(guardian) > before + (shell.equals("/bin/bash") ? 2 : 0));
    assertThat(stage().output()).as("the JVM is stopped").doesNotContain("ended " + guardian);
    Doomed.resume(pidOf("jvm"));
    assertThat(KERNEL.kill.send(guardian, SIGTERM)).isZero();
    assertThat(stage().awaitEnd(guardian)).isEqualTo(SIGTERM);
  }

  @EachShell
  void sigtermAfterTheJvmsDeathDoesNotStopTheGuardian(String shell) throws Exception {
    stage(shell, "prlimit --locks=NUMBER: VICTIMS daemons 3");
    int guardian = pidOf("guardian");
    Doomed.stop(guardian);
    assertDoesItsWorkInSpiteOfSigterm(guardian);
  }

  /** Kills the JVM beside its stopped guardian, which finds a SIGTERM when it goes on. */
  private void assertDoesItsWorkInSpiteOfSigterm(int guardian) throws Exception {
    KERNEL.kill.send(pidOf("jvm"), SIGKILL);
    stage().awaitEnd(pidOf("jvm"));
    assertThat(KERNEL.kill.send(guardian, SIGTERM)).isZero();
    try (Pidfd end = KERNEL.pidfd(guardian)) {
      Doomed.resume(guardian);
      Doomed.awaitEnd(end);
    }
    assertThat(stage().awaitEnd(guardian)).as("its wait status").isZero();
    assertNothingLeft();
  }

  /** A plain return in a trap has the status of the command before it in bash. */
  @EachShell
  void norDoesOneThatComesAfterACommandThatSucceeded(String shell) throws Exception {
    String ready = "echo ready >&9\n";
    replaceInScript(ready, ready + "kill -STOP $$ # succeeds\n");
    stage(shell, "prlimit --locks=NUMBER: VICTIMS daemons 3");
    int guardian = pidOf("guardian");
    Doomed.awaitStop(guardian); // by itself
    assertDoesItsWorkInSpiteOfSigterm(guardian);
  }
}
