package io.github.subreaper.internal.engine;

import static io.github.subreaper.internal.linux.calls.SignalNumber.SIGKILL;
import static io.github.subreaper.testing.Linux.KERNEL;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.subreaper.Descendant;
import io.github.subreaper.ExitStatus;
import io.github.subreaper.Launch;
import io.github.subreaper.Program;
import io.github.subreaper.ScopeOptions;
import io.github.subreaper.Signal;
import io.github.subreaper.Subreaper;
import io.github.subreaper.Supervisor;
import io.github.subreaper.crash.CrashPoints;
import io.github.subreaper.internal.access.Access;
import io.github.subreaper.internal.engine.records.LaunchRecord;
import io.github.subreaper.internal.engine.records.ProcessRecord;
import io.github.subreaper.internal.engine.tracer.Tracer;
import io.github.subreaper.testing.Await;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** Messages say that a trace has failed, and that the kernel has killed what it traced. */
@Timeout(180)
class FailedTraceTest {
  private static final String REASON = "java.lang.IllegalStateException: as if";
  private static final String BY_THE_KERNEL =
      "killed by SIGKILL (by the kernel, since the trace failed)";
  private static final String FAILED =
      "the kernel killed what was traced, since the trace failed: " + REASON + ". To fix: ";

  private final Predicate<ProcessRecord> failing = this::fails;

  private final Subreaper subreaper = Subreaper.activate();
  private final Supervisor supervisor =
      subreaper.open(
          "failed", ScopeOptions.defaults().withSettle(Duration.ZERO).withAwait(Await.LONG));
  private final Engine engine = Engine.acquire();

  @TempDir private Path directory;

  /** The launch whose trace fails. */
  private volatile long launcher;

  @AfterEach
  void close() {
    engine.registry.heldZombies.release(failing);
    engine.release();
    subreaper.close();
  }

  /** Holds no zombie. Another tracing thread may ask at any time, for an exec reported late. */
  private boolean fails(ProcessRecord process) {
    LaunchRecord launch = process.launch();
    if (Thread.currentThread().getName().equals(Tracer.THREAD)
        && launch != null
        && launch.process().pid() == launcher) {
      throw new IllegalStateException("as if");
    }
    return false;
  }

  private Launch launch() {
    return supervisor.launch(program().traced());
  }

  private Program program() {
    String script = "sleep 1000 & until [ -e \"$1\" ]; do :; done; sleep 1000";
    Path go = directory.resolve("go");
    return Program.of("sh", "-c", script, "sh", go.toString());
  }

  /** The tracing thread fails at the next birth, and with it the launch. */
  private void failTrace(Launch launch) throws Exception {
    launcher = launch.pid();
    engine.registry.heldZombies.add(failing);
    Files.createFile(directory.resolve("go"));
    assertThat(launch.awaitExit()).isEqualTo(ExitStatus.signaled(Signal.KILL));
  }

  @Test
  void failureIsReportedWithTheProcessesThatItEnded() throws Exception {
    Launch launch = launch();
    failTrace(launch);
    assertThat(launch.journal().isExact()).isFalse();
    assertThat(launch.describe())
        .contains("launcher  " + launch.pid() + " " + BY_THE_KERNEL + " after ")
        .contains("  trace     " + FAILED);
    assertThat(supervisor.end().toString())
        .contains(launch.pid() + " sh (" + BY_THE_KERNEL + ")")
        .contains("` " + FAILED);
  }

  @Test
  void journalSaysWhyItIsNotExact() throws Exception {
    Launch launch = launch();
    assertThat(Access.get().whyInexact(launch.journal())).isEmpty();
    failTrace(launch);
    assertThat(Access.get().whyInexact(launch.journal()).orElseThrow())
        .startsWith("it is not known: " + FAILED);
    assertThat(Access.get().whyInexact(launch.process().journal()).orElseThrow())
        .startsWith("it is not known: " + FAILED);
    Launch untraced = supervisor.launch("true");
    assertThat(Access.get().whyInexact(untraced.journal()))
        .contains("only a traced launch knows that: it needs Program.traced().");
  }

  @Test
  @EnabledIfSystemProperty(named = "os.arch", matches = "amd64")
  void pointsBeforeTheFailureAreNotTakenForAll() throws Exception {
    Path prepared = Files.createDirectory(directory.resolve("prepared"));
    CrashPoints points = CrashPoints.of(program(), prepared);
    assertThatThrownBy(() -> points.check(run -> run.during(this::failTrace)))
        .hasMessageStartingWith("the run without a crash fails: the trace of `sh -c ")
        .hasMessageContaining("` failed, so points are missing: " + REASON);
  }

  /** Of a SIGKILL from outside, which came before, the failure is not the cause. */
  @Test
  void processThatHadEndedBeforeWasNotEndedByTheFailure() throws Exception {
    Launch launch = launch();
    Descendant child = supervisor.awaitDescendant("sleep 1000");
    assertThat(KERNEL.kill.send((int) child.pid(), SIGKILL)).isZero();
    child.awaitExit();
    failTrace(launch);
    assertThat(Access.get().describeEnd(child)).contains("killed by SIGKILL");
    assertThat(Access.get().describeEnd(launch.process())).contains(BY_THE_KERNEL);
  }

  @Test
  void untracedLaunchAndOtherTracesAreNotReportedAsFailed() throws Exception {
    Launch untraced = supervisor.launch("sleep", "1000");
    Launch other = supervisor.launch(Program.of("sleep", "1000").traced());
    failTrace(launch());
    engine.registry.heldZombies.release(failing);
    assertThat(other.isAlive()).isTrue();
    for (Launch launch : new Launch[] {untraced, other}) {
      assertThat(KERNEL.kill.send((int) launch.pid(), SIGKILL)).isZero();
      launch.awaitExit();
      assertThat(launch.describe())
          .contains("launcher  " + launch.pid() + " killed by SIGKILL after ")
          .doesNotContain("the trace failed");
    }
  }
}
