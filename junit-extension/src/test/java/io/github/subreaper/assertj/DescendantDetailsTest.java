package io.github.subreaper.assertj;

import static io.github.subreaper.assertj.Failures.assertFails;
import static io.github.subreaper.assertj.RealScope.ended;
import static io.github.subreaper.assertj.SubreaperAssertions.assertThat;
import static io.github.subreaper.assertj.SubreaperAssertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.github.subreaper.Descendant;
import io.github.subreaper.Launch;
import io.github.subreaper.ProcessState;
import io.github.subreaper.Program;
import io.github.subreaper.Signal;
import io.github.subreaper.internal.access.Access;
import io.github.subreaper.internal.assertj.facts.Naming;
import io.github.subreaper.waits.Await;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.function.Consumer;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Each assertion on what proc(5) shows of a process passes once, and fails once with its message
 * compared.
 */
@Timeout(60)
class DescendantDetailsTest {
  @AutoClose private final RealScope scope = new RealScope();
  private final Descendant sleep = process("sleep", "1000");

  @TempDir private Path dir;

  private Descendant process(String... command) {
    return scope.patient().launch(command).process();
  }

  private Descendant process(Program program) {
    return scope.patient().launch(program).process();
  }

  /** Returns when the shell has reported that it is about to `exec sleep`. */
  private Descendant sh(String script) {
    Launch launch = scope.sh(script + "; echo ready; while :; do sleep 1000; done");
    launch.awaitOutput("ready");
    return launch.process();
  }

  /** Compares the message for a process that has ended, which shows nothing more. */
  private static void assertUnreadable(
      Descendant ended, String verdict, String what, Consumer<DescendantAssert> assertion) {
    assertThatThrownBy(() -> assertion.accept(assertThat(ended)))
        .isInstanceOf(AssertionError.class)
        .message()
        .startsWith("Expecting " + Naming.of(ended) + "\n" + verdict + "\nbut it has ended: ")
        .containsPattern(
            "killed by SIGKILL after \\d+\\.\\d\\d s; its " + what + " can't be read any more\n\n");
  }

  @Test
  void hasCommandLine() {
    assertThat(sleep).hasCommandLine("sleep", "1000");
    assertFails(
        sleep,
        """
        to have the command line:
           1  sleep 1000
        but 1 is another:
           1  sleep
           2  1000""",
        it -> it.hasCommandLine("sleep 1000"));
  }

  @Test
  void hasArguments() {
    assertThat(sleep).hasArguments("1000");
    assertThat(process("cat")).hasArguments();
    assertFails(
        sleep,
        """
        to have the arguments:
           1  1000
           2  -v\\n
        but there is only 1:
           1  1000""",
        it -> it.hasArguments("1000", "-v\n"));
    assertFails(
        sleep,
        """
        to have the arguments: none
        but there are more, from 1 on:
           1  1000""",
        it -> it.hasArguments());
  }

  @Test
  void commandLineOfAProcessThatHasEndedIsTheLastOneSeen() {
    assertThat(ended(sleep)).hasCommandLine("sleep", "1000");
  }

  @Test
  void hasExecutable() throws IOException {
    Path java = Path.of(System.getProperty("java.home"), "bin", "java");
    Descendant jvm = process(Listener.on());
    Path link = Files.createSymbolicLink(dir.resolve("link"), java);
    assertThat(jvm).hasExecutable(java).hasExecutable(link);
    assertFails(
        jvm,
        "to execute /dev/null\nbut it executes " + Naming.printable(java.toRealPath().toString()),
        it -> it.hasExecutable(Path.of("/dev/null")));
  }

  @Test
  void hasWorkingDirectory() throws IOException {
    Descendant there = process(Program.of("sleep", "1000").withDirectory(dir));
    assertThat(there).hasWorkingDirectory(dir);
    assertFails(
        there,
        "to have the working directory /\nbut it is "
            + Naming.printable(dir.toRealPath().toString()),
        it -> it.hasWorkingDirectory(Path.of("/")));
  }

  @Test
  void runsAs() throws IOException {
    int uid = (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
    String user = sleep.details().user();
    assertThat(sleep).runsAs(user).runsAs(String.valueOf(uid));
    String found = "\nbut it runs as " + user + " (uid " + uid + ")";
    assertFails(sleep, "to run as 4711" + found, it -> it.runsAs("4711"));
    assertFails(
        sleep,
        "to run as nosuch" + found + "\n(there is no user `nosuch` in /etc/passwd of this machine)",
        it -> it.runsAs("nosuch"));
    String other = user.equals("root") ? "nobody" : "root";
    assertFails(sleep, "to run as " + other + found, it -> it.runsAs(other));
    assertFails(
        sleep,
        "to run as roto"
            + found
            + "\n(there is no user `roto` in /etc/passwd of this machine: did you mean `root`?)",
        it -> it.runsAs("roto"));
  }

  @Test
  void hasParent() {
    Descendant parent = sh("sleep 1000 & true");
    assertThat(parent).hasChildren(2);
    Descendant child = RealScope.sleepBelow(parent);
    assertThat(child).hasParent(parent);
    assertFails(
        child,
        "to have the parent " + Naming.of(sleep) + "\nbut it is " + Naming.of(parent),
        it -> it.hasParent(sleep));
    assertThatThrownBy(() -> assertThat(sleep).hasParent(parent))
        .hasMessageContaining("but it is this JVM itself, or not seen\n\n");
  }

  @Test
  void sessions() {
    Descendant leader = scope.sh("setsid sh -c 'sleep 1000 & wait' &").awaitOrphan("sh -c sleep*");
    assertThat(leader).hasChildren(1).isSessionLeader().isProcessGroupLeader();
    Descendant member = RealScope.sleepBelow(leader);
    assertThat(member).isInSessionOf(leader);
    assertFails(
        member,
        "to lead its session\nbut its session is that of pid " + leader.pid(),
        it -> it.isSessionLeader());
    assertFails(
        member,
        "to lead its process group\nbut its process group is that of pid " + leader.pid(),
        it -> it.isProcessGroupLeader());
    long ours = sleep.sessionId().getAsInt();
    assertFails(
        member,
        "to be in the session of "
            + Naming.of(sleep)
            + ", which is "
            + ours
            + "\nbut its session is "
            + leader.pid(),
        it -> it.isInSessionOf(sleep));
  }

  @Test
  void environment() {
    Descendant process = process(Program.of("sleep", "1000").withEnvironment("MODE", "a=b"));
    assertThat(process)
        .hasEnvironmentVariable("MODE", "a=b")
        .doesNotHaveEnvironmentVariable("NO_SUCH_VARIABLE");
    assertFails(
        process,
        "to have the environment variable MODE=a\nbut it is MODE=a=b",
        it -> it.hasEnvironmentVariable("MODE", "a"));
    assertFails(
        process,
        "to have no environment variable MODE\nbut it is MODE=a=b",
        it -> it.doesNotHaveEnvironmentVariable("MODE"));
    assertFails(
        process,
        "to have the environment variable NO_SUCH_VARIABLE=1\nbut it has none of that name, of "
            + process.details().environment().size()
            + "\n(some programs write their title over their environment)",
        it -> it.hasEnvironmentVariable("NO_SUCH_VARIABLE", "1"));
  }

  @Test
  void openFiles() throws IOException {
    Path file = Files.createFile(dir.resolve("data")).toRealPath();
    Descendant process = sh("exec 8>'" + file + "'");
    assertThat(process).hasOpenFile(file).doesNotHaveOpenFile(dir);
    assertFails(
        process,
        "to not have " + file + " open\nbut it has:\n   8 → " + file,
        it -> it.doesNotHaveOpenFile(file));
    assertThatThrownBy(() -> assertThat(process).hasOpenFile(dir))
        .hasMessageStartingWith(
            "Expecting %s\nto have %s open\nbut it has open:\n   0 → /dev/null\n   1 → /",
            Naming.of(process), dir)
        .hasMessageContaining("\n   8 → " + file + "\n");
  }

  @Test
  void openFileThatWasRemovedDoesNotMatch() throws IOException {
    Path file = dir.toRealPath().resolve("data");
    Descendant process = sh("exec 8>'" + file + "'; rm '" + file + "'");
    assertThat(process).doesNotHaveOpenFile(file);
    assertThatThrownBy(() -> assertThat(process).hasOpenFile(file))
        .hasMessageContaining("\n   8 → " + file + " (deleted)\n");
  }

  @Test
  void threads() {
    assertThat(sleep).hasThreads(1).hasThreadsAtMost(1);
    assertFails(sleep, "to have 2 threads\nbut it has 1", it -> it.hasThreads(2));
    Launch jvm = scope.patient().launch(Listener.on());
    jvm.awaitOutput("listens");
    assertThatThrownBy(() -> assertThat(jvm.process()).hasThreadsAtMost(1))
        .message()
        .startsWith(
            "Expecting " + Naming.of(jvm.process()) + "\nto have 1 thread at most\nbut it has ")
        .containsPattern("but it has \\d+\n\n");
    assertThatThrownBy(() -> assertThat(sleep).hasThreads(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("count must be more than zero: 0");
  }

  @Test
  void usesMemoryBelow() {
    assertThat(sleep).usesMemoryBelow(1L << 40);
    assertThatThrownBy(() -> assertThat(sleep).usesMemoryBelow(1500))
        .message()
        .startsWith("Expecting " + Naming.of(sleep) + "\nto use less memory than 1.5 KiB\nbut ")
        .containsPattern("but [\\d.,]+ [KM]iB of it are resident\n\n");
  }

  @Test
  void usedLessThan() {
    Descendant spinning = process("sh", "-c", "while :; do :; done");
    Await.until(() -> !spinning.details().cpuTime().isZero());
    assertThat(spinning).usedLessThan(Duration.ofHours(1));
    assertThatThrownBy(() -> assertThat(spinning).usedLessThan(Duration.ofNanos(1)))
        .message()
        .startsWith(
            "Expecting "
                + Naming.of(spinning)
                + "\nto use less CPU time than 0.000 s\nbut it used ")
        .containsPattern("but it used \\d+\\.\\d+ s\n\n");
    assertThat(ended(spinning)).usedLessThan(Duration.ofHours(1));
    assertThatThrownBy(() -> assertThat(spinning).usedLessThan(Duration.ofNanos(1)))
        .message()
        .containsPattern("but it used \\d+\\.\\d+ s\n\n");
  }

  @Test
  void usedLessThanFailsIfAnotherProcessReapedIt() {
    Descendant parent = process("sh", "-c", "sleep 1000 & wait; exec sleep 1000");
    assertThat(parent).hasChildren(1);
    Descendant child = ended(RealScope.sleepBelow(parent));
    assertFails(
        child,
        "to use less CPU time than 1.0 s\nbut that is unknown: it has ended, and the kernel"
            + " reports it only to the process that reaps it",
        it -> it.usedLessThan(Duration.ofSeconds(1)));
  }

  @Test
  void limits() {
    Descendant process = sh("ulimit -S -n 64; ulimit -c 0");
    String hard = String.valueOf(process.details().limit("nofile").hard().orElse(-1));
    assertThat(process).hasLimit("nofile", 64).hasLimit("CORE", 0).hasNoLimit("rss");
    assertFails(
        process,
        "to have the limit nofile 1024\nbut it is 64 (hard: " + hard + ")",
        it -> it.hasLimit("nofile", 1024));
    assertFails(
        process, "to have no limit core\nbut it is 0 (hard: 0)", it -> it.hasNoLimit("core"));
    assertThatThrownBy(() -> assertThat(process).hasLimit("files", 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "no such limit: \"files\"; one of as, core, cpu, data, fsize, memlock, msgqueue, nice,"
                + " nofile, nproc, rss, rtprio, rttime, sigpending, stack");
  }

  @Test
  void signals() {
    Descendant process = sh("trap '' USR1; trap : USR2");
    assertThat(process).ignores(Signal.USR1).catches(Signal.USR2);
    assertFails(
        process, "to ignore SIGUSR2\nbut it has a handler for it", it -> it.ignores(Signal.USR2));
    assertFails(process, "to catch SIGUSR1\nbut it ignores it", it -> it.catches(Signal.USR1));
    assertFails(
        sleep,
        "to catch SIGUSR1\nbut its disposition is the default; signal(7)",
        it -> it.catches(Signal.USR1));
    assertFails(sleep, "to block SIGUSR1\nbut it blocks no signal", it -> it.blocks(Signal.USR1));
  }

  @Test
  void blocks() {
    Launch launch = scope.patient().launch(Program.of("sleep", "1000").withCanaries());
    Signal planted = Access.get().canaries(launch).orElseThrow().blocked();
    assertThat(launch.process()).blocks(planted);
    assertFails(
        launch.process(),
        "to block SIGUSR1\nbut it blocks " + planted,
        it -> it.blocks(Signal.USR1));
  }

  @Test
  void hasNice() {
    int ours = sleep.details().nice();
    Descendant nicer = sh("renice -n 1 -p $$ >&2");
    assertThat(nicer).hasNice(nicer.details().nice());
    assertThat(sleep).hasNice(ours);
    assertFails(sleep, "to have the nice value -20\nbut it is " + ours, it -> it.hasNice(-20));
  }

  @Test
  void hasUmask() {
    Descendant process = sh("umask 027");
    assertThat(process).hasUmask(027);
    assertFails(process, "to have the umask 0000\nbut it is 0027", it -> it.hasUmask(0));
    String hint = "\n(in Java only a number that begins with 0 is octal: write ";
    assertFails(
        process, "to have the umask 0033\nbut it is 0027" + hint + "027)", it -> it.hasUmask(27));
    Descendant decimal =
        scope.patient().launch(Program.of("sleep", "1000").withUmask(27)).process();
    assertFails(
        decimal,
        "to have the umask 0027\nbut it is 0033" + hint + "027, where it is set)",
        it -> it.hasUmask(027));
  }

  @Test
  void hasStateFailsForARunningProcess() {
    assertThatThrownBy(() -> assertThat(sleep).hasState(ProcessState.STOPPED))
        .isInstanceOf(AssertionError.class)
        .message()
        .startsWith("Expecting " + Naming.of(sleep) + "\nto be stopped\nbut it is ")
        .containsPattern("but it is (?!stopped)[a-z ]+\n\n");
  }

  @Test
  void hasState() {
    sleep.signal(Signal.STOP);
    Await.until(() -> sleep.details().state() == ProcessState.STOPPED);
    assertThat(sleep).hasState(ProcessState.STOPPED);
    assertFails(
        sleep, "to be sleeping\nbut it is stopped", it -> it.hasState(ProcessState.SLEEPING));
  }

  @Test
  void isYoungerThan() {
    assertThat(sleep).isYoungerThan(Duration.ofDays(1));
    assertThatThrownBy(() -> assertThat(sleep).isYoungerThan(Duration.ZERO))
        .message()
        .startsWith("Expecting " + Naming.of(sleep) + "\nto be younger than 0.000 s\nbut it is ")
        .containsPattern("but it is \\d+\\.\\d+ s old\n\n");
  }

  @Test
  void ofAProcessThatHasEndedNothingMoreCanBeRead() {
    Path file = dir.resolve("data");
    Descendant ended = ended(sh("umask 027; ulimit -c 0; exec 8>'" + file + "'"));
    assertUnreadable(ended, "to run as nosuch", "user", it -> it.runsAs("nosuch"));
    assertUnreadable(
        ended,
        "to have the environment variable A=1",
        "environment",
        it -> it.hasEnvironmentVariable("A", "1"));
    assertUnreadable(ended, "to have " + file + " open", "open files", it -> it.hasOpenFile(file));
    assertUnreadable(ended, "to have 1 thread", "threads", it -> it.hasThreads(1));
    assertUnreadable(
        ended, "to use less memory than 1 byte", "memory", it -> it.usesMemoryBelow(1));
    assertUnreadable(ended, "to have the limit core 0", "limits", it -> it.hasLimit("core", 0));
    assertUnreadable(ended, "to block SIGHUP", "signal mask", it -> it.blocks(Signal.HUP));
    assertUnreadable(
        ended, "to ignore SIGHUP", "signal dispositions", it -> it.ignores(Signal.HUP));
    assertUnreadable(ended, "to have the nice value 0", "nice value", it -> it.hasNice(0));
    assertUnreadable(ended, "to have the umask 0027", "umask", it -> it.hasUmask(027));
    assertUnreadable(ended, "to be stopped", "state", it -> it.hasState(ProcessState.STOPPED));
    assertUnreadable(
        ended, "to be younger than 9.0 s", "age", it -> it.isYoungerThan(Duration.ofSeconds(9)));
  }

  @Test
  void aProcessThatMayNotBeReadFailsAndSaysSo() throws IOException {
    Path unreadable = Files.copy(Path.of("/bin/sleep"), dir.resolve("sleep"));
    Files.setPosixFilePermissions(unreadable, PosixFilePermissions.fromString("--x--x--x"));
    Descendant process = process(unreadable.toString(), "1000");
    assumeFalse(Files.isReadable(unreadable), "root may read everything");
    assertThat(process).hasThreads(1);
    assertFails(
        process,
        "to have /x open\nbut its open files may not be read: the process belongs to another"
            + " user, is set-user-ID or is not dumpable (root may read it)",
        it -> it.hasOpenFile(Path.of("/x")));
    assertFails(
        process,
        "to have no environment variable A\nbut its environment may not be read: the process"
            + " belongs to another user, is set-user-ID or is not dumpable (root may read it)",
        it -> it.doesNotHaveEnvironmentVariable("A"));
  }
}
