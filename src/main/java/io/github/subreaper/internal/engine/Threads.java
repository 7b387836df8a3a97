package io.github.subreaper.internal.engine;

import io.github.subreaper.internal.linux.CurrentThread;
import io.github.subreaper.internal.linux.Procfs;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The threads of this JVM as evidence: which one adopts, which scope one works for. */
final class Threads {
  private static final String JDK_REAPER = "process reaper";
  private static final String WATCHER = JDK_REAPER + " (pid ";
  private static final int SELF_PID = (int) ProcessHandle.current().pid();
  private final boolean leaderRunsNoJava =
      "SUN_STANDARD".equals(System.getProperty("sun.java.launcher"));

  /** From here on what was bound long ago is dropped: it explains nothing that is new. */
  private static final int MANY = 1000;

  private static final long OLD_NANOS = 60_000_000_000L;

  private record Visible(Thread thread, Binding binding) {}

  /** By the Java id of the thread; what has ended included. */
  private final Map<Long, List<Binding>> bound = new HashMap<>();

  /** By the kernel's id of the thread. */
  private final Map<Integer, List<Visible>> visible = new HashMap<>();

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

  /**
   * From now on, what a thread starts by itself counts as this scope's. The kernel tells the id of
   * the calling thread only; what others start is known by the flight recorder.
   */
  synchronized void bind(Thread thread, Binding binding) {
    if (bound.size() >= MANY) {
      long old = System.nanoTime() - OLD_NANOS;
      bound.values().removeIf(all -> all.stream().allMatch(one -> one.endedBefore(old)));
    }
    List<Binding> all = bound.computeIfAbsent(thread.getId(), id -> new ArrayList<>());
    if (all.size() >= MANY) {
      long old = System.nanoTime() - OLD_NANOS;
      all.removeIf(one -> one.endedBefore(old));
    }
    all.add(binding);
    if (visible.size() >= MANY) {
      visible.values().removeIf(seen -> seen.stream().noneMatch(one -> one.thread.isAlive()));
    }
    int tid = thread == Thread.currentThread() ? currentPlatformId() : 0;
    if (tid != 0) {
      List<Visible> seen = visible.computeIfAbsent(tid, id -> new ArrayList<>());
      if (seen.size() >= MANY) {
        long old = System.nanoTime() - OLD_NANOS;
        seen.removeIf(one -> one.binding.endedBefore(old));
      }
      seen.add(new Visible(thread, binding));
    }
  }

  /** The kernel's id of the calling thread; 0 for a virtual one, whose carrier runs others too. */
  static int currentPlatformId() {
    return isVirtual(Thread.currentThread()) ? 0 : CurrentThread.id();
  }

  /** Virtual threads (JDK 21) have a group of their own. */
  private static boolean isVirtual(Thread thread) {
    ThreadGroup group = thread.getThreadGroup();
    return group != null && group.getName().equals("VirtualThreads");
  }

  /** Drops the bindings of scopes that have ended. Others are evidence until their scope's end. */
  synchronized void forgetEnded() {
    visible.values().forEach(all -> all.removeIf(one -> one.binding.scope() == null));
    visible.values().removeIf(List::isEmpty);
  }

  /**
   * Returns the scope that a thread was bound to last at some time of a span; null if to none. The
   * scope may have ended its binding since, but not itself.
   *
   * @param tid the adopting thread has the orphans of all others in its list, so it tells nothing
   * @param fromNanos start of the span, by {@link System#nanoTime}
   * @param toNanos end of the span
   */
  synchronized @Nullable Scope scopeOf(int tid, long fromNanos, long toNanos) {
    List<Visible> all = visible.getOrDefault(tid, List.of());
    for (int i = all.size() - 1; i >= 0; i--) {
      Visible one = all.get(i);
      Scope scope = one.binding.scope();
      if (scope != null && one.binding.overlaps(fromNanos, toNanos)) {
        // The id of a thread that has ended may be another's by now.
        return one.thread.isAlive() && tid != adopter() ? scope : null;
      }
    }
    return null;
  }

  /** What a thread, by its Java id, was bound to last at a time; null if to nothing. */
  synchronized @Nullable Binding boundAt(long threadId, long nanos) {
    Binding last = null;
    for (Binding one : bound.getOrDefault(threadId, List.of())) {
      if (one.covers(nanos)) {
        last = one;
      }
    }
    return last;
  }

  /** Whether the JDK can have started a process in the last minute. */
  static boolean hasJdkReaper() {
    return !jdkReapers().isEmpty();
  }

  /** The pids that the JDK watches. */
  static Set<Integer> jdkWatched() {
    Set<Integer> pids = new HashSet<>();
    for (Thread reaper : jdkReapers()) {
      String name = reaper.getName();
      if (name.startsWith(WATCHER) && name.endsWith(")")) {
        pids.add(Integer.parseInt(name.substring(WATCHER.length(), name.length() - 1)));
      }
    }
    return pids;
  }

  /** Whether the JDK watches this pid: its reaper threads carry the pid in their names. */
  static boolean jdkWatches(int pid) {
    String name = watcher(pid);
    return jdkReapers().stream().anyMatch(thread -> thread.getName().equals(name));
  }

  /** Whether a thread of the JDK waits for this child, and does not only ask whether it exists. */
  static boolean jdkCollects(int pid) {
    String name = watcher(pid);
    return jdkReapers().stream()
        .anyMatch(thread -> thread.getName().equals(name) && !isDoneWith(thread, pid));
  }

  /**
   * The threads of the JDK that may be about to collect a child that was handed to one of them
   * before this call: those that watch it, and the idle ones, of which one may have got it and not
   * run since.
   */
  static List<Thread> jdkReapersFor(int pid) {
    return jdkReapers().stream().filter(thread -> !isDoneWith(thread, pid)).toList();
  }

  /** Whether what such a thread was handed before this call can't be that child, or is past. */
  static boolean isDoneWith(Thread reaper, int pid) {
    String name = reaper.getName();
    if (!reaper.isAlive()) {
      return true;
    }
    return name.equals(watcher(pid)) ? isPolling(reaper) : !name.equals(JDK_REAPER);
  }

  /** Returns the thread of the JDK that polls for a process; null if there is none. */
  static @Nullable Thread jdkPoller(int pid) {
    return jdkReapers().stream().filter(thread -> isPolling(thread, pid)).findFirst().orElse(null);
  }

  /** Returns whether a thread of the JDK polls for a process, and sleeps just now. */
  static boolean isPolling(Thread reaper, int pid) {
    return reaper.getName().equals(watcher(pid)) && isPolling(reaper);
  }

  /** It found no child to wait for, and asks now and then whether there is such a process. */
  private static boolean isPolling(Thread reaper) {
    boolean asleep = false;
    for (StackTraceElement frame : reaper.getStackTrace()) {
      if (!frame.getClassName().equals("java.lang.Thread")) {
        return asleep
            && frame.getClassName().startsWith("java.lang.ProcessHandleImpl")
            && frame.getMethodName().equals("run");
      }
      asleep |= frame.getMethodName().equals("sleep");
    }
    return false;
  }

  private static String watcher(int pid) {
    return WATCHER + pid + ")";
  }

  /** Whether this is the JVM's word for a thread that could not be started. */
  static boolean isNoneLeft(Throwable failure) {
    return failure instanceof OutOfMemoryError
        && String.valueOf(failure.getMessage()).contains("native thread");
  }

  /** What to do about it. */
  static String noneLeft() {
    return "no thread is left: most likely this JVM's user or container has as many as it may have,"
        + " or memory is short. To fix: raise RLIMIT_NPROC (ulimit -u) or the cgroup's pids.max,"
        + " or free memory";
  }

  private static List<Thread> jdkReapers() {
    ThreadGroup group = Thread.currentThread().getThreadGroup();
    while (group.getParent() != null) {
      group = group.getParent();
    }
    Thread[] threads = new Thread[group.activeCount() * 2 + 16];
    int count = group.enumerate(threads, true);
    List<Thread> reapers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      if (threads[i].getName().startsWith(JDK_REAPER)) {
        reapers.add(threads[i]);
      }
    }
    return reapers;
  }
}
