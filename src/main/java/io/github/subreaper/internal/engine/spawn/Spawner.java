package io.github.subreaper.internal.engine.spawn;

import io.github.subreaper.internal.linux.Kernel;
import io.github.subreaper.internal.linux.PosixSpawn;
import io.github.subreaper.internal.linux.Time;
import io.github.subreaper.internal.linux.calls.Errno;
import io.github.subreaper.internal.linux.calls.LinuxException;
import io.github.subreaper.internal.linux.proc.ProcessStat;
import io.github.subreaper.internal.linux.proc.Wait;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Starts programs that carry their tag from their first instruction on.
 *
 * <p>The child's first file action opens a FIFO, the gate, where it stops: after the clone, before
 * the exec. Meanwhile the spawner finds it in the list of children of the one thread that spawns,
 * and sets its tag from outside with prlimit(2). Then it opens the gate. So there is no wrapper and
 * no second exec, and if exec fails, posix_spawn returns its errno.
 *
 * <p>Launches take turns, on one thread. A child that takes long, because it opens a FIFO without a
 * writer or a file system does not answer, keeps its thread. The next launch takes another one.
 */
public final class Spawner implements AutoCloseable {
  /** After that, what was killed is left to the reaper, or is a survivor. */
  private static final long DISCARD_NANOS = 5_000_000_000L;

  /** After that, the next launch has its turn. */
  public static final long TURN_NANOS = 100_000_000;

  /** A process that sleeps for so long before its exec is not only slow. */
  public static final long STUCK_NANOS = 1_000_000_000;

  private static final long LOOK_NANOS = 20_000_000;
  private static final long GUARDIAN_NANOS = 30_000_000_000L;
  private static final long CLOSE_NANOS = 10_000_000_000L;

  private final Kernel kernel;
  private final Time time;

  /** Their threads stay, since the children of a thread that ends move to another thread's list. */
  private final List<Lane> lanes = new CopyOnWriteArrayList<>();

  private final PrivateDirectory directory;
  private final Tags tags;
  private final UnbornChild children;
  private final long limitBefore;

  private volatile int guardian;

  /** No monitor: it is held while the child starts, which would pin a virtual thread. */
  private final ReentrantLock turn;

  /**
   * Starts the first thread.
   *
   * @param limitBefore what this JVM carried before its tag
   */
  public Spawner(
      Kernel kernel, Time time, PrivateDirectory directory, Tags tags, long limitBefore) {
    this.kernel = kernel;
    this.time = time;
    this.turn = time.newLock();
    this.directory = directory;
    this.tags = tags;
    this.children = new UnbornChild(kernel, tags);
    this.limitBefore = limitBefore;
    lanes.add(new Lane(kernel, time));
  }

  /**
   * Makes a gate for one child. A process that another thread forks meanwhile may hold a gate open
   * for a while, and that must not let the next child through.
   */
  public Path newGate() {
    try {
      return directory.newFifo("gate");
    } catch (LinuxException e) {
      throw new LaunchFailedException("cannot make a gate for the new process: " + e.getMessage());
    }
  }

  /** Returns the threads that spawn, by the kernel's ids. */
  public List<Integer> tids() {
    List<Integer> tids = new ArrayList<>();
    for (Lane lane : lanes) {
      tids.add(lane.tid());
    }
    return tids;
  }

  public boolean isSpawner(int tid) {
    for (Lane lane : lanes) {
      if (lane.tid() == tid) {
        return true;
      }
    }
    return false;
  }

  public boolean isBeingBorn(int pid) {
    for (Lane lane : lanes) {
      if (lane.beingBorn() == pid) {
        return true;
      }
    }
    return false;
  }

  /** Returns whether an entry of a spawning thread's list is a child that has not exec'd yet. */
  public boolean isUnborn(int pid) {
    // In this order: a child counts as being born before its tag changes.
    long tag = tags.inLimit() ? tags.read(pid) : Tags.UNREADABLE;
    boolean untagged =
        tag == tags.own()
            || (!tags.isOfALaunch(tag) && lanes.stream().anyMatch(lane -> lane.spawning));
    return untagged || isBeingBorn(pid) || pid == guardian;
  }

  /**
   * Starts a program under a tag.
   *
   * @param patience asked repeatedly while the child sleeps before its exec. When it ends, the
   *     child is killed
   * @param held runs with the child's pid while it stops at the gate; null if only the tag has to
   *     be set there. If it throws, the child is killed
   * @param born runs with the result before the pid of a failed child may be reused
   * @param recorded asked before the child of a failed launch is collected: what has a record is
   *     left to the reaper
   */
  public PosixSpawn.Result spawn(
      PosixSpawn.Request request,
      long tag,
      Patience patience,
      @Nullable IntConsumer held,
      Consumer<PosixSpawn.Result> born,
      BooleanSupplier recorded) {
    turn.lock();
    try {
      Lane lane = free();
      try {
        return spawn(lane, request, tag, patience, held, born, recorded);
      } finally {
        directory.remove(request.gate());
        lane.giveBack();
      }
    } finally {
      letOthersGo();
    }
  }

  /** Ends the turn of the calling thread's launch, which takes too long. */
  public void letOthersGo() {
    if (turn.isHeldByCurrentThread()) {
      turn.unlock();
    }
  }

  /** Returns a lane without a launch; the caller has the turn. */
  private Lane free() {
    for (Lane lane : lanes) {
      if (lane.take()) {
        return lane;
      }
    }
    Lane lane = new Lane(kernel, time);
    lane.tid(); // known before other threads ask for it
    lane.take();
    lanes.add(lane);
    return lane;
  }

  private PosixSpawn.Result spawn(
      Lane lane,
      PosixSpawn.Request request,
      long tag,
      Patience patience,
      @Nullable IntConsumer held,
      Consumer<PosixSpawn.Result> born,
      BooleanSupplier recorded) {
    Set<Integer> older = children.before(lane);
    lane.begin(request);
    int open = -1;
    try {
      RuntimeException refusal =
          tags.inLimit() || held != null ? hold(lane, older, tag, patience, held) : null;
      open = openGate(request.gate());
      awaitExec(lane, older, patience);
      PosixSpawn.Result result = lane.result();
      lane.born(result.pid());
      if (refusal != null && result.errno() == 0) {
        throw refusal;
      }
      born.accept(result);
      return result;
    } catch (RuntimeException | Error e) {
      try {
        undo(lane, older, born, recorded);
      } catch (RuntimeException | Error again) {
        if (again != e) { // else nothing was started
          e.addSuppressed(again);
        }
      }
      throw e;
    } finally {
      if (open >= 0) {
        kernel.fifos.close(open); // it has stayed open until the child was through
      }
    }
  }

  /**
   * Prepares the child while it stops at the gate.
   *
   * @return why it must not run; null if it may run, or has failed before it was found
   */
  private @Nullable RuntimeException hold(
      Lane lane, Set<Integer> older, long tag, Patience patience, @Nullable IntConsumer held) {
    long start = time.nanos();
    while (!lane.isThrough()) {
      int pid = children.find(lane, older);
      if (pid > 0) {
        return prepare(lane, pid, tag, held);
      }
      if (tags.inLimit() && !tags.isCarried()) { // then the child does not carry it either
        return new LaunchFailedException(
            "code in this JVM has changed the JVM's RLIMIT_LOCKS, by which the new process is"
                + " known; it was killed. To fix: leave that limit of the JVM alone, or"
                + " activate anew");
      }
      long waited = time.nanos() - start;
      if (waited >= TURN_NANOS) {
        letOthersGo();
      }
      RuntimeException end = waited >= STUCK_NANOS ? patience.end() : null;
      if (end != null) {
        throw end;
      }
      time.yieldCpu(); // the child may need this CPU
    }
    PosixSpawn.Result result = lane.result(); // under QEMU it may be there while the child stops
    return result.errno() == 0 ? prepare(lane, result.pid(), tag, held) : null;
  }

  private @Nullable RuntimeException prepare(
      Lane lane, int pid, long tag, @Nullable IntConsumer held) {
    lane.born(pid);
    RuntimeException refusal;
    try {
      if (tags.inLimit()) {
        kernel.fileLocks.set(pid, tag);
      }
      refusal = refusal(held, pid);
    } catch (LinuxException e) {
      refusal =
          new LaunchFailedException(
              "the new process could not be tagged, and was killed: "
                  + e.getMessage()
                  + ". To fix: allow prlimit(2) for other processes, or activate anew, which does"
                  + " without");
    }
    if (refusal != null) {
      kernel.kill.send(pid, 9);
    }
    return refusal;
  }

  /** Waits until posix_spawn returns, or the child sleeps and the caller's patience ends. */
  private void awaitExec(Lane lane, Set<Integer> older, Patience patience) {
    long start = time.nanos();
    boolean through = lane.awaitThrough(TURN_NANOS);
    if (!through) {
      letOthersGo();
    }
    while (!through) {
      int pid = children.find(lane, older);
      if (sleeps(pid)) {
        long waited = time.nanos() - start;
        RuntimeException end = waited >= STUCK_NANOS ? patience.end() : null;
        if (end == null && pid > 0 && patience.isDeadlocked(pid, lane.tid(), waited)) {
          end = new DeadlockedForkException();
        }
        if (end != null && !lane.isThrough()) {
          throw end;
        }
      }
      through = lane.awaitThrough(LOOK_NANOS);
    }
  }

  /** Returns whether a child still has memory of this JVM, after posix_spawn has returned. */
  public boolean isBeforeExec(ProcessStat child) {
    return child.name().equals(Lane.THREAD) && kernel.procfs.isAmidExec(child.pid());
  }

  private boolean sleeps(int pid) {
    ProcessStat stat = pid > 0 ? kernel.procfs.stat(pid) : null;
    return stat == null || stat.state() != 'R';
  }

  /** Removes all of a failed launch. A child that does not die is recorded, and a survivor. */
  private void undo(
      Lane lane, Set<Integer> older, Consumer<PosixSpawn.Result> born, BooleanSupplier recorded) {
    long start = time.nanos();
    int pid = 0;
    while (!lane.awaitThrough(pid > 0 ? DISCARD_NANOS : LOOK_NANOS)
        && time.nanos() - start < DISCARD_NANOS) {
      pid = children.find(lane, older);
      if (pid > 0) {
        lane.born(pid);
        kernel.kill.send(pid, 9);
      }
    }
    if (!lane.isThrough()) {
      if (pid > 0) {
        born.accept(new PosixSpawn.Result(pid, 0));
      }
      return;
    }
    PosixSpawn.Result result = lane.result();
    if (result.errno() == 0) {
      lane.born(result.pid());
      discard(result.pid(), recorded);
    }
  }

  /**
   * Starts the guardian: without the tag, and without the gate, at which it would wait for ever if
   * this JVM were killed now.
   */
  public int spawnGuardian(PosixSpawn.Request request) {
    turn.lock();
    try {
      Lane lane = free();
      try {
        Set<Integer> older = children.before(lane);
        lane.begin(request);
        if (!lane.awaitThrough(GUARDIAN_NANOS)) {
          undo(lane, older, left -> guardian = left.pid(), () -> false); // known by its pid
          throw new UnsupportedException(
              "cannot start the guardian: " + request.file() + " had not started after 30 s");
        }
        PosixSpawn.Result result = lane.result();
        if (result.errno() != 0) {
          throw new UnsupportedException(
              "cannot start the guardian, "
                  + request.file()
                  + ": "
                  + Errno.describe(result.errno()));
        }
        guardian = result.pid();
        giveBackLimit(guardian);
        return guardian;
      } finally {
        lane.giveBack();
      }
    } finally {
      letOthersGo();
    }
  }

  private void giveBackLimit(int pid) {
    try {
      if (tags.inLimit()) {
        kernel.fileLocks.set(pid, limitBefore);
      }
    } catch (LinuxException e) {
      return; // it keeps the tag, and is known by its pid
    }
  }

  private int openGate(@Nullable Path gate) {
    try {
      return gate == null ? -1 : kernel.fifos.openForBoth(gate);
    } catch (LinuxException e) {
      throw new LaunchFailedException("cannot let the new process start: " + e.getMessage());
    }
  }

  private static @Nullable RuntimeException refusal(@Nullable IntConsumer held, int pid) {
    try {
      if (held != null) {
        held.accept(pid);
      }
      return null;
    } catch (RuntimeException e) {
      return e;
    }
  }

  /** Kills and collects a child that counts as being born, so that no other thread collects it. */
  private void discard(int pid, BooleanSupplier recorded) {
    long deadline = time.nanos() + DISCARD_NANOS;
    kernel.kill.send(pid, 9);
    Wait wait = kernel.waits();
    Wait.Child child = wait.child(pid);
    while (child == Wait.Child.RUNS && time.nanos() - deadline < 0) {
      time.yieldCpu();
      child = wait.child(pid);
    }
    if (child == Wait.Child.ENDED && !recorded.getAsBoolean()) {
      wait.collect(pid); // the reaper leaves it
    }
  }

  @Override
  public void close() {
    long deadline = time.nanos() + CLOSE_NANOS;
    for (Lane lane : lanes) {
      boolean hangs = !lane.isThrough(); // its child has survived SIGKILL
      lane.close(hangs ? LOOK_NANOS : Math.max(1, deadline - time.nanos()));
    }
  }
}
