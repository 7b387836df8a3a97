package io.github.subreaper.internal.engine;

import static io.github.subreaper.internal.linux.calls.SignalNumber.SIGKILL;
import static io.github.subreaper.internal.linux.calls.SignalNumber.SIGTERM;
import static io.github.subreaper.testing.Linux.KERNEL;
import static io.github.subreaper.testing.Linux.TIME;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.Launch;
import io.github.subreaper.ProcessEvent;
import io.github.subreaper.Program;
import io.github.subreaper.ScopeOptions;
import io.github.subreaper.Signal;
import io.github.subreaper.Subreaper;
import io.github.subreaper.Supervisor;
import io.github.subreaper.internal.engine.guardian.TraceMark;
import io.github.subreaper.internal.engine.records.LaunchRecord;
import io.github.subreaper.internal.engine.records.ProcessRecord;
import io.github.subreaper.internal.engine.spawn.PrivateDirectory;
import io.github.subreaper.internal.engine.trace.TraceRecorder;
import io.github.subreaper.internal.engine.tracer.Traced;
import io.github.subreaper.internal.linux.proc.ProcessStat;
import io.github.subreaper.internal.linux.ptrace.Ptrace;
import io.github.subreaper.testing.Await;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a trace reports too late. */
@Timeout(180)
class TraceRecorderTest {
  @AutoClose private final Subreaper subreaper = Subreaper.activate();
  private final Supervisor supervisor =
      subreaper.open("late", ScopeOptions.defaults().withAwait(Await.LONG));

  @AutoClose("release")
  private final Engine engine = Engine.acquire();

  /** A child was killed in its first stop, and the reaper has collected it before. */
  @Test
  void birthThatIsReportedAfterTheEndMakesNoSecondRecord() {
    engine.registry.begunTrace(); // from now on those that ended last are kept
    Launch launch = supervisor.launch("sleep", "1000");
    LaunchRecord record = engine.registry.launches().iterator().next();
    int pid = (int) launch.process().pid();
    ProcessStat birth = Objects.requireNonNull(KERNEL.procfs.stat(pid));
    launch.signal(Signal.KILL);
    launch.awaitExit();
    tell(record, trace -> trace.born(new Traced(birth, /* first= */ false), null));
    assertThat(supervisor.descendants()).filteredOn(one -> one.pid() == pid).hasSize(1);
  }

  /** Its memory is that of the new program, and it has run nothing of it. */
  @Test
  void senderAmidAnExecIsNamedByTheProgramThatHasSentTheSignal() {
    Launch sender = supervisor.launch("sleep", "1000");
    Launch receiver = supervisor.launch("sleep", "1001");
    List<LaunchRecord> records = List.copyOf(engine.registry.launches());
    int pid = (int) sender.pid();
    engine.registry.lock.run(
        () -> {
          ProcessRecord its = Objects.requireNonNull(engine.registry.find(pid));
          its.membership().traced();
          its.observed().startedAs(List.of("sh", "-c", "kill $1; exec sleep 1000"));
        });
    ProcessStat birth = Objects.requireNonNull(KERNEL.procfs.stat((int) receiver.pid()));
    Ptrace.Sent sent = new Ptrace.Sent(SIGTERM, /* code= */ 0, pid, /* uid= */ 0);
    tell(records.get(0), trace -> trace.signaled(new Traced(birth, /* first= */ false), sent));
    assertThat(receiver.journal().events())
        .filteredOn(event -> event instanceof ProcessEvent.Signaled)
        .singleElement()
        .extracting(event -> ((ProcessEvent.Signaled) event).sender().orElseThrow().toString())
        .isEqualTo(pid + " (sh -c kill $1; exec sleep 1000)");
  }

  /** The scan has read it before, and its birth is reported after its end. */
  @Test
  void scanThatIsLateMakesNoSecondRecord() {
    Launch launch = supervisor.launch(Program.of("sh", "-c", "sleep 1000; sleep 1001").traced());
    int pid = (int) supervisor.awaitDescendants("sleep 1000", 1).get(0).pid();
    ProcessStat read = Objects.requireNonNull(KERNEL.procfs.stat(pid));
    KERNEL.kill.send(pid, SIGKILL);
    supervisor.awaitDescendants("sleep 1001", 1);
    engine.registry.lock.run(
        () -> {
          ProcessRecord parent = engine.registry.find((int) launch.pid());
          assertThat(engine.registry.find(pid)).isNull();
          assertThat(engine.observer.observe(read, parent, 0)).isNull();
        });
    assertThat(supervisor.descendants()).filteredOn(one -> one.pid() == pid).hasSize(1);
    assertThat(launch.journal().isExact()).isTrue();
  }

  private void tell(LaunchRecord launch, Consumer<TraceRecorder> event) {
    try (PrivateDirectory directory = new PrivateDirectory(KERNEL)) {
      TraceRecorder trace =
          new TraceRecorder(
              KERNEL,
              TIME,
              engine.registry,
              engine.observer,
              engine.watcher.uncollected(),
              launch,
              0,
              false,
              stat -> null,
              new TraceMark(directory));
      trace.cancel();
      event.accept(trace);
      trace.rest();
    }
  }
}
