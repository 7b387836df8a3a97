package io.github.subreaper.internal.engine;

import io.github.subreaper.internal.engine.spawn.Spawner;
import io.github.subreaper.internal.linux.BootClock;
import io.github.subreaper.internal.linux.NewChildren;
import io.github.subreaper.internal.linux.ProcessStat;
import io.github.subreaper.internal.linux.Procfs;
import io.github.subreaper.internal.linux.Wait;
import io.github.subreaper.internal.linux.Wait.Child;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Scans: reads the tree of processes below this JVM from /proc and has each observed. So births,
 * execs, new parents and ends that the reaper does not collect get into the records.
 */
final class Census {
  private static final int UNNUMBERED = 0;

  /** Some tens of microseconds each, against the milliseconds that births can be watched for. */
  private static final int VISITS_A_WATCH = 50;

  /** Readings of the adopting thread's list in one scan; in a flood each finds another process. */
  private static final int MOST_PASSES = 5;

  private final Registry registry;
  private final Sightings sightings;
  private final Elders elders;
  private final Ancestry ancestry;
  private final Threads threads;
  private final Spawner spawner;
  private final AdopterList adopterList;

  private final ReentrantLock scanning = new ReentrantLock();

  /** Since the latest complete scan began. {@code scanning} guards this and the next three. */
  private final Births births = new Births();

  /** Whether all that it found had ended or stood, so that only a birth can add a process. */
  private boolean allFound;

  private long recordsThen;

  /** Whether all that it found alive was ours. */
  private boolean alone;

  private final AtomicLong asked = new AtomicLong();
  private long answered;
  private volatile long lastStartNanos = System.nanoTime() - 1_000_000_000;

  /** How lists of children are read. */
  interface Lister {
    int @Nullable [] of(int pid, int tid);
  }

  private record Visit(int pid, @Nullable ProcessRecord parent, int tid) {}

  Census(
      Registry registry,
      Sightings sightings,
      Elders elders,
      Ancestry ancestry,
      Threads threads,
      Spawner spawner,
      AdopterList adopterList) {
    this.registry = registry;
    this.sightings = sightings;
    this.elders = elders;
    this.ancestry = ancestry;
    this.threads = threads;
    this.spawner = spawner;
    this.adopterList = adopterList;
  }

  /** When the latest complete scan began: each process that was alive then has been observed. */
  long lastStartNanos() {
    return lastStartNanos;
  }

  /** Makes a complete scan that begins after this call; callers at the same time share one. */
  void scan() {
    scan(Procfs::children);
  }

  /** The same, with another way to read the lists. */
  void scan(Lister listed) {
    if (registry.isClosed()) {
      return; // what is there now is not this activation's
    }
    long mine = asked.incrementAndGet();
    scanning.lock();
    try {
      if (answered < mine) {
        long covers = asked.get();
        long start = System.nanoTime();
        boolean complete = true;
        if (isStillComplete()) {
          observeKnown();
        } else {
          complete = scanAll(start, listed);
        }
        if (complete) {
          answered = covers;
          lastStartNanos = start;
          registry.lock.run(
              () -> {
                ancestry.walked(start);
              });
        }
      }
    } finally {
      scanning.unlock();
    }
  }

  /** Returns false if something could not be read. */
  private boolean scanAll(long start, Lister listed) {
    allFound = false;
    alone = true;
    long ticks = BootClock.ticks();
    births.watch();
    boolean complete = walk(Procfs.threads(Procfs.SELF), listed);
    if (complete && alone) {
      registry.lock.run(
          () -> {
            elders.alone(ticks);
          });
    }
    recordsThen = registry.lock.locked(registry::created);
    allFound = complete && allEndedOrStand(start);
    return complete;
  }

  /**
   * Whether all processes that a scan has found had ended, or stood before their lists were read,
   * and none died during the scan, so that no child moved to a list that had been read. Then only a
   * birth can add a process.
   */
  private boolean allEndedOrStand(long start) {
    registry.lock.lock();
    try {
      if (scanAdopted() || registry.lastDeathNanos - start >= 0) {
        return false;
      }
      for (ProcessRecord process : registry.live()) {
        if (process.isAlive()
            && (!process.still
                || process.manyThreads
                || !(process.isPinned() || Sightings.runs(process)))) {
          return false;
        }
      }
      return true;
    } finally {
      registry.lock.unlock();
    }
  }

  /** Whether the latest scan has still found all that there can be. */
  private boolean isStillComplete() {
    allFound = allFound && births.none() && registry.lock.locked(registry::created) == recordsThen;
    return allFound;
  }

  /** For long work between two scans: births can be watched for some milliseconds only. */
  void watchBirths() {
    if (scanning.tryLock()) {
      try {
        births.none();
      } finally {
        scanning.unlock();
      }
    }
  }

  /** In place of a scan, where no other process can be there. What the reaper collects is its. */
  private void observeKnown() {
    registry.lock.lock();
    try {
      for (ProcessRecord process : List.copyOf(registry.live())) {
        if (process.isAlive() && !process.isPinned()) {
          sightings.observe(process);
        }
      }
    } finally {
      registry.lock.unlock();
    }
  }

  /**
   * Scans only below what this JVM has launched and adopted, and reads each list once: the lists of
   * all its threads take most of the time. For a caller that makes a complete scan later.
   */
  void scanOurs() {
    scanning.lock();
    try {
      int adopter = threads.adopter();
      List<Integer> tids = new ArrayList<>(spawner.tids());
      if (!tids.contains(adopter)) {
        tids.add(adopter);
      }
      walk(tids, Procfs::childrenAtOneRead);
    } finally {
      scanning.unlock();
    }
  }

  /** Returns false if something could not be read for want of a descriptor: the scan is void. */
  private boolean walk(List<Integer> tids, Lister listed) {
    if (tids.isEmpty()) {
      return false;
    }
    long refusals = Procfs.refusals();
    int adopter = threads.adopter();
    Deque<Visit> visits = new ArrayDeque<>();
    try {
      begin(tids, adopter, listed, visits);
      int present = registry.generation;
      Set<Integer> handed = new HashSet<>();
      visits.forEach(visit -> handed.add(visit.pid));
      visit(visits, present, listed);
      boolean later = pushLater(visits, adopter, listed, handed);
      for (int i = 0; i < MOST_PASSES && later; i++) {
        visit(visits, present, listed);
        later = pushLater(visits, adopter, listed, handed);
      }
      alone &= !later;
      observeAbsent(present);
      return Procfs.refusals() == refusals;
    } finally {
      registry.endWalk();
    }
  }

  private void begin(List<Integer> tids, int adopter, Lister listed, Deque<Visit> visits) {
    registry.lock.lock();
    try {
      registry.beginWalk();
      for (int tid : tids) {
        if (tid != adopter) {
          push(visits, listed.of(Procfs.SELF, tid), null, tid); // the reaper is locked out
        }
      }
      // The last one, since it gets the children of a thread that ends.
      push(visits, listed.of(Procfs.SELF, adopter), null, adopter);
    } finally {
      registry.lock.unlock();
    }
  }

  /**
   * Adds what has come to the adopting thread's list since it was read: a process whose parent
   * ended before the parent's own list was read.
   */
  private boolean pushLater(Deque<Visit> visits, int adopter, Lister listed, Set<Integer> handed) {
    registry.lock.lock();
    try {
      int[] children = listed.of(Procfs.SELF, adopter);
      for (int pid : children == null ? new int[0] : children) {
        if (handed.add(pid)) {
          visits.addLast(new Visit(pid, null, adopter));
        }
      }
    } finally {
      registry.lock.unlock();
    }
    return !visits.isEmpty();
  }

  private void observeAbsent(int present) {
    registry.lock.lock();
    try {
      for (ProcessRecord process : List.copyOf(registry.live())) {
        if (process.generation != present) {
          sightings.observe(process);
        }
      }
    } finally {
      registry.lock.unlock();
    }
  }

  /** Scans below one process of ours only: cheap enough to be done again and again. */
  void scanBelow(ProcessRecord top) {
    Deque<Visit> visits = new ArrayDeque<>();
    push(visits, Procfs.children(top.pid, top.pid), top, 0);
    if (!visits.isEmpty()) {
      visit(visits, UNNUMBERED, Procfs::children);
    }
  }

  private void visit(Deque<Visit> visits, int present, Lister listed) {
    Wait wait = Wait.ofThisThread();
    int visited = 0;
    while (!visits.isEmpty()) {
      Visit visit = visits.removeLast();
      if (++visited % VISITS_A_WATCH == 0) {
        watchBirths();
      }
      ProcessRecord process;
      boolean manyThreads = false;
      registry.lock.lock();
      try {
        process = registry.find(visit.pid);
        Child child = isUnchanged(process) ? wait.child(visit.pid) : Child.NONE;
        if (process != null && child == Child.ENDED && process.awaitingRelease) {
          process.generation = present;
          continue;
        }
        if (process == null || child != Child.RUNS) {
          ProcessStat stat = Procfs.stat(visit.pid);
          process = stat == null ? null : sightings.observe(stat, visit.parent, visit.tid);
          if (present != UNNUMBERED) {
            alone &= stat != null && canForkOursOnly(stat, process);
          }
          if (process != null && stat != null) {
            process.manyThreads = stat.threads() > 1;
            process.still = process.frozen && stat.isStopped();
          }
        }
        if (process != null) {
          if (present != UNNUMBERED) {
            process.generation = present;
          }
          manyThreads = process.manyThreads;
        }
      } finally {
        registry.lock.unlock();
      }
      if (process != null) {
        if (manyThreads) {
          for (int tid : Procfs.threads(visit.pid)) {
            if (tid != visit.pid) {
              push(visits, listed.of(visit.pid, tid), process, 0);
            }
          }
        }
        int[] children = listed.of(visit.pid, visit.pid); // the oldest thread: the last one
        push(visits, children, process, 0);
        if (children == null) {
          sightings.refresh(process); // it has gone meanwhile
        }
      }
    }
  }

  /** Whether all that a process can fork is ours. */
  private boolean canForkOursOnly(ProcessStat stat, @Nullable ProcessRecord process) {
    return stat.hasEnded() || (process == null ? sightings.isGuardian(stat) : !process.foreign);
  }

  /**
   * Whether it is a zombie that is held, or an orphan that is stopped: its pid is pinned and it
   * does nothing by itself, so one call replaces three.
   */
  private boolean isUnchanged(@Nullable ProcessRecord process) {
    return process != null && (process.awaitingRelease || (process.still && process.isPinned()));
  }

  private static void push(
      Deque<Visit> visits, int @Nullable [] children, @Nullable ProcessRecord parent, int tid) {
    if (children != null) {
      for (int i = children.length - 1; i >= 0; i--) {
        visits.addLast(new Visit(children[i], parent, tid));
      }
    }
  }

  /**
   * Observes the children of the adopting thread that are not known yet and run.
   *
   * @return whether there was one
   */
  boolean scanAdopted() {
    int adopter = threads.adopter();
    boolean any = false;
    registry.lock.lock();
    try {
      NewChildren list = adopterList.of(adopter);
      boolean allStay = true;
      for (int pid : list.next()) {
        ProcessRecord process = registry.find(pid);
        if ((process == null && Wait.ofThisThread().child(pid) == Child.RUNS)
            || (process != null && process.adoptedAt == null)) {
          ProcessStat stat = Procfs.stat(pid);
          ProcessRecord seen = stat == null ? null : sightings.observe(stat, null, adopter);
          any |= stat != null && seen != process;
          process = seen;
        }
        allStay &= process != null && process.adoptedAt != null && process.isPinned();
      }
      if (!allStay) {
        list.startAgain();
      }
    } finally {
      registry.lock.unlock();
    }
    return any;
  }

  void close() {
    registry.lock.run(adopterList::startAgain);
  }
}
