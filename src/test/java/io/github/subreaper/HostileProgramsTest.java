package io.github.subreaper;

import static io.github.subreaper.internal.linux.calls.SignalNumber.SIGKILL;
import static io.github.subreaper.testing.Await.LONG;
import static io.github.subreaper.testing.Linux.KERNEL;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.subreaper.internal.linux.proc.Procfs;
import io.github.subreaper.internal.linux.proc.Wait;
import io.github.subreaper.testing.Await;
import io.github.subreaper.testing.ChildJvm;
import io.github.subreaper.testing.Linux;
import java.io.FileInputStream;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Programs that resist their end, and of which nothing may be left. */
@Tag("full")
class HostileProgramsTest extends HostileFixture {
  @ParameterizedTest
  @ValueSource(ints = {60, 150, 400})
  void forkBombEnds(int processes) throws Exception {
    start(hostile.bomb(processes));
    ScopeReport report = end();
    assertThat(report.isClean()).isTrue();
    assertThat(killed(report)).isGreaterThanOrEqualTo(processes / 2);
  }

  @ParameterizedTest
  @ValueSource(strings = {"chains", "sessions"})
  void eightForkAndExitChainsEnd(String mode) throws Exception {
    start(hostile.command(mode, 60));
    assertThat(killed(end())).isPositive();
  }

  /**
   * A process that was seen alive has gone, and its successor is not seen yet, when the scope is
   * asked.
   */
  @Test
  void chainOfShortLivedProcessesIsNotTakenForEnded() throws Exception {
    Duration moment = Duration.ofMillis(20);
    Launch launch =
        scope.open("impatient", OPTIONS.withAwait(moment)).launch(hostile.command("chain", 60));
    for (int round = 0; round < 100; round++) {
      assertTimesOut(() -> launch.awaitOutput("never"));
      assertTimesOut(() -> launch.tree().awaitUntil(tree -> false, moment));
    }
  }

  @Test
  void chainOfShortLivedProcessesIsALeak() throws Exception {
    for (int round = 0; round < 50; round++) {
      Supervisor inner = scope.open("inner", OPTIONS.withGrace(Duration.ZERO));
      Process first =
          new ProcessBuilder(hostile.command("chain", 60))
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      assertThat(first.waitFor()).isZero();
      assertThat(inner.leaks()).as("round %d: leaks so far", round).isNotEmpty();
      ScopeReport report = inner.end();
      assertThat(hostile.isHeld()).as("a process of it is alive").isFalse();
      assertThat(report.leaked())
          .as("round %d", round)
          .isNotEmpty()
          .allSatisfy( // those of equal words are counted
              leak ->
                  assertThat(report.toString()).containsPattern("\\s(" + leak.pid() + "|\\d+ ×) "));
    }
  }

  /** Launches a chain and stops it, many times. */
  static final class Chained {
    private Chained() {}

    /**
     * Takes the number of words of a program that exits 1 while a process lives, that program, and
     * the chain.
     */
    public static void main(String[] arguments) throws Exception {
      List<String> words = List.of(arguments);
      int split = 1 + Integer.parseInt(arguments[0]);
      int left = 0;
      try (Subreaper subreaper = Subreaper.activate();
          Supervisor scope = subreaper.open("chains", OPTIONS.withGrace(Duration.ZERO));
          Supervisor other = subreaper.open("other")) {
        Program chain = Program.of(words.subList(split, words.size()));
        for (int round = 0; round < 10; round++) {
          Launch launch = scope.launch(Boolean.getBoolean("traced") ? chain.traced() : chain);
          launch.awaitOutput("ready");
          launch.stop();
          left += new ProcessBuilder(words.subList(1, split)).start().waitFor();
        }
        assertThat(other.descendants()).isEmpty();
      }
      System.out.println("left=" + left);
    }
  }

  /** A zombie shows no environment, so its scope is unknown then. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void chainEndsWhereTheTagIsInTheEnvironment(boolean traced) throws Exception {
    String[] alone = hostile.unconfined("alone");
    List<String> arguments = new ArrayList<>(List.of(Integer.toString(alone.length)));
    arguments.addAll(List.of(alone));
    arguments.addAll(List.of(hostile.command("chain", 60)));
    ChildJvm.Result jvm =
        ChildJvm.run(
            List.of("prlimit", "--locks=1000:1000"),
            List.of("-Dsubreaper.origin=auto", "-Dtraced=" + traced),
            Map.of(),
            Chained.class,
            arguments.toArray(String[]::new));
    assertThat(jvm.exitedNormally().value("left")).isEqualTo("0");
  }

  private static void assertTimesOut(ThrowingCallable wait) {
    assertThat(catchThrowableOfType(WaitTimeoutException.class, wait))
        .matches(WaitTimeoutException::isTimeout, "in vain, but not hopeless");
  }

  static Stream<String> modes() {
    return Stream.concat(MODES.stream(), Stream.of("tracer"));
  }

  @ParameterizedTest
  @MethodSource("modes")
  void hostileProgramEnds(String mode) throws Exception {
    start(hostile.command(mode, 100));
    assertThat(killed(end())).isPositive();
  }

  @Test
  void treeOfOtherUsersEnds() throws Exception {
    start(hostile.changingUser("users"));
    assertThat(killed(end())).isPositive();
  }

  @Test
  void processThatLosesItsTagIsKnownByItsLineage() throws Exception {
    Launch launch = start(hostile.command("limits", 20));
    Await.until(() -> launch.tree().size() == 3);
    launch.signal(Signal.USR1);
    launch.awaitOutput("alone");
    Await.until(() -> launch.tree().size() == 3);
    ScopeReport report = end();
    assertThat(killed(report)).isEqualTo(3);
    assertThat(subreaper.foreign()).extracting(Descendant::name).doesNotContain("hostile");
  }

  @Test
  void treeFiveHundredDeepEnds() throws Exception {
    start(hostile.command("deep", 550, "500"));
    assertThat(killed(end())).isEqualTo(500);
  }

  @Test
  void treeFiveThousandWideEnds() throws Exception {
    assumeTrue(pidMax() >= 16_000, "pids are too few for 5,000 more");
    start(hostile.command("wide", 5_050, "5000"));
    assertThat(killed(end())).isEqualTo(5_000);
  }

  /** Reads in one call: the kernel answers a second read with nothing. */
  private static int pidMax() throws Exception {
    byte[] text = new byte[32];
    try (InputStream file = new FileInputStream("/proc/sys/kernel/pid_max")) {
      return Integer.parseInt(new String(text, 0, file.read(text), US_ASCII).strip());
    }
  }

  // controls -------------------------------------------------------------------------------------

  /** Kills and reaps one by one: as soon as one is gone, another takes its slot. */
  static final class NaiveKiller {
    private static final long NANOS = Duration.ofSeconds(3).toNanos();
    private static final Wait WAIT = KERNEL.waits();

    private NaiveKiller() {}

    /** Takes the file for the output, and the command. */
    public static void main(String[] arguments) throws Exception {
      Path output = Path.of(arguments[0]);
      KERNEL.subreaper.set(true);
      List<String> command = List.of(arguments).subList(1, arguments.length);
      new ProcessBuilder(command).redirectOutput(output.toFile()).start();
      long deadline = System.nanoTime() + LONG.toNanos();
      while (Files.size(output) == 0 && System.nanoTime() - deadline < 0) {
        Thread.onSpinWait();
      }
      deadline = System.nanoTime() + NANOS;
      while (System.nanoTime() - deadline < 0) {
        Linux.childrenOf(Procfs.SELF).stream().findFirst().ifPresent(NaiveKiller::kill);
      }
      System.out.println("done");
      Thread.currentThread().join();
    }

    private static void kill(int pid) {
      KERNEL.kill.send(pid, SIGKILL);
      while (KERNEL.kill.send(pid, 0) == 0) {
        WAIT.collect(pid);
      }
    }
  }

  @Test
  void killingAndReapingOneByOneLosesAgainstABomb() throws Exception {
    List<String> arguments = new ArrayList<>(List.of(directory.resolve("output").toString()));
    arguments.addAll(List.of(hostile.bomb(150))); // the JVM may take some of the slots
    List<String> killer = ChildJvm.command(NaiveKiller.class, arguments.toArray(String[]::new));
    scope.launch(killer.toArray(String[]::new)).awaitOutput("done");
    assertThat(killed(end())).isGreaterThan(30); // the bomb that the naive loop could not end
  }

  @Test
  void signalToTheGroupMissesProcessesThatHaveLeftIt() throws Exception {
    Launch launch = start(hostile.command("group", 60));
    // Its leader is not reaped, so the group's number can't be reused.
    String group = Long.toString(launch.pid());
    assertThat(new ProcessBuilder("sh", "-c", "kill -KILL -" + group).start().waitFor()).isZero();
    assertThat(launch.awaitExit()).isEqualTo(ExitStatus.signaled(Signal.KILL));
    assertThat(killed(end())).isPositive();
  }
}
