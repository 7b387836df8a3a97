package io.github.subreaper.internal.linux.proc;

import static io.github.subreaper.testing.Linux.KERNEL;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;

/** {@code /proc/self/task} while threads end. */
class ThreadListTest {
  private static final int ROUNDS = 150;
  private static final int BRIEF = 8;

  /** Of single readings one in some hundreds lacks it. */
  @Test
  @Tag("full")
  void threadThatStaysIsInEachListWhileOthersEnd(TestReporter reporter) throws Exception {
    int readings = 0;
    int missed = 0;
    for (int round = 0; round < ROUNDS; round++) {
      List<Thread> brief = new ArrayList<>();
      for (int i = 0; i < BRIEF; i++) {
        long nanos = 50_000L * i;
        Thread thread = new Thread(() -> LockSupport.parkNanos(nanos));
        brief.add(thread);
        thread.start();
      }
      CountDownLatch over = new CountDownLatch(1);
      CountDownLatch known = new CountDownLatch(1);
      AtomicInteger tid = new AtomicInteger();
      Thread stays =
          new Thread(
              () -> {
                tid.set(KERNEL.procfs.ownTid());
                known.countDown();
                try {
                  over.await();
                } catch (InterruptedException e) {
                  throw new IllegalStateException(e);
                }
              });
      stays.start();
      known.await();
      try {
        do {
          readings++;
          missed += KERNEL.procfs.threadsAtOneRead(Procfs.SELF).contains(tid.get()) ? 0 : 1;
          assertThat(KERNEL.procfs.threads(Procfs.SELF)).contains(tid.get());
        } while (brief.stream().anyMatch(Thread::isAlive));
      } finally {
        over.countDown();
        stays.join();
      }
    }
    reporter.publishEntry("missed by one reading", missed + " of " + readings);
  }
}
