package io.github.subreaper;

import static io.github.subreaper.TraceFaults.events;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.subreaper.ProcessEvent.Adopted;
import io.github.subreaper.ProcessEvent.Continued;
import io.github.subreaper.ProcessEvent.Executed;
import io.github.subreaper.ProcessEvent.Exited;
import io.github.subreaper.ProcessEvent.Forked;
import io.github.subreaper.ProcessEvent.Seen;
import io.github.subreaper.ProcessEvent.Signaled;
import io.github.subreaper.ProcessEvent.Source;
import io.github.subreaper.ProcessEvent.Stopped;
import io.github.subreaper.testing.Await;
import io.github.subreaper.testing.CProgram;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the kernel reports of a traced launch: all of it, and each thing once. */
@Timeout(180)
class TraceTest extends ScopeFixture {
  private Launch trace(String... command) {
    return scope.launch(Program.of(command).traced());
  }

  @Test
  void eachBirthExecAndEndOfAScriptIsReported() {
    Launch launch =
        trace("sh", "-c", "for i in 1 2 3 4 5; do /bin/true $i; done; (exit 7); exit 3");
    assertThat(launch.awaitExit()).isEqualTo(ExitStatus.exited(3));
    List<Forked> births = events(Forked.class, launch);
    assertThat(births).hasSize(6).extracting(Forked::process).containsOnly(launch.process());
    assertThat(births).extracting(Forked::source).containsOnly(Source.TRACE);
    assertThat(births)
        .extracting(birth -> birth.child().parent())
        .containsOnly(Optional.of(launch.process()));
    assertThat(events(Executed.class, launch))
        .extracting(event -> String.join(" ", event.command()))
        .containsExactly("/bin/true 1", "/bin/true 2", "/bin/true 3", "/bin/true 4", "/bin/true 5");
    assertThat(births)
        .extracting(birth -> birth.child().exitStatus())
        .startsWith(Optional.of(ExitStatus.exited(0)))
        .endsWith(Optional.of(ExitStatus.exited(7)));
    assertThat(events(Exited.class, launch)).hasSize(7);
    assertThat(launch.journal().isExact()).isTrue();
    assertThat(scope.journal().isExact()).isTrue();
  }

  @Test
  void whatAParentHasCollectedHasEndedBeforeItsNextEvent() {
    for (int i = 0; i < 10; i++) {
      Launch launch = trace("sh", "-c", "trap : USR1; /bin/true; kill -USR1 $$; exit 3");
      launch.awaitExit();
      assertThat(launch.journal().events())
          .filteredOn(event -> event instanceof Exited || event instanceof Signaled)
          .extracting(event -> event.process().equals(launch.process()))
          .containsExactly(false, true, true);
    }
  }

  /** No call scans meanwhile. */
  @Test
  void endThatIsCollectedLateIsInTheJournalBeforeTheNextEventOfTheParent() throws Exception {
    String program = CProgram.build(directory, "latecollect").toString();
    Launch launch = trace(program, "1000");
    Await.until(() -> events(Forked.class, launch).size() == 2);
    List<ProcessEvent> events = launch.journal().events();
    assertThat(events)
        .filteredOn(event -> event instanceof Exited || event instanceof Forked)
        .extracting(event -> event.getClass().getSimpleName())
        .containsExactly("Forked", "Exited", "Forked");
    Descendant child = events(Forked.class, launch).get(0).child();
    assertThat(child.exitStatus()).contains(ExitStatus.exited(3));
    assertThat(launch.journal().isExact()).isTrue();
  }

  /** Nothing wakes the tracing thread after the collection. */
  @Test
  void endThatIsCollectedLateIsInTheJournalThoughNothingElseHappens() throws Exception {
    String program = CProgram.build(directory, "latecollect").toString();
    Path seen = directory.resolve("seen");
    Launch untraced = scope.launch(Program.of(program, seen.toString()));
    Await.until(() -> events(Seen.class, untraced).size() == 1);
    Files.createFile(seen);
    Await.until(() -> untraced.stdout().contains("collected"));
    Await.until(() -> events(Exited.class, untraced).size() == 1);
    assertThat(untraced.process().isAlive()).isTrue();
  }

  @Test
  void journalWithAnUntracedLaunchIsNotExact() {
    trace("true").awaitExit();
    scope.launch("true").awaitExit();
    assertThat(scope.journal().isExact()).isFalse();
  }

  @Test
  void senderOfTheSignalThatEndedAProcessIsKnown() {
    Launch launch = trace("sh", "-c", "sleep 1000 & kill -TERM $!; wait $!; exit 0");
    launch.awaitExit();
    Descendant sleep = events(Forked.class, launch).get(0).child();
    assertThat(sleep.exitStatus()).contains(ExitStatus.signaled(Signal.TERM));
    Sender sender = sleep.endedBy().orElseThrow();
    assertThat(sender.pid()).isEqualTo(launch.pid());
    assertThat(sender.process()).contains(launch.process());
    assertThat(sender.how()).isEqualTo("kill");
    assertThat(sender.uid()).isGreaterThanOrEqualTo(0);
    assertThat(sender).asString().startsWith(launch.pid() + " (sh -c sleep 1000");
    assertThat(sleep.journal().events())
        .filteredOn(Signaled.class::isInstance)
        .singleElement()
        .isInstanceOfSatisfying(
            Signaled.class,
            event -> assertThat(event.sender().map(Sender::pid)).contains(launch.pid()));
  }

  @Test
  void signalOfTheLibraryIsReportedOnceAndItsSenderIsThisJvm() {
    Launch launch = trace("sleep", "1000");
    launch.process().signal(Signal.TERM);
    launch.awaitExit();
    assertThat(events(Signaled.class, launch))
        .singleElement()
        .extracting(Signaled::source)
        .isEqualTo(Source.LIBRARY);
    assertThat(launch.process().endedBy().map(Sender::pid)).contains(ProcessHandle.current().pid());
  }

  @Test
  void killThatTheLibraryHasNotSentHasNoSender() {
    Launch launch = trace("sleep", "1000");
    ProcessHandle.of(launch.pid()).orElseThrow().destroyForcibly();
    assertThat(launch.awaitExit()).isEqualTo(ExitStatus.signaled(Signal.KILL));
    assertThat(launch.process().endedBy()).isEmpty();
  }

  @Test
  void daemonIsReportedAsAdoptedBeforeItsEnd() {
    Launch launch = trace("sh", "-c", "sh -c 'setsid sleep 1000 & exit 0'; exit 0");
    launch.awaitExit();
    Descendant daemon = launch.awaitOrphan("sleep*");
    launch.stop();
    assertThat(daemon.exitStatus()).contains(ExitStatus.signaled(Signal.TERM));
    assertThat(daemon.journal().events())
        .extracting(event -> event.getClass().getSimpleName())
        .containsSubsequence("Adopted", "Signaled", "Exited")
        .contains("Executed")
        .containsOnlyOnce("Exited");
    assertThat(events(Adopted.class, launch)).isNotEmpty();
    assertThat(JournalComparison.of(scope).faults()).isEmpty();
  }

  @Test
  void frozenTreeIsReportedAsStoppedAndContinued() {
    Launch launch = trace("sh", "-c", "sleep 1000 & sleep 1000; true");
    scope.awaitDescendants("sleep 1000", 2);
    try (Frozen frozen = launch.process().freeze()) {
      assertThat(frozen.processes()).hasSize(3);
      assertThat(events(Stopped.class, launch))
          .extracting(Stopped::signal)
          .containsExactly(Signal.STOP, Signal.STOP, Signal.STOP);
      assertThat(launch.tree().toShape()).contains("[stopped]");
    }
    Await.until(() -> events(Continued.class, launch).size() == 3);
    launch.stop();
    assertThat(launch.tree().size()).isZero();
  }

  @Test
  void launchThatFailsLeavesNoTracingThread() {
    assertThatThrownBy(() -> trace(directory.resolve("none").toString()))
        .isInstanceOf(LaunchException.class);
    assertThatThrownBy(() -> trace(directory.toString())).isInstanceOf(LaunchException.class);
    trace("true").awaitExit();
    Await.until(() -> Traces.threads("subreaper trace").isEmpty());
  }

  @Test
  void capabilitiesShowWhetherATraceIsPossible() {
    assertThat(Subreaper.capabilities().trace()).isTrue();
    assertThat(Subreaper.capabilities()).asString().containsPattern("(?m)^trace +yes ");
  }
}
