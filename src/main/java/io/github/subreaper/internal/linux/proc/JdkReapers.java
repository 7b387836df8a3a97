package io.github.subreaper.internal.linux.proc;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The threads of the JDK that collect the children of {@link ProcessBuilder}, known by their names
 * and stacks (java.lang.ProcessHandleImpl).
 */
public class JdkReapers {
  public static final String IDLE = "process reaper";
  private static final String WATCHER = IDLE + " (pid ";

  public JdkReapers() {}

  /** Returns whether the kernel shows in which calls they sleep. */
  public boolean showCalls() {
    return SystemCall.areShown();
  }

  /** Returns the JDK's handle of a process; null if there is none. */
  public @Nullable ProcessHandle handle(int pid) {
    return ProcessHandle.of(pid).orElse(null);
  }

  /** Returns whether the JDK can have started a process in the last minute. */
  public boolean any() {
    return !all().isEmpty();
  }

  /** Returns the pids that the JDK watches. */
  public Set<Integer> watched() {
    Set<Integer> pids = new HashSet<>();
    for (Thread reaper : all()) {
      Integer pid = watched(reaper);
      if (pid != null) {
        pids.add(pid);
      }
    }
    return pids;
  }

  /** Returns the pid that such a thread watches; null if it is idle, or has not run yet. */
  public @Nullable Integer watched(Thread reaper) {
    String name = reaper.getName();
    return name.startsWith(WATCHER) && name.endsWith(")")
        ? Integer.valueOf(name.substring(WATCHER.length(), name.length() - 1))
        : null;
  }

  /** Returns whether the JDK watches this pid: its reaper threads carry the pid in their names. */
  public boolean watches(int pid) {
    String name = watcher(pid);
    return all().stream().anyMatch(thread -> thread.getName().equals(name));
  }

  /**
   * Returns whether a thread of the JDK waits for this child, and does not only ask whether it
   * exists.
   */
  public boolean collects(int pid) {
    String name = watcher(pid);
    return all().stream()
        .anyMatch(thread -> thread.getName().equals(name) && !isDoneWith(thread, pid));
  }

  /**
   * Returns the threads of the JDK that may be about to collect a child that was passed to one of
   * them before this call: those that watch it, and the idle ones, since one may have got it and
   * not run since.
   */
  public List<Thread> thatMayCollect(int pid) {
    return all().stream().filter(thread -> !isDoneWith(thread, pid)).toList();
  }

  /**
   * Returns whether such a thread can't collect that child any more: what it was passed before this
   * call is another child, or done.
   */
  public boolean isDoneWith(Thread reaper, int pid) {
    String name = reaper.getName();
    if (!reaper.isAlive()) {
      return true;
    }
    return name.equals(watcher(pid)) ? isPolling(reaper) : !name.equals(IDLE);
  }

  /** Returns the thread of the JDK that polls for a process; null if there is none. */
  public @Nullable Thread poller(int pid) {
    return all().stream().filter(thread -> isPolling(thread, pid)).findFirst().orElse(null);
  }

  /** Returns whether a thread of the JDK polls for a process, and sleeps just now. */
  public boolean isPolling(Thread reaper, int pid) {
    return reaper.getName().equals(watcher(pid)) && isPolling(reaper);
  }

  /** Returns whether it found no child to wait for, and polls for whether the process exists. */
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

  /** Returns all of them that have been started and live. */
  public List<Thread> all() {
    ThreadGroup group = Thread.currentThread().getThreadGroup();
    while (group.getParent() != null) {
      group = group.getParent();
    }
    Thread[] threads = new Thread[group.activeCount() * 2 + 16];
    int count = group.enumerate(threads, true);
    List<Thread> reapers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      if (threads[i].getName().startsWith(IDLE)) {
        reapers.add(threads[i]);
      }
    }
    return reapers;
  }
}
