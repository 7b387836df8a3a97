package io.github.subreaper.internal.engine;

import static io.github.subreaper.testing.Linux.KERNEL;
import static io.github.subreaper.testing.Linux.TIME;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.github.subreaper.Subreaper;
import io.github.subreaper.Supervisor;
import io.github.subreaper.internal.engine.records.ProcessRecord;
import io.github.subreaper.internal.linux.proc.ProcessStat;
import io.github.subreaper.testing.Await;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Children that the JDK collects are each recorded once, whatever saw them. */
@Timeout(180)
class UnseenChildrenTest {
  /** In this time the JDK's thread has named itself after the process. */
  private static final long NAMING_NANOS = Duration.ofSeconds(1).toNanos();

  private static final long LONG_NANOS = Duration.ofMinutes(1).toNanos();

  @AutoClose private final Subreaper subreaper = Subreaper.activate();

  @AutoClose("release")
  private final Engine engine = Engine.acquire();

  private final Supervisor supervisor = subreaper.open("test");
  private final long activatedTicks = TIME.bootTicks();

  private ProcessStat start() throws Exception {
    Process process = new ProcessBuilder("sleep", "1000").start();
    ProcessStat stat = Objects.requireNonNull(KERNEL.procfs.stat((int) process.pid()));
    process.destroyForcibly().waitFor();
    return stat;
  }

  private long records(int pid) {
    return supervisor.descendants().stream().filter(one -> one.pid() == pid).count();
  }

  @Test
  void childThatNoScanSawIsRecordedByItsStart() throws Exception {
    start(); // starts the recorder
    assumeThat(engine.origin.await(LONG_NANOS)).isTrue();
    assertThat(records(start().pid())).isOne();
  }

  /** The JDK ends its idle threads after a minute. */
  @Test
  @Tag("full")
  void childThatEndedLongAgoIsRecorded() throws Exception {
    start();
    assumeThat(engine.origin.await(LONG_NANOS)).isTrue();
    ProcessStat stat = start();
    Await.until(() -> !KERNEL.jdk.any());
    assertThat(records(stat.pid())).isOne();
  }

  /** The scan has read its entry, and then finds no tag of it. */
  @Test
  void childThatIsCollectedWhileAScanRecordsItIsRecordedOnce() throws Exception {
    start();
    assumeThat(engine.origin.await(LONG_NANOS)).isTrue();
    Await.until(() -> TIME.bootTicks() > activatedTicks); // else it may be an elder's child
    engine.registry.lock.lock();
    ProcessStat stat;
    try { // in which no other scan sees it
      stat = start();
      assertThat(engine.observer.observe(stat, null, KERNEL.procfs.ownTid())).isNotNull();
    } finally {
      engine.registry.lock.unlock();
    }
    assertThat(records(stat.pid())).isOne();
  }

  /** The JDK's thread had no CPU to name itself after its child. */
  @Test
  void childThatWasTakenForAnOrphanIsRecordedOnce() throws Exception {
    start();
    assumeThat(engine.origin.await(LONG_NANOS)).isTrue();
    Process process = new ProcessBuilder("sleep", "1000").start();
    ProcessStat stat = Objects.requireNonNull(KERNEL.procfs.stat((int) process.pid()));
    engine.registry.lock.run(
        () -> // before its start is read
        Objects.requireNonNull(engine.observer.observe(stat, null, KERNEL.procfs.ownTid()))
                .membership()
                .adopted(TIME.bootNanos()));
    process.destroyForcibly().waitFor();
    assertThat(records(stat.pid())).isOne();
  }

  private ProcessRecord awaitRecord(Process process) {
    int pid = (int) process.pid();
    Await.until(() -> supervisor.descendants().stream().anyMatch(one -> one.pid() == pid));
    return Objects.requireNonNull(engine.registry.lock.locked(() -> engine.registry.find(pid)));
  }

  /** It is in the list of the adopting thread, since the thread that has started it has ended. */
  @Test
  void childThatIsCollectedWhileAScanObservesItIsNoOrphan() throws Exception {
    Process process = new ProcessBuilder("sleep", "1000").start();
    ProcessRecord record = awaitRecord(process);
    int pid = record.pid();
    ProcessStat stat = Objects.requireNonNull(KERNEL.procfs.stat(pid));
    Await.until(() -> System.nanoTime() - record.firstSeenNanos() > NAMING_NANOS);
    engine.registry.lock.run(
        () -> { // keeps scans out
          process.destroyForcibly();
          Await.until(() -> KERNEL.procfs.stat(pid) == null && !KERNEL.jdk.watches(pid));
          engine.observer.observe(stat, null, engine.threads.adopter());
        });
    assertThat(record.isOrphan()).isFalse();
  }
}
