package io.github.subreaper.internal.linux.proc;

import static io.github.subreaper.testing.Linux.KERNEL;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The children of the test's thread, which the JDK starts and collects. */
class NewChildrenTest {
  private final List<Process> started = new ArrayList<>();

  @AfterEach
  void end() throws InterruptedException {
    for (Process process : started) {
      process.destroyForcibly();
      process.waitFor();
    }
  }

  private int start() throws IOException {
    Process process = new ProcessBuilder("sleep", "1000").start();
    started.add(process);
    return (int) process.pid();
  }

  @Test
  void returnsOnlyChildrenThatWereAdded() throws Exception {
    try (NewChildren list = KERNEL.newChildren(KERNEL.procfs.ownTid())) {
      list.next(); // children of earlier tests
      int one = start();
      int two = start();
      assertThat(list.next()).containsExactly(one, two);
      assertThat(list.next()).isEmpty();
      int three = start();
      assertThat(list.next()).containsExactly(three);
    }
  }

  /** The kernel does this, so a reader must start again once it knows that a child has left. */
  @Test
  void skipsAsManyChildrenAsHaveLeftUntilItStartsAgain() throws Exception {
    try (NewChildren list = KERNEL.newChildren(KERNEL.procfs.ownTid())) {
      int one = start();
      int two = start();
      assertThat(list.next()).endsWith(one, two);
      started.get(0).destroyForcibly().waitFor();
      int three = start();

      assertThat(list.next()).as("skipped by the kernel").isEmpty();

      list.startAgain();
      assertThat(list.next()).endsWith(two, three);
    }
  }

  @Test
  void returnsNoChildrenOfAThreadThatHasEnded() throws Exception {
    int[] tid = new int[1];
    Thread thread = new Thread(() -> tid[0] = KERNEL.procfs.ownTid());
    thread.start();
    thread.join();
    try (NewChildren list = KERNEL.newChildren(tid[0])) {
      assertThat(list.next()).isEmpty();
    }
  }
}
