package io.github.subreaper.internal.engine;

import static io.github.subreaper.internal.linux.calls.SignalNumber.SIGKILL;
import static io.github.subreaper.internal.linux.calls.SignalNumber.SIGTERM;
import static io.github.subreaper.testing.Await.LONG;
import static io.github.subreaper.testing.Linux.KERNEL;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.subreaper.Launch;
import io.github.subreaper.ScopeOptions;
import io.github.subreaper.Subreaper;
import io.github.subreaper.Supervisor;
import io.github.subreaper.internal.engine.reap.Reaper;
import io.github.subreaper.internal.engine.records.ProcessRecord;
import io.github.subreaper.internal.linux.proc.ProcessStat;
import io.github.subreaper.testing.Await;
import io.github.subreaper.testing.Doomed;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** An end that fails in the middle, as for lack of memory, still leaves no process. */
class FailingEndTest {

  private final AtomicBoolean failing = new AtomicBoolean(true);
  private final Subreaper subreaper = Subreaper.activate();
  private final Supervisor supervisor =
      subreaper.open("failing", ScopeOptions.defaults().withSettle(Duration.ZERO));
  private final Engine engine = Engine.acquire();

  private final Predicate<ProcessRecord> hold = failingAtTheJdks(failing);

  FailingEndTest() {
    engine.registry.heldZombies.add(hold);
  }

  @AfterEach
  void close() {
    failing.set(false);
    engine.registry.heldZombies.release(hold);
    engine.release();
    subreaper.close();
  }

  /** Holds no zombie; makes a scan fail at a process of the JDK as long as the flag is set. */
  private static Predicate<ProcessRecord> failingAtTheJdks(AtomicBoolean toFail) {
    return process -> process.launch() == null && toFail.get() && fail();
  }

  private static boolean fail() {
    throw new IllegalStateException("as if");
  }

  private static Process startUnseen() throws Exception {
    return new ProcessBuilder("sleep", "300").start();
  }

  @Test
  void knownProcessIsKilledThoughTheEndFails() throws Exception {
    Launch launch = supervisor.launch("sleep", "300");
    Process unseen = startUnseen();

    assertThatThrownBy(supervisor::end)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("as if");

    assertThat(launch.awaitExit(LONG)).hasToString("killed by SIGKILL");
    assertThat(unseen.isAlive()).as("control: the end did not reach it").isTrue();
    failing.set(false);
    assertThat(supervisor.end().survivors()).isEmpty();
    assertThat(unseen.onExit().join().exitValue()).isEqualTo(128 + SIGTERM);
  }

  @Test
  void outerScopeEndsWhatItsNestedScopeCouldNot() throws Exception {
    Supervisor nested = supervisor.open("nested");
    Process unseen = startUnseen();
    Predicate<ProcessRecord> firstOnly =
        process -> process.launch() == null && failing.compareAndSet(true, false) && fail();
    engine.registry.heldZombies.add(firstOnly);
    engine.registry.heldZombies.release(hold);
    try {
      assertThatThrownBy(supervisor::end)
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("a scope nested in failing could not be ended")
          .hasRootCauseMessage("as if");
    } finally {
      engine.registry.heldZombies.release(firstOnly);
    }
    assertThat(nested.end().survivors()).isEmpty();
    assertThat(unseen.onExit().join().exitValue()).isEqualTo(128 + SIGTERM);
  }

  @Test
  void jvmIsRestoredThoughTheEndFails() throws Exception {
    engine.release(); // the handle is now the last user
    Process unseen = startUnseen();
    try {
      assertThatThrownBy(subreaper::close).hasMessage("as if");

      assertThat(KERNEL.subreaper.get()).as("the subreaper flag").isFalse();
      assertThat(Thread.getAllStackTraces().keySet())
          .extracting(Thread::getName)
          .doesNotContain(Reaper.THREAD);
      assertThat(unseen.isAlive()).as("control: it could not be ended").isTrue();
      int staying = guardian();
      assertThat(guardian()).as("a guardian that ends it when this JVM is gone").isPositive();
      Engine next = Engine.acquire();
      try {
        ProcessStat stays = Objects.requireNonNull(KERNEL.procfs.stat(staying));
        assertThat(next.preexisting.has(stays))
            .as("the guardian that stays counts as an elder")
            .isFalse();
      } finally {
        next.release();
      }
    } finally {
      unseen.destroyForcibly().onExit().join();
      collect(guardian());
    }
  }

  private static int guardian() {
    return Doomed.guardianOf((int) ProcessHandle.current().pid());
  }

  private static void collect(int guardian) {
    KERNEL.kill.send(guardian, SIGKILL);
    Await.until(() -> KERNEL.waits().collect(guardian) != null);
  }
}
