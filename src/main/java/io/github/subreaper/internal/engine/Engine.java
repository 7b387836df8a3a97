package io.github.subreaper.internal.engine;

import io.github.subreaper.internal.linux.Errno;
import io.github.subreaper.internal.linux.FileLockLimit;
import io.github.subreaper.internal.linux.Kill;
import io.github.subreaper.internal.linux.LinuxException;
import io.github.subreaper.internal.linux.Pidfd;
import io.github.subreaper.internal.linux.ProcessStat;
import io.github.subreaper.internal.linux.Procfs;
import io.github.subreaper.internal.linux.SubreaperFlag;
import io.github.subreaper.internal.linux.Wait;
import io.github.subreaper.internal.linux.Wait.Child;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One activation of this JVM: the flag, the tag, the threads, and all that they work on. Counted:
 * the last user's release leaves the JVM as it was found.
 */
public final class Engine {
  /** Never an object's monitor: a virtual thread that waits with one held keeps its carrier. */
  private static final ReentrantLock USERS = new ReentrantLock();

  private static final Policy SESSION_POLICY =
      new Policy(
          Duration.ofSeconds(5),
          Duration.ZERO,
          Duration.ofSeconds(10),
          Duration.ofSeconds(5),
          false,
          List.of());

  /** Deaths may go on for ever, those of one scope or launch while it is asked for do not. */
  private static final long LONGEST_REFRESH_NANOS = 20_000_000;

  private static final long LONGEST_USE_NANOS = 60_000_000_000L;

  static final long LONGEST_LOOK_NANOS = 5_000_000_000L;

  /** Of the time that it waits for one process, a thread looks at it for a quarter at most. */
  private static final int LOOK_SHARE = 3;

  private static final long FIRST_PAUSE_NANOS = 200_000;
  private static final long LONGEST_PAUSE_NANOS = 10_000_000;
  private static final long GUARDIAN_RETRY_NANOS = 200_000_000;

  private static volatile @Nullable Engine current;
  private static int users;

  private final int self = (int) ProcessHandle.current().pid();
  private final int processGroup;
  final Registry registry;
  final Threads threads = new Threads();
  final Methods methods = new Methods();
  final Map<Integer, LaunchRecord> launches = new HashMap<>();
  final Workshop workshop;
  final Tags tags;
  final Elders elders;
  final Spawner spawner;
  final Launcher launcher;
  final Origin origin;
  final Attribution attribution;
  final Ancestry ancestry;
  final Census census;
  final Reaper reaper;
  final Clock clock;
  private final Scope root;
  private final Deque<Runnable> undo;

  /** Made before it is needed: code under test may forbid to link a lambda by then. */
  private final List<Runnable> emptying;

  private final Runnable ring = this::ringGuardian;

  private volatile boolean closed;

  /** Whether the end of all scopes went well, or nothing was started. */
  private boolean ended = true;

  /** Where guardians tell the next run what they had to do. */
  private final Path logs = GuardianLog.directory();

  private volatile @Nullable Guardian guardian;
  private boolean guardianRefused;
  private long guardianRefusedNanos;
  private final List<GuardianLoss> guardianLosses = new CopyOnWriteArrayList<>();

  /**
   * Makes this JVM the subreaper, or joins whoever has.
   *
   * @throws UnsupportedException if the system refuses; nothing is half activated then
   * @throws ActiveElsewhereException if a copy of this class in another class loader has done so
   */
  public static Engine acquire() {
    USERS.lock();
    try {
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

  /** Undone with the last user: ends what is left, then puts everything back. */
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

  /** The JVM ends while scopes are open: what they hold is ended as if they had been closed. */
  private void shutdown() {
    try {
      if (!USERS.tryLock(LONGEST_USE_NANOS, TimeUnit.NANOSECONDS)) {
        return; // an activation hangs: the guardian ends what there is
      }
    } catch (InterruptedException e) {
      return; // no other thread has this one
    }
    try {
      if (current == this) {
        users = 0;
        close(true);
      }
    } finally {
      USERS.unlock();
    }
  }

  private static Engine start() {
    Deque<Runnable> undo = new ArrayDeque<>();
    undo.push(() -> current = null);
    try {
      undo.push(JvmMarker::remove); // the last that is undone
      JvmMarker.set();
      String missing = Support.missing();
      if (missing != null) {
        throw new UnsupportedException(missing);
      }
      Workshop workshop = new Workshop();
      undo.push(workshop::close);
      boolean flagBefore = SubreaperFlag.get();
      SubreaperFlag.set(true);
      undo.push(() -> SubreaperFlag.set(flagBefore));
      if (!SubreaperFlag.get()) {
        throw new UnsupportedException("prctl(PR_SET_CHILD_SUBREAPER) had no effect");
      }
      long limitBefore = FileLockLimit.get(Procfs.SELF);
      Tags tags = Tags.claim(limitBefore);
      undo.push(() -> FileLockLimit.set(Procfs.SELF, limitBefore));
      Elders elders = new Elders(tags);
      Spawner spawner = new Spawner(workshop, tags, limitBefore);
      undo.push(spawner::close);
      Engine engine = new Engine(workshop, tags, elders, spawner, undo);
      undo.push(engine::dismissGuardian);
      engine.startGuardian().awaitReady();
      if (!tags.inLimit()) {
        elders.awaitLaterBirths();
      }
      spawner.tids(); // known by now; a failure shows here, and not at the first launch
      Thread hook = new Thread(engine::shutdown, "subreaper shutdown");
      Runtime.getRuntime().addShutdownHook(hook);
      undo.push(() -> removeHook(hook));
      undo.addLast(() -> Stragglers.awaitEnds(engine)); // when nothing is active any more
      engine.reaper.start();
      undo.push(engine.census::close);
      undo.push(engine.origin::close);
      undo.push(engine.clock::close);
      undo.push(engine::leave);
      Leftovers.removeOnceBeside(workshop.directory());
      return engine;
    } catch (LinuxException e) {
      undoAll(undo);
      throw new UnsupportedException("the kernel or a sandbox refuses " + e.getMessage());
    } catch (UncheckedIOException e) { // the private directory's file system is full
      undoAll(undo);
      throw new UnsupportedException(Objects.requireNonNull(e.getMessage()));
    } catch (RuntimeException | Error e) {
      undoAll(undo);
      if (Threads.isNoneLeft(e)) { // a lack of the moment, not of this system
        throw new IllegalStateException("cannot activate: " + Threads.noneLeft(), e);
      }
      throw e;
    }
  }

  private static void removeHook(Thread hook) {
    if (Thread.currentThread() != hook) {
      try {
        Runtime.getRuntime().removeShutdownHook(hook);
      } catch (IllegalStateException e) {
        return; // the JVM is on its way out
      }
    }
  }

  private Engine(
      Workshop workshop, Tags tags, Elders elders, Spawner spawner, Deque<Runnable> undo) {
    this.workshop = workshop;
    this.tags = tags;
    this.elders = elders;
    this.spawner = spawner;
    this.undo = undo;
    ProcessStat own = Procfs.stat(Procfs.SELF);
    int session = own == null ? 0 : own.session();
    processGroup = own == null ? 0 : own.processGroup();
    registry = new Registry(session, this::tellGuardian);
    origin = new Origin(workshop.path("origin.jfr"), threads, methods, session, processGroup);
    ancestry = new Ancestry(origin, self, tags.inLimit());
    attribution = new Attribution(this, ancestry, session, processGroup);
    census = new Census(this, self);
    launcher = new Launcher(this);
    reaper = new Reaper(this);
    clock = new Clock();
    root = new Scope(this, "session", null, SESSION_POLICY);
    emptying = List.of(origin::close, workshop::empty);
  }

  /**
   * Ends what is left and puts everything back. Where processes could not be ended, a guardian
   * stays to end them when the JVM is gone.
   */
  private void close(boolean jvmEnds) {
    ended = false;
    try {
      root.end();
      ended = true;
    } finally {
      // The guardian still stands: it removes the same if this JVM is killed meanwhile.
      boolean emptied = ended && undoAll(emptying);
      if (emptied || !jvmEnds) {
        undoAll(undo);
      }
    }
  }

  /** Ends the reaping thread, and with it the guardian, whose death wakes it. */
  private void leave() {
    try {
      reaper.leave(ring);
    } finally {
      closed = true;
    }
  }

  /**
   * Runs each of them, whatever the others did.
   *
   * @return whether all went well
   */
  private static boolean undoAll(Collection<Runnable> undo) {
    boolean done = true;
    for (Runnable one : undo) {
      try {
        one.run();
      } catch (RuntimeException | Error e) {
        done = false;
        warn(e);
      }
    }
    return done;
  }

  private static void warn(Throwable failure) {
    try {
      System.getLogger("io.github.subreaper")
          .log(System.Logger.Level.WARNING, "the JVM is not quite as it was found", failure);
    } catch (RuntimeException | Error e) {
      return; // the log may be what is forbidden, and the next step matters more
    }
  }

  /** This JVM's own. */
  int processGroup() {
    return processGroup;
  }

  /** Whether any activation of this JVM is under way. */
  static boolean isActive() {
    return current != null;
  }

  boolean isClosed() {
    return closed;
  }

  /** What guardians of JVMs that have died wrote down; each log is given to one caller. */
  public List<GuardianLog> guardianLogs() {
    return GuardianLog.unread(logs);
  }

  private Guardian startGuardian() {
    Guardian started = new Guardian(workshop, tags, spawner, logs);
    guardian = started;
    return started;
  }

  private boolean tellGuardian(int pid, long startTicks) {
    Guardian present = guardian;
    return present != null && present.tell(pid, startTicks);
  }

  boolean isGuardian(int pid) {
    Guardian present = guardian;
    return present != null && present.is(pid);
  }

  private void ringGuardian() {
    Guardian present = guardian;
    if (present != null) {
      present.ring();
    }
  }

  private void dismissGuardian() {
    Guardian present = guardian;
    if (present != null) {
      present.dismiss();
    }
    if (!ended) {
      Guardian next = startGuardian(); // the one before had to wake the reaping thread by its death
      next.stay();
      next.awaitReady();
    }
  }

  /** It has been collected, by the reaper or by others. */
  void guardianEnded(OptionalInt waitStatus) {
    Guardian lost = guardian;
    if (lost != null) {
      guardian = null;
      if (lost.isReady()) {
        guardianLosses.add(new GuardianLoss(lost.pid(), waitStatus, System.nanoTime()));
      } else { // one that can't stand is not replaced at once, for ever
        guardianRefused = true;
        guardianRefusedNanos = System.nanoTime();
      }
      lost.ended();
    }
  }

  /**
   * For the reaper: if somebody has killed it, a new one takes its place, as soon as one can start.
   *
   * @return whether there is one
   */
  boolean ensureGuardian() {
    Guardian present = guardian;
    if (present != null) {
      if (present.isThere()) {
        return true;
      }
      guardianEnded(present.waitStatus()); // by native code that waits for any child
    }
    long now = System.nanoTime();
    if (guardianRefused && now - guardianRefusedNanos < GUARDIAN_RETRY_NANOS) {
      return false;
    }
    try {
      startGuardian();
      registry.locked(
          () -> {
            registry.tellAll();
            return null;
          });
      guardianRefused = false;
      return true;
    } catch (RuntimeException | OutOfMemoryError e) {
      guardianRefused = true; // most likely no process slot is left, or no descriptor
      guardianRefusedNanos = now;
      return false;
    }
  }

  /** Guardians that somebody has killed since a time, {@link System#nanoTime}. */
  List<GuardianLoss> guardianLosses(long sinceNanos) {
    return guardianLosses.stream().filter(loss -> loss.nanos() - sinceNanos >= 0).toList();
  }

  /**
   * Waits until the flight recorder records, or never will.
   *
   * @return whether it does
   */
  public boolean awaitOrigins(long nanos) throws InterruptedException {
    origin.start();
    return origin.await(nanos);
  }

  /** Opens the session of one user of this activation: it ends with that user. */
  public Scope openSession() {
    return root.open("session", SESSION_POLICY);
  }

  /** All that was seen, in scopes that are open or still held by somebody. */
  public List<ProcessRecord> records() {
    return root.records();
  }

  /** Whether each process shows its tag to all; otherwise launches have it in the environment. */
  public boolean isTagInLimit() {
    return tags.inLimit();
  }

  public List<ProcessRecord> foreign() {
    return registry.locked(registry::foreign);
  }

  /**
   * The scope of an ambient process by the time of its birth: the innermost scope that was open by
   * then if these form one chain, or the innermost that all chains share. A session with nothing
   * open in it starts nothing, so it counts only if all sessions are such.
   */
  Scope ambientScope(Birth birth) {
    Scope scope = root;
    while (true) {
      List<Scope> nested = scope.openNested(birth);
      if (scope == root && nested.size() > 1) {
        nested = nested.stream().filter(session -> !session.openNested.isEmpty()).toList();
      }
      if (nested.size() != 1 || scope.mayBeOfAnEnded(birth, nested.get(0))) {
        return scope;
      }
      scope = nested.get(0);
    }
  }

  Collection<LaunchRecord> runningLaunches() {
    return registry.locked(() -> List.copyOf(launches.values()));
  }

  /** Returns the present time, to be compared with the start, adoption and end of processes. */
  public Instant now() {
    return registry.now();
  }

  /** Returns when what has ended by now is recorded, as far as it is this JVM's to reap. */
  public void catchUp() {
    reaper.catchUp();
  }

  /** A look at all there is, so that what is asked next is true of now. */
  public void lookAround() {
    look(() -> registry.lastDeathNanos, System.nanoTime() + LONGEST_REFRESH_NANOS);
  }

  /** The same, and each process is in the scope that the evidence names by now. */
  public void refresh() {
    lookAround();
    attribution.settle();
  }

  /** The same, and what was started by this JVM's own code and no scan saw has a record. */
  public void refreshAll() {
    refresh();
    attribution.recordUnseen();
  }

  /** Finds out where in the code a process was started, if that can be known. */
  public void explain(ProcessRecord process) {
    attribution.explain(List.of(process));
  }

  /** Why it is not known where some process was started. */
  public String whyUnexplained() {
    return origin.state();
  }

  /**
   * Sees all there is. Who died since the walk began may have handed on somebody who was not there
   * to be seen: so it looks again until nobody of those in question died meanwhile.
   *
   * @param lastDeathNanos of those in question; asked with the lock held, after each walk
   * @return false if somebody did, and the time is over
   */
  boolean look(LongSupplier lastDeathNanos, long deadline) {
    boolean complete;
    do {
      reaper.catchUp();
      long began = System.nanoTime();
      census.take();
      reaper.catchUp();
      complete =
          registry.locked( // another walk may end at any time
              () ->
                  lastDeathNanos.getAsLong() - census.lastStartNanos() < 0 // asked in any case
                      && census.lastStartNanos() - began >= 0);
    } while (!complete && !closed && System.nanoTime() - deadline < 0);
    return complete || closed;
  }

  /**
   * An orphan of whom there is no record yet was seen dead: it is noted for the scope where its
   * record will be; or for all, where its tag does not tell whether a launch is meant. Whoever it
   * has handed on may not have been there to be seen. With the lock held.
   */
  void strangerDied(ProcessStat stat) {
    ProcessRecord stranger = registry.create(stat); // counts: no walk is left out after it
    long now = System.nanoTime();
    registry.lastDeathNanos = now;
    if (tags.inLimit()) {
      attribution.ambientScopeOf(stranger, stat).noteDeath(now, true);
    } else {
      root.noteDeathBelow(now);
      launches.values().forEach(launch -> launch.lastDeathNanos = now);
    }
  }

  /** The living processes of a scope and those nested in it. */
  public List<TreeNode> snapshot(Scope scope) {
    return snapshot(this::refresh, scope::covers, () -> scope.lastDeathNanos);
  }

  public List<TreeNode> snapshot(LaunchRecord launch) {
    return snapshot(this::lookAround, launch::covers, () -> launch.lastDeathNanos);
  }

  /**
   * What would be a leak of a scope now. Those that are gone by now count, if nobody else is there:
   * they lived after the question, and may have forked the next.
   */
  public List<ProcessRecord> leaks(Scope scope) {
    refresh();
    Moment began = Moment.now();
    List<ProcessRecord> leaks = new ArrayList<>();
    anyAlive(
        () -> {
          leaks.clear();
          leaks.addAll(scope.leaks(began));
          return !leaks.isEmpty();
        },
        () -> scope.lastLeakDeathNanos);
    List<ProcessRecord> alive = leaks.stream().filter(ProcessRecord::isAlive).toList();
    return alive.isEmpty() ? leaks : alive;
  }

  /** Once more, while somebody died meanwhile whose children were not there to be seen. */
  private List<TreeNode> snapshot(
      Runnable look, Predicate<ProcessRecord> selection, LongSupplier lastDeathNanos) {
    long deadline = System.nanoTime() + LONGEST_REFRESH_NANOS;
    List<TreeNode> nodes;
    long looked;
    do {
      long now = System.nanoTime();
      look.run();
      looked = census.lastStartNanos();
      nodes = census.snapshot(selection, now, false);
    } while (lastDeathNanos.getAsLong() - looked >= 0
        && !closed
        && System.nanoTime() - deadline < 0);
    return nodes;
  }

  /** The real uid that a process has now; the last one seen, if it has ended. */
  public OptionalInt uid(ProcessRecord process) {
    return census.uid(process);
  }

  /** Where a process works now; the last one seen, if it has ended. */
  public @Nullable String workingDirectory(ProcessRecord process) {
    return census.workingDirectory(process);
  }

  /**
   * Signals exactly this process.
   *
   * @return 0 or the errno; ESRCH if it has ended
   */
  public int signal(ProcessRecord process, int signal) {
    registry.lock.lock();
    try {
      census.check(process);
      return process.isAlive() ? deliver(process, signal) : Errno.ESRCH;
    } finally {
      registry.lock.unlock();
    }
  }

  /**
   * The same without a look at it first where it can be nobody else: a program that forks as fast
   * as it can leaves little time to others. A zombie counts as reached.
   */
  int signalAtOnce(ProcessRecord process, int signal) {
    registry.lock.lock();
    try {
      Pidfd known = process.pidfd;
      if (known != null) {
        return known.send(signal);
      }
      return isPinned(process) && Wait.ofThisThread().child(process.pid) != Child.NONE
          ? Kill.send(process.pid, signal)
          : signal(process, signal);
    } finally {
      registry.lock.unlock();
    }
  }

  /**
   * Signals the process group of a session's leader: nobody can get into a session but by birth, so
   * all of it descend from him. As long as he is not collected, the number is no other group's.
   *
   * @return whether it was sent; not if he leads none, or might be collected just now
   */
  boolean signalSession(ProcessRecord leader, int signal) {
    registry.lock.lock();
    try {
      return leader.session == leader.pid
          && leader.processGroup == leader.pid
          && isPinned(leader)
          && Wait.ofThisThread().child(leader.pid) != Child.NONE
          && Kill.sendToGroup(leader.pid, signal) == 0;
    } finally {
      registry.lock.unlock();
    }
  }

  /**
   * Whether its pid stays its own while the lock is held, since nobody but the reaper, who needs
   * it, can collect its zombie.
   */
  boolean isPinned(ProcessRecord process) {
    return process.launched
        || (isOwnChild(process) && (process.isOfALaunch() || process.seenBelowOther));
  }

  boolean isOwnChild(ProcessRecord process) {
    return process.parentPid == self;
  }

  /** Signals a process that has just been looked at. */
  int deliver(ProcessRecord process, int signal) {
    if (isPinned(process)) {
      return Kill.send(process.pid, signal);
    }
    Pidfd known = process.pidfd;
    if (known != null) {
      return known.send(signal);
    }
    if (process.isOrWasHidden()) {
      return Errno.EPERM; // without a descriptor from its first sight it may be another by now
    }
    try (Pidfd opened = Pidfd.open(process.pid)) {
      ProcessStat now = Procfs.stat(process.pid);
      return now != null && process.is(now) ? opened.send(signal) : Errno.ESRCH;
    } catch (LinuxException e) {
      if (e.errno() != Errno.ENOSYS && e.errno() != Errno.EPERM) {
        return e.errno();
      }
      ProcessStat now = Procfs.stat(process.pid);
      return now != null && process.is(now) ? Kill.send(process.pid, signal) : Errno.ESRCH;
    }
  }

  /** Whether any of a launch is alive, or was since this call: one that is gone may have forked. */
  public boolean anyAlive(LaunchRecord launch) {
    Moment began = Moment.now();
    return anyAlive(
        () -> launch.records.stream().anyMatch(process -> process.livedAfter(began)),
        () -> launch.lastDeathNanos);
  }

  /** The same of a scope. */
  public boolean anyAlive(Scope scope) {
    Moment began = Moment.now();
    return anyAlive(
        () -> scope.anyRecord(process -> process.livedAfter(began)), () -> scope.lastDeathNanos);
  }

  /**
   * Whether somebody lives, by a look at all there is. Nobody does if nobody is alive at the end of
   * a look in which nobody died: where each forks the next one and exits, nobody may be alive
   * whenever one asks.
   *
   * @param alive by the last look; with the lock held
   */
  boolean anyAlive(BooleanSupplier alive, LongSupplier lastDeathNanos) {
    boolean[] seen = new boolean[1];
    boolean complete =
        look(
            () -> {
              seen[0] = alive.getAsBoolean();
              return seen[0] ? census.lastStartNanos() - 1 : lastDeathNanos.getAsLong();
            },
            System.nanoTime() + LONGEST_LOOK_NANOS);
    return seen[0] || !complete;
  }

  /**
   * Whether a process is or was of a launch: known as such, or carrying its tag, be it as a zombie.
   */
  boolean isOf(LaunchRecord launch, int pid) {
    if (pid <= 0 || pid == self) {
      return false;
    }
    if (tags.inLimit() && tags.isOf(launch.number, tags.read(pid))) {
      return true;
    }
    look(() -> launch.lastDeathNanos, System.nanoTime() + LONGEST_REFRESH_NANOS);
    return registry.locked(
        () -> {
          ProcessRecord living = registry.find(pid);
          return living != null
              ? living.launch == launch
              : launch.records.stream().anyMatch(process -> process.pid == pid);
        });
  }

  static boolean exists(int pid) {
    return pid > 0 && Procfs.stat(pid) != null;
  }

  /** The living process of a launch that has this pid; null if there is none. */
  public @Nullable ProcessRecord find(LaunchRecord launch, int pid) {
    look(() -> launch.lastDeathNanos, System.nanoTime() + LONGEST_REFRESH_NANOS);
    ProcessRecord process = registry.locked(() -> registry.find(pid));
    return process != null && process.launch == launch && process.isAlive() ? process : null;
  }

  /** Whether nobody is left who could start another in place of a process that has ended. */
  public boolean hasNoSuccessor(ProcessRecord process, Scope scope) {
    ProcessRecord parent = registry.parentOf(process);
    boolean parentGone = process.parentPid != self && (parent == null || !parent.isAlive());
    return !process.isAlive()
        && (parentGone
            || (scope.records().stream().noneMatch(ProcessRecord::isAlive) && !anyAlive(scope)));
  }

  /**
   * Who took the place of a process: same name, same parent, born after its end; null if nobody.
   */
  public @Nullable ProcessRecord successor(ProcessRecord process, Scope scope) {
    refresh();
    if (process.isAlive()) {
      return null;
    }
    return respawns(process, scope).stream()
        .filter(ProcessRecord::isAlive)
        .findFirst()
        .orElse(null);
  }

  /** All that took the place of a process so far, one after the other; by first sight. */
  public List<ProcessRecord> respawns(ProcessRecord process, Scope scope) {
    refresh();
    return Respawns.of(process, scope.records());
  }

  /** All of a launch that took the place of another of it that had ended; by first sight. */
  public List<ProcessRecord> respawns(LaunchRecord launch) {
    lookAround();
    return Respawns.in(launch.records());
  }

  /** A process and all below it that is alive, each before its children. */
  public List<ProcessRecord> tree(ProcessRecord top) {
    lookAround();
    return registry.locked(
        () -> {
          Map<Integer, List<ProcessRecord>> children = new HashMap<>();
          for (ProcessRecord process : registry.live()) {
            if (process.isAlive() && !process.foreign) {
              children.computeIfAbsent(process.parentPid, pid -> new ArrayList<>()).add(process);
            }
          }
          List<ProcessRecord> tree = new ArrayList<>();
          if (top.isAlive()) {
            tree.add(top);
          }
          for (int i = 0; i < tree.size(); i++) {
            tree.addAll(children.getOrDefault(tree.get(i).pid, List.of()));
          }
          return tree;
        });
  }

  /**
   * The open scope that the calling thread works for: the one it is bound to, or the innermost;
   * that of a process where neither is known.
   */
  public Scope scopeOfCaller(Scope otherwise) {
    Binding bound = threads.boundAt(Thread.currentThread().getId(), System.nanoTime());
    return registry.locked(
        () -> {
          Scope scope = bound == null ? null : bound.scope();
          Scope caller = scope == null ? ambientScope(Birth.NOW) : scope;
          return caller != root && caller.isOpen() ? caller : otherwise;
        });
  }

  /** Brings one record up to date. */
  public void check(ProcessRecord process) {
    registry.lock.lock();
    try {
      census.check(process);
    } finally {
      registry.lock.unlock();
    }
  }

  /** Reads again what a living process may have changed: its command line, or where it is. */
  public void refresh(ProcessRecord process) {
    registry.lock.lock();
    try {
      census.check(process);
      if (process.isAlive()) {
        process.readPerishables();
        process.readWhereabouts();
      }
    } finally {
      registry.lock.unlock();
    }
  }

  /**
   * Looks until there is something, at every change and at least every few milliseconds.
   *
   * @return null if the time ran out first
   */
  public <T> @Nullable T await(long timeoutNanos, Supplier<@Nullable T> look)
      throws InterruptedException {
    return await(timeoutNanos, look, () -> false);
  }

  /** As above; ends early, with null, when it has become hopeless. */
  public <T> @Nullable T await(
      long timeoutNanos, Supplier<@Nullable T> look, BooleanSupplier hopeless)
      throws InterruptedException {
    long start = System.nanoTime();
    long pause = FIRST_PAUSE_NANOS;
    while (true) {
      long began = System.nanoTime();
      T found = look.get();
      if (found != null) {
        return found;
      }
      long now = System.nanoTime();
      if (now - start >= timeoutNanos || hopeless.getAsBoolean()) {
        return null;
      }
      // Rests at least as long as a look takes: looking must not slow down what is looked at.
      long least = now - began;
      long until = now + Math.min(Math.max(pause, least), timeoutNanos - (now - start));
      registry.lock.lockInterruptibly();
      try {
        registry.awaitChangeInterruptibly(until - now);
        long rest = Math.min(least, until - System.nanoTime());
        if (rest > 0) {
          registry.pauseInterruptibly(rest);
        }
      } finally {
        registry.lock.unlock();
      }
      pause = Math.min(pause * 3 / 2, LONGEST_PAUSE_NANOS);
    }
  }

  /**
   * Waits for the end of one process.
   *
   * @return false if the time ran out first
   */
  public boolean awaitEnd(ProcessRecord process, long timeoutNanos) throws InterruptedException {
    if (timeoutNanos == 0) {
      reaper.catchUp();
    }
    long start = System.nanoTime();
    long pause = FIRST_PAUSE_NANOS;
    registry.watch(process, 1);
    try {
      while (true) {
        long began = System.nanoTime();
        lookAt(process);
        long now = System.nanoTime();
        long left = timeoutNanos - (now - start);
        // Where many run, whoever looks all the time gets no CPU when it counts.
        long rest = Math.max(pause, LOOK_SHARE * (now - began));
        if (registry.awaitEnd(process, Math.min(rest, left))) {
          return true;
        }
        if (left <= 0) {
          return false;
        }
        pause = Math.min(pause * 3 / 2, LONGEST_PAUSE_NANOS);
      }
    } finally {
      registry.watch(process, -1);
    }
  }

  private void lookAt(ProcessRecord process) {
    if (process.launched && process.endedAt == null) {
      census.peek(process); // sees who forks whom, while it is to be seen
    }
    check(process); // where it is not the reaper who reaps it, nobody will tell
  }
}
