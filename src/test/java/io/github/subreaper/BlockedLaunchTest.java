package io.github.subreaper;

import static io.github.subreaper.testing.Linux.KERNEL;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.github.subreaper.testing.Await;
import io.github.subreaper.testing.BlockedExit;
import io.github.subreaper.testing.ChildJvm;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A launch whose standard input is a FIFO without a writer waits for one, like a child of a shell.
 */
@Timeout(120)
class BlockedLaunchTest extends ScopeFixture {
  private Path fifo;

  @BeforeEach
  void makeFifo() {
    fifo = directory.resolve("fifo");
    KERNEL.fifos.create(fifo);
  }

  @AfterEach
  void nothingWaits() {
    subreaper.close();
    assertThat(readersOfTheFifo()).as("processes that wait for the FIFO").isZero();
  }

  private Program cat() {
    return Program.of("cat").withStandardInput(fifo);
  }

  private CompletableFuture<Launch> launching(Supervisor supervisor) throws Exception {
    CompletableFuture<Launch> launching = CompletableFuture.supplyAsync(() -> launch(supervisor));
    while (readersOfTheFifo() == 0) {
      assertThat(launching).isNotDone();
      Thread.onSpinWait();
    }
    return launching;
  }

  private Launch launch(Supervisor supervisor) {
    return supervisor.launch(cat());
  }

  /** Counts children of this JVM that sleep in the open of a FIFO, before their exec. */
  private static long readersOfTheFifo() {
    return ProcessHandle.current()
        .children()
        .filter(child -> child.info().command().equals(ProcessHandle.current().info().command()))
        .filter(child -> stateOf(child) == 'S')
        .count();
  }

  private static char stateOf(ProcessHandle child) {
    return KERNEL.procfs.threadState((int) child.pid(), (int) child.pid());
  }

  @Test
  void launchWaitsForAWriterAndTheProgramReadsAllOfItsText() throws Exception {
    CompletableFuture<Launch> launching = launching(scope);
    Files.writeString(fifo, "first line\n");
    Launch launch = launching.get();
    assertThat(launch.awaitExit()).isEqualTo(ExitStatus.exited(0));
    assertThat(launch.stdout()).isEqualTo("first line\n");
  }

  @Test
  void otherThreadsLaunchWhileOneLaunchHangs() throws Exception {
    CompletableFuture<Launch> launching = launching(scope);
    CompletableFuture<Launch> second = CompletableFuture.supplyAsync(() -> launch(scope));
    for (int i = 0; i < 20; i++) {
      assertThat(scope.launch("sh", "-c", "exit 7").awaitExit()).isEqualTo(ExitStatus.exited(7));
    }
    assertThat(launching).isNotDone();
    assertThat(second).isNotDone();
    OutputStream writer = Files.newOutputStream(fifo);
    Launch launch = launching.get(); // its process may not have come to the FIFO yet
    writer.close();
    assertThat(launch.awaitExit()).isEqualTo(ExitStatus.exited(0));
  }

  @Test
  @Tag("full")
  void endOfTheScopeCancelsTheLaunch() throws Exception {
    Supervisor own = subreaper.open("own", scope.options());
    CompletableFuture<Launch> launching = launching(own);
    own.close();
    assertThat(catchThrowable(launching::get)).hasCauseInstanceOf(ScopeClosedException.class);
  }

  @Test
  @Tag("full")
  void interruptCancelsTheLaunch() throws Exception {
    CompletableFuture<Throwable> failure = new CompletableFuture<>();
    Thread launching =
        new Thread(
            () -> {
              Throwable thrown = catchThrowable(() -> launch(scope));
              failure.complete(Thread.currentThread().isInterrupted() ? thrown : null);
            });
    launching.start();
    while (readersOfTheFifo() == 0) {
      Thread.onSpinWait();
    }
    launching.interrupt();
    assertThat(failure.get())
        .isInstanceOf(LaunchException.class)
        .hasMessageContaining("interrupted while the process waited for a writer of its standard")
        .hasMessageContaining("To fix: open the FIFO for writing");
    assertThat(scope.descendants()).isEmpty();
  }

  @Test
  @Tag("full")
  void launchIsGivenUpAfterTheAwaitOfItsScope() {
    Supervisor brief =
        subreaper.open("brief", ScopeOptions.defaults().withAwait(Duration.ofMillis(1)));
    assertThatThrownBy(() -> launch(brief))
        .isInstanceOf(LaunchException.class)
        .hasMessageContaining("the process still waited for a writer of its standard input");
    brief.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"exit", "halt"})
  @Tag("full")
  void jvmExitsWhileALaunchHangs(String how) throws Exception {
    ChildJvm.Result result = ChildJvm.run(BlockedExit.class, fifo.toString(), how);
    assertThat(result.exitCode()).as(result.output()).isEqualTo(7);
    Optional<ProcessHandle> blocked = ProcessHandle.of(Long.parseLong(result.value("blocked")));
    if (blocked.isPresent()) {
      Await.get(blocked.get().onExit()); // the guardian ends it
    }
  }
}
