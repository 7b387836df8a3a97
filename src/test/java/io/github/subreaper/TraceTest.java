package io.github.subreaper;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.ProcessEvent.Executed;
import io.github.subreaper.ProcessEvent.Exited;
import io.github.subreaper.ProcessEvent.Forked;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the kernel tells of a traced launch: all of it, and each thing once. */
@Timeout(180)
class TraceTest {
  private static final ScopeOptions OPTIONS =
      ScopeOptions.defaults().withSettle(Duration.ZERO).withAwait(Duration.ofMinutes(2));

  private final Subreaper subreaper = Subreaper.activate();
  private final Supervisor supervisor = subreaper.open("trace", OPTIONS);

  @AfterEach
  void close() {
    subreaper.close();
  }

  private Launch launch(String... command) {
    return supervisor.launch(Program.of(command).traced());
  }

  private static <T extends ProcessEvent> List<T> events(Class<T> type, Launch launch) {
    return launch.journal().events().stream().filter(type::isInstance).map(type::cast).toList();
  }

  @Test
  void eachBirthExecAndEndOfAScriptIsTold() {
    Launch launch =
        launch("sh", "-c", "for i in 1 2 3 4 5; do /bin/true $i; done; (exit 7); exit 3");
    assertThat(launch.awaitExit()).isEqualTo(ExitStatus.exited(3));
    System.out.println(launch.journal());
    assertThat(events(Forked.class, launch)).hasSize(6);
    assertThat(events(Executed.class, launch))
        .extracting(event -> String.join(" ", event.command()))
        .containsExactly("/bin/true 1", "/bin/true 2", "/bin/true 3", "/bin/true 4", "/bin/true 5");
    assertThat(events(Exited.class, launch)).hasSize(7);
    assertThat(launch.journal().isExact()).isTrue();
  }

  @Test
  void senderOfTheSignalThatEndedAProcessIsKnown() {
    Launch launch = launch("sh", "-c", "sleep 1000 & kill -TERM $!; wait $!; exit 0");
    launch.awaitExit();
    System.out.println(launch.journal());
  }

  @Test
  void doubleForkIsToldAndAdopted() {
    Launch launch = launch("sh", "-c", "sh -c 'setsid sleep 1000 & exit 0'; exit 0");
    launch.awaitExit();
    Descendant daemon = launch.awaitOrphan("sleep*");
    System.out.println(launch.tree());
    launch.stop();
    System.out.println(launch.journal());
    assertThat(daemon.exitStatus()).contains(ExitStatus.signaled(Signal.TERM));
  }

  @Test
  void frozenTreeStopsAndGoesOn() {
    Launch launch = launch("sh", "-c", "sleep 1000 & sleep 1000; true");
    supervisor.awaitDescendants("sleep 1000", 2);
    try (Frozen frozen = launch.process().freeze()) {
      assertThat(frozen.processes()).hasSize(3);
      System.out.println(launch.tree());
    }
    launch.stop();
    System.out.println(launch.journal());
  }
}
