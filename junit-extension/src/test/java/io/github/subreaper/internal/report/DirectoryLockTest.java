package io.github.subreaper.internal.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class DirectoryLockTest {
  @TempDir Path temp;

  private Path file() {
    return temp.resolve(DirectoryLock.NAME);
  }

  @Test
  void oneThreadAtATimeHoldsIt() throws Exception {
    AtomicInteger inside = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    List<Integer> left =
        Threads.run(
            4,
            40,
            () ->
                DirectoryLock.hold(
                    file(),
                    () -> {
                      most.accumulateAndGet(inside.incrementAndGet(), Math::max);
                      Files.writeString(temp.resolve("x"), ""); // takes its time
                      return inside.decrementAndGet();
                    }));
    assertThat(left).hasSize(40).containsOnly(0);
    assertThat(most).hasValue(1);
  }

  @Test
  void copyOfAnotherClassLoaderWaits() throws Exception {
    URL here = DirectoryLock.class.getProtectionDomain().getCodeSource().getLocation();
    try (URLClassLoader loader = new URLClassLoader(new URL[] {here}, null)) {
      Class<?> copy = loader.loadClass(DirectoryLock.class.getName());
      Class<?> action = loader.loadClass(DirectoryLock.Action.class.getName());
      var hold = copy.getDeclaredMethod("hold", Path.class, Duration.class, action);
      hold.setAccessible(true);
      Object nothing =
          java.lang.reflect.Proxy.newProxyInstance(
              loader, new Class<?>[] {action}, (proxy, method, arguments) -> "done");

      DirectoryLock.hold(
          file(),
          () -> {
            assertThatThrownBy(() -> hold.invoke(null, file(), Duration.ofMillis(30), nothing))
                .cause()
                .isInstanceOf(IOException.class)
                .hasMessageContaining("has been locked for long");
            return "";
          });

      assertThat(hold.invoke(null, file(), Duration.ofSeconds(30), nothing)).isEqualTo("done");
    }
  }

  @Test
  void interruptDoesNotEndTheWait() throws Exception {
    CountDownLatch held = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    ExecutorService pool = Executors.newSingleThreadExecutor();
    try {
      Future<Boolean> holder =
          pool.submit(
              () ->
                  DirectoryLock.hold(
                      file(),
                      () -> {
                        held.countDown();
                        return await(release);
                      }));
      held.await();
      Thread waiting = Thread.currentThread();
      Thread other =
          new Thread(
              () -> {
                waiting.interrupt();
                while (waiting.isInterrupted()) {
                  Thread.onSpinWait(); // until the wait has seen it
                }
                release.countDown();
              });
      other.start();

      assertThat(DirectoryLock.hold(file(), () -> "mine")).isEqualTo("mine");
      assertThat(Thread.interrupted()).isTrue();
      assertThat(holder.get()).isTrue();
      other.join();
    } finally {
      Thread.interrupted();
      pool.shutdownNow();
    }
  }

  private static boolean await(CountDownLatch latch) {
    try {
      latch.await();
      return true;
    } catch (InterruptedException e) {
      return false;
    }
  }

  @Test
  void failureInsideGivesTheLockBack() throws IOException {
    assertThatThrownBy(
            () ->
                DirectoryLock.hold(
                    file(),
                    () -> {
                      throw new IOException("full");
                    }))
        .hasMessage("full");
    assertThat(DirectoryLock.hold(file(), Duration.ofMillis(30), () -> "mine")).isEqualTo("mine");
    assertThat(System.getProperties().stringPropertyNames())
        .noneMatch(name -> name.startsWith("io.github.subreaper.locked"));
  }

  @Test
  void missingDirectoryIsNamed() {
    Path file = temp.resolve("missing").resolve("lock");

    assertThatThrownBy(() -> DirectoryLock.hold(file, () -> ""))
        .isInstanceOf(IOException.class)
        .hasMessage("cannot write " + file + ": its directory does not exist");
  }
}
