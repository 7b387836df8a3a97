package io.github.subreaper;

import static io.github.subreaper.testing.Await.LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

/** A patient and an impatient scope, and assertions on their failed waits. */
abstract class WaitFixture {

  /** For waits that must time out. */
  static final Duration SHORT = Duration.ofMillis(50);

  final Subreaper subreaper = Subreaper.activate();
  final Supervisor scope =
      subreaper.open(getClass().getSimpleName(), ScopeOptions.defaults().withAwait(LONG));
  final Supervisor impatient =
      subreaper.open("impatient", ScopeOptions.defaults().withAwait(SHORT));

  @TempDir Path directory;

  @AfterEach
  void close() {
    boolean interrupted = Thread.interrupted();
    subreaper.close();
    assertThat(interrupted).as("an interrupt flag that the test has left").isFalse();
  }

  Launch launch(String script) {
    return launch(scope, script);
  }

  Launch launch(Supervisor in, String script) {
    return in.launch(Program.of("sh", "-c", script).withDirectory(directory));
  }

  /** Writes the line to a FIFO that a script waits for. */
  void go(String fifo) throws IOException {
    Files.writeString(directory.resolve(fifo), "\n");
  }

  static WaitTimeoutException failure(ThrowingCallable wait) {
    WaitTimeoutException failure = catchThrowableOfType(WaitTimeoutException.class, wait);
    assertThat(failure).as("the wait should have failed").isNotNull();
    return failure;
  }

  static WaitTimeoutException timeout(ThrowingCallable wait) {
    WaitTimeoutException failure = failure(wait);
    assertThat(failure.isTimeout()).as(failure.getMessage()).isTrue();
    return failure;
  }

  static WaitTimeoutException hopeless(ThrowingCallable wait) {
    WaitTimeoutException failure = failure(wait);
    assertThat(failure.isTimeout()).as(failure.getMessage()).isFalse();
    return failure;
  }

  static List<ExitStatus> statuses(Launch launch) {
    return launch.orphans().stream().map(Descendant::exitStatus).flatMap(Optional::stream).toList();
  }
}
