package io.github.subreaper.internal.engine.origin;

import static io.github.subreaper.testing.Linux.KERNEL;
import static io.github.subreaper.testing.Linux.TIME;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.internal.engine.spawn.PrivateDirectory;
import io.github.subreaper.internal.engine.spawn.Spawner;
import io.github.subreaper.internal.engine.spawn.Tags;
import io.github.subreaper.internal.engine.values.JvmChild;
import io.github.subreaper.internal.linux.proc.Procfs;
import io.github.subreaper.testing.Await;
import io.github.subreaper.testing.CProgram;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChildTagsTest {
  /** With the tag of another pid the process would count as adopted, and its status be taken. */
  @Test
  void secondThreadOfAChildIsNoChild(@TempDir Path directory) throws Exception {
    String program = CProgram.build(directory, "threads", "-pthread").toString();
    long limit = KERNEL.fileLocks.get(Procfs.SELF);
    Tags numbers = Tags.claim(KERNEL, limit);
    Process process = new ProcessBuilder(program, "1").start();
    try (PrivateDirectory files = new PrivateDirectory(KERNEL);
        Spawner spawner = new Spawner(KERNEL, TIME, files, numbers, limit)) {
      ChildTags tags = new ChildTags(KERNEL, numbers, spawner, (pid, startTicks) -> true);
      int pid = (int) process.pid();
      Await.until(() -> KERNEL.procfs.threads(pid).size() == 2);
      int second =
          KERNEL.procfs.threads(pid).stream().filter(tid -> tid != pid).findAny().orElseThrow();
      assertThat(tags.put(second)).isNull();
      assertThat(KERNEL.fileLocks.peek(pid)).isEqualTo(numbers.own());
      assertThat(tags.put(pid)).as("control").isNotNull();
    } finally {
      process.destroyForcibly().waitFor();
      KERNEL.fileLocks.set(Procfs.SELF, limit);
    }
  }

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
                  Await.opened(go);
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
}
