package io.github.subreaper;

import static io.github.subreaper.testing.Await.LONG;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

/** A scope for what a test starts. It waits long, but not for leaks to end by themselves. */
abstract class ScopeFixture {
  final Subreaper subreaper = Subreaper.activate();

  final Supervisor scope =
      subreaper.open(
          getClass().getSimpleName(),
          ScopeOptions.defaults().withAwait(LONG).withSettle(Duration.ZERO));

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
}
