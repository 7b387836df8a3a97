package io.github.subreaper.internal.engine;

import io.github.subreaper.internal.engine.guardian.Guardian;
import io.github.subreaper.internal.engine.jvm.Threads;
import io.github.subreaper.internal.engine.records.ProcessRecord;
import io.github.subreaper.internal.engine.records.Registry;
import io.github.subreaper.internal.linux.Kernel;
import io.github.subreaper.internal.linux.proc.ProcessStat;
import io.github.subreaper.internal.linux.proc.Procfs;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Foreign orphans that outlive the activation. They stay children of this JVM, and without the
 * activation they would never have become its children. So their zombies are collected when they
 * end, on the thread of the JDK that reports the end. That thread collects any child of the JDK
 * before it reports its end, so no status of a {@link Process} is taken.
 */
final class LateOrphanReaper {
  /** The JDK has reported their ends. They may still be zombies. */
  private static final Queue<Straggler> ENDED = new ConcurrentLinkedQueue<>();

  private record Straggler(Kernel kernel, int pid, long startTicks) {
    boolean isThere() {
      ProcessStat stat = kernel.procfs.stat(pid);
      return stat != null && stat.startTicks() == startTicks;
    }
  }

  private static volatile boolean activated;

  private LateOrphanReaper() {}

  /** Stops collecting: from now on an activation collects what ends. */
  static void leaveToActivation() {
    activated = true;
  }

  /** Starts collecting again: the activation is over, or has failed. */
  static void activationIsOver() {
    activated = false;
    collectEnded();
  }

  /**
   * Registers for the ends of all orphans that this JVM has adopted, including those that are too
   * young to be called foreign, and zombies. The activation is over: an end before this call is
   * seen here, and a later one is reported by the JDK.
   */
  static void awaitEnds(Kernel kernel, Registry registry, Threads threads) {
    int[] children = kernel.procfs.children(Procfs.SELF, threads.adopter());
    for (int pid : children == null ? new int[0] : children) {
      ProcessStat stat = kernel.procfs.stat(pid);
      if (stat != null && isOrphan(stat, registry, threads)) {
        awaitEnd(new Straggler(kernel, pid, stat.startTicks()));
      }
    }
    collectEnded();
  }

  /** Returns whether it is an orphan, or a child of the JDK whose spawning thread has ended. */
  private static boolean isOrphan(ProcessStat stat, Registry registry, Threads threads) {
    ProcessRecord known = registry.lock.locked(() -> registry.find(stat));
    boolean direct = known != null && known.membership().isDirectChild();
    boolean below = known != null && known.membership().wasSeenBelowOther();
    return !direct && !Guardian.stays(stat) && (below || threads.leaderRunsNoJava());
  }

  private static void awaitEnd(Straggler straggler) {
    try {
      ProcessHandle handle = straggler.kernel.jdk.handle(straggler.pid);
      if (handle != null && straggler.isThere()) {
        CompletableFuture<Void> unused = handle.onExit().thenRun(() -> ended(straggler));
      }
    } catch (OutOfMemoryError e) {
      return; // no thread can be started: its zombie goes with this JVM
    }
  }

  /**
   * Collects its zombie, unless another activation is there: that wants the status, and collects it
   * itself.
   */
  private static void ended(Straggler straggler) {
    ENDED.add(straggler);
    if (!activated) {
      collectEnded();
    }
  }

  private static void collectEnded() {
    for (Straggler one = ENDED.poll(); one != null; one = ENDED.poll()) {
      if (one.isThere()) {
        one.kernel.waits().collect(one.pid);
      }
    }
  }
}
