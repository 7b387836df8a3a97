package io.github.subreaper.internal.engine;

import io.github.subreaper.internal.engine.attribution.Ancestry;
import io.github.subreaper.internal.engine.attribution.Attribution;
import io.github.subreaper.internal.engine.attribution.DoubtedProcesses;
import io.github.subreaper.internal.engine.attribution.PreexistingProcesses;
import io.github.subreaper.internal.engine.attribution.StartFinder;
import io.github.subreaper.internal.engine.attribution.UnseenChildren;
import io.github.subreaper.internal.engine.end.Detachment;
import io.github.subreaper.internal.engine.end.EndFactory;
import io.github.subreaper.internal.engine.end.LaunchStop;
import io.github.subreaper.internal.engine.end.LeakJudge;
import io.github.subreaper.internal.engine.end.ScopeEnding;
import io.github.subreaper.internal.engine.end.Scopes;
import io.github.subreaper.internal.engine.end.SurvivorReasons;
import io.github.subreaper.internal.engine.guardian.GuardianKeeper;
import io.github.subreaper.internal.engine.guardian.GuardianLog;
import io.github.subreaper.internal.engine.guardian.StaleDirectories;
import io.github.subreaper.internal.engine.journal.FactLog;
import io.github.subreaper.internal.engine.jvm.ActiveElsewhereException;
import io.github.subreaper.internal.engine.jvm.JvmMarker;
import io.github.subreaper.internal.engine.jvm.Threads;
import io.github.subreaper.internal.engine.launch.Launcher;
import io.github.subreaper.internal.engine.launch.ProgramStart;
import io.github.subreaper.internal.engine.lock.RecordLock;
import io.github.subreaper.internal.engine.lock.Wakeups;
import io.github.subreaper.internal.engine.origin.CallSites;
import io.github.subreaper.internal.engine.origin.ChildTags;
import io.github.subreaper.internal.engine.origin.MethodBindings;
import io.github.subreaper.internal.engine.origin.Origin;
import io.github.subreaper.internal.engine.origin.ThreadBindings;
import io.github.subreaper.internal.engine.query.Freeze;
import io.github.subreaper.internal.engine.query.Handovers;
import io.github.subreaper.internal.engine.query.LeakFinder;
import io.github.subreaper.internal.engine.query.Queries;
import io.github.subreaper.internal.engine.query.Searches;
import io.github.subreaper.internal.engine.query.Signals;
import io.github.subreaper.internal.engine.query.Waiting;
import io.github.subreaper.internal.engine.reap.Collector;
import io.github.subreaper.internal.engine.reap.CompleteScan;
import io.github.subreaper.internal.engine.reap.Ownership;
import io.github.subreaper.internal.engine.reap.Reaper;
import io.github.subreaper.internal.engine.reap.ReaperWakeup;
import io.github.subreaper.internal.engine.reap.Watcher;
import io.github.subreaper.internal.engine.records.Facts;
import io.github.subreaper.internal.engine.records.GuardianNews;
import io.github.subreaper.internal.engine.records.ProcessRecord;
import io.github.subreaper.internal.engine.records.Registry;
import io.github.subreaper.internal.engine.records.ScopeTree;
import io.github.subreaper.internal.engine.scan.AdopterList;
import io.github.subreaper.internal.engine.scan.ProcessObserver;
import io.github.subreaper.internal.engine.scan.ScanCycle;
import io.github.subreaper.internal.engine.scan.Snapshots;
import io.github.subreaper.internal.engine.scan.Watch;
import io.github.subreaper.internal.engine.spawn.PrivateDirectory;
import io.github.subreaper.internal.engine.spawn.Spawner;
import io.github.subreaper.internal.engine.spawn.Tags;
import io.github.subreaper.internal.engine.spawn.UnsupportedException;
import io.github.subreaper.internal.engine.time.Clock;
import io.github.subreaper.internal.engine.time.PidOrder;
import io.github.subreaper.internal.engine.trace.Traces;
import io.github.subreaper.internal.engine.values.OwnSession;
import io.github.subreaper.internal.linux.Kernel;
import io.github.subreaper.internal.linux.Time;
import io.github.subreaper.internal.linux.calls.LinuxException;
import io.github.subreaper.internal.linux.proc.Procfs;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * One activation of this JVM: takes the JVM, counts its users, and leaves the JVM as it was found
 * when the last one releases it. It makes all that an activation works with; none of that knows it.
 */
public final class Engine {
  /** Never an object's monitor: a virtual thread that waits with one held keeps its carrier. */
  private static final ReentrantLock USERS = new ReentrantLock();

  private static final long LONGEST_USE_NANOS = 60_000_000_000L;

  private static volatile @Nullable Engine current;
  private static int users;

  private final List<AutoCloseable> atShutdown = new CopyOnWriteArrayList<>();
  private final Kernel kernel;
  private final Time time;
  final RecordLock lock;
  final Registry registry;
  final PrivateDirectory directory;
  final Tags tags;
  final Spawner spawner;
  final GuardianKeeper guardian;
  final Threads threads;
  final ScopeTree scopeTree;
  final PreexistingProcesses preexisting;
  final Attribution attribution;
  final Origin origin;
  private final CallSites callSites;
  final ProcessObserver observer;
  final ScanCycle scanCycle;
  final Collector collector;
  final Reaper reaper;
  final CompleteScan scan;
  final Snapshots snapshots;
  private final Facts facts;
  private final Clock clock;
  final Watcher watcher;
  private final Signals signals;
  private final Queries queries;
  private final Waiting waiting;
  private final Scopes scopes;
  private final LaunchStop launchStop;
  private final Launcher launcher;
  private final Searches searches;
  private final Deque<AutoCloseable> undo;

  /** Made before it is needed: code under test may forbid to link a lambda by then. */
  private final List<AutoCloseable> emptying;

  /** Whether the end of all scopes went well, or nothing was started. */
  private boolean ended = true;

  /**
   * Makes this JVM the subreaper, or joins the activation that has.
   *
   * @throws UnsupportedException if the system refuses; nothing is half activated then
   * @throws ActiveElsewhereException if a copy of this class in another class loader has done so
   * @throws IllegalStateException if this JVM ends, or no thread can be started
   */
  public static Engine acquire() {
    USERS.lock();
    try {
      ShutdownHook.requireBefore();
      Engine engine = current;
      if (engine == null) {
        engine = start();
        current = engine;
      }
      users++;
      return engine;
    } finally {
      USERS.unlock();
    }
  }

  /** Gives one use back. The last one ends what is left and puts everything back. */
  public void release() {
    USERS.lock();
    try {
      if (current == this && --users == 0) {
        close(false);
      }
    } finally {
      USERS.unlock();
    }
  }

  /** Runs an action when the JVM ends, before what is left is terminated. */
  public void atShutdown(Runnable action) {
    atShutdown.add(action::run);
  }

  /** Ends all scopes as if they had been closed, since the JVM ends while they are open. */
  private void shutdown() {
    Undo.all(atShutdown);
    try {
      if (!time.tryLock(USERS, LONGEST_USE_NANOS)) {
        return; // an activation hangs: the guardian terminates what there is
      }
    } catch (InterruptedException e) {
      return; // not possible: no other code has this thread
    }
    try {
      ShutdownHook.refuseActivations();
      if (current == this) {
        users = 0;
        close(true);
      }
    } finally {
      USERS.unlock();
    }
  }

  private static Engine start() {
    Time time = new Time();
    Deque<AutoCloseable> undo = new ArrayDeque<>();
    undo.push(Engine::forget); // undone after all that is pushed later
    try {
      undo.push(ClassLoading.start(time, Engine.class));
      String trouble = Support.noKernel();
      Kernel kernel = trouble == null ? new Kernel() : null;
      JvmMarker.set(kernel, time);
      String missing = kernel == null ? trouble : Support.missing(kernel);
      if (kernel == null || missing != null) {
        throw new UnsupportedException(String.valueOf(missing));
      }
      PrivateDirectory directory = new PrivateDirectory(kernel);
      undo.push(directory);
      kernel.subreaper.claim();
      undo.push(kernel.subreaper);
      if (!kernel.subreaper.get()) {
        throw new UnsupportedException("prctl(PR_SET_CHILD_SUBREAPER) had no effect");
      }
      long limitBefore = kernel.fileLocks.get(Procfs.SELF);
      Tags tags = Tags.claim(kernel, limitBefore);
      undo.push(() -> kernel.fileLocks.set(Procfs.SELF, limitBefore));
      PreexistingProcesses preexisting = new PreexistingProcesses(kernel, time, tags);
      Spawner spawner = new Spawner(kernel, time, directory, tags, limitBefore);
      undo.push(spawner);
      Engine engine = new Engine(kernel, time, directory, tags, preexisting, spawner, undo);
      engine.begin(preexisting);
      StaleDirectories.removeOnceBeside(kernel, directory.path());
      return engine;
    } catch (LinuxException e) {
      Undo.all(undo);
      throw new UnsupportedException("the kernel or a sandbox refuses " + e.getMessage());
    } catch (UncheckedIOException e) { // the private directory's file system is full
      Undo.all(undo);
      throw new UnsupportedException(Objects.requireNonNull(e.getMessage()));
    } catch (RuntimeException | Error e) {
      Undo.all(undo);
      if (Threads.isNoneLeft(e)) { // it may pass: the system supports this
        throw new IllegalStateException("cannot activate: " + Threads.noneLeft(), e);
      }
      throw e;
    }
  }

  private static void forget() {
    current = null;
    JvmMarker.remove();
  }

  private void begin(PreexistingProcesses preexisting) {
    LateOrphanReaper.leaveToActivation();
    undo.addLast(LateOrphanReaper::activationIsOver); // when nothing is active any more
    undo.push(guardian::dismiss);
    guardian.start().awaitReady();
    if (!tags.inLimit()) {
      preexisting.awaitLaterBirths();
    }
    spawner.tids(); // known by now; a failure shows here, and not at the first launch
    undo.push(new ShutdownHook(this::shutdown));
    undo.addLast(() -> LateOrphanReaper.awaitEnds(kernel, registry, threads));
    reaper.start();
    undo.push(origin.choose());
    undo.push(clock);
    undo.push(facts.log());
    undo.push(registry);
    undo.push(reaper); // ends the guardian, whose death wakes it
    undo.push(this::leaveGuardian);
    undo.push(watcher);
    watcher.start(); // last: if no thread is left, all of the above is undone
  }

  Engine(
      Kernel kernel,
      Time time,
      PrivateDirectory directory,
      Tags tags,
      PreexistingProcesses preexisting,
      Spawner spawner,
      Deque<AutoCloseable> undo) {
    this.kernel = kernel;
    this.time = time;
    this.directory = directory;
    this.tags = tags;
    this.preexisting = preexisting;
    this.spawner = spawner;
    this.undo = undo;
    OwnSession own = OwnSession.of(kernel);

    // the records
    lock = new RecordLock(time);
    threads = new Threads(kernel, time);
    PidOrder order = new PidOrder(kernel);
    scopeTree = new ScopeTree(lock, order);
    clock = new Clock(time);
    guardian = new GuardianKeeper(kernel, time, directory, tags, spawner);
    facts = new Facts(time, lock, new FactLog(time, directory.path("journal")));
    Wakeups wakeups = Wakeups.create(kernel, time);
    undo.push(wakeups);
    registry = new Registry(kernel, time, lock, own, new GuardianNews(guardian), facts, wakeups);
    ThreadBindings bindings = new ThreadBindings(time, threads);
    MethodBindings methods = new MethodBindings();
    callSites = new CallSites(methods);
    ChildTags children = new ChildTags(kernel, tags, spawner, guardian);
    origin = new Origin(kernel, time, directory, bindings, methods, callSites, own, children);
    Ancestry ancestry = new Ancestry(kernel, time, origin, order, tags.inLimit());
    StartFinder starts = new StartFinder(time, registry, origin, ancestry);
    DoubtedProcesses doubts = new DoubtedProcesses(time, registry, origin, ancestry, starts);
    attribution =
        new Attribution(
            kernel,
            time,
            registry,
            scopeTree,
            tags,
            preexisting,
            threads,
            origin,
            ancestry,
            doubts);
    UnseenChildren unseen = new UnseenChildren(kernel, time, registry, scopeTree, origin, ancestry);

    // the scans
    AdopterList adopterList = new AdopterList(kernel, spawner, threads);
    Watch watch = new Watch(kernel, time, registry);
    observer =
        new ProcessObserver(
            kernel,
            time,
            registry,
            attribution,
            tags,
            spawner,
            threads,
            guardian,
            adopterList,
            watch);
    scanCycle =
        new ScanCycle(
            kernel, time, registry, observer, preexisting, ancestry, threads, spawner, adopterList);
    undo.push(scanCycle);
    snapshots = new Snapshots(kernel, time, registry, observer);
    LeakFinder leaks = new LeakFinder(registry);

    // the deaths
    ReaperWakeup wakeup = new ReaperWakeup(lock);
    Ownership ownership = new Ownership(kernel, time, attribution, spawner, tags, threads, wakeup);
    collector =
        new Collector(
            kernel,
            time,
            registry,
            ownership,
            attribution,
            ancestry,
            scanCycle,
            observer,
            adopterList,
            tags);
    watcher =
        new Watcher(
            kernel, time, registry, scopeTree, scanCycle, observer, collector, watch, wakeups);
    reaper =
        new Reaper(
            kernel, time, registry, collector, scanCycle, guardian, spawner, threads, wakeup);
    scan = new CompleteScan(time, registry, scanCycle, reaper, doubts, unseen);

    // what users call
    signals = new Signals(kernel, registry, observer);
    waiting = new Waiting(time, registry, scanCycle, observer, reaper);
    searches = new Searches(kernel, time, registry, scanCycle, reaper, doubts, waiting);
    queries =
        new Queries(
            kernel, time, registry, scopeTree, tags, scan, observer, snapshots, leaks, starts);
    SurvivorReasons reasons = new SurvivorReasons(kernel, time, snapshots);
    EndFactory ends =
        new EndFactory(kernel, time, registry, scan, scanCycle, reaper, signals, observer, reasons);
    Handovers handovers = new Handovers(registry, signals);
    LeakJudge judge =
        new LeakJudge(
            time, registry, scanCycle, doubts, starts, unseen, snapshots, handovers, leaks);
    Detachment detachment = new Detachment(registry, attribution, bindings, tags);
    ScopeEnding ending =
        new ScopeEnding(
            time, registry, scanCycle, reaper, handovers, guardian, ends, judge, detachment);
    scopes =
        new Scopes(time, scopeTree, registry, bindings, methods, origin, scan, ending, watcher);
    launchStop = new LaunchStop(time, registry, guardian, snapshots, ends);
    Traces traces =
        new Traces(kernel, time, registry, observer, watcher.uncollected(), tags, clock, directory);
    ProgramStart start =
        new ProgramStart(kernel, time, registry, observer, directory, tags, spawner, traces);
    launcher =
        new Launcher(kernel, time, registry, start, directory, tags, clock, queries, launchStop);
    watcher.eachSecond(launcher::cutOutputs);
    undo.push(traces);
    emptying = List.of(origin, directory::empty);
  }

  /**
   * Ends what is left and puts everything back. Where processes could not be ended, a guardian
   * stays to end them when the JVM is gone.
   */
  private void close(boolean jvmEnds) {
    ended = false;
    try {
      scopes.end(scopeTree.root());
      ended = true;
    } finally {
      // The guardian goes last: it removes the same if this JVM is killed here.
      boolean emptied = ended && Undo.all(emptying);
      if (emptied || !jvmEnds) {
        Undo.all(undo);
      }
    }
  }

  private void leaveGuardian() {
    if (!ended) {
      guardian.leaveOne();
    }
  }

  /** Returns what guardians of JVMs that have died wrote; each log is given to one caller. */
  public List<GuardianLog> guardianLogs() {
    return guardian.unreadLogs();
  }

  /** See {@link ClassLoading#prepare}. */
  public static void prepare() {
    ClassLoading.prepare(new Time(), Engine.class);
  }

  /** Waits until starts are reported, or never will be; returns whether they are. */
  public boolean awaitOrigins(long nanos) throws InterruptedException {
    origin.start();
    return origin.await(nanos);
  }

  /** Returns the kernel, for what the layer above reads. */
  public Kernel kernel() {
    return kernel;
  }

  public CallSites callSites() {
    return callSites;
  }

  public Scopes scopes() {
    return scopes;
  }

  public Launcher launcher() {
    return launcher;
  }

  public LaunchStop launchStop() {
    return launchStop;
  }

  public Queries queries() {
    return queries;
  }

  public Snapshots snapshots() {
    return snapshots;
  }

  public Facts facts() {
    return facts;
  }

  public Signals signals() {
    return signals;
  }

  public Waiting waiting() {
    return waiting;
  }

  public Searches searches() {
    return searches;
  }

  /** Prepares to stop a process and its tree. */
  public Freeze freeze(ProcessRecord top) {
    return new Freeze(kernel, time, registry, queries, signals, waiting, top);
  }
}
