package io.github.subreaper.internal.engine.jvm;

import static io.github.subreaper.testing.Linux.KERNEL;
import static io.github.subreaper.testing.Linux.TIME;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.Subreaper;
import io.github.subreaper.internal.linux.proc.Procfs;
import io.github.subreaper.testing.Await;
import java.io.BufferedReader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which children of the adopting thread the JDK will collect, by the calls of its threads. */
class JdkWaitsTest {
  private static final int CHILDREN = 30;
  private static final Threads THREADS = new Threads(KERNEL, TIME);

  @ParameterizedTest(name = "with onExit: {0}")
  @ValueSource(booleans = {false, true})
  void orphanIsLeft(boolean asked) throws Exception {
    try (Subreaper subreaper = Subreaper.activate()) {
      Process parent = new ProcessBuilder("sh", "-c", "sleep 1000 & echo $!; read line").start();
      BufferedReader output = parent.inputReader();
      int pid = Integer.parseInt(output.readLine());
      parent.getOutputStream().close();
      parent.waitFor();
      ProcessHandle orphan = ProcessHandle.of(pid).orElseThrow();
      CompletableFuture<ProcessHandle> end = asked ? orphan.onExit() : null;
      Await.until(() -> isInAdoptersList(pid));
      Await.until(() -> isLeft(pid));
      orphan.destroyForcibly();
      if (end != null) {
        end.get();
      }
      assertThat(subreaper.foreign()).isEmpty();
    }
  }

  /** Asked at once, when the JDK's thread for it may not have run yet. */
  @Test
  void childWhoseStartingThreadHasEndedIsNeverLeft() throws Exception {
    try (Subreaper subreaper = Subreaper.activate()) {
      assertThat(subreaper.foreign()).isEmpty();
      List<Process> children = new ArrayList<>();
      for (int i = 0; i < CHILDREN; i++) {
        FutureTask<Process> start = new FutureTask<>(() -> new ProcessBuilder("cat").start());
        Thread starter = new Thread(start);
        starter.start();
        starter.join();
        Process child = start.get();
        int pid = (int) child.pid();
        children.add(child);
        CompletableFuture<ProcessHandle> unused =
            i % 2 == 0 ? child.toHandle().onExit() : ProcessHandle.of(pid).orElseThrow().onExit();
        while (!isInAdoptersList(pid)) {
          Thread.onSpinWait(); // the kernel's thread ends a moment later
        }
        for (int look = 0; look < 3; look++) {
          assertThat(isLeft(pid)).isFalse();
        }
        if (i % 3 == 0) {
          child.getOutputStream().close(); // its thread is idle then, and gets the next one
          assertThat(child.waitFor()).isZero();
        }
      }
      for (Process child : children) {
        child.getOutputStream().close();
        assertThat(child.waitFor()).isZero();
      }
    }
  }

  private static boolean isLeft(int pid) {
    return new Threads(KERNEL, TIME).leaveToUs(pid, System.nanoTime() - 1);
  }

  private static boolean isInAdoptersList(int pid) {
    int[] children = KERNEL.procfs.children(Procfs.SELF, THREADS.adopter());
    return children != null && Arrays.stream(children).anyMatch(child -> child == pid);
  }
}
