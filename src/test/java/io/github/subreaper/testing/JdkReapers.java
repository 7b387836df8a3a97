package io.github.subreaper.testing;

import java.util.List;
import java.util.Optional;

/** The threads of this JVM's JDK that wait for processes. */
public final class JdkReapers {
  private static final String NAME = "process reaper";

  private JdkReapers() {}

  /** Returns the thread that waits or polls for a process, once there is one. */
  public static Optional<Thread> of(long pid) {
    return named(NAME + " (pid " + pid + ")").stream().findFirst();
  }

  /** Returns the thread that polls for a process, as the JDK does for one that is no child. */
  public static Optional<Thread> polling(long pid) {
    return of(pid).filter(thread -> thread.getState() == Thread.State.TIMED_WAITING);
  }

  /** Returns the idle threads, including those that have work but have not run since. */
  public static List<Thread> idle() {
    return named(NAME);
  }

  private static List<Thread> named(String name) {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals(name))
        .toList();
  }
}
