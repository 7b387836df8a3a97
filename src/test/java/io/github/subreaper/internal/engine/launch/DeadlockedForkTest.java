package io.github.subreaper.internal.engine.launch;

import static io.github.subreaper.testing.Linux.KERNEL;
import static io.github.subreaper.testing.Linux.TIME;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.subreaper.ExitStatus;
import io.github.subreaper.LaunchException;
import io.github.subreaper.Program;
import io.github.subreaper.Subreaper;
import io.github.subreaper.Supervisor;
import io.github.subreaper.internal.engine.Engine;
import io.github.subreaper.internal.engine.records.LaunchRecord;
import io.github.subreaper.internal.engine.spawn.Patience;
import io.github.subreaper.internal.engine.spawn.Spawner;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Forks that wait for a lock of QEMU for ever. Here they wait for a writer of their input, a FIFO,
 * and the test says that they are deadlocked.
 */
class DeadlockedForkTest {
  private final Subreaper subreaper = Subreaper.activate();
  private final Supervisor scope = subreaper.open("DeadlockedForkTest");
  private final Engine engine = Engine.acquire();

  /** Each was alive when the test was asked about it. */
  private final List<Long> forks = new ArrayList<>();

  /** How many of them are deadlocked. */
  private int deadlocked = Integer.MAX_VALUE;

  /** How long a fork sleeps before it counts as deadlocked. */
  private long nanos;

  @TempDir private Path directory;
  private Path fifo;
  private int writer = -1;

  @BeforeEach
  void decideInsteadOfTheEmulator() {
    fifo = directory.resolve("fifo");
    KERNEL.fifos.create(fifo);
    engine.launcher().patience = Deciding::new;
  }

  @AfterEach
  void close() {
    if (writer >= 0) {
      KERNEL.fifos.close(writer);
    }
    engine.launcher().patience = launch -> new LaunchPatience(KERNEL, TIME, launch);
    engine.release();
    subreaper.close();
  }

  private final class Deciding implements Patience {
    private final Patience real;

    Deciding(LaunchRecord launch) {
      real = new LaunchPatience(KERNEL, TIME, launch);
    }

    @Override
    public @Nullable RuntimeException end() {
      return real.end();
    }

    @Override
    public boolean isDeadlocked(int pid, int tid, long waited) {
      if (waited < nanos || writer >= 0) {
        return false;
      }
      assertThat(children()).contains((long) pid).noneMatch(forks::contains);
      forks.add((long) pid);
      if (forks.size() <= deadlocked) {
        return true;
      }
      writer = KERNEL.fifos.openForBoth(fifo);
      return false;
    }
  }

  /** Returns the children of this JVM, zombies included. */
  private static List<Long> children() {
    return ProcessHandle.current().children().map(ProcessHandle::pid).toList();
  }

  private Program program() {
    return Program.of("sh", "-c", "exit 7").withStandardInput(fifo);
  }

  @Test
  void deadlockedForkIsCollectedAndTheNextOneRunsTheProgram() {
    deadlocked = 1;
    assertThat(scope.launch(program()).awaitExit()).isEqualTo(ExitStatus.exited(7));
    assertThat(forks).hasSize(2);
    assertThat(scope.end().isClean()).isTrue();
    assertThat(children()).noneMatch(forks::contains);
  }

  @Test
  void launchFailsAfterFiveDeadlockedForks() {
    assertThatThrownBy(() -> scope.launch(program()))
        .isInstanceOf(LaunchException.class)
        .hasMessage(
            "cannot launch `sh -c exit 7`: the emulator (QEMU) stopped in the new process, which"
                + " had not run the program yet, 5 times");
    assertThat(forks).hasSize(5);
    assertThat(scope.descendants()).isEmpty();
    assertThat(children()).noneMatch(forks::contains);
  }

  @Test
  void interruptEndsTheAttempts() {
    nanos = Spawner.STUCK_NANOS;
    Thread.currentThread().interrupt();
    try {
      assertThatThrownBy(() -> scope.launch(program()))
          .isInstanceOf(LaunchException.class)
          .hasMessageContaining("the launching thread was interrupted");
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }
    assertThat(forks).isEmpty();
    assertThat(scope.descendants()).isEmpty();
  }
}
