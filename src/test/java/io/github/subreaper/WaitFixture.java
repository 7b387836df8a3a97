package io.github.subreaper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** A patient and an impatient scope, and assertions on their failed waits. */
abstract class WaitFixture extends ScopeFixture {

  /** For waits that must time out. */
  static final Duration SHORT = Duration.ofMillis(50);

  final Supervisor impatient =
      subreaper.open("impatient", ScopeOptions.defaults().withAwait(SHORT));

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
