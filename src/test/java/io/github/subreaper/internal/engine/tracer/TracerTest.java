package io.github.subreaper.internal.engine.tracer;

import static io.github.subreaper.testing.Linux.KERNEL;
import static io.github.subreaper.testing.Linux.TIME;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.Descendant;
import io.github.subreaper.ExitStatus;
import io.github.subreaper.Launch;
import io.github.subreaper.ScopeOptions;
import io.github.subreaper.Signal;
import io.github.subreaper.Subreaper;
import io.github.subreaper.Supervisor;
import io.github.subreaper.testing.Await;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(180)
class TracerTest {
  private static final long LONG_NANOS = Duration.ofMinutes(1).toNanos();

  private @Nullable Launch launch;
  @AutoClose private final Subreaper subreaper = Subreaper.activate();
  private final Supervisor supervisor =
      subreaper.open("tracer", ScopeOptions.defaults().withAwait(Await.LONG));

  private Tracer trace(Path go, TraceEvents events) {
    launch =
        supervisor.launch(
            "sh", "-c", "until [ -e \"$1\" ]; do :; done; sleep 1000; true", "sh", go.toString());
    Tracer tracer = new Tracer(KERNEL, TIME, events);
    assertThat(tracer.seize((int) launch.pid())).isZero();
    return tracer;
  }

  private Launch launch() {
    return Objects.requireNonNull(launch);
  }

  /** A process that stays stopped would hold up its parent for ever. */
  @Test
  void kernelKillsWhatIsTracedIfTheTracingThreadFails(@TempDir Path directory) throws Exception {
    Path go = directory.resolve("go");
    Failing events = new Failing();
    Tracer tracer = trace(go, events);
    Files.createFile(go); // the birth of its child fails the thread
    assertThat(launch().awaitExit()).isEqualTo(ExitStatus.signaled(Signal.KILL));
    assertThat(tracer.awaitOver(LONG_NANOS)).isTrue();
    assertThat(events.failure.get()).hasMessage("on purpose");
    // The thread still runs when it is over: the kernel kills one by one when it ends.
    Await.until(() -> supervisor.tree().roots().stream().noneMatch(Descendant::isAlive));
  }

  @Test
  void threadThatCannotEvenSayWhyEndsAllTheSame(@TempDir Path directory) throws Exception {
    Path go = directory.resolve("go");
    Failing events = new Failing();
    events.fails = true;
    Tracer tracer = trace(go, events);
    Files.createFile(go);
    assertThat(tracer.awaitOver(LONG_NANOS)).isTrue();
    tracer.answerStolen(); // no command waits for a thread that is over
    tracer.letGo();
  }

  @Test
  void tracingThreadSleepsWhileNothingHappens(@TempDir Path directory) {
    Tracer tracer = trace(directory.resolve("go"), new Failing());
    int before = timesAsleep(tracer);
    for (int second = 0; second < 300; second++) {
      tracer.answerStolen();
    }
    assertThat(timesAsleep(tracer) - before).isLessThan(100);
    tracer.letGo();
  }

  private static int timesAsleep(Tracer tracer) {
    return KERNEL.procfs.statusNumber(tracer.tid(), "voluntary_ctxt_switches");
  }

  @Test
  void threadThatSeizesNothingEnds() {
    Tracer tracer = new Tracer(KERNEL, TIME, new Failing());
    tracer.cancel();
    assertThat(tracer.awaitOver(LONG_NANOS)).isTrue();
    assertThat(tracer.seize((int) ProcessHandle.current().pid())).isNotZero();
  }

  /** Fails at the first birth. */
  private static final class Failing extends NoTraceEvents {
    final AtomicReference<Throwable> failure = new AtomicReference<>();
    boolean fails;

    @Override
    public void born(Traced process, @Nullable Traced parent) {
      throw new AssertionError("on purpose");
    }

    @Override
    public void failed(Throwable reason) {
      failure.set(reason);
      if (fails) {
        throw new AssertionError("on purpose, too");
      }
    }
  }
}
