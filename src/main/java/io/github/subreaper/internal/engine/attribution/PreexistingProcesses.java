package io.github.subreaper.internal.engine.attribution;

import io.github.subreaper.internal.engine.guardian.Guardian;
import io.github.subreaper.internal.engine.jvm.Threads;
import io.github.subreaper.internal.engine.spawn.Tags;
import io.github.subreaper.internal.linux.Kernel;
import io.github.subreaper.internal.linux.Time;
import io.github.subreaper.internal.linux.proc.ProcessStat;
import io.github.subreaper.internal.linux.proc.Procfs;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The elders: processes that were below this JVM before its activation. They are never ours, nor is
 * what they fork. So what carries no tag is still ours if it was born below this JVM while only
 * ours lived there. The records' lock is held.
 */
public final class PreexistingProcesses {
  private static final long NEVER = Long.MAX_VALUE;
  private static final long TICK_NANOS = 1_000_000_000 / Procfs.TICKS_PER_SECOND;

  private final Kernel kernel;
  private final Time time;

  /**
   * A process that enters the pid namespace from outside is adopted by its init, but not born below
   * it.
   */
  private final boolean adoptsStrangers;

  private final Map<Integer, ProcessStat> preexisting = new HashMap<>();

  /** The threads of this JVM that have children among them. */
  private final Set<Integer> parents = new HashSet<>();

  /** False if a process ended while it was read: its orphans may have been missed. */
  private boolean complete = true;

  private final long activatedTicks;
  private long aloneSinceTicks = NEVER;

  /**
   * Reads all that is below this JVM, which is a subreaper and carries its tag by now.
   *
   * @param tags by which a process that another thread starts meanwhile is known
   */
  public PreexistingProcesses(Kernel kernel, Time time, Tags tags) {
    this.kernel = kernel;
    this.time = time;
    int self = (int) ProcessHandle.current().pid();
    int adopter = new Threads(kernel, time).adopter();
    adoptsStrangers = self == 1;
    long began = time.bootTicks();
    for (int tid : kernel.procfs.threads(Procfs.SELF)) {
      if (tid != adopter) {
        note(tid, tags);
      }
    }
    note(adopter, tags); // the adopter is the last one, since it gets the orphans
    activatedTicks = time.bootTicks();
    if (complete && preexisting.isEmpty()) {
      alone(began);
    }
  }

  private void note(int tid, Tags tags) {
    Deque<Integer> pids = new ArrayDeque<>();
    push(pids, kernel.procfs.children(Procfs.SELF, tid));
    while (!pids.isEmpty()) {
      int pid = pids.removeLast();
      ProcessStat stat = kernel.procfs.stat(pid);
      boolean isOurs = tags.inLimit() && tags.covers(tags.read(pid));
      if (isOurs || preexisting.containsKey(pid)) {
        continue;
      }
      if (stat == null || stat.hasEnded()) {
        complete = false;
        continue;
      }
      if (Guardian.stays(stat)) {
        continue; // it forks nothing as long as this JVM lives
      }
      preexisting.put(pid, stat);
      parents.add(tid);
      for (int thread : kernel.procfs.threads(pid)) {
        push(pids, kernel.procfs.children(pid, thread));
      }
    }
  }

  private static void push(Deque<Integer> pids, int @Nullable [] children) {
    for (int child : children == null ? new int[0] : children) {
      pids.addLast(child);
    }
  }

  public boolean has(ProcessStat stat) {
    ProcessStat elder = preexisting.get(stat.pid());
    return elder != null
        && (elder.startTicks() == stat.startTicks() || elder.isHidden() || stat.isHidden());
  }

  /** Waits until the clock distinguishes later births from elders, where no tag does. */
  public void awaitLaterBirths() {
    while (time.bootTicks() <= activatedTicks) {
      time.park(TICK_NANOS);
    }
  }

  /** Notes that all that lived then is ours. */
  public void alone(long ticks) {
    preexisting.clear(); // their pids may be used again
    parents.clear();
    if (!adoptsStrangers) {
      aloneSinceTicks = Math.min(aloneSinceTicks, ticks);
    }
  }

  /**
   * Returns whether a process without a tag was certainly born below this JVM, from nothing
   * foreign.
   *
   * @param tid the thread in whose list of children it is; 0 if unknown, or if that thread adopts
   */
  boolean leaveNoOtherOriginOf(ProcessStat stat, int tid) {
    if (has(stat)) {
      return false;
    }
    // A hidden process was not there in the scan in which all were ours.
    boolean bornSince = stat.isHidden() || stat.startTicks() > aloneSinceTicks;
    return (aloneSinceTicks != NEVER && bornSince) || isForked(stat, tid);
  }

  /**
   * Returns whether this JVM forked it: the list of a thread that does not adopt has only its own
   * children.
   */
  private boolean isForked(ProcessStat stat, int tid) {
    return tid != 0
        && !parents.contains(tid) // a child of an elder can be born as its sibling (CLONE_PARENT)
        && stat.startTicks() > activatedTicks;
  }
}
