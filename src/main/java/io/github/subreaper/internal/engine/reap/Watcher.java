package io.github.subreaper.internal.engine.reap;

import io.github.subreaper.internal.engine.lock.Wakeups;
import io.github.subreaper.internal.engine.records.ProcessRecord;
import io.github.subreaper.internal.engine.records.Registry;
import io.github.subreaper.internal.engine.records.ScopeTree;
import io.github.subreaper.internal.engine.scan.NewPids;
import io.github.subreaper.internal.engine.scan.ProcessObserver;
import io.github.subreaper.internal.engine.scan.ScanCycle;
import io.github.subreaper.internal.engine.scan.Watch;
import io.github.subreaper.internal.linux.Kernel;
import io.github.subreaper.internal.linux.Time;
import io.github.subreaper.internal.linux.proc.ProcessStat;
import io.github.subreaper.internal.linux.proc.Procfs;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Learns births and ends while no caller asks: a thread that the kernel wakes at each end of a
 * watched process, and that looks for births ten times a second, as long as a scope is open or a
 * process of ours lives. With neither it sleeps without a timer.
 */
public final class Watcher implements Runnable, AutoCloseable {
  static final String THREAD = "subreaper watcher";

  private static final long PAUSE_NANOS = 100_000_000;
  private static final long SECOND_NANOS = 1_000_000_000;

  /** A scan is complete so often at least, though no pid was given out. */
  private static final long LONGEST_SCAN_PAUSE_NANOS = 10_000_000_000L;

  /** To read a list takes about 12 µs, a scan some 60 µs for each process: 6 % of a CPU each. */
  private static final long PAUSE_NANOS_A_LIST = 200_000;

  private static final long PAUSE_NANOS_A_PROCESS = 1_000_000;

  /** So many threads a JVM has, more or less, each with a list of children. */
  private static final int OWN_LISTS = 30;

  /** The pid of an ended process costs a third of a list. */
  private static final int PIDS_A_LIST = 3;

  /** Ends that come close together are taken together: each time it wakes costs a CPU. */
  private static final long BATCH_NANOS = 3_000_000;

  private static final long LONGEST_AWAY_NANOS = 20_000_000;

  private static final long AFTER_A_FAILURE_NANOS = 100_000_000;
  private static final long LONGEST_CLOSE_NANOS = 10_000_000_000L;
  private static final int SELF = (int) ProcessHandle.current().pid();

  private final Kernel kernel;
  private final Time time;
  private final Registry registry;
  private final ScopeTree scopes;
  private final ScanCycle scanCycle;
  private final ProcessObserver observer;
  private final Collector collector;
  private final Uncollected uncollected;
  private final NewPids pids;
  private final Wakeups wakeups;
  private final Thread thread;

  private Runnable eachSecond = () -> {};
  private long lastSecondNanos;

  /** Begun by another thread, too, which sets it last; ended by this one. Both hold the lock. */
  private volatile boolean watching;

  /** Whether it may not be needed any more. */
  private boolean asksAnew = true;

  private long lastLookNanos;
  private long nextLookNanos;
  private long lastScanNanos;
  private long countedNanos;

  /** Whether pids were given out and not all of them read since the latest complete scan. */
  private boolean moved;

  /** Read once more: a pid is given out some microseconds before its process can be seen. */
  private Set<Integer> unseen = Set.of();

  /** First seen between the last two looks. */
  private List<ProcessRecord> young = List.of();

  private volatile boolean closed;
  private boolean complained;

  public Watcher(
      Kernel kernel,
      Time time,
      Registry registry,
      ScopeTree scopes,
      ScanCycle scanCycle,
      ProcessObserver observer,
      Collector collector,
      Watch watch,
      Wakeups wakeups) {
    this.kernel = kernel;
    this.time = time;
    this.lastSecondNanos = time.nanos();
    this.lastScanNanos = time.nanos();
    this.registry = registry;
    this.scopes = scopes;
    this.scanCycle = scanCycle;
    this.observer = observer;
    this.collector = collector;
    this.uncollected = new Uncollected(time, registry, observer, watch, wakeups);
    this.pids = new NewPids(kernel, scanCycle::lastPid);
    this.wakeups = wakeups;
    this.thread = time.thread(this, THREAD);
  }

  public Uncollected uncollected() {
    return uncollected;
  }

  /** Runs this once a second while it watches. To be called before the start. */
  public void eachSecond(Runnable action) {
    eachSecond = action;
  }

  public void start() {
    pids.started();
    time.start(thread);
  }

  @Override
  public void run() {
    while (!closed) {
      step();
    }
  }

  /** Waits for what wakes it, and looks. */
  public void step() {
    try {
      pass();
    } catch (RuntimeException | Error e) {
      // A lack of memory for instance may pass. What was reported meanwhile, the next scan sees.
      recover(e);
    }
  }

  private void recover(Throwable failure) {
    try {
      if (!complained) {
        complained = true;
        System.getLogger("io.github.subreaper")
            .log(System.Logger.Level.WARNING, "the watcher goes on after", failure);
      }
    } catch (RuntimeException | Error again) {
      complained = true; // there may be no memory for it
    }
    time.park(AFTER_A_FAILURE_NANOS);
  }

  private void pass() {
    giveWay();
    int events = wakeups.await(this::longestSleep);
    boolean ends = false;
    for (int i = 0; i < events && !closed; i++) {
      ends |= take(wakeups.token(i), wakeups.isCollected(i));
    }
    if (closed) {
      return;
    }
    if (uncollected.any()) {
      registry.lock.run(uncollected::look);
    }
    long now = time.nanos();
    if (watching && now - lastSecondNanos >= SECOND_NANOS) {
      lastSecondNanos = now;
      eachSecond.run();
    }
    boolean doubted = registry.watchList.doubt() <= 0;
    if (doubted) {
      registry.watchList.clearDoubt();
    }
    if (ends || doubted) {
      scanCycle.scanAdopted(); // what has died may have left children
    }
    if (watching && now - nextLookNanos >= 0) {
      look();
    } else if (ends) {
      time.park(BATCH_NANOS);
    }
  }

  /** What kills needs the lock, and finds by itself what it has killed: most ends need no event. */
  private void giveWay() {
    long began = time.nanos();
    while (registry.heldZombies.any() && !closed && time.nanos() - began < LONGEST_AWAY_NANOS) {
      time.park(BATCH_NANOS);
    }
  }

  /** Returns whether there was a process to be taken. The lock is not held. */
  private boolean take(long token, boolean collected) {
    return registry.lock.locked(
        () -> {
          ProcessRecord process = registry.watchList.find(token);
          if (process != null && !collector.handleReported(process)) {
            uncollected.reported(process, collected);
          }
          return process != null;
        });
  }

  /**
   * Watches from now on: what is started at once is not missed, though the watcher gets a CPU
   * later. The lock is held.
   */
  public void scopeOpened() {
    if (scopes.isAnyOpen()) {
      begin(time.nanos());
    }
    wakeups.within(PAUSE_NANOS);
  }

  private void begin(long now) {
    if (!watching) {
      pids.count(); // what was given out before is of no interest
      countedNanos = now;
      lastLookNanos = now;
      nextLookNanos = now + PAUSE_NANOS;
      watching = true;
    }
  }

  /** While nothing happens it is asked ten times a second, and takes no lock then. */
  private long longestSleep() {
    if (watching && !asksAnew && !uncollected.any()) {
      return closed ? 0 : Math.min(registry.watchList.doubt(), nextLookNanos - time.nanos());
    }
    asksAnew = false;
    return registry.lock.locked(this::longestSleepUnderLock);
  }

  private long longestSleepUnderLock() {
    long now = time.nanos();
    // The JDK may collect a child late, which nothing reports before Linux 6.9.
    boolean needed = scopes.isAnyOpen() || registry.isAnyUncollected();
    if (needed) {
      begin(now);
    } else {
      registry.watchList.takeFresh(); // else these would stay in memory
      young = List.of();
    }
    watching = needed;
    long sleep = Math.min(registry.watchList.doubt(), uncollected.nextLook());
    return closed ? 0 : watching ? Math.min(sleep, nextLookNanos - now) : sleep;
  }

  /**
   * Looks for births, and again at what was first seen a moment ago: it execs, or sheds its tag.
   */
  private void look() {
    long began = time.nanos();
    long scanned = scanCycle.lastStartNanos();
    if (scanned - lastLookNanos > 0) {
      lastLookNanos = scanned; // a scan for a caller has seen all that lived then
      nextLookNanos = scanned + PAUSE_NANOS;
      young = registry.watchList.takeFresh();
      pids.note();
      return;
    }
    lastLookNanos = began;
    nextLookNanos = began + PAUSE_NANOS;
    List<ProcessRecord> fresh = registry.watchList.takeFresh();
    if (registry.heldZombies.any()) {
      pids.note();
      return; // what kills scans by itself, all the time
    }
    long since = countedNanos;
    countedNanos = began;
    int given = pids.count();
    boolean due = began - Math.max(scanned, lastScanNanos) >= SECOND_NANOS;
    if (given == 0 && !due && young.isEmpty() && fresh.isEmpty() && unseen.isEmpty()) {
      return;
    }
    int known = registry.lock.locked(() -> registry.live().size());
    int lists = OWN_LISTS + known;
    boolean few = given != NewPids.UNKNOWN && given <= lists * PIDS_A_LIST;
    if (few) {
      readNew(fresh, since);
    } else {
      moved = true;
      registry.missedBirths();
    }
    if (due && began - lastScanNanos >= known * PAUSE_NANOS_A_PROCESS) {
      lastScanNanos = began;
      asksAnew = true;
      scan(began - scanned);
    } else {
      if (!few) {
        nextLookNanos = began + Math.max(PAUSE_NANOS, lists * PAUSE_NANOS_A_LIST);
        scanCycle.scanBirths(kernel.procfs.threadsAtOneRead(Procfs.SELF));
      }
      observeAgain(young);
      observeAgain(fresh);
    }
    young = fresh;
  }

  private void scan(long sinceCompleteNanos) {
    if (moved || sinceCompleteNanos >= LONGEST_SCAN_PAUSE_NANOS) {
      moved = false;
      scanCycle.scan();
      lastLookNanos = scanCycle.lastStartNanos();
    } else {
      scanCycle.scanKnown();
    }
  }

  private void observeAgain(List<ProcessRecord> processes) {
    for (ProcessRecord process : processes) {
      boolean reported =
          !process.isAlive() && process.pidfd() != null; // the kernel reports the rest
      if (!process.exitSeen() && !reported) {
        observer.refreshProgram(process);
      }
    }
  }

  /**
   * Reads the pids that are new and have no record. A process has a higher pid than its parent, but
   * for a wrap.
   */
  private void readNew(List<ProcessRecord> fresh, long since) {
    List<ProcessStat> found = new ArrayList<>();
    Set<Integer> gone = new HashSet<>();
    Set<Integer> known = new HashSet<>();
    addKnown(young, since, known);
    addKnown(fresh, since, known);
    unseen.forEach(pid -> read(pid, found));
    pids.each(
        pid -> {
          if (!known.contains(pid) && !read(pid, found)) {
            gone.add(pid);
          }
        });
    if (found.stream().anyMatch(this::isUnknownChild)) {
      scanCycle.scanChildren(kernel.procfs.threadsAtOneRead(Procfs.SELF));
      moved |= found.stream().anyMatch(this::isUnknownChild); // for want of a descriptor, perhaps
    }
    found.forEach(observer::observeBelowKnown);
    if (!gone.isEmpty()) {
      registry.missedBirths();
    }
    unseen = gone;
  }

  /** No pid is given out twice between two questions, so these records are of the new pids. */
  private static void addKnown(List<ProcessRecord> records, long since, Set<Integer> known) {
    for (ProcessRecord process : records) {
      if (process.firstSeenNanos() - since >= 0) {
        known.add(process.pid());
      }
    }
  }

  private boolean read(int pid, List<ProcessStat> found) {
    ProcessStat stat = kernel.procfs.stat(pid);
    if (stat != null) {
      found.add(stat);
    }
    return stat != null;
  }

  private boolean isUnknownChild(ProcessStat stat) {
    return stat.parent() == SELF
        && !stat.hasEnded()
        && registry.lock.locked(() -> registry.find(stat)) == null;
  }

  @Override
  public void close() {
    closed = true;
    wakeups.wake();
    time.unpark(thread);
    if (time.join(thread, LONGEST_CLOSE_NANOS)) {
      wakeups.close();
    }
  }
}
