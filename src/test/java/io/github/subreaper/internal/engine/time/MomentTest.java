package io.github.subreaper.internal.engine.time;

import static io.github.subreaper.testing.Linux.KERNEL;
import static io.github.subreaper.testing.Linux.TIME;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.internal.engine.journal.FactLog;
import io.github.subreaper.internal.engine.lock.RecordLock;
import io.github.subreaper.internal.engine.lock.Wakeups;
import io.github.subreaper.internal.engine.records.Facts;
import io.github.subreaper.internal.engine.records.GuardianNews;
import io.github.subreaper.internal.engine.records.ProcessRecord;
import io.github.subreaper.internal.engine.records.Registry;
import io.github.subreaper.internal.engine.values.OwnSession;
import io.github.subreaper.internal.linux.proc.ProcessStat;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** A process may have lived after a moment though it is dead by now. The processes are made up. */
class MomentTest {
  private final RecordLock lock = new RecordLock(TIME);
  private final Registry registry =
      new Registry(
          KERNEL,
          TIME,
          lock,
          new OwnSession(7, 0),
          new GuardianNews((pid, startTicks) -> false),
          new Facts(TIME, lock, new FactLog(TIME, Path.of("unused"))),
          Wakeups.none(TIME));
  private final Moment moment = Moment.now(TIME);

  private static ProcessStat stat(char state, long startTicks) {
    return new ProcessStat(
        500, "made-up", state, 1, 300, 300, 0, 0, 0, 0, 0, 1, startTicks, System.nanoTime());
  }

  private ProcessRecord record(char state, long startTicks) {
    return registry.lock.locked(() -> registry.create(stat(state, startTicks)));
  }

  @Test
  void processReadAliveSinceLivedAfterTheMoment() {
    ProcessRecord process = record('S', moment.ticks());
    registry.lock.run(() -> process.observed().update(stat('Z', moment.ticks())));
    assertThat(process.livedAfter(moment)).isTrue();
    assertThat(process.livedAfter(Moment.now(TIME))).isFalse();
  }

  @Test
  void processBornLaterLivedAfterTheMoment() {
    assertThat(record('Z', moment.ticks() + 1).livedAfter(moment)).isTrue();
  }

  @Test
  void processFoundDeadSinceDidNotLiveAfterTheMoment() {
    assertThat(record('Z', moment.ticks()).livedAfter(moment)).isFalse();
  }

  /** The moment is in the kernel's clock of births. */
  @Test
  void thisJvmWasBornBeforeTheMomentAndNotLongAgo() {
    ProcessStat jvm =
        Objects.requireNonNull(KERNEL.procfs.stat((int) ProcessHandle.current().pid()));
    assertThat(moment.ticks()).isGreaterThanOrEqualTo(jvm.startTicks());
    assertThat(Ticks.age(TIME, jvm.startTicks())).isBetween(0.0, 24 * 3600.0);
  }
}
