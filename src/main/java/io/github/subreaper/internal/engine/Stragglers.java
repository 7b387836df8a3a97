package io.github.subreaper.internal.engine;

import io.github.subreaper.internal.engine.guardian.Guardian;
import io.github.subreaper.internal.linux.ProcessStat;
import io.github.subreaper.internal.linux.Procfs;
import io.github.subreaper.internal.linux.Wait;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Foreign orphans that outlive the activation: they stay children of this JVM, and without it they
 * would not have become any. So their zombies are collected when they end, on the JDK's thread that
 * tells of it. That thread has collected a child of the JDK before, so no status is ever taken.
 */
final class Stragglers {
  /** Those that have ended, as the JDK says, and may still be zombies. */
  private static final Queue<Straggler> ENDED = new ConcurrentLinkedQueue<>();

  private record Straggler(int pid, long startTicks) {
    boolean isThere() {
      ProcessStat stat = Procfs.stat(pid);
      return stat != null && stat.startTicks() == startTicks;
    }
  }

  private static volatile boolean activated;

  private Stragglers() {}

  /** From now on an activation collects what ends. */
  static void leaveToActivation() {
    activated = true;
  }

  /** The activation is over, or has failed: what it left is collected here again. */
  static void activationIsOver() {
    activated = false;
    collectEnded();
  }

  /**
   * All that the JVM has adopted, also what is too young to be called foreign, or a zombie by now.
   * No activation is there any more: an end before this call is seen here, a later one told.
   */
  static void awaitEnds(Registry registry, Threads threads) {
    int[] children = Procfs.children(Procfs.SELF, threads.adopter());
    for (int pid : children == null ? new int[0] : children) {
      ProcessStat stat = Procfs.stat(pid);
      if (stat != null && isOrphan(stat, registry, threads)) {
        awaitEnd(new Straggler(pid, stat.startTicks()));
      }
    }
    collectEnded();
  }

  /** Or a child of the JDK, whose thread has ended. */
  private static boolean isOrphan(ProcessStat stat, Registry registry, Threads threads) {
    ProcessRecord known = registry.lock.locked(() -> registry.find(stat));
    boolean direct = known != null && known.directChild;
    boolean below = known != null && known.seenBelowOther;
    return !direct && !Guardian.stays(stat) && (below || threads.leaderRunsNoJava());
  }

  private static void awaitEnd(Straggler straggler) {
    try {
      ProcessHandle handle = ProcessHandle.of(straggler.pid).orElse(null);
      if (handle != null && straggler.isThere()) {
        CompletableFuture<Void> unused = handle.onExit().thenRun(() -> ended(straggler));
      }
    } catch (OutOfMemoryError e) {
      return; // no thread can be started for it; its zombie goes with this JVM
    }
  }

  /** Another activation collects it and wants its status; what it leaves is collected after it. */
  private static void ended(Straggler straggler) {
    ENDED.add(straggler);
    if (!activated) {
      collectEnded();
    }
  }

  private static void collectEnded() {
    for (Straggler one = ENDED.poll(); one != null; one = ENDED.poll()) {
      if (one.isThere()) {
        Wait.ofThisThread().collect(one.pid);
      }
    }
  }
}
