package io.github.subreaper.internal.engine.spawn;

import io.github.subreaper.internal.linux.Kernel;
import io.github.subreaper.internal.linux.PosixSpawn;
import io.github.subreaper.internal.linux.Time;
import io.github.subreaper.internal.linux.calls.LinuxException;
import io.github.subreaper.internal.linux.proc.ProcessStat;
import io.github.subreaper.internal.linux.proc.Wait;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * One attempt to start a process. One thread makes it and calls its steps in their order: {@link
 * #begin}, {@link #hold}, {@link #open}, {@link #awaitExec}, {@link #keep}. If it is closed before
 * the last one, the child is killed and collected.
 */
public final class Attempt implements AutoCloseable {
  /** After that, what was killed is left to the reaper, or is a survivor. */
  private static final long DISCARD_NANOS = 5_000_000_000L;

  private static final long LOOK_NANOS = 20_000_000;

  private final Kernel kernel;
  private final Time time;
  private final PrivateDirectory directory;
  private final Tags tags;
  private final UnbornChild children;
  private final Lane lane;
  private final ReentrantLock turn;
  private final Newborn newborn;
  private final Patience patience;

  private Set<Integer> older = Set.of();
  private @Nullable Path gate;
  private int openGate = -1;
  private boolean hasBegun;
  private boolean isKept;

  Attempt(
      Kernel kernel,
      Time time,
      PrivateDirectory directory,
      Tags tags,
      Lane lane,
      ReentrantLock turn,
      Newborn newborn,
      Patience patience) {
    this.kernel = kernel;
    this.time = time;
    this.directory = directory;
    this.tags = tags;
    this.children = new UnbornChild(kernel, tags);
    this.lane = lane;
    this.turn = turn;
    this.newborn = newborn;
    this.patience = patience;
  }

  /** Starts the child, which stops at its gate, if it has one. */
  public void begin(PosixSpawn.Request request) {
    older = children.before(lane);
    gate = request.gate();
    hasBegun = true;
    lane.begin(request);
  }

  /**
   * Waits until the child stops at the gate, and gives it its tag.
   *
   * @return its pid; 0 if it has failed before it was found
   */
  public int hold(long tag) {
    long start = time.nanos();
    while (!lane.isThrough()) {
      int pid = children.find(lane, older);
      if (pid > 0) {
        return tagged(pid, tag);
      }
      if (tags.inLimit() && !tags.isCarried()) { // then the child does not carry it either
        open(); // it cannot be found at the gate, so posix_spawn has to name it
        throw new LaunchFailedException(
            "code in this JVM has changed the JVM's RLIMIT_LOCKS, by which the new process is"
                + " known; it was killed. To fix: leave that limit of the JVM alone, or"
                + " activate anew");
      }
      long waited = time.nanos() - start;
      if (waited >= Spawner.TURN_NANOS) {
        letOthersGo();
      }
      RuntimeException end = waited >= Spawner.STUCK_NANOS ? patience.end() : null;
      if (end != null) {
        throw end;
      }
      time.yieldCpu(); // the child may need this CPU
    }
    PosixSpawn.Result result = lane.result(); // under QEMU it may be there while the child stops
    return result.errno() == 0 ? tagged(result.pid(), tag) : 0;
  }

  private int tagged(int pid, long tag) {
    lane.born(pid);
    try {
      if (tags.inLimit()) {
        kernel.fileLocks.set(pid, tag);
      }
      return pid;
    } catch (LinuxException e) {
      throw new LaunchFailedException(
          "the new process could not be tagged, and was killed: "
              + e.getMessage()
              + ". To fix: allow prlimit(2) for other processes, or activate anew, which does"
              + " without");
    }
  }

  /** Lets the child through. */
  public void open() {
    try {
      openGate = gate == null ? -1 : kernel.fifos.openForBoth(gate); // open until it is through
    } catch (LinuxException e) {
      throw new LaunchFailedException("cannot let the new process start: " + e.getMessage());
    }
  }

  /** Waits until posix_spawn returns, or the child sleeps and the caller's patience ends. */
  public PosixSpawn.Result awaitExec() {
    long start = time.nanos();
    PosixSpawn.Result result = awaitReturn(Spawner.TURN_NANOS);
    if (result == null) {
      letOthersGo();
    }
    while (result == null) {
      int pid = children.find(lane, older);
      if (sleeps(pid)) {
        long waited = time.nanos() - start;
        RuntimeException end = waited >= Spawner.STUCK_NANOS ? patience.end() : null;
        if (end == null && pid > 0 && patience.isDeadlocked(pid, lane.tid(), waited)) {
          end = new DeadlockedForkException();
        }
        if (end != null && !lane.isThrough()) {
          throw end;
        }
      }
      result = awaitReturn(LOOK_NANOS);
    }
    return result;
  }

  /** Waits until posix_spawn returns; null if the time is over first. */
  PosixSpawn.@Nullable Result awaitReturn(long nanos) {
    if (!lane.awaitThrough(nanos)) {
      return null;
    }
    PosixSpawn.Result result = lane.result();
    lane.born(result.pid());
    return result;
  }

  private boolean sleeps(int pid) {
    ProcessStat stat = pid > 0 ? kernel.procfs.stat(pid) : null;
    return stat == null || stat.state() != 'R';
  }

  /** Ends the turn of this launch, which takes too long. */
  public void letOthersGo() {
    if (turn.isHeldByCurrentThread()) {
      turn.unlock();
    }
  }

  /** The child has its record, or there is none: posix_spawn has failed. */
  public void keep() {
    isKept = true;
  }

  /** Gives back the thread, when nothing is left of a failed attempt. */
  @Override
  public void close() {
    try {
      if (hasBegun && !isKept) {
        undo();
      }
    } finally {
      if (openGate >= 0) {
        kernel.fifos.close(openGate);
      }
      directory.remove(gate);
      lane.giveBack();
      letOthersGo();
    }
  }

  /** Removes the child. One that does not die is recorded, and a survivor. */
  private void undo() {
    long start = time.nanos();
    int pid = 0;
    while (!lane.isThrough() && time.nanos() - start < DISCARD_NANOS) {
      pid = children.find(lane, older);
      if (pid > 0) {
        lane.born(pid);
        kernel.kill.send(pid, 9);
      }
      lane.awaitThrough(pid > 0 ? DISCARD_NANOS : LOOK_NANOS);
    }
    if (!lane.isThrough()) {
      if (pid > 0) {
        newborn.record(pid);
      }
      return;
    }
    PosixSpawn.Result result = lane.resultOrNull();
    if (result != null && result.errno() == 0) {
      lane.born(result.pid());
      discard(result.pid());
    }
  }

  /** Kills and collects a child that counts as being born, so that no other thread collects it. */
  private void discard(int pid) {
    long deadline = time.nanos() + DISCARD_NANOS;
    kernel.kill.send(pid, 9);
    Wait wait = kernel.waits();
    Wait.Child child = wait.child(pid);
    while (child == Wait.Child.RUNS && time.nanos() - deadline < 0) {
      time.yieldCpu();
      child = wait.child(pid);
    }
    if (child == Wait.Child.ENDED && !newborn.abandon()) {
      wait.collect(pid); // the reaper leaves it
    }
  }
}
