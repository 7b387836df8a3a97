package io.github.subreaper.internal.engine;

import static io.github.subreaper.testing.Linux.KERNEL;
import static io.github.subreaper.testing.Linux.lastPid;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.subreaper.Descendant;
import io.github.subreaper.Launch;
import io.github.subreaper.ScopeOptions;
import io.github.subreaper.Signal;
import io.github.subreaper.Subreaper;
import io.github.subreaper.Supervisor;
import io.github.subreaper.internal.engine.records.Scope;
import io.github.subreaper.internal.engine.scan.ScanCycle;
import io.github.subreaper.internal.engine.scan.TreeScan;
import io.github.subreaper.internal.engine.time.Birth;
import io.github.subreaper.internal.linux.proc.ProcessStat;
import io.github.subreaper.internal.linux.proc.Procfs;
import io.github.subreaper.testing.Await;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

/**
 * A scan sees orphans that are adopted while it runs, and is skipped only when it can find nothing
 * new.
 */
class ScanCycleTest {
  private final Subreaper subreaper = Subreaper.activate();
  private final Engine engine = Engine.acquire();
  private final ScanCycle scanCycle = engine.scanCycle;
  private final Supervisor supervisor =
      subreaper.open("census", ScopeOptions.defaults().withSettle(Duration.ZERO));

  @AfterEach
  void close() {
    supervisor.end();
    engine.release();
    subreaper.close();
  }

  /**
   * A shell that the JDK has started, with a child and a grandchild; no scan has seen any of them.
   */
  private record Family(Process shell, int child, int grandchild) {
    static Family start() {
      try {
        Process shell = new ProcessBuilder("sh", "-c", "(sleep 300 & wait) & wait").start();
        int child = awaitChild((int) shell.pid());
        return new Family(shell, child, awaitChild(child));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private static int awaitChild(int pid) {
      return Await.until(() -> firstChild(pid), child -> child > 0);
    }

    private static int firstChild(int pid) {
      int[] children = KERNEL.procfs.children(pid, pid);
      return children == null || children.length == 0 ? 0 : children[0];
    }

    void loseTheShell() {
      shell.destroyForcibly().onExit().join();
    }
  }

  private boolean isKnown(int pid) {
    return engine.registry.lock.locked(() -> engine.registry.find(pid) != null);
  }

  private int walks() {
    return engine.registry.lock.locked(() -> engine.registry.scan());
  }

  /**
   * Lists children as the kernel does, and runs an action once all lists of this JVM's threads are
   * read.
   */
  private TreeScan.Lister then(Runnable action) {
    int adopter = engine.threads.adopter();
    return (pid, tid) -> {
      int[] list = KERNEL.procfs.children(pid, tid);
      if (pid == Procfs.SELF && tid == adopter) {
        action.run();
      }
      return list;
    };
  }

  /** Its parent was in a list, but gone before it was observed, so nothing is known of it. */
  @Test
  void orphanOfAnUnknownParentIsSeenByTheScanInWhichItIsAdopted() {
    AtomicBoolean first = new AtomicBoolean(true);
    Family family = Family.start();
    scanCycle.scan(
        then(
            () -> {
              if (first.getAndSet(false)) {
                family.loseTheShell();
              }
            }));

    assertThat(first).as("the lists were read").isFalse();
    assertThat(isKnown((int) family.shell.pid())).as("control: it was not observed").isFalse();
    assertThat(isKnown(family.child)).as("the orphan").isTrue();
    assertThat(isKnown(family.grandchild)).as("its child").isTrue();
  }

  /** When a thread ends, the kernel gives its children to the oldest thread. */
  @Test
  void childOfAThreadThatEndsDuringAScanIsSeenByThatScan() throws Exception {
    CountDownLatch end = new CountDownLatch(1);
    AtomicReference<Family> started = new AtomicReference<>();
    AtomicReference<Integer> tid = new AtomicReference<>();
    Thread parent =
        new Thread(
            () -> {
              tid.set(KERNEL.procfs.ownTid());
              started.set(Family.start());
              try {
                end.await();
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
            });
    parent.start();
    Await.until(() -> started.get() != null);
    Family family = Objects.requireNonNull(started.get());
    Path task = Path.of("/proc/self/task/" + tid.get());

    AtomicBoolean first = new AtomicBoolean(true);
    scanCycle.scan(
        (pid, of) -> {
          int[] list = KERNEL.procfs.children(pid, of);
          if (first.getAndSet(false)) {
            end.countDown();
            Await.until(() -> !Files.exists(task));
          }
          return list;
        });

    assertThat(isKnown((int) family.shell.pid())).isTrue();
    assertThat(isKnown(family.child)).isTrue();
    family.loseTheShell();
  }

  /**
   * Of an orphan that no scan saw alive nothing is known until the JDK is done with it, not even
   * its scope. Its death must count before, since it may have orphaned another process.
   */
  @Test
  void deathOfAnUnknownProcessCountsBeforeItCanBeCollected() throws IOException {
    Family family = Family.start();
    // The JDK is asked while it is no child of this JVM, so it polls until it is gone.
    var asked = ProcessHandle.of(family.child).orElseThrow().onExit();
    Await.until(() -> isPolled(family.child));
    long before = engine.registry.lastDeathNanos();
    engine.registry.lock.locked(
        () -> {
          family.loseTheShell();
          ProcessHandle.of(family.child).orElseThrow().destroyForcibly();
          Await.until(() -> isZombie(family.child));
          return before;
        });

    engine.queries().reapNow();
    assertThat(engine.registry.lastDeathNanos()).isGreaterThan(before);
    Scope ambient = engine.registry.lock.locked(() -> engine.scopeTree.ambientScope(Birth.NOW));
    assertThat(ambient.lastLeakDeathNanos()).isGreaterThan(before);

    ProcessHandle.of(family.grandchild).orElseThrow().destroyForcibly();
    Await.until(() -> !isKnown(family.grandchild));
    List<CompletableFuture<ProcessHandle>> occupying = new ArrayList<>();
    // one of these scans collects it
    Await.until(
        () -> {
          while (areIdle()) { // an idle thread of the JDK could have got it
            long other = supervisor.launch("sleep", "300").process().pid();
            occupying.add(ProcessHandle.of(other).orElseThrow().onExit());
          }
          assertThat(supervisor.leaks()).as("it was dead before the question").isEmpty();
          return !Files.exists(Path.of("/proc/" + family.child));
        });
    assertThat(occupying).allMatch(other -> !other.isDone());
    asked.join();
  }

  private static boolean isZombie(int pid) {
    ProcessStat stat = KERNEL.procfs.stat(pid);
    return stat != null && stat.hasEnded();
  }

  private static boolean areIdle() {
    return Thread.getAllStackTraces().keySet().stream()
        .anyMatch(thread -> thread.getName().equals("process reaper"));
  }

  private static boolean isPolled(int pid) {
    return Thread.getAllStackTraces().keySet().stream()
        .anyMatch(
            thread ->
                thread.getName().equals("process reaper (pid " + pid + ")")
                    && thread.getState() == Thread.State.TIMED_WAITING);
  }

  /** It could fork at any time, or die and orphan its children. */
  @RepeatedTest(5)
  void noScanIsSkippedWhileAProcessRuns() {
    Launch launch = supervisor.launch("sleep", "300");
    for (int i = 0; i < 3; i++) {
      int walks = walks();
      scanCycle.scan();
      assertThat(walks()).isGreaterThan(walks);
    }
    assertThat(launch.isAlive()).isTrue();
  }

  /** Its death may have orphaned a process that this scan can't have seen. */
  @RepeatedTest(5)
  void noScanIsSkippedAfterAScanWithADeath() {
    Launch launch = supervisor.launch("sleep", "300");
    scanCycle.scan();
    AtomicBoolean first = new AtomicBoolean(true);
    scanCycle.scan(
        then(
            () -> {
              if (first.getAndSet(false)) {
                launch.signal(Signal.KILL);
                launch.awaitExit();
              }
            }));
    int walks = walks();
    scanCycle.scan();
    assertThat(walks()).isGreaterThan(walks);
  }

  /** Others of the machine may fork at any time, so it takes some attempts. */
  private boolean provesNone() {
    boolean proven = false;
    for (int i = 0; i < 10_000 && !proven; i++) {
      scanCycle.scan();
      proven = scanCycle.provesNone();
    }
    return proven;
  }

  @Test
  void nothingIsScannedWhereNoProcessCanBe() {
    assumeTrue(lastPid() > 0, "a kernel without ns_last_pid");
    assertThat(provesNone()).isTrue();
    int walks = walks();
    boolean skipped = false;
    for (int i = 0; i < 10_000 && !skipped; i++) {
      assertThat(supervisor.leaks()).isEmpty();
      skipped = walks() == walks;
      walks = walks();
    }
    assertThat(skipped).isTrue();
  }

  @RepeatedTest(5)
  void daemonThatIsOrphanedAfterAScanIsNeverProvenAbsent() throws Exception {
    provesNone();
    Process launcher = new ProcessBuilder("sh", "-c", "(sleep 300 & echo $!)").start();
    long daemon = Long.parseLong(launcher.inputReader().readLine());
    launcher.waitFor();
    for (int i = 0; i < 3; i++) {
      assertThat(scanCycle.provesNone()).isFalse();
      scanCycle.scan();
    }
    assertThat(supervisor.leaks()).map(Descendant::pid).contains(daemon);
  }

  @RepeatedTest(5)
  void childOfAThreadIsNeverProvenAbsent() throws Exception {
    provesNone();
    Process child = new ProcessBuilder("sleep", "300").start();
    assertThat(scanCycle.provesNone()).isFalse();
    scanCycle.scan();
    assertThat(scanCycle.provesNone()).isFalse();
    child.destroyForcibly().waitFor();
  }
}
