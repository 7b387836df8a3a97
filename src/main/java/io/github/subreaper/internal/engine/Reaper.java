package io.github.subreaper.internal.engine;

import io.github.subreaper.internal.linux.ProcessStat;
import io.github.subreaper.internal.linux.Procfs;
import io.github.subreaper.internal.linux.Wait;
import io.github.subreaper.internal.linux.Wait.Collected;
import io.github.subreaper.internal.linux.Wait.NoChildren;
import io.github.subreaper.internal.linux.Wait.Zombie;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Reaps: a thread sleeps in a wait that collects nothing. It, or whoever can't wait for it, looks
 * under the lock whose the zombie is, reads what it still shows, and waits on that very pid. What
 * is not ours, or not yet, stays where it is, and costs a short look now and then until it is gone.
 */
final class Reaper implements Runnable {
  static final String THREAD = "subreaper reaper";
  private static final int SIGKILL = 9;
  private static final long SHORTEST_NANOS = 100_000;
  private static final long LONGEST_NANOS = 20_000_000;

  /** Behind zombies that are kept stands the next one with each death: not each is worth a pass. */
  private static final long HOLD_NANOS = 2_000_000;

  /** Whoever kills collects as well, and those who are to die need a CPU for it. */
  private static final int HOLD_SHARE = 4;

  /** How long the end of a launcher is kept back for an orphan that has no command line yet. */
  private static final long EXEC_NANOS = 50_000_000;

  private static final long LONGEST_AWAY_NANOS = 5_000_000;
  private static final long LEFT_ALONE_NANOS = 2_000_000_000L;
  private static final long LONGEST_LEAVE_NANOS = 10_000_000_000L;

  private final Engine engine;
  private final Registry registry;
  private final Ownership ownership;

  /** For the reaping thread, which waits for the next death. */
  private final Wait doorbell = new Wait();

  /** With the lock held, for whoever reaps. */
  private final Wait wait = new Wait();

  private final Thread thread;
  private final CountDownLatch ended = new CountDownLatch(1);

  private final Condition nudged;
  private boolean nudge;
  private volatile boolean complained;
  private volatile boolean away;
  private volatile long awayUntilNanos;
  private long backoff = SHORTEST_NANOS;
  private int lastLeft;
  private volatile boolean leaving;

  /** Somebody waits for the end of one that was just collected. With the lock held. */
  private boolean awaited;

  Reaper(Engine engine) {
    this.engine = engine;
    this.registry = engine.registry;
    this.ownership = new Ownership(engine, this::nudge);
    this.nudged = registry.lock.newCondition();
    this.thread = new Thread(null, this, THREAD, 0, false);
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  /** Something that made a zombie stay has changed. */
  void nudge() {
    registry.lock.lock();
    try {
      nudge = true;
      nudged.signalAll();
    } finally {
      registry.lock.unlock();
    }
  }

  /**
   * Keeps the reaping thread from the lock for some milliseconds at most: in a flood it takes it
   * again before whoever waits for it has got a CPU.
   */
  void stepBack() {
    awayUntilNanos = System.nanoTime() + LONGEST_AWAY_NANOS;
    away = true;
  }

  /** Ends that. */
  void goOn() {
    away = false;
    nudge();
  }

  @SuppressWarnings("WaitNotInLoop") // once is enough: it is a courtesy
  private void giveWay() {
    registry.lock.lock();
    try {
      long left = awayUntilNanos - System.nanoTime();
      if (away && left > 0) {
        nudged.await(left, TimeUnit.NANOSECONDS);
      }
      away = false;
    } catch (InterruptedException e) {
      away = false; // as in rest
    } finally {
      registry.lock.unlock();
    }
  }

  /**
   * Looks at every zombie that is there by now, on the calling thread: to have the reaping thread
   * do it takes several times as long. What can be collected is.
   */
  void catchUp() {
    if (leaving) {
      return; // what is there now is not this activation's
    }
    try {
      reap(0);
    } catch (RuntimeException | OutOfMemoryError e) {
      complain(e); // the reaping thread tries again
    }
  }

  /** What was kept for the time of a kill that is over, on the calling thread as well. */
  void collectReleased() {
    try {
      for (ProcessRecord process : registry.locked(() -> List.copyOf(registry.live()))) {
        registry.lock.lock();
        try {
          boolean released = process.awaitingRelease && !leaving && !registry.isHeld(process);
          Zombie zombie = released ? wait.zombie(process.pid) : null;
          if (zombie != null && zombie.waitStatus() == process.waitStatus) {
            collect(process, zombie);
          }
        } finally {
          registry.lock.unlock();
        }
      }
    } catch (RuntimeException | OutOfMemoryError e) {
      complain(e);
    }
    nudge(); // for what is not to be collected yet
  }

  @Override
  public void run() {
    while (!leaving) {
      try {
        pass();
      } catch (RuntimeException | Error e) {
        // Nothing was collected that is not recorded. What fails may pass, a lack of memory for
        // instance: a reaper that has ended would lose everything.
        recover(e);
      }
    }
    ended.countDown();
  }

  private void pass() {
    boolean guarded = !leaving && engine.ensureGuardian();
    if (leaving) {
      return; // a guardian that was started just now gets no signal that would end the wait
    }
    Zombie rung;
    try {
      rung = doorbell.anyZombie(guarded); // without a guardian it must not sleep: who replaced it?
    } catch (NoChildren e) {
      rest(LONGEST_NANOS);
      return;
    }
    long began = System.nanoTime();
    Reaped reaped = reap(rung == null ? 0 : rung.pid());
    long busy = System.nanoTime() - began;
    boolean other = reaped.left != 0 && reaped.left != lastLeft;
    lastLeft = reaped.left;
    long shortest =
        registry.isHolding()
            ? Math.min(LONGEST_NANOS, Math.max(HOLD_NANOS, HOLD_SHARE * busy))
            : SHORTEST_NANOS;
    backoff = reaped.any || other ? shortest : Math.min(LONGEST_NANOS, backoff * 2);
    rest(reaped.left != 0 ? backoff : guarded ? 0 : LONGEST_NANOS);
  }

  /**
   * What a look at the zombies came to.
   *
   * @param any whether one of them was collected
   * @param left the first that has to stay, and hides those behind it; 0 if there is none
   */
  private record Reaped(boolean any, int left) {}

  /**
   * Buries one zombie after the other until there is none, or one that has to stay.
   *
   * @param rung who is said to be the first; 0 if unknown
   */
  private Reaped reap(int rung) {
    boolean any = false;
    int left = 0;
    int pid = rung;
    while (left == 0) {
      if (away && Thread.currentThread() == thread) {
        giveWay();
      }
      boolean woken;
      registry.lock.lock();
      try {
        Zombie zombie = pid == 0 ? next(wait) : wait.zombie(pid);
        if (zombie != null && bury(zombie)) {
          any = true;
        } else if (zombie != null) {
          left = zombie.pid();
        } else if (pid == 0) {
          break;
        }
        pid = 0;
        woken = awaited;
        awaited = false;
      } finally {
        registry.lock.unlock();
      }
      if (woken && left == 0) {
        letWokenRun();
        // The kernel walks all children for it, and who was woken needs the lock.
        Zombie zombie = next(Wait.ofThisThread());
        if (zombie == null) {
          break;
        }
        pid = zombie.pid();
      }
    }
    if (left != 0) {
      any |= sweep();
    }
    engine.census.discover(); // under the lock: whoever has just collected one has recorded it then
    return new Reaped(any, left);
  }

  private void recover(Throwable failure) {
    try {
      complain(failure);
      rest(LONGEST_NANOS);
    } catch (RuntimeException | Error again) {
      LockSupport.parkNanos(LONGEST_NANOS); // which allocates nothing
    }
  }

  private void complain(Throwable failure) {
    if (!complained) {
      complained = true;
      System.getLogger("io.github.subreaper")
          .log(System.Logger.Level.WARNING, "the reaping thread goes on after", failure);
    }
  }

  /** Who was woken may be on this very CPU, and would wait until all the rest is done. */
  @SuppressWarnings("ThreadPriorityCheck") // nothing depends on it but how soon he goes on
  private static void letWokenRun() {
    Thread.yield();
  }

  private static @Nullable Zombie next(Wait wait) {
    try {
      return wait.anyZombie(false);
    } catch (NoChildren e) {
      return null;
    }
  }

  /** Waits where a zombie has to stay. */
  @SuppressWarnings("WaitNotInLoop") // whoever calls looks again
  private void rest(long nanos) {
    registry.lock.lock();
    try {
      ownership.prune();
      if (nanos > 0 && !nudge && !leaving) {
        nudged.await(nanos, TimeUnit.NANOSECONDS);
      }
      nudge = false;
    } catch (InterruptedException e) {
      // Nobody interrupts this thread for a reason that it knows.
      nudge = false;
    } finally {
      registry.lock.unlock();
    }
  }

  /** Looks behind a zombie that stays: at all that this JVM has adopted or launched. */
  private boolean sweep() {
    int adopter = engine.threads.adopter();
    boolean progress = sweep(adopter);
    for (int spawner : engine.spawner.tids()) {
      progress |= spawner != adopter && sweep(spawner);
    }
    return progress;
  }

  private boolean sweep(int tid) {
    boolean progress = false;
    int[] children = Procfs.childrenAtOneRead(Procfs.SELF, tid);
    for (int pid : children == null ? new int[0] : children) {
      registry.lock.lock();
      try {
        Zombie zombie = isKept(pid) ? null : wait.zombie(pid);
        progress |= zombie != null && bury(zombie);
      } finally {
        registry.lock.unlock();
      }
    }
    return progress;
  }

  /** Recorded, and a zombie until its scope's kill is over: thousands of them cost nothing so. */
  private boolean isKept(int pid) {
    ProcessRecord process = registry.find(pid);
    return process != null && process.awaitingRelease && registry.isHeld(process);
  }

  /** One zombie's way to its record, with the lock held; false if it has to stay. */
  private boolean bury(Zombie zombie) {
    if (leaving) {
      return false;
    }
    int pid = zombie.pid();
    if (engine.isGuardian(pid)) {
      if (Thread.currentThread() != thread) {
        return false; // who replaces it has to learn of its end
      }
      wait.collect(pid);
      engine.guardianEnded(OptionalInt.of(zombie.waitStatus()));
      return true;
    }
    ProcessRecord kept = registry.find(pid);
    if (kept != null && kept.awaitingRelease && kept.waitStatus == zombie.waitStatus()) {
      return !registry.isHeld(kept) && collect(kept, zombie); // its pid has stayed its own
    }
    if (kept != null && isKilledWhereItStood(kept, zombie) && registry.isHeld(kept)) {
      keep(kept, zombie);
      return false;
    }
    ProcessStat stat = Procfs.stat(pid);
    if (stat == null || stat.parent() == 0) {
      return wait.zombie(pid) == null; // the JDK has just collected it, or it can't be read now
    }
    ProcessRecord process = registry.find(stat);
    if (process != null && process.awaitingRelease) {
      return !registry.isHeld(process) && collect(process, zombie);
    }
    long tag = process == null || process.launch == null ? engine.tags.read(pid) : 0;
    switch (ownership.of(stat, tag, process)) {
      case NOT_YET -> {
        if (process == null) {
          engine.ancestry.childDied(stat, zombie.waitStatus());
        }
        return false;
      }
      case NOT_OURS -> {
        if (process == null) {
          engine.ancestry.childDied(stat, zombie.waitStatus());
        }
        reportLeftAlone(stat, zombie, process);
        return false;
      }
      case OURS -> {}
    }
    if (process == null) {
      if (wait.zombie(pid) == null) {
        return true; // it could not exec, and the C library has collected it meanwhile
      }
      process = arrivedDead(stat, tag);
    }
    process.update(stat);
    process.uid = zombie.uid();
    if (!process.launched && process.adoptedAt == null) {
      process.adoptedAt = registry.now();
      engine.attribution.adopted(process);
    }
    LaunchRecord launched = process.launched ? process.launch : null;
    if (launched != null && process.endedAt == null) {
      launched.returned(); // first of all: each moment counts in favour of a daemon that is late
      registry.died(process);
      // Before anybody hears of it: whom it hands on is looked at while that still lives.
      if (!Births.noneAfter(pid)) {
        engine.census.discover();
      }
      if (System.nanoTime() - process.diedNanos < EXEC_NANOS && engine.census.isInExec(launched)) {
        return false;
      }
    }
    if (registry.isHeld(process)) {
      process.userMicros = stat.userTicks() * 1_000_000 / Procfs.TICKS_PER_SECOND;
      process.systemMicros = stat.systemTicks() * 1_000_000 / Procfs.TICKS_PER_SECOND;
      keep(process, zombie);
      return false;
    }
    return collect(process, zombie);
  }

  /** It has run nothing since it was seen to stand: its zombie shows nothing new. */
  private boolean isKilledWhereItStood(ProcessRecord process, Zombie zombie) {
    return process.still
        && process.killSent
        && zombie.waitStatus() == SIGKILL
        && process.endedAt == null
        && process.adoptedAt != null
        && engine.isPinned(process);
  }

  private void keep(ProcessRecord process, Zombie zombie) {
    process.uid = zombie.uid();
    process.awaitingRelease = true;
    registry.ended(process, zombie.waitStatus(), null, null);
  }

  private boolean collect(ProcessRecord process, Zombie zombie) {
    process.waitStatus = zombie.waitStatus(); // kept, whatever fails from here on
    Collected usage = wait.collect(process.pid);
    if (usage == null && wait.zombie(process.pid) != null) {
      return false; // a tracer holds it
    }
    if (!process.launched || engine.spawner.isSpawner(engine.threads.adopter())) {
      engine.census.forgetAdopted();
    }
    process.awaitingRelease = false;
    ownership.settled(process.pid);
    awaited |= process.watchers > 0;
    registry.ended(process, zombie.waitStatus(), null, usage);
    return true;
  }

  private ProcessRecord arrivedDead(ProcessStat stat, long tag) {
    ProcessRecord reused = registry.find(stat.pid());
    if (reused != null) {
      engine.census.check(reused);
    }
    engine.ancestry.adopted(stat);
    ProcessRecord process = registry.create(stat);
    if (!engine.attribution.attribute(process, stat, tag, null, 0)) {
      process.foreign = true;
    }
    registry.add(process);
    return process;
  }

  /** A zombie that some native code of this JVM forked, and has not collected for some time. */
  private void reportLeftAlone(ProcessStat stat, Zombie zombie, @Nullable ProcessRecord known) {
    if (known != null && known.endedAt != null) {
      return;
    }
    if (ownership.isLeftTooLong(stat, LEFT_ALONE_NANOS)) {
      ProcessRecord process = known != null ? known : registry.create(stat);
      process.uid = zombie.uid();
      process.directChild = true;
      registry.addForeign(process);
    }
  }

  /** Ends the thread; the guardian's death has to wake it. */
  void leave(Runnable wake) {
    leaving = true;
    nudge();
    wake.run();
    if (Uninterruptibly.await(ended, LONGEST_LEAVE_NANOS)) {
      Uninterruptibly.join(thread, LONGEST_LEAVE_NANOS);
    }
  }
}
