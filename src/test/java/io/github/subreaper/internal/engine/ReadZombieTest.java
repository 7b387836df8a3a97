package io.github.subreaper.internal.engine;

import static io.github.subreaper.internal.linux.calls.SignalNumber.SIGKILL;
import static io.github.subreaper.testing.Linux.KERNEL;
import static io.github.subreaper.testing.Linux.TIME;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.Descendant;
import io.github.subreaper.ExitStatus;
import io.github.subreaper.Launch;
import io.github.subreaper.Signal;
import io.github.subreaper.Subreaper;
import io.github.subreaper.Supervisor;
import io.github.subreaper.internal.engine.end.SurvivorReasons;
import io.github.subreaper.internal.engine.records.ProcessRecord;
import io.github.subreaper.internal.linux.proc.ProcessStat;
import io.github.subreaper.testing.Await;
import java.util.Objects;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The zombie of an orphan is read once; then a wait shows whether it is still there. */
@Timeout(120)
class ReadZombieTest {
  @AutoClose private final Subreaper subreaper = Subreaper.activate();
  private final Supervisor scope = subreaper.open("ReadZombieTest");

  @AutoClose("release")
  private final Engine engine = Engine.acquire();

  private Descendant orphan() {
    Launch launch = scope.launch("sh", "-c", "sleep 1001 &");
    assertThat(launch.awaitExit()).isEqualTo(ExitStatus.exited(0));
    return launch.orphans().get(0);
  }

  private ProcessRecord record(Descendant orphan) {
    return Objects.requireNonNull(engine.registry.find((int) orphan.pid()));
  }

  /** Kills it and reads its zombie. The lock is held, so the reaper does not collect it. */
  private void die(ProcessRecord process) {
    KERNEL.kill.send(process.pid(), SIGKILL);
    Await.until(
        () -> {
          ProcessStat stat = KERNEL.procfs.stat(process.pid());
          return stat != null && stat.hasEnded();
        });
    engine.observer.observe(process);
    assertThat(process.isReadZombie()).isTrue();
  }

  @Test
  void statusOfAZombieThatWasReadIsKnown() {
    Descendant orphan = orphan();
    engine.registry.lock.run(
        () -> {
          ProcessRecord process = record(orphan);
          die(process);
          engine.observer.observe(process);
          assertThat(process.exitSeen()).isFalse();
        });
    assertThat(orphan.awaitExit()).isEqualTo(ExitStatus.signaled(Signal.KILL));
  }

  @Test
  void zombieThatOtherCodeCollectsAfterItWasReadHasEnded() {
    Descendant orphan = orphan();
    engine.registry.lock.run(
        () -> {
          ProcessRecord process = record(orphan);
          die(process);
          assertThat(KERNEL.newWaits().collect(process.pid())).isNotNull();
          engine.observer.observe(process);
          assertThat(process.exitSeen()).isTrue();
        });
    String status = orphan.exitStatus().orElseThrow().toString();
    assertThat(status) // a descriptor that is still open shows it, from Linux 6.15 on
        .matches(".*this JVM's own waits.*|killed by SIGKILL");
  }

  /** An end takes it for a survivor, and the reaper collects it meanwhile. */
  @Test
  void noTracerIsNamedOfASurvivorThatHasNone() {
    Descendant orphan = orphan();
    SurvivorReasons reasons = new SurvivorReasons(KERNEL, TIME, engine.snapshots);
    engine.registry.lock.run(
        () -> {
          ProcessRecord process = record(orphan);
          die(process);
          String reason = "a zombie that was not collected in time";
          assertThat(reasons.of(process, null).reason()).isEqualTo(reason);
          assertThat(KERNEL.newWaits().collect(process.pid())).isNotNull();
          assertThat(reasons.of(process, null).reason()).isEqualTo(reason);
          engine.observer.observe(process);
        });
  }

  @Test
  void scanFindsOutThatOtherCodeHasCollectedIt() {
    Descendant orphan = orphan();
    engine.registry.lock.run(
        () -> {
          ProcessRecord process = record(orphan);
          die(process);
          assertThat(KERNEL.newWaits().collect(process.pid())).isNotNull();
        });
    engine.scanCycle.scan();
    assertThat(orphan.isAlive()).isFalse();
    assertThat(orphan.exitStatus()).isPresent();
  }
}
