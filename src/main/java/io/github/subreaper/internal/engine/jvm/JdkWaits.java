package io.github.subreaper.internal.engine.jvm;

import io.github.subreaper.internal.linux.Kernel;
import io.github.subreaper.internal.linux.Time;
import io.github.subreaper.internal.linux.proc.JdkReapers;
import io.github.subreaper.internal.linux.proc.Procfs;
import io.github.subreaper.internal.linux.proc.SystemCall;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which children the threads of the JDK are about to collect, as the kernel shows it. The JDK
 * passes each child to one of them before the thread that has forked it ends. The records' lock is
 * held.
 */
final class JdkWaits {
  /** A look takes a millisecond where this JVM has a hundred threads. */
  private static final int LOOK_SHARE = 10;

  private static final long LONGEST_PAUSE_NANOS = 20_000_000;

  private final Kernel kernel;
  private final Time time;
  private long beganNanos;
  private long endedNanos;

  /** What they collect; null if one of them may have got a child and not run since. */
  private @Nullable Set<Integer> collected;

  /** Threads that are not the JDK's: reading all names takes most of a look. */
  private final Set<Integer> others = new HashSet<>();

  JdkWaits(Kernel kernel, Time time) {
    this.kernel = kernel;
    this.time = time;
    this.beganNanos = time.nanos();
    this.endedNanos = beganNanos;
  }

  /** See {@link Threads#leaveToUs}. */
  boolean leave(int pid, long sinceNanos) {
    long now = time.nanos();
    if (beganNanos - sinceNanos <= 0 || collected == null) {
      long pause = Math.min(LONGEST_PAUSE_NANOS, LOOK_SHARE * (endedNanos - beganNanos));
      if (now - endedNanos < pause) {
        return false;
      }
      beganNanos = now;
      collected = look();
      endedNanos = time.nanos();
    }
    return collected != null && !collected.contains(pid);
  }

  /**
   * Each thread sleeps in a call that names its child, or has nothing to collect: no wait of the
   * JDK for a child has a time limit. Its Java state is read after its call: what it had to collect
   * before is collected by then. That it sleeps is read before its call: one that has been woken,
   * but has no CPU yet, may be shown in the call in which it slept.
   */
  private @Nullable Set<Integer> look() {
    Set<Thread> threads = new HashSet<>(kernel.jdk.all());
    Set<Integer> collected = new HashSet<>();
    List<Integer> waits = new ArrayList<>();
    int seen = 0;
    List<Integer> tids = kernel.procfs.threadsAtOneRead(Procfs.SELF);
    others.retainAll(new HashSet<>(tids));
    for (int tid : tids) {
      if (others.contains(tid) || !kernel.procfs.threadName(tid).equals(JdkReapers.IDLE)) {
        others.add(tid);
        continue;
      }
      boolean asleep = kernel.procfs.threadState(Procfs.SELF, tid) == 'S';
      SystemCall call = asleep ? kernel.procfs.systemCall(tid) : null;
      int collects = call == null ? 0 : call.collects();
      int peeks = call == null ? 0 : call.peeksAt();
      if (collects > 0) {
        collected.add(collects);
        waits.add(collects);
      } else if (peeks > 0) {
        waits.add(peeks);
      } else if (call == null || !call.isTimedWait()) {
        return null;
      }
      seen++;
    }
    for (Thread thread : threads) {
      if (thread.getState() == Thread.State.TIMED_WAITING) {
        continue; // it polls, or waits for work
      }
      Integer watched = kernel.jdk.watched(thread);
      if (watched == null || !waits.remove(watched)) {
        return null;
      }
    }
    boolean all = waits.isEmpty() && seen == threads.size();
    if (!all) {
      others.clear(); // one may have had no name yet
    }
    return all && threads.equals(new HashSet<>(kernel.jdk.all())) ? collected : null;
  }
}
