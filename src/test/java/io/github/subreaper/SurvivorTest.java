package io.github.subreaper;

import static io.github.subreaper.testing.Await.LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.subreaper.testing.Await;
import io.github.subreaper.testing.CProgram;
import io.github.subreaper.testing.ChildJvm;
import io.github.subreaper.testing.Hostile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A process that can't be killed is reported with the reason, and no later scope waits for it
 * again.
 */
class SurvivorTest {
  /** The time that a scope would take if it waited for the survivor again. */
  private static final Duration FOR_EVER = Duration.ofDays(1);

  private static final ScopeOptions PATIENT =
      ScopeOptions.defaults().withAwait(LONG).withSettle(Duration.ZERO).withKill(FOR_EVER);
  private static final ScopeOptions GRACELESS = PATIENT.withGrace(Duration.ZERO);
  private static final ScopeOptions HASTY = GRACELESS.withKill(Duration.ofMillis(300));

  private final Subreaper subreaper = Subreaper.activate();
  private final Supervisor outer = subreaper.open("outer", PATIENT);
  private final Supervisor inner = outer.open("inner", HASTY);

  @TempDir private Path directory;
  private Hostile hostile;

  @BeforeEach
  void build() throws Exception {
    hostile = Hostile.build(directory);
  }

  @AfterEach
  void close() throws Exception {
    subreaper.close();
    assertThat(hostile.isHeld()).as("a process of it is alive").isFalse();
  }

  private static void awaitReady(Launch launch, String needs) {
    String word = launch.awaitOutput("^re");
    assumeFalse(word.equals("refused"), "this system refuses " + needs);
  }

  /** Returns a process that traces one which is ready, and so keeps it as a zombie when it dies. */
  private Launch holder(Supervisor scope, Launch held) {
    held.awaitOutput("ready");
    Launch tracer = scope.launch(hostile.unconfined("holder", Long.toString(held.pid())));
    awaitReady(tracer, "ptrace");
    return tracer;
  }

  private static Survivor only(ScopeReport report) {
    assertThat(report.isClean()).isFalse();
    assertThat(report.survivors()).as(report.toString()).hasSize(1);
    return report.survivors().get(0);
  }

  /** Asserts that the next scope, and the one around it, end as if there were no survivor. */
  private void assertNoOtherScopeIsCharged(Descendant survivor) {
    Supervisor next = outer.open("next", PATIENT);
    next.launch("true").awaitExit();
    ScopeReport report = next.end();
    assertThat(report.isClean()).as(report.toString()).isTrue();
    Supervisor around = outer.open("around", PATIENT);
    around.open("within").close();
    around.close();
    assertThat(only(outer.end()).process()).as("reported, but not waited for").isEqualTo(survivor);
  }

  // a zombie that a tracer holds -----------------------------------------------------------------

  @Test
  void zombieHeldByATracerIsASurvivorUntilTheTracerDetaches() {
    Supervisor tracers = subreaper.open("tracers", PATIENT);
    Launch held = inner.launch(hostile.unconfined("idle"));
    Launch tracer = holder(tracers, held);

    Survivor survivor = only(inner.end());
    assertThat(survivor.process()).isEqualTo(held.process());
    assertThat(survivor.state()).isEqualTo("Z");
    assertThat(survivor.reason()).isEqualTo("zombie held by tracer " + tracer.pid() + " (hostile)");
    assertThat(survivor.isRefused()).isFalse();
    assertThat(survivor.toString()).doesNotContain("kernel: ");
    assertThat(survivor.owner())
        .isEqualTo(OptionalInt.of(Hostile.statusNumber(tracer.pid(), "Uid")));
    assertThat(held.isAlive()).isFalse();
    assertThat(held.process().exitStatus()).isEmpty();
    assertNoOtherScopeIsCharged(held.process());

    tracer.stop();
    assertThat(held.awaitExit()).isEqualTo(ExitStatus.signaled(Signal.KILL));
    assertThat(held.process().ending()).contains(Ending.KILL);
    assertThat(tracers.end().isClean()).isTrue();
  }

  @Test
  void listenerHearsTheEndOfASurvivorAndEndsThen() {
    Supervisor tracers = subreaper.open("tracers", PATIENT);
    AtomicReference<Thread> hearing = new AtomicReference<>();
    AtomicReference<ExitStatus> heard = new AtomicReference<>();
    Journal.Registration registration =
        inner
            .journal()
            .onEvent(
                event -> {
                  hearing.set(Thread.currentThread());
                  if (event instanceof ProcessEvent.Exited exited) {
                    heard.set(exited.status());
                  }
                });
    Launch held = inner.launch(hostile.unconfined("idle"));
    Launch tracer = holder(tracers, held);
    assertThat(only(inner.end()).process()).isEqualTo(held.process());
    assertThat(heard.get()).isNull();
    tracer.stop();
    Await.until(() -> heard.get() != null);
    assertThat(heard.get()).isEqualTo(ExitStatus.signaled(Signal.KILL));
    Thread thread = Objects.requireNonNull(hearing.get());
    Await.until(() -> !thread.isAlive());
    registration.close();
    assertThat(tracers.end().isClean()).isTrue();
  }

  @Test
  void deadLeakHeldByATracerIsReportedAsKilled() {
    Supervisor tracers = subreaper.open("tracers", PATIENT);
    Supervisor strict = outer.open("strict", HASTY.withStrict(true));
    Launch launch = strict.launch(hostile.unconfined("idle"));
    Descendant leak = launch.process();
    holder(tracers, launch);

    ScopeReport report = strict.end();
    assertThat(only(report).process()).isEqualTo(leak);
    assertThat(report.toString())
        .contains("; killed by SIGKILL")
        .doesNotContain("could not be killed");
    assertThat(tracers.end().isClean()).isTrue();
    assertThat(leak.awaitExit()).isEqualTo(ExitStatus.signaled(Signal.KILL));
  }

  @Test
  void tracerInTheSameScopeHoldsNothing() {
    Supervisor same = outer.open("same", GRACELESS);
    Launch held = same.launch(hostile.unconfined("idle"));
    holder(same, held);
    ScopeReport report = same.end();
    assertThat(report.isClean()).as(report.toString()).isTrue();
    assertThat(held.process().exitStatus()).contains(ExitStatus.signaled(Signal.KILL));
  }

  // state D --------------------------------------------------------------------------------------

  @Test
  void processInUninterruptibleSleepIsReportedWithItsWaitChannelAndEndsWithTheSleep()
      throws Exception {
    Path program = CProgram.build(directory, "stuck");
    Path mount = Files.createDirectory(directory.resolve("mount"));
    Supervisor servers = subreaper.open("servers", PATIENT);
    Launch server = servers.launch(program.toString(), "serve", mount.toString());
    awaitReady(server, "to mount a file system of FUSE");
    Launch reader =
        inner.launch(program.toString(), "read", "/proc/" + server.pid() + "/root" + mount + "/x");
    server.awaitOutput("asked");

    ScopeReport report = inner.end();
    Survivor survivor = only(report);
    assertThat(survivor.process()).isEqualTo(reader.process());
    assertThat(survivor.state()).isEqualTo("D");
    assertThat(survivor.reason()).isEqualTo("in an uninterruptible wait of the kernel");
    assertThat(survivor.isRefused()).isFalse();
    assertThat(reader.isAlive()).isTrue();
    if (Hostile.isRoot()) { // other users may not see the wait channel
      assertThat(report.toString()).containsPattern("   kernel: \\w");
    }
    assertNoOtherScopeIsCharged(reader.process());

    server.stop();
    assertThat(reader.awaitExit()).isEqualTo(ExitStatus.signaled(Signal.KILL));
    assertThat(reader.process().ending()).contains(Ending.KILL);
    assertThat(servers.end().isClean()).isTrue();
  }

  /** Of version 2 of cgroups SIGKILL ends what is frozen. */
  @Test
  void processOfAFrozenCgroupIsReportedAsSuch() throws Exception {
    Path freezer = Path.of("/sys/fs/cgroup/freezer");
    assumeTrue(Files.isWritable(freezer), "no freezer of cgroups, version 1, that we may use");
    Path group = Files.createTempDirectory(freezer, "subreaper-test-");
    Path state = group.resolve("freezer.state");
    Launch launch = inner.launch("sleep", "1000");
    try {
      Files.writeString(group.resolve("cgroup.procs"), "" + launch.pid());
      Files.writeString(state, "FROZEN");
      Survivor survivor = only(inner.end());
      assertThat(survivor.reason())
          .isEqualTo("in a frozen cgroup: SIGKILL ends it when that is thawed");
      assertNoOtherScopeIsCharged(launch.process());
    } finally {
      Files.writeString(state, "THAWED");
    }
    assertThat(launch.awaitExit()).isEqualTo(ExitStatus.signaled(Signal.KILL));
    Files.delete(group);
  }

  // another user ---------------------------------------------------------------------------------

  /** Leaves a process behind that it has no right to signal. */
  static final class Powerless {
    /** Takes the command of that process. */
    public static void main(String[] command) {
      Subreaper subreaper = Subreaper.activate();
      Supervisor test = subreaper.open("CupsTest.prints()", HASTY);
      Program program = Program.of(command);
      Launch launch = test.launch(Boolean.getBoolean("traced") ? program.traced() : program);
      awaitReady(launch, "set-user-id programs here");
      System.out.println("pid=" + launch.pid());
      UnkillableProcessesException failure =
          catchThrowableOfType(UnkillableProcessesException.class, test::close);
      System.out.println(failure.getMessage());
      Survivor survivor = only(failure.report());
      System.out.println("state=" + survivor.state());
      System.out.println("refused=" + survivor.isRefused());
      System.out.println("owner=" + survivor.owner().orElse(-1));
      System.out.println("reason=" + survivor.reason());
      Supervisor next = subreaper.open("next", PATIENT);
      next.launch("true").awaitExit();
      System.out.println("next=" + next.end().isClean());
      try {
        subreaper.close();
      } catch (UnkillableProcessesException e) {
        System.out.println("again=" + e.report().survivors().size());
      }
    }
  }

  private void assertRefused(
      List<String> wrapper, List<String> options, String[] command, int owner, int own)
      throws Exception {
    inner.close(); // whose time for a kill is short
    ChildJvm.Result jvm = ChildJvm.run(wrapper, options, Map.of(), Powerless.class, command);
    assumeFalse(jvm.output().contains("this system refuses"), "no set-user-id programs here");
    jvm.exitedNormally();
    String reason = "owned by uid " + owner + ", this JVM runs as uid " + own + " (EPERM)";
    assertThat(jvm.value("reason")).isEqualTo(reason);
    assertThat(jvm.value("refused")).isEqualTo("true");
    assertThat(jvm.value("owner")).isEqualTo(Integer.toString(owner));
    assertThat(jvm.value("state")).isEqualTo("S");
    assertThat(jvm.value("next")).isEqualTo("true");
    String user = owner == 0 ? "root" : Integer.toString(owner);
    assertThat(jvm.output())
        .contains("1 process of CupsTest.prints() survived SIGKILL for 0.3 s\n")
        .contains("  " + jvm.value("pid") + " S " + user + "  " + String.join(" ", command))
        .contains("   " + reason + "\n");
    assertThat(hostile.isHeld()).as("it is alive").isTrue();
    Descendant left = outer.awaitDescendant("hostile");
    assertThat(left.pid()).isEqualTo(Long.parseLong(jvm.value("pid")));
    ScopeReport report = outer.end(); // this JVM has the right to signal it
    assertThat(report.survivors()).isEmpty();
    assertThat(report.leaked()).containsExactly(left);
  }

  /** That this JVM traces it is no reason. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void processOfAnotherUserIsReportedWithBothUsers(boolean traced) throws Exception {
    assumeTrue(Hostile.isRoot(), "only root can start another user's process");
    assertRefused(
        List.of("setpriv", "--bounding-set=-kill", "--inh-caps=-kill"),
        List.of("-Dtraced=" + traced),
        hostile.command("idle", 0),
        hostile.uid(),
        0);
  }

  @Test
  @Tag("full")
  void setUserIdProcessIsReportedWithBothUsers() throws Exception {
    assumeTrue(Hostile.isRoot(), "only root can make a program of root's");
    List<String> options = hostile.classPathIn(directory);
    Path program = directory.resolve("hostile");
    assertThat(new ProcessBuilder("chmod", "4755", program.toString()).start().waitFor()).isZero();
    assertRefused(hostile.asItsUser(), options, hostile.unconfined("root"), 0, hostile.uid());
  }

  // the list of all ended processes ---------------------------------------------------------------

  @Test
  void reportSaysHowEachProcessEnded() throws Exception {
    Supervisor test = outer.open("test", PATIENT.withGrace(Duration.ofMillis(300)));
    Launch itself = test.launch("sh", "-c", "exit 3");
    itself.awaitExit();
    Launch asked = test.launch("sleep", "1000");
    Launch killed = test.launch(hostile.unconfined("deaf"));
    killed.awaitOutput("ready");
    Await.until(() -> killed.tree().size() == 4 && killed.orphans().size() == 1);
    ScopeReport report = test.end(); // with a zombie that ended by itself
    assertThat(report.isClean()).isTrue();
    assertThat(report.ended()).isEqualTo(test.descendants());
    assertThat(report.ended())
        .filteredOn(process -> process.ending().orElseThrow() == Ending.KILL)
        .hasSize(4)
        .contains(killed.process());
    assertThat(itself.process().ending()).contains(Ending.BY_ITSELF);
    assertThat(asked.process().ending()).contains(Ending.STOP_SIGNAL);
    assertThat(report.toString().lines())
        .startsWith(
            "test leaked nothing; at its end 5 processes were terminated (launched processes are"
                + " leaks only in a strict scope)")
        .contains("  ended after SIGTERM  " + asked.pid() + " sleep (killed by SIGTERM)")
        .anyMatch(
            line -> line.startsWith("  ended by itself      " + itself.pid() + " sh (exited 3), "))
        .anyMatch(line -> line.matches("  ended by SIGKILL     (\\d+ hostile(, |$)){4}"));
  }

  @Test
  void processThatEndsDuringTheKillDidNotEndByTheStopSignal() {
    // No process gets a stop signal here, so none may be reported as the cause of death.
    Supervisor test = outer.open("test", GRACELESS);
    Launch launch = test.launch("sh", "-c", "sleep 1000 & echo $!; wait");
    launch.awaitOutput(".");
    ScopeReport report = test.end();
    assertThat(report.ended())
        .isNotEmpty()
        .noneMatch(process -> process.ending().orElseThrow() == Ending.STOP_SIGNAL);
    assertThat(report.toString()).doesNotContain("SIGTERM");
  }

  @Test
  void longReportNamesSomeAndCountsTheRest() throws Exception {
    Supervisor test = outer.open("test", GRACELESS);
    Launch launch = test.launch(hostile.unconfined("wide", "30"));
    launch.awaitOutput("ready");
    Await.until(() -> launch.tree().size() == 30);
    assertThat(test.end().toString())
        .containsPattern("ended by SIGKILL {2}(\\d+ hostile, ){9}\\d+ hostile and 20 more");
  }
}
