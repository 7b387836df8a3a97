package io.github.subreaper.internal.engine.jvm;

import io.github.subreaper.internal.linux.Kernel;
import io.github.subreaper.internal.linux.Time;
import io.github.subreaper.internal.linux.proc.Procfs;

/** The threads of this JVM as the kernel sees them, above all the adopter of orphans. */
public final class Threads {
  private static final int SELF_PID = (int) ProcessHandle.current().pid();
  private final boolean leaderRunsNoJava =
      "SUN_STANDARD".equals(System.getProperty("sun.java.launcher"));

  private final Kernel kernel;
  private final JdkWaits jdkWaits;

  /** A platform thread keeps its id, and each scope asks for it. */
  private final ThreadLocal<Integer> platformId = new ThreadLocal<>();

  public Threads(Kernel kernel, Time time) {
    this.kernel = kernel;
    this.jdkWaits = new JdkWaits(kernel, time);
  }

  /**
   * Returns whether the JVM was started by the java launcher, whose first thread never runs Java.
   */
  public boolean leaderRunsNoJava() {
    return leaderRunsNoJava;
  }

  /**
   * Returns whether no thread of the JDK will ever collect a child that is in the list of the
   * adopting thread: this JVM has adopted it. The caller makes sure that it is still there, and
   * holds the records' lock.
   *
   * @param sinceNanos when it was in that list
   * @return false also if that is not known now
   */
  public boolean leaveToUs(int pid, long sinceNanos) {
    return leaderRunsNoJava && jdkWaits.leave(pid, sinceNanos); // else the adopter may have forked
  }

  /**
   * Returns the thread that adopts: the oldest that lives, so the leader of the thread group unless
   * it has called pthread_exit.
   */
  public int adopter() {
    if (leaderRunsNoJava || kernel.procfs.threadState(Procfs.SELF, SELF_PID) != 'Z') {
      return SELF_PID;
    }
    for (int tid : kernel.procfs.threads(Procfs.SELF)) {
      char state = kernel.procfs.threadState(Procfs.SELF, tid);
      if (state != 'Z' && state != 'X' && state != '?') {
        return tid;
      }
    }
    return SELF_PID;
  }

  /**
   * Returns the kernel's id of the calling thread; 0 for a virtual thread, whose carrier runs
   * others too.
   */
  public int currentPlatformId() {
    if (isVirtual(Thread.currentThread())) {
      return 0;
    }
    Integer known = platformId.get();
    if (known == null) {
      known = kernel.procfs.ownTid();
      platformId.set(known);
    }
    return known;
  }

  /** Returns whether it is virtual (JDK 21): all of these are in a group of their own. */
  private static boolean isVirtual(Thread thread) {
    ThreadGroup group = thread.getThreadGroup();
    return group != null && group.getName().equals("VirtualThreads");
  }

  /** Returns whether the JVM says by this that it could not start a thread. */
  public static boolean isNoneLeft(Throwable failure) {
    return failure instanceof OutOfMemoryError
        && String.valueOf(failure.getMessage()).contains("native thread");
  }

  /** Returns what it means for a user that no thread can be started, and what to do. */
  public static String noneLeft() {
    return "no thread is left: most likely this JVM's user or container has as many as it may have,"
        + " or memory is short. To fix: raise RLIMIT_NPROC (ulimit -u) or the cgroup's pids.max,"
        + " or free memory";
  }
}
