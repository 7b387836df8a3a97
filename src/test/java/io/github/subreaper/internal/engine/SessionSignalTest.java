package io.github.subreaper.internal.engine;

import static io.github.subreaper.internal.linux.calls.SignalNumber.SIGSTOP;
import static io.github.subreaper.testing.Linux.KERNEL;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.Descendant;
import io.github.subreaper.ExitStatus;
import io.github.subreaper.Launch;
import io.github.subreaper.Program;
import io.github.subreaper.Subreaper;
import io.github.subreaper.Supervisor;
import io.github.subreaper.internal.engine.records.ProcessRecord;
import io.github.subreaper.internal.linux.proc.ProcessStat;
import io.github.subreaper.testing.Await;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** One signal stops a whole session, but only if all of it is known to descend from its leader. */
class SessionSignalTest {

  private final Subreaper subreaper = Subreaper.activate();
  private final Engine engine = Engine.acquire();
  private final Supervisor supervisor = subreaper.open("sessions");

  @AfterEach
  void close() {
    supervisor.end();
    engine.release();
    subreaper.close();
  }

  /** Launches a command and returns its three processes, the launched one first. */
  private List<ProcessRecord> three(String... command) {
    Launch launch = supervisor.launch(command);
    Await.until(() -> launch.tree().size() == 3);
    return engine.queries().records().stream()
        .filter(process -> process.launch() != null && process.isAlive())
        .toList();
  }

  private static boolean isStopped(ProcessRecord process) {
    ProcessStat stat = KERNEL.procfs.stat(process.pid());
    return stat != null && stat.isStopped();
  }

  @Test
  void signalToTheLeadersGroupStopsTheWholeSession() {
    List<ProcessRecord> all = three("setsid", "sh", "-c", "sleep 300 & sleep 300 & wait");

    assertThat(engine.signals().sendToSession(all.get(0), SIGSTOP)).isTrue();

    Await.until(() -> all.stream().allMatch(SessionSignalTest::isStopped));
  }

  @Test
  void sessionSignalIsRefusedForAMemberAndInTheJvmsSession() {
    List<ProcessRecord> inItsOwn = three("setsid", "sh", "-c", "sleep 300 & sleep 300 & wait");
    assertThat(engine.signals().sendToSession(inItsOwn.get(1), SIGSTOP)).isFalse();
    assertThat(inItsOwn).noneMatch(SessionSignalTest::isStopped);
    for (Descendant one : supervisor.descendants()) {
      one.signal(io.github.subreaper.Signal.KILL);
      one.awaitExit();
    }

    List<ProcessRecord> inOurs = three("sh", "-c", "sleep 300 & sleep 300 & wait");
    assertThat(inOurs).noneMatch(process -> engine.signals().sendToSession(process, SIGSTOP));
    assertThat(inOurs).noneMatch(SessionSignalTest::isStopped);
  }

  /** The group that it led lives on, but its number may have been reused: it is left alone. */
  @Test
  void sessionSignalIsRefusedOnceTheLeaderIsCollected() {
    Program program = Program.of("setsid", "sh", "-c", "sleep 300 & exit 3");
    Launch launch =
        supervisor.launch(program.withProcessGroupOfJvm()); // so that setsid does not fork
    assertThat(launch.awaitExit()).isEqualTo(ExitStatus.exited(3));
    Await.until(() -> launch.tree().size() == 1);
    ProcessRecord leader =
        engine.queries().records().stream()
            .filter(process -> process.isLaunched())
            .findFirst()
            .orElseThrow();
    ProcessRecord left =
        engine.queries().records().stream()
            .filter(ProcessRecord::isAlive)
            .findFirst()
            .orElseThrow();
    assertThat(left.observed().processGroup()).as("still in its group").isEqualTo(leader.pid());

    assertThat(engine.signals().sendToSession(leader, SIGSTOP)).isFalse();

    assertThat(isStopped(left)).isFalse();
  }
}
