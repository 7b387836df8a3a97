package io.github.subreaper;

import static io.github.subreaper.internal.linux.calls.SignalNumber.SIGKILL;
import static io.github.subreaper.testing.Linux.KERNEL;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.subreaper.internal.linux.proc.Pidfd;
import io.github.subreaper.internal.linux.proc.ProcessStat;
import io.github.subreaper.testing.Await;
import io.github.subreaper.testing.ChildJvm;
import io.github.subreaper.testing.Doomed;
import io.github.subreaper.testing.DyingJvm;
import io.github.subreaper.testing.PidNamespace;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The guardian of a living JVM is separate from it, hidden from every scope, and replaced when it
 * dies.
 */
class GuardianTest {

  @TempDir private Path directory;

  @Test
  void guardianHasItsOwnSessionNoTagAndNoneOfTheJvmsDescriptors() throws Exception {
    try (Doomed jvm = Doomed.startWaiting(directory)) {
      int guardian = jvm.guardian();
      ProcessStat stat = Objects.requireNonNull(KERNEL.procfs.stat(guardian));
      assertThat(List.of(stat.session(), stat.processGroup())).containsOnly(guardian);
      assertThat(stat.tty()).isZero();
      assertThat(Doomed.living(jvm.session()))
          .as("control: the JVM and its child carry the tag")
          .anyMatch(process -> process.startsWith(jvm.pid() + " "))
          .hasSize(2)
          .noneMatch(process -> process.startsWith(guardian + " "));
      assertThat(KERNEL.descriptors().open(guardian))
          .isNotEmpty()
          .extracting(fd -> String.valueOf(KERNEL.descriptors().target(guardian, fd)))
          .allMatch(target -> target.matches("/dev/null|.*/((line|ready)-\\d+|guardian)"));
      assertThat(KERNEL.procfs.workingDirectory(guardian)).isEqualTo("/");
    }
  }

  @Test
  void guardianIsNoProcessOfATest() {
    try (Subreaper subreaper = Subreaper.activate();
        Supervisor supervisor = subreaper.open("test")) {
      long guardian = Doomed.guardianOf((int) ProcessHandle.current().pid());
      assertThat(ProcessHandle.current().children()).anyMatch(child -> child.pid() == guardian);
      supervisor.launch("true").awaitExit();
      assertThat(supervisor.tree().size()).isZero();
      assertThat(supervisor.leaks()).isEmpty();
      assertThat(supervisor.orphans()).isEmpty();
      assertThat(subreaper.descendants()).extracting(Descendant::pid).doesNotContain(guardian);
      assertThat(subreaper.foreign()).extracting(Descendant::pid).doesNotContain(guardian);
      assertThat(supervisor.end().toString())
          .startsWith("test leaked nothing")
          .doesNotContain("guardian");
    }
  }

  @Test
  void reportSaysThatTheGuardianWasKilledAndReplaced() {
    try (Subreaper subreaper = Subreaper.activate();
        Supervisor supervisor = subreaper.open("test")) {
      int self = (int) ProcessHandle.current().pid();
      int killed = Doomed.guardianOf(self);
      kill(killed);
      Await.until(() -> Doomed.guardianOf(self), found -> found != 0 && found != killed);
      Supervisor later = subreaper.open("later");
      assertThat(supervisor.end().toString())
          .contains(
              "the guardian (" + killed + ") was killed by SIGKILL; a new one took its place");
      assertThat(later.end().toString()).doesNotContain("guardian");
    }
  }

  @Test
  void killedGuardianIsReplacedAndTheNewOneDoesItsWork() throws Exception {
    try (Doomed jvm = Doomed.startWaiting(directory)) {
      int guardian = jvm.guardian();
      for (int i = 0; i < 3; i++) {
        int killed = guardian;
        kill(killed);
        guardian = Await.until(jvm::guardian, found -> found != killed);
      }
      assertKillLeavesNothing(jvm, guardian);
      assertThat(Doomed.temporary(directory)).isEmptyDirectory();
    }
  }

  /** Kills the JVM, and checks that its guardian ends all. */
  private static void assertKillLeavesNothing(Doomed jvm, int guardian) throws Exception {
    try (Pidfd end = KERNEL.pidfd(guardian)) {
      jvm.kill();
      Doomed.awaitEnd(end);
    }
    assertThat(Doomed.living(jvm.session())).isEmpty();
    jvm.awaitNoneLeft();
  }

  @Test
  void guardianIsReplacedLaterWhereNoProcessSlotIsLeft() throws Exception {
    assumeTrue(!Files.isWritable(Path.of("/root")), "process slots of root have no limit");
    try (Doomed jvm = Doomed.startWaiting(directory)) {
      int guardian = jvm.guardian();
      limit(jvm, "--nproc=1:");
      kill(guardian);
      Await.until(() -> KERNEL.procfs.stat(guardian) == null);
      assertThat(Doomed.guardianOf(jvm.pid())).as("control: no guardian could be started").isZero();
      limit(jvm, "--nproc=30000:");
      assertKillLeavesNothing(jvm, jvm.guardian());
    }
  }

  /** Some shells' read returns the same value at a timeout as at the end of its input. */
  @ParameterizedTest
  @ValueSource(strings = {"bash", "busybox", "dash"})
  @Tag("full")
  void killedGuardianIsReportedWhateverItsShell(String shell) throws Exception {
    ChildJvm.Result result =
        ChildJvm.run(withShell(shell), List.of(), Map.of(), LosesGuardian.class, shell)
            .exitedNormally();
    assertThat(result.value("control")).isEqualTo("true");
    assertThat(result.value("told")).isEqualTo("true");
  }

  /**
   * Returns the command that runs the rest in a mount namespace where this shell is /bin/sh, and
   * the only one.
   */
  private static List<String> withShell(String shell) throws Exception {
    Path program = Path.of("/bin", shell);
    assumeTrue(Files.isExecutable(program), "no " + program);
    if (shell.equals("bash")) {
      return List.of();
    }
    String script =
        "mount --bind /dev/null $(readlink -f /bin/bash)\n"
            + "mount --bind "
            + program
            + " $(readlink -f /bin/sh) && exec \"$@\"";
    List<String> unshare = List.of("unshare", "-Urm", "sh", "-c", script, "sh");
    assumeTrue(PidNamespace.runs(unshare), "needs a mount namespace of its own");
    return unshare;
  }

  /** Kills the guardian after it has been idle for a while. */
  static final class LosesGuardian {
    private LosesGuardian() {}

    public static void main(String[] arguments) throws Exception {
      Path program = Path.of("/bin", arguments[0]);
      try (Subreaper subreaper = Subreaper.activate();
          Supervisor supervisor = subreaper.open("test")) {
        int self = (int) ProcessHandle.current().pid();
        int killed = Doomed.guardianOf(self);
        Path runs = Path.of("/proc/" + killed + "/exe");
        System.out.println("control=" + (Files.mismatch(runs, program) < 0));
        if (!program.endsWith("dash")) { // dash has no timeout for read, so it only waits
          int rests = Doomed.rests(killed);
          Await.until(() -> Doomed.rests(killed) > rests + 2);
        }
        kill(killed);
        Await.until(() -> Doomed.guardianOf(self), found -> found != 0 && found != killed);
        String told = "the guardian (" + killed + ") was killed by SIGKILL";
        System.out.println("told=" + supervisor.end().toString().contains(told));
      }
    }
  }

  /** Runs in its own JVM, since the activation must be the last one. */
  @Test
  @Tag("full")
  void deactivationDoesNotWaitForAGuardianThatIsBeingReplaced() throws Exception {
    ChildJvm.Result result = ChildJvm.run(ClosesWhileReplaced.class).exitedNormally();
    assertThat(Long.parseLong(result.value("longest")))
        .as("milliseconds of the longest close")
        .isLessThan(9_000);
  }

  /**
   * Deactivates at different times after the guardian's death, and prints the longest time it took.
   */
  static final class ClosesWhileReplaced {
    private ClosesWhileReplaced() {}

    public static void main(String[] arguments) {
      long longest = 0;
      for (int i = 0; i < 100; i++) {
        Subreaper subreaper = Subreaper.activate();
        kill(Doomed.guardianOf((int) ProcessHandle.current().pid()));
        LockSupport.parkNanos(i % 20 * 200_000L);
        long began = System.nanoTime();
        subreaper.close();
        longest = Math.max(longest, System.nanoTime() - began);
      }
      System.out.println("longest=" + longest / 1_000_000);
    }
  }

  private static void kill(int guardian) {
    try (Pidfd end = KERNEL.pidfd(guardian)) {
      assertThat(end.send(SIGKILL)).isZero();
      Doomed.awaitEnd(end);
    }
  }

  private static void limit(Doomed jvm, String limit) throws Exception {
    Process prlimit =
        new ProcessBuilder("prlimit", "--pid", Integer.toString(jvm.pid()), limit)
            .inheritIO()
            .start();
    assertThat(prlimit.waitFor()).isZero();
  }

  @Test
  void guardianOfANestedSessionSparesTheOuterOneAndTheOuterGuardianEndsTheNestedOne()
      throws Exception {
    Path output = directory.resolve("inner.out");
    List<String> inner =
        ChildJvm.command(
            List.of("-Djava.io.tmpdir=" + Files.createDirectories(directory.resolve("inner"))),
            DyingJvm.class,
            "wait");
    String start = "\"$@\" >" + output + " 2>&1 &";
    List<String> command = new ArrayList<>(List.of("--", "sh", "-c", start, "sh"));
    command.addAll(inner);
    try (Doomed outer = Doomed.startWaiting(directory, command.toArray(String[]::new))) {
      int outerGuardian = outer.guardian();
      said(output, "ready");
      int innerPid = (int) said(output, "pid");
      long session = said(output, "session");
      int innerGuardian = Doomed.guardianOf(innerPid);
      assertThat(Doomed.living(tag -> tag >= session && tag < session + 10_000)).hasSize(2);
      int all = Doomed.living(outer.session()).size();
      try (Pidfd end = KERNEL.pidfd(innerGuardian);
          Pidfd jvm = KERNEL.pidfd(innerPid)) {
        assertThat(jvm.send(SIGKILL)).isZero();
        Doomed.awaitEnd(end);
      }
      assertThat(Doomed.living(tag -> tag >= session && tag < session + 10_000)).isEmpty();
      assertThat(Doomed.living(outer.session()))
          .as("all but the inner JVM, its child and its guardian")
          .hasSize(all - 3)
          .anyMatch(process -> process.endsWith(" sleep"));
      assertThat(outer.guardian()).isEqualTo(outerGuardian);
      assertThat(directory.resolve("inner")).isEmptyDirectory();
    }
    Files.delete(output);
    try (Doomed outer = Doomed.startWaiting(directory, command.toArray(String[]::new))) {
      said(output, "ready");
      assertKillLeavesNothing(outer, outer.guardian());
    }
  }

  private static long said(Path output, String name) {
    Pattern pattern = Pattern.compile("^" + name + "=(\\d+)$", Pattern.MULTILINE);
    return Await.until(
        () -> {
          Matcher matcher = pattern.matcher(Files.exists(output) ? Files.readString(output) : "");
          return matcher.find() ? Long.parseLong(matcher.group(1)) : 0;
        },
        value -> value > 0);
  }
}
