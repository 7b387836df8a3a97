package io.github.subreaper.internal.engine;

import io.github.subreaper.internal.linux.ProcessStat;
import io.github.subreaper.internal.linux.Procfs;
import io.github.subreaper.internal.linux.Wait;
import java.util.Collection;
import java.util.concurrent.CompletableFuture;

/**
 * Foreign orphans that outlive the activation: they stay children of this JVM, and without it they
 * would not have become any. So their zombies are collected when they end, on the JDK's thread that
 * tells of it. That thread has collected a child of the JDK before, so no status is ever taken.
 */
final class Stragglers {
  private Stragglers() {}

  static void awaitEnds(Collection<ProcessRecord> foreign, Engine engine) {
    for (ProcessRecord process : foreign) {
      if (isOrphan(process, engine)) {
        awaitEnd(process.pid, process.startTicks);
      }
    }
  }

  private static boolean isOrphan(ProcessRecord process, Engine engine) {
    return process.isAlive()
        && !process.directChild
        && engine.isOwnChild(process)
        && (process.seenBelowOther || engine.threads.leaderRunsNoJava());
  }

  private static void awaitEnd(int pid, long startTicks) {
    try {
      ProcessHandle handle = ProcessHandle.of(pid).orElse(null);
      if (handle != null && isSame(pid, startTicks)) {
        CompletableFuture<Void> unused = handle.onExit().thenRun(() -> collect(pid, startTicks));
      }
    } catch (OutOfMemoryError e) {
      return; // no thread can be started for it; its zombie goes with this JVM
    }
  }

  private static boolean isSame(int pid, long startTicks) {
    ProcessStat stat = Procfs.stat(pid);
    return stat != null && stat.startTicks() == startTicks;
  }

  /** Unless another activation does, which wants its status. */
  private static void collect(int pid, long startTicks) {
    if (!Engine.isActive() && isSame(pid, startTicks)) {
      Wait.ofThisThread().collect(pid);
    }
  }
}
