package io.github.subreaper.internal.engine;

import io.github.subreaper.internal.engine.guardian.Guardian;
import io.github.subreaper.internal.engine.spawn.Tags;
import io.github.subreaper.internal.linux.BootClock;
import io.github.subreaper.internal.linux.ProcessStat;
import io.github.subreaper.internal.linux.Procfs;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * What was below this JVM before its activation: never ours, nor is what it forks. From this
 * follows what is ours though it carries no tag: whatever is born below this JVM when nothing else
 * than ours lives there. The registry's lock is held.
 */
final class Elders {
  private static final long NEVER = Long.MAX_VALUE;
  private static final long TICK_NANOS = 1_000_000_000 / Procfs.TICKS_PER_SECOND;

  /** Whatever enters the pid namespace from outside is handed to its init: not born below it. */
  private final boolean adoptsStrangers;

  private final Map<Integer, ProcessStat> elders = new HashMap<>();

  /** The threads of this JVM that have children among them. */
  private final Set<Integer> parents = new HashSet<>();

  /** Not so if one ended while it was looked for: what it handed on may have been missed. */
  private boolean complete = true;

  private final long activatedTicks;
  private long aloneSinceTicks = NEVER;

  /**
   * Looks at all that is there when this JVM already adopts, and has its tag.
   *
   * @param tags tell what another thread has started meanwhile
   */
  Elders(Tags tags) {
    int self = (int) ProcessHandle.current().pid();
    int adopter = new Threads().adopter();
    IntPredicate isOurs = pid -> tags.inLimit() && tags.covers(tags.read(pid));
    adoptsStrangers = self == 1;
    long began = BootClock.ticks();
    for (int tid : Procfs.threads(Procfs.SELF)) {
      if (tid != adopter) {
        note(tid, isOurs);
      }
    }
    note(adopter, isOurs); // the last one, since it gets the orphans
    activatedTicks = BootClock.ticks();
    if (complete && elders.isEmpty()) {
      alone(began);
    }
  }

  private void note(int tid, IntPredicate isOurs) {
    Deque<Integer> pids = new ArrayDeque<>();
    push(pids, Procfs.children(Procfs.SELF, tid));
    while (!pids.isEmpty()) {
      int pid = pids.removeLast();
      ProcessStat stat = Procfs.stat(pid);
      if (isOurs.test(pid) || elders.containsKey(pid)) {
        continue;
      }
      if (stat == null || stat.hasEnded()) {
        complete = false;
        continue;
      }
      if (Guardian.stays(stat)) {
        continue; // it forks nothing as long as this JVM lives
      }
      elders.put(pid, stat);
      parents.add(tid);
      for (int thread : Procfs.threads(pid)) {
        push(pids, Procfs.children(pid, thread));
      }
    }
  }

  private static void push(Deque<Integer> pids, int @Nullable [] children) {
    for (int child : children == null ? new int[0] : children) {
      pids.addLast(child);
    }
  }

  boolean has(ProcessStat stat) {
    ProcessStat elder = elders.get(stat.pid());
    return elder != null
        && (elder.startTicks() == stat.startTicks() || elder.isHidden() || stat.isHidden());
  }

  /** Waits until births are told from these by the clock, where no tag tells them. */
  void awaitLaterBirths() {
    while (BootClock.ticks() <= activatedTicks) {
      LockSupport.parkNanos(TICK_NANOS);
    }
  }

  /** In a complete walk that began then all that lived was ours. */
  void alone(long ticks) {
    elders.clear(); // their pids may be used again
    parents.clear();
    if (!adoptsStrangers) {
      aloneSinceTicks = Math.min(aloneSinceTicks, ticks);
    }
  }

  /**
   * Whether a process that carries no tag was born below this JVM and of nothing foreign.
   *
   * @param tid of the thread in whose list of children it stands; 0 if unknown, or if it adopts
   */
  boolean leaveNoOtherOriginOf(ProcessStat stat, int tid) {
    if (has(stat)) {
      return false;
    }
    // If it is hidden, it was not there in the walk in which all were ours.
    boolean bornSince = stat.isHidden() || stat.startTicks() > aloneSinceTicks;
    return (aloneSinceTicks != NEVER && bornSince) || isForked(stat, tid);
  }

  /** By this JVM: a thread that adopts nothing has only its own children. */
  private boolean isForked(ProcessStat stat, int tid) {
    return tid != 0
        && !parents.contains(tid) // a child of one of these can make itself its sibling
        && stat.startTicks() > activatedTicks;
  }
}
