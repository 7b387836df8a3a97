package io.github.subreaper.internal.engine.spawn;

import static io.github.subreaper.testing.Linux.KERNEL;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.internal.linux.calls.LinuxException;
import io.github.subreaper.testing.Await;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.RepeatedTest;

/** The private directory of an activation. */
class PrivateDirectoryTest {
  private volatile boolean over;

  @AfterEach
  void end() {
    over = true;
  }

  /** Creates files without a pause, as launches do while a JVM shuts down. */
  private void makeAndRemove(PrivateDirectory directory, CountDownLatch begun) {
    Path former = null;
    while (!over) {
      try {
        Path next = directory.newFifo("gate");
        directory.remove(former);
        former = next;
      } catch (LinuxException e) {
        return; // the directory has gone
      }
      begun.countDown();
    }
  }

  @RepeatedTest(100)
  void directoryIsRemovedThoughFilesAreCreatedInItMeanwhile() throws Exception {
    PrivateDirectory directory = new PrivateDirectory(KERNEL);
    CountDownLatch begun = new CountDownLatch(1);
    CompletableFuture<Void> others =
        CompletableFuture.runAsync(() -> makeAndRemove(directory, begun));
    begun.await();

    directory.close();
    assertThat(directory.path()).doesNotExist();
    Await.get(others);
  }
}
