package io.github.subreaper.internal.engine.spawn;

import io.github.subreaper.internal.linux.Kernel;
import io.github.subreaper.internal.linux.PosixSpawn;
import io.github.subreaper.internal.linux.Time;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A thread that calls posix_spawn, which can't be interrupted while its child opens its streams;
 * and the child that it just starts. One launch at a time uses it.
 */
final class Lane {
  /** The kernel keeps 15 characters. A child has this name until its exec. */
  static final String THREAD = "subreaper spawn";

  private final Kernel kernel;
  private final Time time;
  private final ExecutorService thread;
  private final Future<Integer> tid;
  private int knownTid;
  private final AtomicBoolean taken = new AtomicBoolean();
  private volatile @Nullable Thread started;
  private volatile @Nullable Future<PosixSpawn.Result> child;

  /** Whether a child may be between clone and exec. */
  volatile boolean spawning;

  /**
   * The pid of a child between clone and the return of posix_spawn: the C library may still wait
   * for it.
   */
  private volatile int beingBorn;

  /** Starts the thread; OutOfMemoryError if the system allows no more threads. */
  Lane(Kernel kernel, Time time) {
    this.kernel = kernel;
    this.time = time;
    thread =
        time.executor(
            work -> {
              Thread spawner = time.thread(work, THREAD);
              started = spawner;
              return spawner;
            });
    tid = thread.submit(kernel.procfs::ownTid); // the activation goes on meanwhile
  }

  /** Returns the thread's id by the kernel. */
  int tid() {
    int known = knownTid;
    if (known == 0) {
      known = result(tid);
      knownTid = known;
    }
    return known;
  }

  /**
   * Takes the lane. Returns false if another launch has it, or posix_spawn has not returned from
   * its last child.
   */
  boolean take() {
    if (!taken.compareAndSet(false, true)) {
      return false;
    }
    boolean free = isThrough();
    taken.set(free);
    return free;
  }

  /** It has a child of which posix_spawn may not have returned yet. */
  void born(int pid) {
    beingBorn = pid;
  }

  /** Returns the pid of that child; 0 if there is none, or it is not known yet. */
  int beingBorn() {
    return beingBorn;
  }

  void giveBack() {
    beingBorn = 0;
    spawning = false;
    taken.set(false);
  }

  void begin(PosixSpawn.Request request) {
    spawning = true;
    child = thread.submit(() -> kernel.spawn.spawn(request));
  }

  /** Returns whether posix_spawn has returned: the child has exec'd, or is gone. */
  boolean isThrough() {
    Future<PosixSpawn.Result> last = child;
    return last == null || last.isDone();
  }

  /** Waits until posix_spawn has returned; false if the time is over first. */
  boolean awaitThrough(long nanos) {
    Future<PosixSpawn.Result> last = child;
    return last == null || time.await(last, nanos);
  }

  PosixSpawn.Result result() {
    Future<PosixSpawn.Result> last = child;
    if (last == null) {
      throw new IllegalStateException("nothing was started");
    }
    return result(last);
  }

  /** Returns null if nothing was started. */
  PosixSpawn.@Nullable Result resultOrNull() {
    try {
      return result();
    } catch (RuntimeException | Error e) {
      return null; // the attempt reports the failure that came first
    }
  }

  private <T> T result(Future<T> future) {
    try {
      return time.get(future);
    } catch (ExecutionException e) {
      Throwable cause = e.getCause();
      if (cause instanceof RuntimeException failure) {
        throw failure;
      }
      if (cause instanceof Error error) {
        throw error;
      }
      throw new IllegalStateException(cause);
    }
  }

  /** Ends the thread. Waits for that for a time only, since its child may never come through. */
  void close(long nanos) {
    thread.shutdown();
    Thread left = started;
    if (left != null && time.await(thread, nanos)) {
      time.join(left, nanos); // the executor has terminated before its thread is gone
    }
  }
}
