package io.github.subreaper.internal.engine;

import io.github.subreaper.internal.linux.BootClock;
import io.github.subreaper.internal.linux.Errno;
import io.github.subreaper.internal.linux.Kill;
import io.github.subreaper.internal.linux.LinuxException;
import io.github.subreaper.internal.linux.NewChildren;
import io.github.subreaper.internal.linux.Pidfd;
import io.github.subreaper.internal.linux.ProcessStat;
import io.github.subreaper.internal.linux.Procfs;
import io.github.subreaper.internal.linux.Sockets;
import io.github.subreaper.internal.linux.Wait;
import io.github.subreaper.internal.linux.Wait.Child;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Walks the tree below this JVM and brings the records up to date: who was born, exec'd, moved to
 * another parent, or went without being this JVM's to reap.
 */
final class Census {
  private static final int UNNUMBERED = 0;
  private static final int SIGSTOP = 19;

  /** Nobody younger is called foreign while he lives. */
  private static final double FOREIGN_SECONDS = 2;

  /** How long the JDK may take to name the thread that watches a child of its own. */
  private static final long NAMING_NANOS = 100_000_000;

  /** Some tens of microseconds each, against the milliseconds that births can be watched for. */
  private static final int VISITS_A_WATCH = 50;

  /** Over the adopting thread's list; in a flood each finds somebody. */
  private static final int MOST_PASSES = 5;

  private final Engine engine;
  private final Registry registry;
  private final int self;

  /** The rest of the descriptors is for everything else in this JVM. */
  private final long mostPidfds;

  private final String tooManyToWatch;

  private final ReentrantLock walking = new ReentrantLock();

  /** Since the latest complete walk began; with {@code walking} held. */
  private final Births births = new Births();

  /** All that it found had ended or stood, and nobody can have got past it. */
  private boolean nobodyElse;

  private long recordsThen;

  /** All that it found alive was ours. */
  private boolean alone;

  private final AtomicLong asked = new AtomicLong();
  private long answered;
  private volatile long lastStartNanos = System.nanoTime() - 1_000_000_000;

  /** How lists of children are read. */
  interface Lister {
    int @Nullable [] of(int pid, int tid);
  }

  /**
   * The list of the adopting thread: read on where it ended as long as nobody has left it, and
   * nobody but the reaper can make anybody leave it. Under the lock only.
   */
  private @Nullable NewChildren adopted;

  private record Visit(int pid, @Nullable ProcessRecord parent, int tid) {}

  Census(Engine engine, int self) {
    this.engine = engine;
    this.registry = engine.registry;
    this.self = self;
    long descriptors = Procfs.openFileLimit();
    mostPidfds = descriptors / 2;
    tooManyToWatch =
        "more than "
            + mostPidfds
            + " processes were watched at once, half of this JVM's descriptor limit"
            + (" (RLIMIT_NOFILE " + descriptors + ")");
  }

  /** When the latest complete walk began: whatever was there then has been seen. */
  long lastStartNanos() {
    return lastStartNanos;
  }

  /** A complete walk that begins after this call; callers at the same time share one. */
  void take() {
    take(Procfs::children);
  }

  /** The same, where somebody else reads the lists. */
  void take(Lister listed) {
    if (engine.isClosed()) {
      return; // what is there now is not this activation's
    }
    long mine = asked.incrementAndGet();
    walking.lock();
    try {
      if (answered < mine) {
        long covers = asked.get();
        long start = System.nanoTime();
        boolean complete = true;
        if (isNobodyElse()) {
          checkThose();
        } else {
          complete = walkAll(start, listed);
        }
        if (complete) {
          answered = covers;
          lastStartNanos = start;
          registry.locked(
              () -> {
                engine.ancestry.walked(start);
                return null;
              });
        }
      }
    } finally {
      walking.unlock();
    }
  }

  /** False if something could not be looked at. */
  private boolean walkAll(long start, Lister listed) {
    nobodyElse = false;
    alone = true;
    long ticks = BootClock.ticks();
    births.watch();
    boolean complete = walk(Procfs.threads(Procfs.SELF), listed);
    if (complete && alone) {
      registry.locked(
          () -> {
            engine.elders.alone(ticks);
            return null;
          });
    }
    recordsThen = registry.locked(registry::created);
    nobodyElse = complete && allEndedOrStand(start);
    return complete;
  }

  /**
   * Whether all that a walk has found have ended, or stood before their lists were read, and nobody
   * died meanwhile, whose child would have gone to a list that was read before. If so, there can be
   * others only after a birth.
   */
  private boolean allEndedOrStand(long start) {
    registry.lock.lock();
    try {
      if (discover() || registry.lastDeathNanos - start >= 0) {
        return false;
      }
      for (ProcessRecord process : registry.live()) {
        if (process.isAlive()
            && (!process.still
                || process.manyThreads
                || !(engine.isPinned(process) || runs(process)))) {
          return false;
        }
      }
      return true;
    } finally {
      registry.lock.unlock();
    }
  }

  /** Whether those found by the latest walk are still all that can be there. */
  private boolean isNobodyElse() {
    nobodyElse = nobodyElse && births.none() && registry.locked(registry::created) == recordsThen;
    return nobodyElse;
  }

  /** For who is busy for longer than births can be watched without being asked for. */
  void watchBirths() {
    if (walking.tryLock()) {
      try {
        births.none();
      } finally {
        walking.unlock();
      }
    }
  }

  /** In place of a walk where they are all; those whom the reaper collects are his. */
  private void checkThose() {
    registry.lock.lock();
    try {
      for (ProcessRecord process : List.copyOf(registry.live())) {
        if (process.isAlive() && !engine.isPinned(process)) {
          check(process);
        }
      }
    } finally {
      registry.lock.unlock();
    }
  }

  /**
   * A walk for who looks again in any case: below what this JVM has launched and adopted only,
   * since the lists of all its threads take most of the time, and each list is read once.
   */
  void takeOfOurs() {
    walking.lock();
    try {
      int adopter = engine.threads.adopter();
      List<Integer> threads = new ArrayList<>(engine.spawner.tids());
      if (!threads.contains(adopter)) {
        threads.add(adopter);
      }
      walk(threads, Procfs::childrenAtOneRead);
    } finally {
      walking.unlock();
    }
  }

  /** False if something could not be read for want of a descriptor: then it was no look at all. */
  private boolean walk(List<Integer> threads, Lister listed) {
    if (threads.isEmpty()) {
      return false;
    }
    long refusals = Procfs.refusals();
    int adopter = engine.threads.adopter();
    Deque<Visit> visits = new ArrayDeque<>();
    try {
      begin(threads, adopter, listed, visits);
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
      checkAbsent(present);
      return Procfs.refusals() == refusals;
    } finally {
      registry.endWalk();
    }
  }

  private void begin(List<Integer> threads, int adopter, Lister listed, Deque<Visit> visits) {
    registry.lock.lock();
    try {
      registry.beginWalk();
      for (int tid : threads) {
        if (tid != adopter) {
          push(visits, listed.of(Procfs.SELF, tid), null, tid); // the reaper collects nobody now
        }
      }
      // The last one, since it gets the children of a thread that ends.
      push(visits, listed.of(Procfs.SELF, adopter), null, adopter);
    } finally {
      registry.lock.unlock();
    }
  }

  /**
   * Who has come to the adopting thread's list meanwhile: somebody above him ended between list and
   * look, and so before his own list was read.
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

  private void checkAbsent(int present) {
    registry.lock.lock();
    try {
      for (ProcessRecord process : List.copyOf(registry.live())) {
        if (process.generation != present) {
          check(process);
        }
      }
    } finally {
      registry.lock.unlock();
    }
  }

  /** Looks below one process of ours only: cheap enough to be done again and again. */
  void peek(ProcessRecord top) {
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
        Child child = isWhatItWas(process) ? wait.child(visit.pid) : Child.NONE;
        if (process != null && child == Child.ENDED && process.awaitingRelease) {
          process.generation = present;
          continue;
        }
        if (process == null || child != Child.RUNS) {
          ProcessStat stat = Procfs.stat(visit.pid);
          process = stat == null ? null : see(stat, visit.parent, visit.tid);
          if (present != UNNUMBERED) {
            alone &= stat != null && isNoStranger(stat, process);
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
          engine.check(process); // it has gone meanwhile
        }
      }
    }
  }

  /** Ours, or one that can't fork what is not. */
  private boolean isNoStranger(ProcessStat stat, @Nullable ProcessRecord process) {
    return stat.hasEnded() || (process == null ? isGuardian(stat) : !process.foreign);
  }

  private boolean isGuardian(ProcessStat stat) {
    return engine.isGuardian(stat.pid()) || Guardian.stays(stat);
  }

  /**
   * A zombie that is kept, or an orphan that is stopped: its pid is pinned, it does nothing by
   * itself, and is worth one call instead of three.
   */
  private boolean isWhatItWas(@Nullable ProcessRecord process) {
    return process != null
        && (process.awaitingRelease || (process.still && engine.isPinned(process)));
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
   * Looks at the children of the adopting thread that are not known yet and run.
   *
   * @return whether there was one
   */
  boolean discover() {
    int adopter = engine.threads.adopter();
    boolean any = false;
    registry.lock.lock();
    try {
      NewChildren list = adopted;
      if (list == null || list.tid() != adopter) {
        forgetAdopted();
        list = new NewChildren(adopter);
        adopted = list;
      }
      boolean allStay = true;
      for (int pid : list.next()) {
        ProcessRecord process = registry.find(pid);
        if ((process == null && Wait.ofThisThread().child(pid) == Child.RUNS)
            || (process != null && process.adoptedAt == null)) {
          ProcessStat stat = Procfs.stat(pid);
          ProcessRecord seen = stat == null ? null : see(stat, null, adopter);
          any |= stat != null && seen != process;
          process = seen;
        }
        allStay &= process != null && process.adoptedAt != null && engine.isPinned(process);
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
    registry.locked(
        () -> {
          forgetAdopted();
          return null;
        });
  }

  /** Somebody has left the adopting thread's list, or may have; with the lock held. */
  void forgetAdopted() {
    NewChildren list = adopted;
    if (list != null) {
      list.startAgain();
    }
  }

  /**
   * Whether anything of a launch shows no command line, as a process does in the middle of exec;
   * with the lock held.
   */
  boolean isInExec(LaunchRecord launch) {
    for (ProcessRecord process : launch.records) {
      if (process.isAlive() && process.commandLine.isEmpty() && !process.hidden) {
        check(process);
        if (process.isAlive() && !process.readPerishables()) {
          return true;
        }
      }
    }
    return false;
  }

  /**
   * One process as it is at this moment, with the lock held.
   *
   * @param lister in whose list of children it was; null for this JVM's own
   * @return its record; null if it is not ours, is not born yet, or is a child's zombie, which is
   *     the reaper's
   */
  private @Nullable ProcessRecord see(ProcessStat stat, @Nullable ProcessRecord lister, int tid) {
    boolean child = stat.parent() == self;
    // Between list and look it may have moved, or its pid may be another's by now, even that of a
    // child of the JDK: a list is believed only where the process says the same.
    boolean says = lister != null && stat.parent() == lister.pid;
    boolean cannotSay = stat.isHidden() && stat.parent() == 0;
    ProcessRecord listedBelow = says || cannotSay ? lister : null;
    if (isGuardian(stat)
        || (engine.spawner.isSpawner(tid)
            && registry.find(stat) == null
            && (engine.spawner.isUnborn(stat.pid()) || Procfs.stat(stat.pid()) == null))) {
      return null;
    }
    ProcessRecord known = registry.find(stat);
    if (known == null && listedBelow == null && (!child || lister != null)) {
      return null; // the list that it really stands in will show it
    }
    if (known == null) {
      ProcessRecord reused = registry.find(stat.pid());
      if (reused != null) {
        gone(reused);
      }
      if (child && stat.hasEnded()) {
        return null;
      }
      known = register(stat, listedBelow, tid);
      if (known == null) {
        return null;
      }
    } else {
      boolean renamed = !known.name.equals(stat.name());
      known.update(stat);
      observe(known);
      if (stat.hasEnded()) {
        registry.died(known);
      }
      // Who is to die at once has no time for an exec that anybody would want to know of.
      boolean look = !stat.hasEnded() && !known.frozen;
      if (look) {
        known.lostTag |= engine.tags.isLost(known.pid);
        registry.tell(known);
        if (known.readPerishables() || renamed) {
          registry.touch(known);
        }
      }
    }
    if (listedBelow != null && known != listedBelow) {
      known.seenBelowOther = true;
      if (known.parent == null && !known.launched) {
        known.parent = listedBelow;
      }
    }
    if (child && tid != 0 && !engine.spawner.isSpawner(tid) && tid != engine.threads.adopter()) {
      known.directSightings++;
      known.directChild |= known.directSightings > 1;
    }
    if (child && known.adoptedAt == null && !known.launched && isAdopted(known, stat)) {
      adopted(known);
      registry.touch(known);
    }
    return known;
  }

  private @Nullable ProcessRecord register(
      ProcessStat stat, @Nullable ProcessRecord parent, int tid) {
    ProcessRecord process = registry.create(stat);
    if (!engine.attribution.attribute(process, stat, engine.tags.read(stat.pid()), parent, tid)) {
      if (tid != engine.threads.adopter() || mayBeTheJdks(stat)) {
        return null;
      }
      process.foreign = true;
    }
    boolean doomed = registry.isHeld(process) && !process.foreign;
    if (parent != null || process.launch == null || process.hidden) {
      openPidfd(process);
    }
    if (doomed) {
      process.frozen = engine.deliver(process, SIGSTOP) == 0; // born into what is being killed
    }
    registry.add(process);
    if (!process.exitSeen() && !doomed) {
      process.readPerishables();
    }
    if (stat.hasEnded()) {
      registry.died(process);
    }
    return process;
  }

  /** The thread that is to watch it may have got no CPU yet; the next look sees it again. */
  private boolean mayBeTheJdks(ProcessStat stat) {
    return !engine.attribution.provesDescent(stat)
        && (BootClock.age(stat.startTicks()) < FOREIGN_SECONDS || Threads.jdkWatches(stat.pid()));
  }

  /** What this JVM has adopted since a moment that lives, and that nothing proves to be ours. */
  List<ProcessRecord> unproven(Moment since) {
    return registry.locked(
        () ->
            registry.live().stream() // all that ever were foreign only grow
                .filter(process -> process.foreign && process.isAlive() && !process.elder)
                .filter(process -> process.startTicks >= since.ticks())
                .sorted(ProcessRecord.BY_FIRST_SIGHT)
                .toList());
  }

  private boolean isAdopted(ProcessRecord process, ProcessStat stat) {
    if (process.seenBelowOther || process.isOfALaunch() || engine.attribution.provesDescent(stat)) {
      return true;
    }
    if (process.directChild || System.nanoTime() - process.firstSeenNanos < NAMING_NANOS) {
      return false;
    }
    return engine.threads.leaderRunsNoJava() && !Threads.jdkWatches(stat.pid());
  }

  /** From now on only the reaper collects it, so it need not be watched. */
  private void adopted(ProcessRecord process) {
    process.adoptedAt = registry.now();
    engine.attribution.adopted(process);
    if (engine.isPinned(process) && !process.hidden) {
      registry.unwatch(process);
    }
  }

  /** What it may change at any time without a trace; and a descriptor may be free by now. */
  private void observe(ProcessRecord process) {
    if (process.unwatched != null) {
      openPidfd(process);
    }
    Pidfd pidfd = process.pidfd;
    if (pidfd != null) {
      process.uid = pidfd.realUid().orElse(process.uid);
    }
  }

  /** Who reaps it is not us: the descriptor, opened in time, will tell its status (Linux 6.15). */
  private void openPidfd(ProcessRecord process) {
    if (registry.pidfds >= mostPidfds) {
      process.unwatched = tooManyToWatch;
      return;
    }
    try {
      Pidfd pidfd = Pidfd.open(process.pid);
      ProcessStat now = Procfs.stat(process.pid);
      if (now != null && process.is(now)) {
        process.pidfd = pidfd;
        process.unwatched = null;
        registry.pidfds++;
      } else {
        pidfd.close();
      }
    } catch (LinuxException e) {
      process.unwatched = e.errno() == Errno.ESRCH ? null : e.getMessage();
    }
  }

  /** Brings one record up to date, with the lock held. */
  void check(ProcessRecord process) {
    if (process.endedAt != null) {
      return;
    }
    ProcessStat stat = Procfs.stat(process.pid);
    if (stat == null && Kill.send(process.pid, 0) != Errno.ESRCH) {
      return; // it is there and can't be read now, for want of a descriptor for instance
    }
    if (stat == null || !process.is(stat)) {
      gone(process);
      return;
    }
    boolean wasZombie = process.zombie;
    process.update(stat);
    observe(process);
    boolean adopted =
        stat.parent() == self
            && process.adoptedAt == null
            && !process.launched
            && !process.directChild
            && isAdopted(process, stat);
    if (adopted) {
      adopted(process);
    }
    if (process.zombie) {
      registry.died(process);
    }
    if (adopted || wasZombie != process.zombie) {
      registry.touch(process);
    }
  }

  /** Reaped, but not by the reaper. */
  private void gone(ProcessRecord process) {
    forgetAdopted();
    Pidfd pidfd = process.pidfd;
    OptionalInt status = pidfd == null ? OptionalInt.empty() : pidfd.waitStatus();
    if (process.waitStatus != ProcessRecord.UNKNOWN) {
      status = OptionalInt.of(process.waitStatus); // seen in the zombie
    }
    process.awaitingRelease = false;
    if (status.isPresent()) {
      registry.ended(process, status.getAsInt(), null, null);
    } else {
      String by =
          process.parentPid == self
              ? "this JVM's own waits"
              : "its parent, pid " + process.parentPid + whyUnwatched(process);
      registry.ended(process, ProcessRecord.UNKNOWN, "reaped by " + by, null);
    }
  }

  private static String whyUnwatched(ProcessRecord process) {
    return process.unwatched == null
        ? ""
        : "; it was not watched, which tells a status from Linux 6.15 on: " + process.unwatched;
  }

  /** Whether any thread of a process is on a CPU or waits for one. */
  boolean isRunning(ProcessRecord process) {
    ProcessStat stat = Procfs.stat(process.pid);
    if (stat == null || !process.is(stat)) {
      return false;
    }
    if (stat.state() == 'R') {
      return true;
    }
    if (stat.threads() > 1) {
      for (int tid : Procfs.threads(process.pid)) {
        if (Procfs.threadState(process.pid, tid) == 'R') {
          return true;
        }
      }
    }
    return false;
  }

  /** The living ones of a selection as trees, in the order of pids; zombies are not alive. */
  List<TreeNode> snapshot(Predicate<ProcessRecord> selection, boolean detailed) {
    return snapshot(selection, System.nanoTime(), detailed);
  }

  /**
   * The same.
   *
   * @param sinceNanos whose state was read since then by a walk is asked only whether it still runs
   */
  List<TreeNode> snapshot(Predicate<ProcessRecord> selection, long sinceNanos, boolean detailed) {
    Map<Integer, Seen> seen = new HashMap<>();
    List<ProcessRecord> dead = new ArrayList<>();
    registry.lock.lock();
    try {
      for (ProcessRecord process : registry.live()) {
        if (process.endedAt == null && selection.test(process)) {
          ProcessStat last = process.lastAlive;
          boolean fresh = last != null && last.readNanos() - sinceNanos >= 0;
          ProcessStat stat = fresh && runs(process) ? last : Procfs.stat(process.pid);
          if (stat != null && process.is(stat) && !stat.hasEnded()) {
            seen.put(process.pid, new Seen(process, stat, new ArrayList<>()));
          } else if (stat == null || !process.zombie) {
            dead.add(process);
          }
        }
      }
      dead.forEach(this::check);
    } finally {
      registry.lock.unlock();
    }
    List<Seen> roots = new ArrayList<>();
    for (Seen one : seen.values()) {
      Seen parent = seen.get(one.stat.parent());
      (parent == null ? roots : parent.children).add(one);
    }
    return nodes(roots, detailed);
  }

  /** By one short call; false also where no such call tells. With the lock held. */
  private boolean runs(ProcessRecord process) {
    Pidfd pidfd = process.pidfd;
    return pidfd != null
        ? !pidfd.hasEnded()
        : engine.isPinned(process) && Wait.ofThisThread().child(process.pid) == Child.RUNS;
  }

  /** The real uid that a process has now; the last one seen, if it has ended. */
  OptionalInt uid(ProcessRecord process) {
    registry.lock.lock();
    try {
      Pidfd pidfd = process.pidfd;
      OptionalInt told = pidfd == null ? OptionalInt.empty() : pidfd.realUid();
      if (told.isPresent()) {
        process.uid = told.getAsInt();
      } else if (process.endedAt == null) {
        int uid = Procfs.statusNumber(process.pid, "Uid");
        if (uid >= 0 && isThere(process)) {
          process.uid = uid;
        }
      }
      return process.uid();
    } finally {
      registry.lock.unlock();
    }
  }

  /** Where a process works now; the last one seen, if it has ended. */
  @Nullable String workingDirectory(ProcessRecord process) {
    registry.lock.lock();
    try {
      String directory = Procfs.workingDirectory(process.pid);
      return directory != null && isThere(process) ? directory : process.workingDirectory;
    } finally {
      registry.lock.unlock();
    }
  }

  /** Whether what was just read by its pid was its own. With the lock held. */
  private boolean isThere(ProcessRecord process) {
    if (process.endedAt == null && runs(process)) {
      return true;
    }
    ProcessStat now = Procfs.stat(process.pid);
    return now != null && process.is(now);
  }

  private record Seen(ProcessRecord process, ProcessStat stat, List<Seen> children) {}

  private static List<TreeNode> nodes(List<Seen> siblings, boolean detailed) {
    siblings.sort(Comparator.comparingInt(one -> one.stat.pid()));
    List<TreeNode> nodes = new ArrayList<>();
    for (Seen one : siblings) {
      ProcessRecord process = one.process;
      nodes.add(
          new TreeNode(
              process,
              one.stat,
              process.name,
              process.commandLine,
              process.adoptedAt,
              detailed ? details(process) : null,
              nodes(one.children, detailed)));
    }
    return List.copyOf(nodes);
  }

  private static TreeNode.Details details(ProcessRecord process) {
    String file = null;
    String line = null;
    for (int fd : new int[] {2, 1}) {
      String target = Procfs.fd(process.pid, fd);
      if (line == null && target != null && target.startsWith("/") && !target.startsWith("/dev/")) {
        file = target;
        line = OutputFile.lastLine(target);
      }
    }
    return new TreeNode.Details(Sockets.listening(process.pid), file, line);
  }
}
