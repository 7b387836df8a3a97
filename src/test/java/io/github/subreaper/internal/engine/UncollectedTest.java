package io.github.subreaper.internal.engine;

import static io.github.subreaper.testing.Linux.TIME;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.github.subreaper.internal.engine.reap.Uncollected;
import io.github.subreaper.internal.engine.records.ProcessRecord;
import io.github.subreaper.internal.engine.records.Scope;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The ends of processes that their parents collect. The processes are made up. */
@Timeout(120)
class UncollectedTest extends MadeUpFixture {
  private static final int ENDS = 3_000;

  private final Scope scope = open(session, "ends");
  private final List<ProcessRecord> added = new ArrayList<>();

  /** Adds a process that is gone. The lock is held. */
  private void add(Uncollected ends) {
    ProcessRecord process =
        engine.registry.create(stat(MADE_UP + added.size(), 1, 1, TIME.bootTicks()));
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
