package io.github.subreaper.internal.engine;

import io.github.subreaper.internal.linux.CurrentThread;
import io.github.subreaper.internal.linux.Procfs;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The threads of this JVM as evidence: which one adopts, which scope one works for. */
final class Threads {
  private static final int SELF_PID = (int) ProcessHandle.current().pid();
  private final boolean leaderRunsNoJava =
      "SUN_STANDARD".equals(System.getProperty("sun.java.launcher"));
  private final Map<Integer, List<Scope>> bound = new ConcurrentHashMap<>();

  /** Whether the JVM was started by the java launcher, whose first thread never runs Java. */
  boolean leaderRunsNoJava() {
    return leaderRunsNoJava;
  }

  /**
   * The thread that orphans are handed to: the oldest that lives, so the leader of the group unless
   * it has called pthread_exit.
   */
  int adopter() {
    if (leaderRunsNoJava || Procfs.threadState(Procfs.SELF, SELF_PID) != 'Z') {
      return SELF_PID;
    }
    for (int tid : Procfs.threads(Procfs.SELF)) {
      char state = Procfs.threadState(Procfs.SELF, tid);
      if (state != 'Z' && state != 'X' && state != '?') {
        return tid;
      }
    }
    return SELF_PID;
  }

  /** The kernel tells the id of the calling thread only: others can't be bound by it. */
  Runnable bind(Thread thread, Scope scope) {
    if (thread != Thread.currentThread() || isVirtual(thread)) {
      return () -> {};
    }
    int tid = CurrentThread.id();
    bound.merge(
        tid,
        List.of(scope),
        (before, added) -> {
          List<Scope> both = new ArrayList<>(before);
          both.addAll(added);
          return both;
        });
    return () ->
        bound.computeIfPresent(
            tid,
            (key, scopes) -> {
              List<Scope> fewer = new ArrayList<>(scopes);
              fewer.remove(scope);
              return fewer.isEmpty() ? null : fewer;
            });
  }

  /** Its carrier runs others too. Such threads have no group of platform threads (JDK 21). */
  private static boolean isVirtual(Thread thread) {
    ThreadGroup group = thread.getThreadGroup();
    return group != null && group.getName().equals("VirtualThreads");
  }

  /** Nothing keeps a scope that has ended, even if a binding was never closed. */
  void forget(Scope scope) {
    bound.replaceAll((tid, scopes) -> scopes.stream().filter(one -> one != scope).toList());
    bound.values().removeIf(List::isEmpty);
  }

  /** The scope that a thread was bound to last; null if to none. */
  @Nullable Scope scopeOf(int tid) {
    List<Scope> scopes = bound.get(tid);
    return scopes == null ? null : scopes.get(scopes.size() - 1);
  }

  /** Whether the JDK watches this pid: its reaper threads carry the pid in their names. */
  static boolean jdkWatches(int pid) {
    ThreadGroup group = Thread.currentThread().getThreadGroup();
    while (group.getParent() != null) {
      group = group.getParent();
    }
    Thread[] threads = new Thread[group.activeCount() * 2 + 16];
    int count = group.enumerate(threads, true);
    String name = "process reaper (pid " + pid + ")";
    for (int i = 0; i < count; i++) {
      if (threads[i].getName().equals(name)) {
        return true;
      }
    }
    return false;
  }
}
