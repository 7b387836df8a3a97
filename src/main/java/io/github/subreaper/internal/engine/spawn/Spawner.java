package io.github.subreaper.internal.engine.spawn;

import io.github.subreaper.internal.linux.Kernel;
import io.github.subreaper.internal.linux.PosixSpawn;
import io.github.subreaper.internal.linux.Time;
import io.github.subreaper.internal.linux.calls.Errno;
import io.github.subreaper.internal.linux.calls.LinuxException;
import io.github.subreaper.internal.linux.proc.ProcessStat;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Starts programs that carry their tag from their first instruction on.
 *
 * <p>The child's first file action opens a FIFO, the gate, where it stops: after the clone, before
 * the exec. Meanwhile the {@link Attempt} finds it in the list of children of the one thread that
 * spawns, and sets its tag from outside with prlimit(2). Then it opens the gate. So there is no
 * wrapper and no second exec, and if exec fails, posix_spawn returns its errno.
 *
 * <p>Launches take turns, on one thread. A child that takes long, because it opens a FIFO without a
 * writer or a file system does not answer, keeps its thread. The next launch takes another one.
 */
public final class Spawner implements AutoCloseable {
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
   * Takes the turn, and a thread for one child.
   *
   * @param newborn the child, as the caller knows it
   * @param patience asked repeatedly while the child sleeps before its exec. When it ends, the
   *     child is killed
   */
  public Attempt attempt(Newborn newborn, Patience patience) {
    turn.lock();
    try {
      return new Attempt(kernel, time, directory, tags, free(), turn, newborn, patience);
    } catch (RuntimeException | Error e) {
      turn.unlock();
      throw e;
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

  /** Returns whether a child still has memory of this JVM, after posix_spawn has returned. */
  public boolean isBeforeExec(ProcessStat child) {
    return child.name().equals(Lane.THREAD) && kernel.procfs.isAmidExec(child.pid());
  }

  /**
   * Starts the guardian: without the tag, and without the gate, at which it would wait for ever if
   * this JVM were killed now.
   */
  public int spawnGuardian(PosixSpawn.Request request) {
    try (Attempt attempt = attempt(new NewGuardian(), Patience.ENDLESS)) {
      attempt.begin(request);
      PosixSpawn.Result result = attempt.awaitReturn(GUARDIAN_NANOS);
      if (result == null) {
        throw new UnsupportedException(
            "cannot start the guardian: " + request.file() + " had not started after 30 s");
      }
      if (result.errno() != 0) {
        throw new UnsupportedException(
            "cannot start the guardian, " + request.file() + ": " + Errno.describe(result.errno()));
      }
      guardian = result.pid();
      giveBackLimit(guardian);
      attempt.keep();
      return guardian;
    }
  }

  /** It has no record: it is known by its pid. */
  private final class NewGuardian implements Newborn {
    @Override
    public void record(int pid) {
      guardian = pid;
    }

    @Override
    public boolean abandon() {
      return false;
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

  @Override
  public void close() {
    long deadline = time.nanos() + CLOSE_NANOS;
    for (Lane lane : lanes) {
      boolean hangs = !lane.isThrough(); // its child has survived SIGKILL
      lane.close(hangs ? LOOK_NANOS : Math.max(1, deadline - time.nanos()));
    }
  }
}
