package io.github.subreaper.internal.engine.scan;

import io.github.subreaper.internal.engine.jvm.Threads;
import io.github.subreaper.internal.engine.records.ProcessRecord;
import io.github.subreaper.internal.engine.records.Registry;
import io.github.subreaper.internal.linux.Kernel;
import io.github.subreaper.internal.linux.proc.Pidfd;
import io.github.subreaper.internal.linux.proc.ProcessStat;
import io.github.subreaper.internal.linux.proc.Procfs;
import io.github.subreaper.internal.linux.proc.Wait;
import io.github.subreaper.internal.linux.proc.Wait.Child;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Scans once: reads the lists of children downwards, and has each process observed. */
public final class TreeScan {
  private static final int UNNUMBERED = 0;

  /** A visit takes some tens of microseconds; births can be watched for milliseconds. */
  private static final int VISITS_A_WATCH = 50;

  /** Readings of lists in one scan that change all the time. */
  private static final int MOST_PASSES = 5;

  private final Kernel kernel;
  private final Registry registry;
  private final ProcessObserver observer;
  private final Threads threads;
  private final Lister lists;
  private final Runnable watchBirths;
  private final Deque<Visit> visits = new ArrayDeque<>();
  private boolean oursOnly = true;
  private boolean newOnly;
  private boolean leavesKnown;

  /** Reads a list of children. */
  public interface Lister {
    int @Nullable [] of(int pid, int tid);
  }

  private record Visit(int pid, @Nullable ProcessRecord parent, int tid) {}

  /**
   * Has read nothing yet.
   *
   * @param watchBirths runs every few visits: births can be watched for some milliseconds only
   */
  TreeScan(
      Kernel kernel,
      Registry registry,
      ProcessObserver observer,
      Threads threads,
      Lister lists,
      Runnable watchBirths) {
    this.kernel = kernel;
    this.registry = registry;
    this.observer = observer;
    this.threads = threads;
    this.lists = lists;
    this.watchBirths = watchBirths;
  }

  /** Returns whether all that it found alive is ours, so that only ours is born there. */
  boolean foundOursOnly() {
    return oursOnly;
  }

  /**
   * Scans below this JVM.
   *
   * @param tids the threads of this JVM whose lists of children are read
   * @return false if the scan is void: something could not be read for want of a descriptor, or
   *     another thread adopts by now
   */
  boolean run(List<Integer> tids) {
    if (tids.isEmpty()) {
      return false;
    }
    long refusals = kernel.procfs.refusals();
    int adopter = threads.adopter();
    try {
      int present = begin(tids, adopter);
      Set<Integer> known = new HashSet<>();
      visits.forEach(visit -> known.add(visit.pid));
      visit(present);
      boolean later = pushLater(adopter, known);
      for (int i = 0; i < MOST_PASSES && later; i++) {
        visit(present);
        later = pushLater(adopter, known);
      }
      oursOnly &= !later;
      observeEnded(present);
      observeAbsent(present);
      return kernel.procfs.refusals() == refusals && threads.adopter() == adopter;
    } finally {
      registry.endScan();
    }
  }

  /** Returns the number of the scan. */
  private int begin(List<Integer> tids, int adopter) {
    registry.lock.lock(); // the reaper is locked out
    try {
      int number = registry.beginScan();
      pushOwnLists(tids, adopter);
      return number;
    } finally {
      registry.lock.unlock();
    }
  }

  /**
   * Adds what has come to the adopting thread's list since it was read: a process whose parent
   * ended before the parent's own list was read.
   */
  private boolean pushLater(int adopter, Set<Integer> known) {
    registry.lock.lock();
    try {
      int[] children = lists.of(Procfs.SELF, adopter);
      for (int pid : children == null ? new int[0] : children) {
        if (known.add(pid)) {
          visits.addLast(new Visit(pid, null, adopter));
        }
      }
    } finally {
      registry.lock.unlock();
    }
    return !visits.isEmpty();
  }

  /**
   * Observes what has ended since its visit: its list may have been empty by then, and that of
   * another subreaper, which got its children, may have been read before.
   */
  private void observeEnded(int present) {
    registry.lock.lock();
    try {
      List<ProcessRecord> below = new ArrayList<>();
      List<Pidfd> descriptors = new ArrayList<>();
      for (ProcessRecord process : registry.live()) {
        Pidfd pidfd = process.pidfd();
        if (pidfd != null
            && process.observed().scan() == present
            && process.isAlive()
            && !process.isOwnChild()) {
          below.add(process);
          descriptors.add(pidfd);
        }
      }
      if (!below.isEmpty()) {
        kernel.ended(descriptors).stream().forEach(ended -> observer.observe(below.get(ended)));
      }
    } finally {
      registry.lock.unlock();
    }
  }

  private void observeAbsent(int present) {
    registry.lock.lock();
    try {
      for (ProcessRecord process : List.copyOf(registry.live())) {
        if (process.observed().scan() != present) {
          observer.observe(process);
        }
      }
    } finally {
      registry.lock.unlock();
    }
  }

  /** Scans below one process of ours only. */
  void runBelow(ProcessRecord top) {
    push(kernel.procfs.children(top.pid(), top.pid()), top, 0);
    if (!visits.isEmpty()) {
      visit(UNNUMBERED);
    }
  }

  /**
   * Observes only what has no record yet.
   *
   * @param tids the threads of this JVM whose lists of children are read
   * @param childrenOnly whether the lists of known processes are not read
   */
  void runNew(List<Integer> tids, boolean childrenOnly) {
    pushOwnLists(tids, threads.adopter());
    newOnly = true;
    leavesKnown = childrenOnly;
    visit(UNNUMBERED);
  }

  private void visit(int present) {
    Wait wait = kernel.waits();
    int visited = 0;
    while (!visits.isEmpty()) {
      Visit visit = visits.removeLast();
      if (++visited % VISITS_A_WATCH == 0) {
        watchBirths.run();
      }
      ProcessRecord process;
      boolean manyThreads = false;
      boolean ended = false;
      registry.lock.lock();
      try {
        process = registry.find(visit.pid);
        if (process != null && newOnly && (leavesKnown || !process.isAlive())) {
          continue;
        }
        if (process != null && present != UNNUMBERED && mayStayOpen(process)) {
          kernel.procfs.keepOpen(visit.pid);
        }
        boolean own = visit.parent == null;
        if (own && process != null && observer.adoptZombie(process)) {
          process.observed().inScan(present);
          continue;
        }
        boolean asks = process == null ? own : isUnchanged(process);
        Child child = asks ? wait.child(visit.pid) : Child.NONE;
        if (process == null && child == Child.ENDED) {
          continue; // the reaper's
        }
        if (process != null
            && child == Child.ENDED
            && (process.isHeld() || process.isReadZombie())) {
          process.observed().inScan(present);
          continue;
        }
        if (process == null || (child != Child.RUNS && !newOnly)) {
          ProcessStat stat = kernel.procfs.stat(visit.pid);
          process = stat == null ? null : observer.observe(stat, visit.parent, visit.tid);
          ended = stat != null && stat.hasEnded();
          if (present != UNNUMBERED) {
            oursOnly &= stat != null && canForkOursOnly(stat, process);
            if (stat == null && visit.parent != null) {
              registry.noteDeath(registry.lock.time.nanos()); // its children are in another list
            }
          }
          if (process != null && stat != null) {
            process.observed().threads(stat, process.ending().isFrozen() && !process.isTraced());
          }
        }
        if (process != null) {
          if (present != UNNUMBERED) {
            process.observed().inScan(present);
          }
          manyThreads = process.observed().hasManyThreads();
        }
      } finally {
        registry.lock.unlock();
      }
      if (process != null && !ended) { // else its children have moved before it was seen dead
        if (manyThreads) {
          pushOtherLists(visit.pid, kernel.procfs.threadsAtOneRead(visit.pid), visit.pid, process);
        }
        // Its first thread comes last, since it gets the children of the others.
        int[] children = lists.of(visit.pid, visit.pid);
        push(children, process, 0);
        if (children == null) {
          observer.refresh(process); // it has ended meanwhile
        } else if (manyThreads && children.length == 0) {
          pushMoved(process);
        }
      }
    }
  }

  /** Returns whether all that a process can fork is ours. */
  private boolean canForkOursOnly(ProcessStat stat, @Nullable ProcessRecord process) {
    return stat.hasEnded() || (process == null ? observer.isGuardian(stat) : !process.isForeign());
  }

  /**
   * Returns whether it is a zombie that was read or is held, or a stopped orphan: its pid is pinned
   * and it does nothing by itself, so one call replaces three.
   */
  private boolean isUnchanged(ProcessRecord process) {
    return process.isHeld()
        || process.isReadZombie()
        || (process.observed().isStill() && process.isPinned());
  }

  /**
   * Returns whether a scan has seen it before, and its end gets known also where its list of
   * children does not show it. An activation that is over closes nothing more.
   */
  private boolean mayStayOpen(ProcessRecord process) {
    return process.observed().scan() != UNNUMBERED
        && !registry.isClosed()
        && process.isAlive()
        && (process.pidfd() != null || process.isPinned());
  }

  private void pushOwnLists(List<Integer> tids, int adopter) {
    pushOtherLists(Procfs.SELF, tids, adopter, null);
    // The adopter is the last one, since it gets the children of a thread that ends.
    push(lists.of(Procfs.SELF, adopter), null, adopter);
  }

  private void pushOtherLists(
      int pid, List<Integer> tids, int oldest, @Nullable ProcessRecord parent) {
    if (!pushLists(pid, tids, oldest, parent)) {
      pushLists(pid, unread(pid, tids), oldest, parent);
    }
  }

  /**
   * Reads the lists of the other threads again if the first one has ended: the next one, whose list
   * was read before, has its children then, until that ends, too.
   */
  private void pushMoved(ProcessRecord process) {
    int pid = process.pid();
    if (ended(pid, List.of(pid)).isEmpty()) {
      return;
    }
    for (int i = 0; i < MOST_PASSES; i++) {
      List<Integer> tids = kernel.procfs.threads(pid);
      List<Integer> ended = ended(pid, tids);
      if (pushLists(pid, tids, pid, process) && ended.equals(ended(pid, tids))) {
        return;
      }
    }
    registry.lock.run(() -> registry.noteDeath(registry.lock.time.nanos())); // not all is read
  }

  /** Returns those of the threads that have ended; a traced one stays until it is collected. */
  private List<Integer> ended(int pid, List<Integer> tids) {
    return tids.stream()
        .filter(tid -> "ZX?".indexOf(kernel.procfs.threadState(pid, tid)) >= 0)
        .toList();
  }

  /**
   * Reads the lists of children of a process's threads but for the oldest one.
   *
   * @return false if one of these has ended meanwhile, so that another one may be missing
   */
  private boolean pushLists(
      int pid, List<Integer> tids, int oldest, @Nullable ProcessRecord parent) {
    boolean all = true;
    for (int tid : tids) {
      if (tid != oldest) {
        int[] children = lists.of(pid, tid);
        push(children, parent, pid == Procfs.SELF ? tid : 0);
        all &= children != null;
      }
    }
    return all;
  }

  /** Returns the threads of a process that are not in a list. */
  private List<Integer> unread(int pid, List<Integer> tids) {
    return kernel.procfs.threads(pid).stream().filter(tid -> !tids.contains(tid)).toList();
  }

  private void push(int @Nullable [] children, @Nullable ProcessRecord parent, int tid) {
    if (children != null) {
      for (int i = children.length - 1; i >= 0; i--) {
        visits.addLast(new Visit(children[i], parent, tid));
      }
    }
  }
}
