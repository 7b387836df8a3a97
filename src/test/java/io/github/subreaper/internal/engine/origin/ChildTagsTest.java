package io.github.subreaper.internal.engine.origin;

import static io.github.subreaper.testing.Linux.KERNEL;
import static io.github.subreaper.testing.Linux.TIME;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.internal.engine.records.JvmChild;
import io.github.subreaper.internal.engine.spawn.PrivateDirectory;
import io.github.subreaper.internal.engine.spawn.Spawner;
import io.github.subreaper.internal.engine.spawn.Tags;
import io.github.subreaper.internal.linux.Procfs;
import io.github.subreaper.testing.Await;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class ChildTagsTest {
  @Test
  void childHasItsTagWhenAThreadReturnsThoughAnotherIsAboutToTagIt() throws Exception {
    long limit = KERNEL.fileLocks.get(Procfs.SELF);
    Tags numbers = Tags.claim(KERNEL, limit);
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    Thread test = Thread.currentThread();
    Process process = new ProcessBuilder("sleep", "1000").start();
    try (PrivateDirectory directory = new PrivateDirectory(KERNEL);
        Spawner spawner = new Spawner(KERNEL, TIME, directory, numbers, limit)) {
      ChildTags tags =
          new ChildTags(
              KERNEL,
              numbers,
              spawner,
              (pid, startTicks) -> {
                if (Thread.currentThread() != test) {
                  begun.countDown();
                  await(go);
                }
                return true;
              });
      int pid = (int) process.pid();
      CompletableFuture<JvmChild> other = CompletableFuture.supplyAsync(() -> tags.put(pid));
      begun.await();

      JvmChild child = tags.put(pid);
      assertThat(child).isNotNull();
      long tag = KERNEL.fileLocks.peek(pid);
      assertThat(tags.of(tag)).isSameAs(child);

      go.countDown();
      assertThat(Await.get(other)).isSameAs(child);
      assertThat(KERNEL.fileLocks.peek(pid)).isEqualTo(tag);
      assertThat(tags.of(tag)).isSameAs(child);
    } finally {
      go.countDown();
      process.destroyForcibly().waitFor();
      KERNEL.fileLocks.set(Procfs.SELF, limit);
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
