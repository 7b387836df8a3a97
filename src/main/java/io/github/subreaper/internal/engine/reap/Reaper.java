package io.github.subreaper.internal.engine.reap;

import io.github.subreaper.internal.engine.guardian.GuardianKeeper;
import io.github.subreaper.internal.engine.jvm.Threads;
import io.github.subreaper.internal.engine.records.ProcessRecord;
import io.github.subreaper.internal.engine.records.Registry;
import io.github.subreaper.internal.engine.scan.ScanCycle;
import io.github.subreaper.internal.engine.spawn.Spawner;
import io.github.subreaper.internal.linux.Kernel;
import io.github.subreaper.internal.linux.Time;
import io.github.subreaper.internal.linux.proc.Procfs;
import io.github.subreaper.internal.linux.proc.Wait;
import io.github.subreaper.internal.linux.proc.Wait.NoChildren;
import io.github.subreaper.internal.linux.proc.Wait.Zombie;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/**
 * Reaps: a thread sleeps in a wait that collects nothing, the doorbell. When a child of this JVM
 * dies, this thread passes each zombie to the {@link Collector}; a thread that needs the result at
 * once does so itself. A zombie that is not ours, or not yet, stays and is peeked at now and then
 * until it is gone.
 */
public final class Reaper implements Runnable, AutoCloseable {
  public static final String THREAD = "subreaper reaper";
  private static final long SHORTEST_NANOS = 100_000;
  private static final long LONGEST_NANOS = 20_000_000;

  /** Held zombies hide later ones; a pass at every death would cost too much. */
  private static final long HOLD_NANOS = 2_000_000;

  /** Stands for a zombie that may be hidden by the stop of a traced process. */
  private static final int HIDDEN = -1;

  /** A stop is answered within microseconds, unless its tracing thread gets no CPU. */
  private static final int MOST_PEEKS = 20;

  /**
   * After so many stops that rang, each soon after the one before, the doorbell is asked twice a
   * millisecond: to wake at each takes a CPU from the program and from its tracing thread.
   */
  private static final int MOST_STOPS = 8;

  private static final long SOON_NANOS = 2_000_000;
  private static final long STORM_NANOS = 500_000;

  /** Rests for so many times a pass: the thread that kills and its victims need a CPU, too. */
  private static final int HOLD_SHARE = 4;

  /**
   * Zombies are taken for so long under one hold of the lock: where others want it, to give it away
   * and back takes longer than to take a zombie.
   */
  private static final long HELD_NANOS = 100_000;

  /** So often a thread that waits for the lock gets it; it takes some 50 µs to wake. */
  private static final long TURN_NANOS = 10_000_000;

  private static final long WAKE_NANOS = 50_000;

  /** To search thousands of living children takes up to half a millisecond. */
  private static final long QUICK_NANOS = 20_000;

  private static final long LONGEST_AWAY_NANOS = 5_000_000;
  private static final long LONGEST_LEAVE_NANOS = 10_000_000_000L;

  /** The same where no guardian's death wakes the thread: it may sleep until another child dies. */
  private static final long LONGEST_LEAVE_ASLEEP_NANOS = 1_000_000_000;

  private final Kernel kernel;
  private final Time time;
  private final Registry registry;
  private final Collector collector;
  private final ScanCycle scanCycle;
  private final GuardianKeeper guardian;
  private final Spawner spawner;
  private final Threads threads;
  private final ReaperWakeup wakeup;

  /** For the reaping thread, which waits for the next death. */
  private final Wait doorbell;

  private final Thread thread;
  private final CountDownLatch ended = new CountDownLatch(1);
  private volatile boolean complained;
  private volatile boolean away;
  private volatile long awayUntilNanos;

  private volatile long turnNanos;

  /** How long the latest search took that found no zombie. */
  private volatile long searchNanos;

  private long backoff = SHORTEST_NANOS;
  private int lastLeft;
  private int stops;
  private volatile boolean leaving;

  public Reaper(
      Kernel kernel,
      Time time,
      Registry registry,
      Collector collector,
      ScanCycle scanCycle,
      GuardianKeeper guardian,
      Spawner spawner,
      Threads threads,
      ReaperWakeup wakeup) {
    this.kernel = kernel;
    this.time = time;
    this.doorbell = kernel.newWaits();
    this.registry = registry;
    this.collector = collector;
    this.scanCycle = scanCycle;
    this.guardian = guardian;
    this.spawner = spawner;
    this.threads = threads;
    this.wakeup = wakeup;
    this.thread = time.thread(this, THREAD);
  }

  public void start() {
    time.start(thread);
  }

  /**
   * Keeps the reaping thread from the lock for some milliseconds at most: in a flood it takes the
   * lock again before a waiter has got a CPU.
   */
  public void stepBack() {
    awayUntilNanos = time.nanos() + LONGEST_AWAY_NANOS;
    away = true;
  }

  /** Lets the reaping thread take the lock again. */
  public void goOn() {
    away = false;
    wakeup.give();
  }

  private void giveWay() {
    registry.lock.run(
        () -> {
          long left = awayUntilNanos - time.nanos();
          if (away && left > 0) {
            wakeup.pause(left);
          }
          away = false;
        });
  }

  /**
   * Takes every zombie that is there by now, on the calling thread: to have the reaping thread do
   * it takes several times as long.
   */
  public void reapNow() {
    if (leaving) {
      return; // later zombies belong to no activation
    }
    try {
      reap(0, false);
    } catch (RuntimeException | OutOfMemoryError e) {
      complain(e); // the reaping thread tries again
    }
  }

  /** Returns whether there is a zombie of which it is not known yet whether it is ours. */
  public boolean isAnyInQuestion() {
    return collector.isAnyInQuestion();
  }

  /** Takes, on the calling thread, the zombies that were held for a kill that is over. */
  public void collectReleased() {
    try {
      for (ProcessRecord process : registry.lock.locked(() -> List.copyOf(registry.live()))) {
        registry.lock.run(() -> collector.collectReleased(process));
      }
    } catch (RuntimeException | OutOfMemoryError e) {
      complain(e);
    }
    wakeup.give(); // for zombies that have to stay for now
  }

  @Override
  public void run() {
    while (!leaving) {
      step();
    }
    ended.countDown();
  }

  /** Waits for a death, takes the zombies, and rests. */
  public void step() {
    try {
      pass();
    } catch (RuntimeException | Error e) {
      // Nothing was collected that is not recorded. The failure, a lack of memory for instance,
      // may pass: a reaper that has ended would lose everything.
      recover(e);
    }
  }

  private void pass() {
    boolean guarded = !leaving && guardian.ensure(registry::reportAll);
    if (leaving) {
      return; // a guardian that was started just now is not killed, so no death would end the wait
    }
    if (stops >= MOST_STOPS) {
      time.park(STORM_NANOS);
    }
    long waits = time.nanos();
    Zombie rung;
    try {
      rung =
          doorbell.anyZombie(guarded); // without a guardian it must not sleep: none would wake it
    } catch (NoChildren e) {
      rest(LONGEST_NANOS);
      return;
    }
    boolean stopped = rung == null && doorbell.mayHideZombie();
    long began = time.nanos();
    if (began - waits > SOON_NANOS) {
      stops = 0;
    } else if (stopped) {
      stops++;
    }
    Reaped reaped = reap(rung == null ? 0 : rung.pid(), stopped);
    if (stopped && !reaped.any && reaped.left == 0) {
      return; // many in a row: each would take the lock from the tracing thread
    }
    long busy = time.nanos() - began;
    boolean other = reaped.left != 0 && reaped.left != lastLeft;
    lastLeft = reaped.left;
    long shortest =
        registry.heldZombies.any()
            ? Math.min(LONGEST_NANOS, Math.max(HOLD_NANOS, HOLD_SHARE * busy))
            : SHORTEST_NANOS;
    backoff = reaped.any || other ? shortest : Math.min(LONGEST_NANOS, backoff * 2);
    rest(reaped.left != 0 ? backoff : guarded ? 0 : LONGEST_NANOS);
  }

  /**
   * What became of the zombies.
   *
   * @param any whether one of them was collected
   * @param left the first that has to stay, and hides those behind it; {@link #HIDDEN} if a stop of
   *     a traced process does; 0 if there is none
   * @param woken whether a thread waited for one of them
   */
  private record Reaped(boolean any, int left, boolean woken) {
    static final Reaped NOTHING = new Reaped(false, 0, false);
  }

  /**
   * Takes one zombie after the other until there is none, or one that has to stay.
   *
   * @param rung the first one; 0 if unknown
   * @param stopped whether only the stop of a traced process may have rung: no adoption has, then
   */
  private Reaped reap(int rung, boolean stopped) {
    boolean any = false;
    int left = 0;
    int pid = rung;
    int peeks = 0;
    while (left == 0) {
      if (away && isReapingThread()) {
        giveWay();
      }
      if (pid == 0) {
        long asked = time.nanos();
        // With the lock not held: the kernel searches all children, and others need the lock.
        Wait wait = kernel.waits();
        Zombie next = next(wait);
        if (next == null && !wait.mayHideZombie()) {
          searchNanos = time.nanos() - asked;
          break;
        }
        pid = next == null ? 0 : next.pid();
      }
      Reaped some = pid == 0 ? Reaped.NOTHING : handleFrom(pid);
      any |= some.any;
      left = some.left;
      if (!some.any && left == 0 && ++peeks >= MOST_PEEKS) {
        left = pid == 0 ? HIDDEN : pid;
      } else if (some.woken || pid == 0) {
        time.yieldCpu(); // to the waiter, or to the tracing thread, which answers the stop
      } else {
        giveTurn();
      }
      pid = 0;
    }
    if (left != 0) {
      any |= sweep();
    }
    if (any || left != 0 || !stopped) {
      scanCycle
          .scanAdopted(); // under the lock: a zombie that was just collected is recorded by then
    }
    return new Reaped(any, left, false);
  }

  /** In a burst the lock would be taken again before a waiter wakes. */
  private void giveTurn() {
    long now = time.nanos();
    if (now - turnNanos >= TURN_NANOS) {
      turnNanos = now;
      if (registry.lock.isWanted()) {
        time.park(WAKE_NANOS);
      }
    }
  }

  /**
   * Handles a zombie, and for a moment those behind it, if the search among all children is quick.
   */
  private Reaped handleFrom(int pid) {
    registry.lock.lock();
    try {
      long began = time.nanos();
      Zombie zombie = collector.underLock().zombie(pid); // it may have been taken meanwhile
      boolean any = false;
      boolean woken = false;
      while (zombie != null) {
        if (!handle(zombie)) {
          return new Reaped(any, zombie.pid(), woken);
        }
        any = true;
        woken = collector.wasAwaited();
        boolean more =
            searchNanos < QUICK_NANOS
                && !woken
                && !(away && isReapingThread())
                && time.nanos() - began < HELD_NANOS;
        zombie = more ? next(collector.underLock()) : null;
      }
      return new Reaped(any, 0, woken);
    } finally {
      registry.lock.unlock();
    }
  }

  /**
   * Handles one zombie; returns false if it has to stay. Only the reaping thread takes the
   * guardian, since it replaces it.
   */
  private boolean handle(Zombie zombie) {
    if (!guardian.is(zombie.pid())) {
      return collector.handle(zombie);
    }
    if (leaving || !isReapingThread()) {
      return false;
    }
    collector.underLock().collect(zombie.pid());
    guardian.ended(OptionalInt.of(zombie.waitStatus()));
    return true;
  }

  private boolean isReapingThread() {
    return time.currentThread() == thread;
  }

  private void recover(Throwable failure) {
    try {
      complain(failure);
      rest(LONGEST_NANOS);
    } catch (RuntimeException | Error again) {
      time.park(LONGEST_NANOS); // which allocates nothing
    }
  }

  private void complain(Throwable failure) {
    if (!complained) {
      complained = true;
      System.getLogger("io.github.subreaper")
          .log(System.Logger.Level.WARNING, "the reaping thread goes on after", failure);
    }
  }

  private static @Nullable Zombie next(Wait wait) {
    try {
      return wait.anyZombie(false);
    } catch (NoChildren e) {
      return null;
    }
  }

  /** Rests until a nudge, or for a time: a zombie has to stay, or no child would end the wait. */
  private void rest(long nanos) {
    registry.lock.run(
        () -> {
          collector.prune();
          wakeup.rest(leaving ? 0 : nanos);
        });
  }

  /** Takes the zombies behind one that stays: among all that this JVM has adopted or launched. */
  private boolean sweep() {
    int adopter = threads.adopter();
    boolean progress = sweep(adopter);
    for (int tid : spawner.tids()) {
      progress |= tid != adopter && sweep(tid);
    }
    return progress;
  }

  private boolean sweep(int tid) {
    boolean progress = false;
    int[] found = kernel.procfs.childrenAtOneRead(Procfs.SELF, tid);
    int[] children = found == null ? new int[0] : found;
    int next = 0;
    while (next < children.length) {
      registry.lock.lock();
      try {
        long began = time.nanos();
        do {
          progress |= handleUnlessHeld(children[next++]);
        } while (next < children.length && time.nanos() - began < HELD_NANOS);
      } finally {
        registry.lock.unlock();
      }
    }
    return progress;
  }

  /** Thousands of zombies that are held until their scope's kill is over cost no call. */
  private boolean handleUnlessHeld(int pid) {
    ProcessRecord process = registry.find(pid);
    boolean held = process != null && process.isHeld() && registry.heldZombies.has(process);
    Zombie zombie = held ? null : collector.underLock().zombie(pid);
    return zombie != null && handle(zombie);
  }

  /** Ends the thread, which the guardian's death has to wake. */
  @Override
  public void close() {
    leaving = true;
    collector.close();
    wakeup.give();
    boolean wakes = guardian.ring();
    if (time.await(ended, wakes ? LONGEST_LEAVE_NANOS : LONGEST_LEAVE_ASLEEP_NANOS)) {
      time.join(thread, LONGEST_LEAVE_NANOS);
    }
  }
}
