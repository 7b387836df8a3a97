package io.github.subreaper.internal.engine;

import static io.github.subreaper.testing.Linux.KERNEL;
import static io.github.subreaper.testing.Linux.TIME;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.github.subreaper.internal.engine.reap.Uncollected;
import io.github.subreaper.internal.engine.records.Policy;
import io.github.subreaper.internal.engine.records.ProcessRecord;
import io.github.subreaper.internal.engine.records.Scope;
import io.github.subreaper.internal.linux.ProcessStat;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The ends of processes that their parents collect. The processes are made up. */
@Timeout(120)
class UncollectedTest {
  private static final Policy POLICY =
      new Policy(
          Duration.ZERO,
          Duration.ZERO,
          Duration.ofSeconds(10),
          Duration.ofSeconds(5),
          false,
          List.of());

  /** Above any pid of a kernel. */
  private static final int FIRST = 1 << 23;

  private static final int ENDS = 3_000;

  private final Engine engine = Engine.acquire();
  private final Scope session = engine.scopes().openSession();
  private final Scope scope = session.open("ends", POLICY, KERNEL.procfs.ownTid());
  private final List<ProcessRecord> added = new ArrayList<>();

  @AfterEach
  void close() {
    engine.scopes().end(session);
    engine.release();
  }

  /** Adds a process that is gone. The lock is held. */
  private void add(Uncollected ends) {
    ProcessStat stat =
        new ProcessStat(
            FIRST + added.size(), "made-up", 'S', 1, 1, 1, 0, 0, 0, 0, 0, 1, TIME.bootTicks(), 0);
    ProcessRecord process = engine.registry.create(stat);
    process.membership().belongsTo(scope, null);
    engine.registry.add(process);
    added.add(process);
    ends.add(process);
  }

  /** To observe one makes the changes that were asked for meanwhile. */
  @Test
  void endsThatAreReportedDuringAScanAreSeenToo() throws Exception {
    Uncollected ends = engine.watcher.uncollected(); // the watcher looks, too
    AtomicBoolean over = new AtomicBoolean();
    Thread tracing =
        new Thread(
            () -> {
              for (int i = 0; i < ENDS; i++) {
                engine.registry.lock.later(() -> add(ends));
                LockSupport.parkNanos(20_000); // the looks take turns with it
              }
              over.set(true);
            });
    tracing.start();
    while (!over.get()) {
      assertThatCode(() -> engine.registry.lock.run(ends::look)).doesNotThrowAnyException();
    }
    tracing.join();
    while (engine.registry.lock.locked(() -> !added.stream().allMatch(ProcessRecord::exitSeen))) {
      assertThatCode(() -> engine.registry.lock.run(ends::look)).doesNotThrowAnyException();
    }
    assertThat(added).hasSize(ENDS);
  }
}
