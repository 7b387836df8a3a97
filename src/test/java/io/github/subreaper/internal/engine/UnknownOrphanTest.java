package io.github.subreaper.internal.engine;

import static io.github.subreaper.testing.Linux.KERNEL;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.Subreaper;
import io.github.subreaper.Supervisor;
import io.github.subreaper.internal.engine.records.LaunchRecord;
import io.github.subreaper.internal.linux.proc.ProcessStat;
import io.github.subreaper.internal.linux.proc.Procfs;
import java.util.Objects;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** The death of an orphan that has no record yet makes each scan void that it may concern. */
class UnknownOrphanTest {
  @AutoClose private final Subreaper subreaper = Subreaper.activate();

  @AutoClose("release")
  private final Engine engine = Engine.acquire();

  private final Supervisor supervisor = subreaper.open("test");

  /** Any process will do, since only its tag matters. */
  private final ProcessStat orphan = Objects.requireNonNull(KERNEL.procfs.stat(Procfs.SELF));

  private boolean countsForALaunch(long tag) {
    supervisor.launch("sleep", "1000");
    LaunchRecord launch = engine.registry.launches().iterator().next();
    long before = launch.lastDeathNanos();
    engine.registry.lock.run(() -> engine.attribution.unknownOrphanDied(orphan, tag));
    return launch.lastDeathNanos() != before;
  }

  @Test
  void deathOfAnUntaggedOneCountsForLaunchesSinceOneMayHaveStartedIt() {
    assertThat(countsForALaunch(0)).isTrue();
  }

  @Test
  void deathOfOneWithTheTagOfTheJvmCountsForNoLaunch() {
    assertThat(countsForALaunch(engine.tags.own())).isFalse();
  }
}
