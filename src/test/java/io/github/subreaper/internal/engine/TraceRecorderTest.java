package io.github.subreaper.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.Launch;
import io.github.subreaper.ScopeOptions;
import io.github.subreaper.Signal;
import io.github.subreaper.Subreaper;
import io.github.subreaper.Supervisor;
import io.github.subreaper.internal.engine.guardian.TraceMark;
import io.github.subreaper.internal.engine.spawn.PrivateDirectory;
import io.github.subreaper.internal.engine.trace.Traced;
import io.github.subreaper.internal.linux.ProcessStat;
import io.github.subreaper.internal.linux.Procfs;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a trace tells too late. */
@Timeout(180)
class TraceRecorderTest {
  private final Subreaper subreaper = Subreaper.activate();
  private final Supervisor supervisor =
      subreaper.open("late", ScopeOptions.defaults().withAwait(Duration.ofMinutes(2)));
  private final Engine engine = Engine.acquire();

  @AfterEach
  void close() {
    engine.release();
    subreaper.close();
  }

  /** A child was killed in its first stop, and the reaper has collected it before. */
  @Test
  void birthThatIsToldAfterTheEndMakesNoSecondRecord() {
    engine.registry.begunTrace(); // from now on those that ended last are kept
    Launch launch = supervisor.launch("sleep", "1000");
    LaunchRecord record = engine.registry.launches().iterator().next();
    int pid = (int) launch.process().pid();
    ProcessStat birth = Objects.requireNonNull(Procfs.stat(pid));
    launch.signal(Signal.KILL);
    launch.awaitExit();
    try (PrivateDirectory directory = new PrivateDirectory()) {
      TraceRecorder trace =
          new TraceRecorder(
              engine.registry,
              engine.sightings,
              engine.watcher.uncollected(),
              record,
              0,
              false,
              stat -> null,
              new TraceMark(directory));
      trace.cancel();
      trace.born(new Traced(birth, /* first= */ false), null);
      trace.rest();
    }
    assertThat(supervisor.descendants()).filteredOn(one -> one.pid() == pid).hasSize(1);
  }
}
