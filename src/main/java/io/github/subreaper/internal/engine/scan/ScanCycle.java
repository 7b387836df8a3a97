package io.github.subreaper.internal.engine.scan;

import io.github.subreaper.internal.engine.attribution.Ancestry;
import io.github.subreaper.internal.engine.attribution.PreexistingProcesses;
import io.github.subreaper.internal.engine.jvm.Threads;
import io.github.subreaper.internal.engine.records.ProcessRecord;
import io.github.subreaper.internal.engine.records.Registry;
import io.github.subreaper.internal.engine.spawn.Spawner;
import io.github.subreaper.internal.linux.Kernel;
import io.github.subreaper.internal.linux.Time;
import io.github.subreaper.internal.linux.calls.Errno;
import io.github.subreaper.internal.linux.proc.LastPid;
import io.github.subreaper.internal.linux.proc.NewChildren;
import io.github.subreaper.internal.linux.proc.ProcessStat;
import io.github.subreaper.internal.linux.proc.Procfs;
import io.github.subreaper.internal.linux.proc.Wait.Child;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Scans: reads the tree of processes below this JVM from /proc and has each observed. So births,
 * execs, new parents and ends that the reaper does not collect get into the records.
 */
public final class ScanCycle implements AutoCloseable {
  private static final int SELF = (int) ProcessHandle.current().pid();

  private final Kernel kernel;
  private final Time time;
  private final Registry registry;
  private final ProcessObserver observer;
  private final PreexistingProcesses preexisting;
  private final Ancestry ancestry;
  private final Threads threads;
  private final Spawner spawner;
  private final AdopterList adopterList;

  private final ReentrantLock scanning;

  /** Since the latest complete scan began. {@code scanning} guards this and the next two. */
  private final Births births;

  private final LastPid lastPid;

  /** Whether all that it found had ended or was stopped, so that only a birth can add a process. */
  private boolean allFound;

  /** Whether nothing that it found is without a record, but for the guardian. */
  private boolean allKnown;

  private long recordsThen;

  private final AtomicLong asked = new AtomicLong();
  private long answered;
  private volatile long lastStartNanos;

  public ScanCycle(
      Kernel kernel,
      Time time,
      Registry registry,
      ProcessObserver observer,
      PreexistingProcesses preexisting,
      Ancestry ancestry,
      Threads threads,
      Spawner spawner,
      AdopterList adopterList) {
    this.kernel = kernel;
    this.time = time;
    this.scanning = time.newLock();
    this.lastPid = kernel.lastPid();
    this.lastStartNanos = time.nanos() - 1_000_000_000;
    this.registry = registry;
    this.observer = observer;
    this.preexisting = preexisting;
    this.ancestry = ancestry;
    this.threads = threads;
    this.spawner = spawner;
    this.adopterList = adopterList;
    kernel.procfs.ownLists.keep();
    this.births =
        new Births(time, lastPid::read, kernel.procfs.largestPid(), this::isThere, this::mayBeOurs);
  }

  private boolean isThere(int pid) {
    return kernel.kill.send(pid, 0) != Errno.ESRCH;
  }

  private boolean mayBeOurs(int pid) {
    ProcessStat stat = kernel.procfs.stat(pid);
    return stat == null || stat.isHidden() || stat.parent() == SELF;
  }

  /** Returns the latest pid that was given out; 0 or less if unknown. */
  public int lastPid() {
    return lastPid.read();
  }

  /** See {@link Births#noneAfter}. */
  public boolean noneBornAfter(int pid) {
    return births.noneAfter(pid);
  }

  /**
   * Returns when the latest complete scan began: each process that was alive then has been
   * observed, but for those whose launch was under way.
   */
  public long lastStartNanos() {
    return lastStartNanos;
  }

  /** Makes a complete scan that begins after this call. Simultaneous callers share one. */
  public void scan() {
    scan(kernel.procfs::children);
  }

  /** Makes a complete scan with another way to read the lists. */
  public void scan(TreeScan.Lister lists) {
    if (registry.isClosed()) {
      return; // later processes belong to no activation
    }
    long mine = asked.incrementAndGet();
    scanning.lock();
    try {
      if (answered < mine) {
        long covers = asked.get();
        long start = time.nanos();
        boolean complete = true;
        if (isStillComplete()) {
          observeKnown();
        } else {
          complete = scanAll(start, lists);
          registry.facts.scanned(complete);
        }
        if (complete) {
          answered = covers;
          lastStartNanos = start;
          registry.lock.run(
              () -> {
                ancestry.scanned(start, lastPid.read());
              });
        }
      }
    } finally {
      scanning.unlock();
    }
  }

  /** Returns false if something could not be read. */
  private boolean scanAll(long start, TreeScan.Lister lists) {
    allFound = false;
    births.watch();
    TreeScan tree = newTreeScan(lists);
    List<Integer> tids = kernel.procfs.threadsAtOneRead(Procfs.SELF);
    kernel.procfs.ownLists.keepOnly(tids);
    boolean complete = tree.run(tids);
    allKnown = tree.foundOursOnly();
    if (complete && allKnown) {
      registry.lock.run(
          () -> {
            // Else a child may have moved to a list that had been read, or have a pid that had been
            // seen. What was seen dead may have forked until then, so only later births are ours.
            if (registry.lastDeathNanos() - start < 0
                && time.nanos() - start < births.shortestRound()) {
              preexisting.alone(time.bootTicks());
            }
          });
    }
    recordsThen = registry.lock.locked(registry::created);
    allFound = complete && allEndedOrStopped(start);
    return complete;
  }

  /**
   * Returns whether only a birth can add a process: all that the scan found had ended, or was
   * stopped before its lists were read, and none died during the scan, so no child moved to a list
   * that had been read.
   */
  private boolean allEndedOrStopped(long start) {
    registry.lock.lock();
    try {
      if (scanAdopted() || registry.lastDeathNanos() - start >= 0) {
        return false;
      }
      for (ProcessRecord process : registry.live()) {
        if (process.isAlive()
            && (!process.observed().isStill()
                || process.observed().hasManyThreads()
                || !(process.isPinned() || ProcessObserver.runs(kernel, process)))) {
          return false;
        }
      }
      return true;
    } finally {
      registry.lock.unlock();
    }
  }

  /**
   * Proves by a call or two that no process of ours lives: the latest complete scan left none, and
   * no pid was given to one since. Counts as a scan.
   *
   * @return false if that takes a scan
   */
  public boolean provesNone() {
    scanning.lock();
    try {
      long start = time.nanos();
      boolean none =
          allFound
              && allKnown
              && registry.lock.locked(
                  () -> registry.live().isEmpty() && registry.created() == recordsThen)
              && births.noneOfOurs();
      if (none) {
        lastStartNanos = start;
      }
      return none;
    } finally {
      scanning.unlock();
    }
  }

  /** Returns whether the latest scan still shows all processes that there can be. */
  private boolean isStillComplete() {
    allFound = allFound && births.none() && registry.lock.locked(registry::created) == recordsThen;
    return allFound;
  }

  /**
   * Checks for births during long work between two scans: they can be watched for some milliseconds
   * only.
   */
  public void watchBirths() {
    if (scanning.tryLock()) {
      try {
        births.none();
      } finally {
        scanning.unlock();
      }
    }
  }

  /**
   * Observes the known processes in place of a scan, where no other can be there. The reaper does
   * the rest.
   */
  private void observeKnown() {
    registry.lock.lock();
    try {
      for (ProcessRecord process : List.copyOf(registry.live())) {
        if (process.isAlive() && !process.isPinned()) {
          observer.observe(process);
        }
      }
    } finally {
      registry.lock.unlock();
    }
  }

  /**
   * Scans only below what this JVM has launched and adopted, and reads each list once, since the
   * lists of all its threads take most of the time. For a caller that makes a complete scan later.
   */
  public void scanOurs() {
    scanning.lock();
    try {
      newTreeScan(kernel.procfs::childrenAtOneRead).run(adoptersAndLaunchers());
    } finally {
      scanning.unlock();
    }
  }

  private List<Integer> adoptersAndLaunchers() {
    int adopter = threads.adopter();
    List<Integer> tids = new ArrayList<>(spawner.tids());
    if (!tids.contains(adopter)) {
      tids.add(adopter);
    }
    return tids;
  }

  /**
   * Observes all known processes, and reads their lists and those of the threads that adopt and
   * launch. Where no pid was given out since the latest scan, there can be no other process but one
   * whose pid was chosen.
   */
  public void scanKnown() {
    for (ProcessRecord process : registry.lock.locked(() -> List.copyOf(registry.live()))) {
      observer.refreshProgram(process);
    }
    scanNew(adoptersAndLaunchers(), false);
  }

  /**
   * Looks for births only: reads the lists below this JVM, and observes what has no record yet.
   *
   * @param tids the threads of this JVM
   */
  public void scanBirths(List<Integer> tids) {
    scanNew(tids, false);
  }

  /** Observes the children of this JVM that have no record yet, and what is below them. */
  public void scanChildren(List<Integer> tids) {
    scanNew(tids, true);
  }

  private void scanNew(List<Integer> tids, boolean childrenOnly) {
    scanning.lock();
    try {
      newTreeScan(kernel.procfs::childrenAtOneRead).runNew(tids, childrenOnly);
    } finally {
      scanning.unlock();
    }
  }

  /** Scans below one process of ours only: cheap enough to be done again and again. */
  public void scanBelow(ProcessRecord top) {
    newTreeScan(kernel.procfs::children).runBelow(top);
  }

  private TreeScan newTreeScan(TreeScan.Lister lists) {
    return new TreeScan(kernel, registry, observer, threads, lists, this::watchBirths);
  }

  /**
   * Observes the running children of the adopting thread that are not known yet.
   *
   * @return whether there was one
   */
  public boolean scanAdopted() {
    int adopter = threads.adopter();
    boolean any = false;
    registry.lock.lock();
    try {
      if (registry.isClosed()) {
        return false; // nothing would close the list
      }
      NewChildren list = adopterList.of(adopter);
      boolean allStay = true;
      for (int pid : list.next()) {
        ProcessRecord process = registry.find(pid);
        if ((process == null && kernel.waits().child(pid) == Child.RUNS)
            || (process != null && !process.isOrphan() && !observer.adoptZombie(process))) {
          ProcessStat stat = kernel.procfs.stat(pid);
          ProcessRecord seen = stat == null ? null : observer.observe(stat, null, adopter);
          any |= stat != null && seen != process;
          process = seen;
        }
        allStay &= process != null && process.isOrphan() && process.isPinned();
      }
      if (!allStay) {
        list.startAgain();
      }
    } finally {
      registry.lock.unlock();
    }
    return any;
  }

  @Override
  public void close() {
    registry.lock.run(adopterList::startAgain);
    lastPid.close();
    kernel.procfs.ownLists.close();
  }
}
