package io.github.subreaper.internal.engine;

import static io.github.subreaper.testing.Linux.KERNEL;
import static io.github.subreaper.testing.Linux.TIME;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.Subreaper;
import io.github.subreaper.internal.engine.reap.Ownership;
import io.github.subreaper.internal.engine.reap.ReaperWakeup;
import io.github.subreaper.internal.linux.proc.ProcessStat;
import io.github.subreaper.internal.linux.proc.Procfs;
import io.github.subreaper.testing.Await;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A zombie that seems to be left, on a machine where no thread gets a CPU. */
class LeftTooLongTest {
  private static final long LIMIT_NANOS = 200_000_000;

  private final Subreaper subreaper = Subreaper.activate();
  private final Engine engine = Engine.acquire();
  private final Ownership ownership =
      new Ownership(
          KERNEL,
          TIME,
          engine.attribution,
          engine.spawner,
          engine.tags,
          engine.threads,
          new ReaperWakeup(engine.lock));

  /** Any process will do, since only the time matters. */
  private final ProcessStat zombie = Objects.requireNonNull(KERNEL.procfs.stat(Procfs.SELF));

  @AfterEach
  void close() {
    engine.release();
    subreaper.close();
  }

  @Test
  void timeWithoutAScanCountsForLittle() {
    assertThat(ownership.isLeftTooLong(zombie, LIMIT_NANOS)).isFalse();
    long until = System.nanoTime() + 2 * LIMIT_NANOS;
    while (System.nanoTime() - until < 0) {
      Thread.onSpinWait();
    }
    assertThat(ownership.isLeftTooLong(zombie, LIMIT_NANOS)).isFalse();
  }

  @Test
  void zombieThatIsScannedAllTheTimeIsReportedOnce() {
    Await.until(() -> ownership.isLeftTooLong(zombie, LIMIT_NANOS));
    assertThat(ownership.isLeftTooLong(zombie, LIMIT_NANOS)).as("reported a second time").isFalse();
  }
}
