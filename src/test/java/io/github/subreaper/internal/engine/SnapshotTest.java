package io.github.subreaper.internal.engine;

import static io.github.subreaper.internal.linux.calls.SignalNumber.SIGCONT;
import static io.github.subreaper.internal.linux.calls.SignalNumber.SIGKILL;
import static io.github.subreaper.internal.linux.calls.SignalNumber.SIGSTOP;
import static io.github.subreaper.internal.linux.calls.SignalNumber.SIGUSR1;
import static io.github.subreaper.testing.Await.LONG;
import static io.github.subreaper.testing.Linux.KERNEL;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.subreaper.Descendant;
import io.github.subreaper.Launch;
import io.github.subreaper.ProcessTree;
import io.github.subreaper.ScopeOptions;
import io.github.subreaper.Subreaper;
import io.github.subreaper.Supervisor;
import io.github.subreaper.internal.access.Access;
import io.github.subreaper.internal.engine.records.ProcessRecord;
import io.github.subreaper.internal.engine.records.TreeNode;
import io.github.subreaper.internal.linux.proc.ProcessStat;
import io.github.subreaper.testing.Await;
import io.github.subreaper.testing.Linux;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A snapshot takes over what the last scan has read, but only what is still true. */
@Timeout(120)
class SnapshotTest {

  @AutoClose private final Subreaper subreaper = Subreaper.activate();
  private final Supervisor scope =
      subreaper.open("SnapshotTest", ScopeOptions.defaults().withAwait(LONG));

  @AutoClose("release")
  private final Engine engine = Engine.acquire();

  @Test
  void processThatEndedSinceTheScanIsNotShown() {
    Launch launch = scope.launch("sh", "-c", "sleep 1001 & exec sleep 1002");
    ProcessTree tree = launch.tree().awaitUntil(now -> now.find("sleep 100?").size() == 2, LONG);
    Descendant child = tree.find("sleep 1001").get(0);
    long before = System.nanoTime();
    engine.scanCycle.scan();
    assertThat(snapshotSince(before, launch)).hasSize(1);
    KERNEL.kill.send((int) child.pid(), SIGKILL);
    awaitState(child.pid(), 'Z');
    assertThat(snapshotSince(before, launch))
        .as("a zombie that its parent does not collect")
        .isEmpty();
  }

  /**
   * Returns the children of a launched process in a snapshot that takes over reads since a time.
   */
  private List<TreeNode> snapshotSince(long nanos, Launch launch) {
    List<TreeNode> roots =
        engine.snapshots.snapshot(
            process -> process.pid() == launch.pid() || process.parentPid() == launch.pid(),
            nanos,
            false);
    assertThat(roots).hasSize(1);
    return roots.get(0).children();
  }

  @Test
  void filesStayOpenFromTheSecondScanOnUntilTheProcessEnds() {
    assumeTrue(KERNEL.procfs.openFileLimit() > Linux.MANY_DESCRIPTORS);
    Launch launch = scope.launch("sh", "-c", "sleep 1001 & exec sleep 1002");
    ProcessTree tree = launch.tree().awaitUntil(now -> now.find("sleep 100?").size() == 2, LONG);
    int child = (int) tree.find("sleep 1001").get(0).pid();
    engine.scanCycle.scan();
    engine.scanCycle.scan();
    // the watcher may have one more of its files open for a moment
    Await.until(() -> Linux.descriptorsOf((int) launch.pid()) == 3);
    Await.until(() -> Linux.descriptorsOf(child) == 4); // with its pidfd
    for (int pid : List.of((int) launch.pid(), child)) {
      KERNEL.kill.send(pid, SIGKILL);
      Await.until(() -> Linux.descriptorsOf(pid) == 0);
    }
  }

  @Test
  void scanThatOutlastsItsActivationLeavesNothingOpen() {
    assumeTrue(KERNEL.procfs.openFileLimit() > Linux.MANY_DESCRIPTORS);
    int pid =
        (int) scope.launch("sh", "-c", "trap 'sleep 1002 & wait' USR1; sleep 1001 & wait").pid();
    Await.until(() -> childrenOf(pid).size() == 1);
    engine.scanCycle.scan();
    AtomicBoolean begun = new AtomicBoolean();
    engine.scanCycle.scan(
        (of, tid) -> {
          if (!begun.getAndSet(true)) {
            engine.registry.close();
            engine.scanCycle.close();
            KERNEL.kill.send(pid, SIGUSR1);
            Await.until(() -> childrenOf(pid).size() == 2);
          }
          return KERNEL.procfs.children(of, tid);
        });
    assertThat(Linux.descriptorsOf(pid)).isZero();
    assertThat(childrenOf(pid)).allMatch(child -> Linux.descriptorsOf(child) == 0);
    int own = (int) ProcessHandle.current().pid();
    assertThat(Linux.descriptorsOf(own)).as("the adopting thread's list").isZero();
  }

  private static List<Integer> childrenOf(int pid) {
    int[] children = KERNEL.procfs.children(pid, pid);
    return children == null ? List.of() : Arrays.stream(children).boxed().toList();
  }

  @Test
  void fieldsThatTheScanSkippedAreReadForTheSnapshot() {
    Launch launch = scope.launch("sleep", "1001");
    ProcessRecord record =
        Objects.requireNonNull(
            engine.registry.lock.locked(() -> engine.registry.find((int) launch.pid())));
    record.ending().frozen(); // as in the end of a scope
    KERNEL.kill.send((int) launch.pid(), SIGSTOP);
    awaitState(launch.pid(), 'T');
    assertThat(Access.get().nodes(scope.tree()).get(0).isStopped()).isTrue();
    assertThat(Access.get().nodes(scope.tree()).get(0).isStopped()).as("it is stopped").isTrue();
    KERNEL.kill.send((int) launch.pid(), SIGCONT);
    awaitState(launch.pid(), 'S');
    assertThat(Access.get().nodes(scope.tree()).get(0).isStopped()).isFalse();
  }

  private static void awaitState(long pid, char state) {
    Await.until(
        () -> {
          ProcessStat stat = KERNEL.procfs.stat((int) pid);
          return stat != null && stat.state() == state;
        });
  }
}
