package io.github.subreaper.internal.linux.proc;

import static io.github.subreaper.testing.Linux.KERNEL;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.subreaper.internal.linux.Kernel;
import io.github.subreaper.testing.Await;
import io.github.subreaper.testing.Hostile;
import io.github.subreaper.testing.Linux;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What an open list of a thread's children shows is what a newly opened one shows. */
@Timeout(300)
class OwnListsTest {
  private static final int MOST_TRIES = 10_000;

  private final Procfs kept = new Kernel().procfs;
  private final List<Process> started = new ArrayList<>();
  private final Set<Integer> tids = new HashSet<>();
  private final List<ExecutorService> threads = new ArrayList<>();

  @BeforeEach
  void keep() {
    assumeTrue(KERNEL.procfs.openFileLimit() > Linux.MANY_DESCRIPTORS);
    kept.ownLists.keep();
  }

  @AfterEach
  void end() throws Exception {
    for (Process process : started) {
      process.destroyForcibly().waitFor();
    }
    threads.forEach(ExecutorService::shutdown);
    kept.ownLists.close();
    assertThat(openLists()).isZero();
  }

  /** Of the threads of this test: two of each that is kept. */
  private long openLists() {
    return KERNEL.descriptors().open(Procfs.SELF).stream()
        .filter(
            fd -> {
              try {
                String file = Files.readSymbolicLink(Path.of("/proc/self/fd/" + fd)).toString();
                return tids.stream().anyMatch(tid -> file.contains("/task/" + tid + "/"));
              } catch (IOException e) {
                return false; // that with which the list was read
              }
            })
        .count();
  }

  private ExecutorService thread() {
    ExecutorService thread = Executors.newSingleThreadExecutor();
    threads.add(thread);
    return thread;
  }

  private int tid(ExecutorService thread) throws Exception {
    int tid = on(thread, KERNEL.procfs::ownTid);
    tids.add(tid);
    return tid;
  }

  private static <T> T on(ExecutorService thread, Callable<T> work) throws Exception {
    return thread.submit(work).get();
  }

  private Process start() throws IOException {
    Process process = new ProcessBuilder("sleep", "1000").start();
    started.add(process);
    return process;
  }

  private static void end(ExecutorService thread, int tid) {
    thread.shutdown();
    Await.until(() -> !KERNEL.procfs.isThread(Procfs.SELF, tid));
  }

  @Test
  void eachChildIsSeen() throws Exception {
    ExecutorService thread = thread();
    int tid = tid(thread);
    assertThat(kept.children(Procfs.SELF, tid)).isEmpty();
    Process one = on(thread, this::start);
    assertThat(kept.children(Procfs.SELF, tid)).containsExactly((int) one.pid());
    Process two = on(thread, this::start);
    assertThat(kept.children(Procfs.SELF, tid)).containsExactly((int) one.pid(), (int) two.pid());
    one.destroyForcibly().waitFor();
    assertThat(kept.children(Procfs.SELF, tid)).containsExactly((int) two.pid());
    assertThat(openLists()).isEqualTo(2);
  }

  @Test
  void listOfAThreadThatHasEndedCannotBeRead() throws Exception {
    ExecutorService thread = thread();
    int tid = tid(thread);
    on(thread, this::start);
    assertThat(kept.children(Procfs.SELF, tid)).hasSize(1);
    end(thread, tid);
    assertThat(kept.children(Procfs.SELF, tid)).isNull();
    assertThat(openLists()).isZero();
  }

  /** By a call that only root may make, the kernel gives out the number again. */
  @Test
  void listOfTheNextThreadWithItsNumberIsAnothers() throws Exception {
    assumeTrue(Hostile.isRoot());
    ExecutorService first = thread();
    int tid = tid(first);
    assertThat(kept.children(Procfs.SELF, tid)).isEmpty();
    end(first, tid);
    ExecutorService next = first;
    for (int i = 0; i < MOST_TRIES && next == first; i++) {
      Files.writeString(Path.of("/proc/sys/kernel/ns_last_pid"), Integer.toString(tid - 1));
      ExecutorService one = Executors.newSingleThreadExecutor();
      threads.add(one);
      int its = on(one, KERNEL.procfs::ownTid);
      next = its == tid ? one : first;
      if (its != tid) {
        one.shutdown();
      }
    }
    assertThat(next).isNotSameAs(first);
    Process child = on(next, this::start);
    assertThat(kept.children(Procfs.SELF, tid)).containsExactly((int) child.pid());
  }

  @Test
  void listsOfThreadsThatHaveEndedAreClosed() throws Exception {
    for (int i = 0; i < 100; i++) {
      ExecutorService thread = thread();
      int tid = tid(thread);
      assertThat(kept.children(Procfs.SELF, tid)).isEmpty();
      thread.shutdown();
    }
    Await.until(() -> tids.stream().noneMatch(tid -> KERNEL.procfs.isThread(Procfs.SELF, tid)));
    assertThat(openLists()).isEqualTo(2L * tids.size());
    kept.ownLists.keepOnly(kept.threadsAtOneRead(Procfs.SELF));
    assertThat(openLists()).isZero();
  }

  @Test
  void noneIsKeptAfterTheEnd() throws Exception {
    ExecutorService thread = thread();
    int tid = tid(thread);
    kept.ownLists.close();
    Process child = on(thread, this::start);
    assertThat(kept.children(Procfs.SELF, tid)).containsExactly((int) child.pid());
    assertThat(openLists()).isZero();
  }
}
