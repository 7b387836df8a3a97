package io.github.subreaper.internal.engine;

import static io.github.subreaper.internal.linux.calls.SignalNumber.SIGKILL;
import static io.github.subreaper.testing.Linux.KERNEL;
import static io.github.subreaper.testing.Linux.TIME;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.internal.engine.records.ProcessRecord;
import io.github.subreaper.internal.engine.records.Registry;
import io.github.subreaper.internal.engine.scan.Watch;
import io.github.subreaper.internal.linux.proc.Pidfd;
import io.github.subreaper.internal.linux.proc.ProcessStat;
import java.util.Objects;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** A process that its parent, here the JDK, collects between its first sight and its watch. */
class WatchTest {

  @AutoClose("release")
  private final Engine engine = Engine.acquire();

  private final Registry registry = engine.registry;
  private final Watch watch = new Watch(KERNEL, TIME, registry);

  @Test
  void reasonOfAnUnknownStatusIsThatTheProcessWasCollectedTooEarly() throws Exception {
    Process process = new ProcessBuilder("sleep", "1000").start();
    ProcessStat seen = Objects.requireNonNull(KERNEL.procfs.stat((int) process.pid()));
    process.destroyForcibly().waitFor();
    registry.lock.run(
        () -> {
          ProcessRecord record = registry.create(seen);
          watch.open(record);
          assertThat(Watch.whyNot(record))
              .endsWith(": it was collected before it could be watched");
        });
  }

  @Test
  void statusIsKnownIfTheDescriptorWasOpenedInTime() throws Exception {
    Process process = new ProcessBuilder("sleep", "1000").start();
    ProcessStat seen = Objects.requireNonNull(KERNEL.procfs.stat((int) process.pid()));
    Pidfd early = KERNEL.pidfd(seen.pid());
    process.destroyForcibly().waitFor();
    if (early.waitStatus().isEmpty()) { // before Linux 6.15
      early.close();
      return;
    }
    registry.lock.run(
        () -> {
          ProcessRecord record = registry.create(seen);
          watch.keep(record, early);
          Pidfd kept = record.pidfd();
          // a descriptor is dropped if this thread got no CPU for 10 ms since the first sight
          if (kept != null || System.nanoTime() - record.firstSeenNanos() < 10_000_000) {
            assertThat(Objects.requireNonNull(kept).waitStatus()).hasValue(SIGKILL);
          }
          registry.watchList.unwatch(record);
        });
  }
}
