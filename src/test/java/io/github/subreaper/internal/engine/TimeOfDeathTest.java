package io.github.subreaper.internal.engine;

import static io.github.subreaper.testing.Await.LONG;
import static io.github.subreaper.testing.Linux.KERNEL;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.github.subreaper.Descendant;
import io.github.subreaper.Launch;
import io.github.subreaper.ProcessEvent;
import io.github.subreaper.Program;
import io.github.subreaper.Ready;
import io.github.subreaper.ScopeOptions;
import io.github.subreaper.Subreaper;
import io.github.subreaper.Supervisor;
import io.github.subreaper.TimeSpan;
import io.github.subreaper.internal.engine.records.ProcessRecord;
import io.github.subreaper.internal.linux.calls.SignalNumber;
import io.github.subreaper.internal.linux.proc.ProcessStat;
import io.github.subreaper.internal.linux.proc.Wait;
import io.github.subreaper.testing.Await;
import io.github.subreaper.testing.CProgram;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The time of a death is reported at once, or it lies between two looks; no other time is made up.
 */
@Timeout(180)
class TimeOfDeathTest {

  /** Two looks that are farther apart show no time. */
  private static final long SPAN_NANOS = 40_000_000;

  @AutoClose private final Subreaper subreaper = Subreaper.activate();

  @AutoClose("release")
  private final Engine engine = Engine.acquire();

  private final Supervisor supervisor =
      subreaper.open("test", ScopeOptions.defaults().withAwait(LONG).withGrace(Duration.ZERO));

  @TempDir Path directory;

  /** Launches a program that has a zombie and a living child, and collects them when told to. */
  private Launch launch(boolean traced) throws Exception {
    Program program =
        Program.of(CProgram.build(directory, "reaping"), "1", "1")
            .withPipedInput()
            .readyWhen(Ready.output("staying"));
    return supervisor.start(traced ? program.traced() : program);
  }

  private Descendant livingChild(Launch launch) {
    return supervisor.descendants().stream()
        .filter(one -> one.isAlive() && !one.equals(launch.process()))
        .findFirst()
        .orElseThrow();
  }

  private ProcessRecord record(Descendant process) {
    return engine.registry.lock.locked(
        () -> Objects.requireNonNull(engine.registry.find((int) process.pid())));
  }

  private Instant now() {
    return engine.queries().now();
  }

  private static void passSpan() {
    long began = System.nanoTime();
    Await.until(() -> System.nanoTime() - began > SPAN_NANOS);
  }

  private static void awaitStat(int pid, java.util.function.Predicate<ProcessStat> wanted) {
    Await.until(() -> wanted.test(Objects.requireNonNull(KERNEL.procfs.stat(pid))));
  }

  /** Kills a process. The lock, if it is held, keeps all looks out. */
  private Instant kill(ProcessRecord process) {
    passSpan();
    Instant before = now();
    KERNEL.kill.send(process.pid(), SignalNumber.SIGTERM);
    awaitStat(process.pid(), ProcessStat::hasEnded);
    return before;
  }

  @Test
  void deathThatALookFindsLiesBetweenThatAndTheLookBefore() throws Exception {
    Launch launch = launch(false);
    Descendant process = livingChild(launch);
    ProcessRecord record = record(process);
    Instant[] times = new Instant[2];
    engine.registry.lock.run(
        () -> {
          engine.registry.watchList.unwatch(record); // else the kernel reports its end
          times[0] = kill(record);
          engine.observer.observe(record);
          times[1] = now();
          passSpan(); // what else reports it now is too late
        });
    assertThat(process.endedBetween()).as("before its parent has collected it").isEmpty();
    launch.stdin().append("\n\n").flush();
    process.awaitExit();

    TimeSpan span = process.endedBetween().orElseThrow();
    assertThat(span.from()).isBefore(times[0]);
    assertThat(span.to()).isBetween(times[0], times[1]);
    assertThat(process.endedAt()).as("not when it was collected").contains(span.to());
    ProcessEvent.Exited event =
        (ProcessEvent.Exited)
            process.journal().events().stream()
                .filter(ProcessEvent.Exited.class::isInstance)
                .findFirst()
                .orElseThrow();
    assertThat(event.notBefore()).contains(span.from());
    // Later if another event comes between: the times of a journal never go back.
    assertThat(event.at()).isAfter(times[0]);
    assertThat(event.toString()).containsPattern("between \\d+\\.\\d\\d and \\d+\\.\\d\\d s after");
  }

  /** Its parent dies later: the doorbell rings for the zombie that this JVM adopts then. */
  @Test
  void deathBeforeAnAdoptionIsNotTheTimeOfTheAdoption() throws Exception {
    Launch launch = launch(false);
    Descendant process = livingChild(launch);
    ProcessRecord record = record(process);
    Instant[] times = new Instant[1];
    engine.registry.lock.run(
        () -> {
          engine.registry.watchList.unwatch(record); // else the kernel reports its end
          times[0] = kill(record);
          KERNEL.kill.send((int) launch.pid(), SignalNumber.SIGKILL);
          awaitStat(record.pid(), stat -> stat.parent() == ProcessHandle.current().pid());
          Wait.Zombie zombie = engine.collector.underLock().zombie(record.pid());
          engine.collector.handle(Objects.requireNonNull(zombie));
        });

    TimeSpan span = process.endedBetween().orElseThrow();
    assertThat(span.from()).isBefore(times[0]);
    assertThat(span.to()).isAfter(times[0]);
  }

  @Test
  void deathOfAChildOfThisJvmIsATime() {
    Descendant process = supervisor.launch("sleep", "1000").process();
    ProcessRecord record = record(process);
    Instant[] times = new Instant[1];
    engine.registry.lock.run(
        () -> {
          times[0] = kill(record);
          engine.observer.observe(record);
        });
    process.awaitExit();

    assertThat(process.endedBetween()).isEmpty();
    assertThat(process.endedAt().orElseThrow()).isAfter(times[0]);
  }

  @Test
  void tracedDeathIsATimeThoughItsParentCollectsItLater() throws Exception {
    assumeThat(Subreaper.capabilities().trace()).isTrue();
    Launch launch = launch(true);
    Descendant process = livingChild(launch);
    ProcessRecord record = record(process);
    Instant before = kill(record); // without the lock, for which the tracing thread may wait
    Instant dead = now();
    passSpan();
    launch.stdin().append("\n\n").flush();
    process.awaitExit();

    assertThat(process.endedBetween()).isEmpty();
    assertThat(process.endedAt().orElseThrow()).isBetween(before, dead);
  }
}
