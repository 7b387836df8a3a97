package io.github.subreaper;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.internal.access.Access;
import io.github.subreaper.testing.Await;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Scopes that end and leave processes alive: released, left to the session, or postponed. */
@Timeout(120)
class ReleaseTest {
  private static final ScopeOptions OPTIONS =
      ScopeOptions.defaults().withSettle(Duration.ZERO).withGrace(Duration.ofMinutes(1));
  private static final Access SUPPORT = Access.get();

  @AutoClose private final Subreaper subreaper = Subreaper.activate();
  private final Supervisor test = subreaper.open("test", OPTIONS);

  private static Process sleep() throws Exception {
    return new ProcessBuilder("sleep", "1000").start();
  }

  private Descendant seen(Process process) {
    return only(test.descendants().stream().filter(one -> one.pid() == process.pid()).toList());
  }

  private static Descendant only(List<Descendant> processes) {
    assertThat(processes).hasSize(1);
    return processes.get(0);
  }

  @Test
  void releasedProcessesBelongToTheOuterScope() throws Exception {
    Supervisor inner = test.open("inner", OPTIONS);
    Launch launch = inner.launch("sleep", "1000");
    Process ambient = sleep();
    ScopeReport report = inner.release();

    assertThat(report.leaked()).isEmpty();
    assertThat(report.before().roots()).hasSize(2);
    assertThat(launch.process().isAlive()).isTrue();
    assertThat(ambient.isAlive()).isTrue();
    assertThat(launch.process().scope()).isEqualTo("inner");
    assertThat(test.tree().roots()).hasSize(2);
    assertThat(inner.journal().events()).anyMatch(ProcessEvent.Launched.class::isInstance);

    ScopeReport outer = test.end();
    assertThat(only(outer.leaked()).pid()).isEqualTo(ambient.pid());
    assertThat(only(outer.leaked()).scope()).isEqualTo("inner");
    assertThat(outer.toString()).contains("; ended by SIGTERM");
    assertThat(launch.awaitExit()).isEqualTo(ExitStatus.signaled(Signal.TERM));
    assertThat(ambient.waitFor()).isEqualTo(128 + 15);
  }

  @Test
  void scopesWithinAReleasedOneAreReleased() {
    Launch launch = test.open("outer").open("inner").launch("sleep", "1000");
    Supervisor outer = subreaper.open("beside");
    test.release();
    assertThat(launch.process().isAlive()).isTrue();
    assertThat(outer.tree().roots()).isEmpty();
  }

  @Test
  void leakThatIsLeftIsReportedOnceAndLivesUntilTheSessionEnds() throws Exception {
    Process shell =
        new ProcessBuilder("sh", "-c", "read go; sleep 1000 & sleep 1000 & wait").start();
    test.awaitDescendant("sh*");
    ScopeReport report = SUPPORT.end(test, process -> false, process -> true);
    assertThat(only(report.leaked()).pid()).isEqualTo(shell.pid());
    assertThat(report.toString()).contains("; left alive until the run ends");

    Supervisor next = subreaper.open("next", OPTIONS);
    shell.getOutputStream().write('\n');
    shell.getOutputStream().flush();
    Descendant left = only(report.leaked());
    Await.until(() -> left.children().size() == 2);
    assertThat(left.children()).allMatch(child -> child.scope().equals("test"));
    assertThat(next.end().leaked()).isEmpty();
    assertThat(SUPPORT.unjudged(subreaper)).isEmpty();
    assertThat(left.isAlive()).isTrue();
    List<Descendant> workers = left.children();

    SUPPORT.terminate(subreaper, List.of(left));
    assertThat(left.isAlive()).isFalse();
    assertThat(workers).noneMatch(Descendant::isAlive);
  }

  @Test
  void postponedProcessIsNoLeakAndIsUnjudged() throws Exception {
    Process process = sleep();
    List<Descendant> asked = new ArrayList<>();
    ScopeReport report = SUPPORT.end(test, asked::add, leaked -> false);
    assertThat(report.leaked()).isEmpty();
    assertThat(only(asked).pid()).isEqualTo(process.pid());
    assertThat(only(SUPPORT.unjudged(subreaper)).pid()).isEqualTo(process.pid());
    assertThat(process.isAlive()).isTrue();
    subreaper.close();
    assertThat(process.waitFor()).isEqualTo(128 + 15);
  }

  @Test
  void postponedProcessCanBeAskedWhereItWasStarted() throws Exception {
    SUPPORT.awaitOrigins(subreaper, Duration.ofMinutes(1));
    Process process = sleep();
    while (seen(process).origin().isEmpty()) {
      process.destroyForcibly().waitFor(); // its exec took a second: the recorder was too late
      process = sleep();
    }
    List<String> methods = new ArrayList<>();
    SUPPORT.end(
        test, one -> methods.add(one.origin().orElseThrow().getMethodName()), leaked -> false);
    assertThat(methods).containsExactly("sleep");
  }

  @Test
  void whatWasLaunchedEndsFirstAndIsJudgedInAStrictScope() throws Exception {
    Supervisor strict = test.open("strict", OPTIONS.withStrict(true));
    Launch launch = strict.launch("sleep", "1000");
    Process ambient = sleep();
    SUPPORT.endLaunches(strict);
    assertThat(launch.awaitExit()).isEqualTo(ExitStatus.signaled(Signal.TERM));
    assertThat(ambient.isAlive()).isTrue();

    ambient.destroy();
    ambient.waitFor();
    Launch late = strict.launch("sleep", "1001");
    ScopeReport report = strict.end();
    assertThat(report.leaked())
        .extracting(Descendant::pid)
        .containsExactly(launch.pid(), late.pid());
    assertThat(report.before().roots()).hasSize(2);
    assertThat(report.ended()).hasSize(3);
  }

  @Test
  void launchesEndWithoutAVerdictInAScopeThatIsNotStrict() {
    Launch launch = test.open("nested", OPTIONS).launch("sleep", "1000");
    SUPPORT.endLaunches(test);
    assertThat(launch.awaitExit()).isEqualTo(ExitStatus.signaled(Signal.TERM));
    assertThat(test.launch("true").awaitExit()).isEqualTo(ExitStatus.exited(0));
    assertThat(test.end().leaked()).isEmpty();
    SUPPORT.endLaunches(test);
  }

  @Test
  void launchesOfANestedScopeEndWithItsOwnSettings() {
    Supervisor nested =
        test.open("nested", OPTIONS.withSurvivors("sleep 1777*").withGrace(Duration.ofMinutes(1)));
    Launch survivor = nested.launch("sleep", "1777");
    Launch slow =
        nested.launch("sh", "-c", "trap 'sleep 0.3; exit 7' TERM; echo on; sleep 1000 & wait");
    slow.awaitOutput("on");
    Supervisor strict =
        test.open("impatient", OPTIONS.withGrace(Duration.ZERO)); // as its sibling must not be
    strict.launch("sleep", "1000");
    SUPPORT.endLaunches(test);
    assertThat(survivor.process().isAlive()).isTrue();
    assertThat(slow.awaitExit()).isEqualTo(ExitStatus.exited(7));
    assertThat(test.end().ended()).hasSizeGreaterThan(2);
    assertThat(survivor.process().isAlive()).isTrue();
  }

  private static Optional<Descendant> orphanBeside(Descendant process) {
    return SUPPORT.livingBeside(process).stream().filter(Descendant::isOrphan).findAny();
  }

  /** A left shell forks a daemon while the next test runs; only its tag shows whose it is. */
  @Test
  void daemonOfALeakThatWasLeftIsNotTheNextTests() throws Exception {
    SUPPORT.awaitOrigins(subreaper, Duration.ofMinutes(1));
    Process shell =
        new ProcessBuilder("sh", "-c", "read go; (sleep 1000 &) ; echo done; read end").start();
    test.awaitDescendant("sh*");
    Descendant left = only(SUPPORT.end(test, process -> false, process -> true).leaked());
    assertThat(left.pid()).isEqualTo(shell.pid());

    Supervisor next = subreaper.open("next", OPTIONS);
    shell.getOutputStream().write('\n');
    shell.getOutputStream().flush();
    assertThat(shell.inputReader().readLine()).isEqualTo("done");
    Descendant daemon = Await.until(() -> orphanBeside(left), Optional::isPresent).orElseThrow();
    assertThat(next.descendants()).isEmpty();
    assertThat(SUPPORT.end(next, process -> false, process -> false).leaked()).isEmpty();
    assertThat(daemon.isAlive()).isTrue();
    assertThat(SUPPORT.unjudged(subreaper)).isEmpty();
  }
}
