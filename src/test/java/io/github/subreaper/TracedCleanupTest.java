package io.github.subreaper;

import static io.github.subreaper.internal.linux.calls.SignalNumber.SIGKILL;
import static io.github.subreaper.testing.Linux.KERNEL;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.testing.Await;
import io.github.subreaper.testing.CProgram;
import io.github.subreaper.testing.Doomed;
import io.github.subreaper.testing.UnusedUsers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Traced programs that resist their end, and the end of what traces them. */
@Timeout(600)
@Tag("slow")
class TracedCleanupTest extends HostileFixture {
  /**
   * Ends the scope, and checks what each newborn did after the first process was stopped to be
   * killed: nothing.
   */
  private void assertEnds(Launch launch, long least) throws Exception {
    ScopeReport report = end();
    assertThat(killed(report)).isGreaterThanOrEqualTo(least);
    assertNoNewbornRuns(launch);
  }

  private static void assertNoNewbornRuns(Launch launch) {
    Set<Descendant> newborn = new HashSet<>();
    boolean killing = false;
    for (ProcessEvent event : launch.journal().events()) {
      if (event instanceof ProcessEvent.Signaled sent) {
        killing |= isStopOrKill(sent);
      } else if (event instanceof ProcessEvent.Forked forked) {
        assertThat(newborn).as(event.toString()).doesNotContain(forked.process());
        if (killing) {
          newborn.add(forked.child());
        }
      } else if (event instanceof ProcessEvent.Executed) {
        assertThat(newborn).as(event.toString()).doesNotContain(event.process());
      }
    }
    assertThat(killing).as("control: the journal has the kill").isTrue();
  }

  /** Returns whether this library has sent it, to kill. */
  private static boolean isStopOrKill(ProcessEvent.Signaled sent) {
    return sent.reason().isPresent()
        && (sent.signal().equals(Signal.KILL) || sent.signal().equals(Signal.STOP));
  }

  private Launch startTraced(String... command) {
    return start(Program.of(command).traced());
  }

  @ParameterizedTest
  @ValueSource(ints = {60, 150, 400})
  @Tag("full")
  void tracedForkBombEnds(int processes) throws Exception {
    assertEnds(startTraced(hostile.bomb(processes)), processes / 2);
  }

  @ParameterizedTest
  @ValueSource(strings = {"chain", "chains", "sessions"})
  @Tag("full")
  void tracedForkAndExitChainsEnd(String mode) throws Exception {
    assertEnds(startTraced(hostile.command(mode, 60)), 1);
  }

  /** A scope that lets a process survive stops no session as a whole, which newborns would miss. */
  @ParameterizedTest
  @ValueSource(strings = {"chain", "chains", "sessions"})
  void newbornRunsNothingWhereNoSessionIsStoppedAsAWhole(String mode) throws Exception {
    Supervisor sparing = subreaper.open("sparing", OPTIONS.withSurvivors("no such program"));
    Launch launch = sparing.launch(Program.of(hostile.command(mode, 60)).traced());
    launch.awaitOutput("ready");
    assertThat(sparing.end().survivors()).isEmpty();
    assertThat(hostile.isHeld()).as("a process of it is alive").isFalse();
    assertNoNewbornRuns(launch);
  }

  static Stream<String> modes() {
    return Stream.concat(MODES.stream(), Stream.of("group"));
  }

  @ParameterizedTest
  @MethodSource("modes")
  void tracedHostileProgramEnds(String mode) throws Exception {
    assertEnds(startTraced(hostile.command(mode, 100)), 1);
  }

  @Test
  @Tag("full")
  void tracedTreeOfOtherUsersEnds() throws Exception {
    assertEnds(startTraced(hostile.changingUser("users")), 1);
  }

  @Test
  void tracedProcessThatLosesItsTagIsKnown() throws Exception {
    Launch launch = startTraced(hostile.command("limits", 20));
    Await.until(() -> launch.tree().size() == 3);
    launch.signal(Signal.USR1);
    launch.awaitOutput("alone");
    Await.until(() -> launch.tree().size() == 3);
    assertEnds(launch, 3);
  }

  @Test
  @Tag("full")
  void tracedTreeFiveHundredDeepEnds() throws Exception {
    assertEnds(startTraced(hostile.command("deep", 550, "500")), 500);
  }

  /** Each wait of a tracing thread costs the kernel a search through all that it traces. */
  @Test
  @Tag("full")
  void tracedTreeTwoThousandWideEnds() throws Exception {
    assertEnds(startTraced(hostile.command("wide", 2_050, "2000")), 2_000);
  }

  // the JVM and its guardian die -----------------------------------------------------------------

  @Test
  void kernelEndsWhatIsTracedWhereJvmAndGuardianAreKilled() throws Exception {
    String script = "setsid sleep 1000.1 & (trap '' TERM HUP; sleep 1000.2 &) ; exit 0";
    String untraced = "setsid sleep 1000.3 & exit 0";
    try (Doomed jvm =
        Doomed.startWaiting(
            directory, "--traced", "sh", "-c", script, "--", "sh", "-c", untraced)) {
      jvm.killWithGuardian();
      Await.until(() -> Doomed.living(jvm.session()).size() <= 2);
      List<String> living = Doomed.living(jvm.session());
      assertThat(living).as("control: the untraced ones live").hasSize(2);
      for (String process : living) {
        int pid = Integer.parseInt(process.split(" ", -1)[0]);
        assertThat(KERNEL.kill.send(pid, SIGKILL)).isZero();
      }
      jvm.awaitNoneLeft();
    }
  }

  @RepeatedTest(3)
  @Tag("full")
  void kernelEndsTracedChainsWhereJvmAndGuardianAreKilled() throws Exception {
    Path victims = directory.resolve("victims");
    if (!victims.toFile().exists()) {
      CProgram.build(directory, "victims", "-pthread");
    }
    List<String> arguments = new ArrayList<>(List.of("--traced", victims.toString()));
    arguments.addAll(List.of(UnusedUsers.in("sessions 8 USER44").split(" ", -1)));
    try (Doomed jvm = Doomed.startWaiting(directory, arguments.toArray(String[]::new))) {
      jvm.killWithGuardian();
      List<String> living =
          Await.until(() -> Doomed.living(jvm.session()), found -> found.size() <= 1);
      assertThat(living).as("the untraced child").hasSize(1);
      int pid = Integer.parseInt(living.get(0).split(" ", -1)[0]);
      assertThat(KERNEL.kill.send(pid, SIGKILL)).isZero();
      jvm.awaitNoneLeft();
    }
  }
}
