package io.github.subreaper.internal.engine;

import io.github.subreaper.internal.linux.CurrentThread;
import io.github.subreaper.internal.linux.Errno;
import io.github.subreaper.internal.linux.Fifo;
import io.github.subreaper.internal.linux.FileLockLimit;
import io.github.subreaper.internal.linux.Kill;
import io.github.subreaper.internal.linux.LinuxException;
import io.github.subreaper.internal.linux.PosixSpawn;
import io.github.subreaper.internal.linux.Procfs;
import io.github.subreaper.internal.linux.Wait;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Starts programs that carry their tag from their first instruction on.
 *
 * <p>The child's first file action opens a FIFO, the gate, and stops there: after the clone, before
 * the exec. Meanwhile it is found in the list of the one thread that spawns, gets its tag from
 * outside with prlimit(2), and goes on when the gate opens. So there is no wrapper, no second exec,
 * and what exec has to say against the program comes back as the errno of posix_spawn.
 */
final class Spawner implements AutoCloseable {
  static final String THREAD = "subreaper spawner";

  /** Then it is left to the reaper. */
  private static final long DISCARD_NANOS = 5_000_000_000L;

  private final ExecutorService thread;
  private final Future<Integer> tid;
  private final Workshop workshop;
  private final Tags tags;
  private final long limitBefore;

  /** A child between clone and the return of posix_spawn: the C library may still wait for it. */
  private volatile int beingBorn;

  private volatile boolean spawning;

  private volatile int guardian;

  private volatile @Nullable Thread started;

  /** For one at a time; no monitor, since it is held for the registry's lock and for the child. */
  private final ReentrantLock one = new ReentrantLock();

  /** Not to be held by a child that stops at the gate; -1 for none. */
  private volatile int kept = -1;

  /**
   * Starts the thread.
   *
   * @param limitBefore what this JVM carried before its tag
   */
  Spawner(Workshop workshop, Tags tags, long limitBefore) {
    this.workshop = workshop;
    this.tags = tags;
    this.limitBefore = limitBefore;
    this.thread =
        Executors.newSingleThreadExecutor(
            work -> {
              Thread spawner = new Thread(null, work, THREAD, 0, false);
              spawner.setDaemon(true);
              started = spawner;
              return spawner;
            });
    this.tid = thread.submit(CurrentThread::id); // and whoever activates goes on
  }

  /**
   * A gate for one child: what other threads fork meanwhile may hold it open a while longer, and
   * that must not let the next child through.
   */
  Path newGate() {
    try {
      return workshop.newFifo("gate");
    } catch (LinuxException e) {
      throw new LaunchFailedException("cannot make a gate for the new process: " + e.getMessage());
    }
  }

  int keptFromChildren() {
    return kept;
  }

  /** Says which descriptor must go with this JVM, though a child stops at the gate. */
  void keepFromChildren(int descriptor) {
    kept = descriptor;
  }

  int tid() {
    return uninterruptibly(tid);
  }

  boolean isBeingBorn(int pid) {
    return pid == beingBorn;
  }

  /** Whether an entry of the spawning thread's list is a child that has not exec'd yet. */
  boolean isUnborn(int pid) {
    // In this order: a child is called being born before its tag changes.
    boolean untagged = tags.inLimit() ? tags.read(pid) == tags.own() : spawning;
    return untagged || isBeingBorn(pid) || pid == guardian;
  }

  /**
   * Starts a program under a tag.
   *
   * @param held runs with the child's pid while it stops at the gate; null if nothing has to be
   *     done there but for the tag. What it throws ends the child
   * @param born runs with the result before a failed child's pid may be used again
   */
  PosixSpawn.Result spawn(
      PosixSpawn.Request request,
      long tag,
      @Nullable IntConsumer held,
      Consumer<PosixSpawn.Result> born) {
    one.lock();
    try {
      return spawnAlone(request, tag, held, born);
    } finally {
      one.unlock();
    }
  }

  @SuppressWarnings("ThreadPriorityCheck") // no event tells of a child before its exec
  private PosixSpawn.Result spawnAlone(
      PosixSpawn.Request request,
      long tag,
      @Nullable IntConsumer held,
      Consumer<PosixSpawn.Result> born) {
    Set<Integer> older = tags.inLimit() ? Set.of() : children();
    RuntimeException refusal = null;
    spawning = true;
    Future<PosixSpawn.Result> child = thread.submit(() -> PosixSpawn.spawn(request));
    int open = -1;
    try {
      boolean tagged = !tags.inLimit();
      boolean done = tagged && held == null;
      while (!done && !child.isDone()) {
        int pid = tags.inLimit() ? findChild() : findUntagged(older);
        if (pid > 0) {
          beingBorn = pid;
          tagged = tagged || carry(pid, tag);
          refusal = tagged && held != null ? refusal(held, pid) : null;
          done = tagged && refusal == null;
          if (!done) {
            Kill.send(pid, 9);
          }
          break;
        }
        if (tags.inLimit() && !tags.isCarried()) { // then the child does not carry it either
          refusal =
              new LaunchFailedException(
                  "code in this JVM has changed the JVM's RLIMIT_LOCKS, by which the new process is"
                      + " known; it was killed. To fix: leave that limit of the JVM alone, or"
                      + " activate anew");
          break;
        }
        Thread.yield(); // the child may need this CPU
      }
      open = openGate(request.gate());
      PosixSpawn.Result result = uninterruptibly(child);
      if (!done && result.errno() == 0) {
        beingBorn = result.pid();
        discard(result.pid()); // if it was never found
        throw refusal != null
            ? refusal
            : new LaunchFailedException(
                "the new process could not be tagged (prlimit was refused) and was killed");
      }
      try {
        born.accept(result);
      } catch (RuntimeException | Error e) {
        if (result.errno() == 0) {
          beingBorn = result.pid();
          discard(result.pid()); // nobody knows it, and nobody has reaped it
        }
        throw e;
      }
      return result;
    } finally {
      if (open >= 0) {
        Fifo.close(open);
      } else if (!child.isDone()) {
        killUnborn(); // whatever went wrong: nobody stays at the gate
      }
      workshop.remove(request.gate());
      beingBorn = 0;
      spawning = false;
    }
  }

  /**
   * Starts what watches this JVM: without the tag, and without the gate, where it would stay if
   * this JVM were killed now.
   */
  int spawnGuardian(PosixSpawn.Request request) {
    one.lock();
    spawning = true;
    try {
      PosixSpawn.Result result = uninterruptibly(thread.submit(() -> PosixSpawn.spawn(request)));
      if (result.errno() != 0) {
        throw new UnsupportedException(
            "cannot start the guardian, " + request.file() + ": " + Errno.describe(result.errno()));
      }
      guardian = result.pid();
      if (tags.inLimit()) {
        carry(guardian, limitBefore);
      }
      return guardian;
    } finally {
      spawning = false;
      one.unlock();
    }
  }

  /** It stays open until the child is through, whenever that comes. */
  private static int openGate(@Nullable Path gate) {
    try {
      return gate == null ? -1 : Fifo.openForBoth(gate);
    } catch (LinuxException e) {
      throw new LaunchFailedException("cannot let the new process start: " + e.getMessage());
    }
  }

  private void killUnborn() {
    int waiting = beingBorn > 0 ? beingBorn : findChild();
    if (waiting > 0) {
      Kill.send(waiting, 9);
    }
  }

  private static @Nullable RuntimeException refusal(IntConsumer held, int pid) {
    try {
      held.accept(pid);
      return null;
    } catch (RuntimeException e) {
      return e;
    }
  }

  /** Kills and collects a child that counts as being born, so that nobody else does. */
  @SuppressWarnings("ThreadPriorityCheck") // it dies as soon as it gets a CPU
  private static void discard(int pid) {
    long deadline = System.nanoTime() + DISCARD_NANOS;
    Kill.send(pid, 9);
    while (Wait.ofThisThread().collect(pid) == null && System.nanoTime() - deadline < 0) {
      Thread.yield();
    }
  }

  private Set<Integer> children() {
    int[] children = Procfs.children(Procfs.SELF, tid());
    return children == null
        ? Set.of()
        : Arrays.stream(children).boxed().collect(Collectors.toUnmodifiableSet());
  }

  /** Where no tag tells: who is new, and still is this JVM's program. */
  private int findUntagged(Set<Integer> older) {
    String own = Procfs.executable(Procfs.SELF);
    for (int pid : children()) {
      if (!older.contains(pid) && Objects.equals(own, Procfs.executable(pid))) {
        return pid;
      }
    }
    return 0;
  }

  private int findChild() {
    int[] children = Procfs.children(Procfs.SELF, tid());
    if (children != null) {
      for (int i = children.length - 1; i >= 0; i--) {
        if (tags.read(children[i]) == tags.own()) {
          return children[i];
        }
      }
    }
    return 0;
  }

  private static boolean carry(int pid, long tag) {
    try {
      FileLockLimit.set(pid, tag);
      return true;
    } catch (LinuxException e) {
      return false;
    }
  }

  private static <T> T uninterruptibly(Future<T> future) {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return future.get();
        } catch (InterruptedException e) {
          interrupted = true;
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
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Override
  public void close() {
    thread.shutdown();
    boolean interrupted = Thread.interrupted();
    try {
      thread.awaitTermination(10, TimeUnit.SECONDS);
      Thread left = started; // the executor has terminated before its thread is gone
      if (left != null) {
        left.join(10_000);
      }
    } catch (InterruptedException e) {
      interrupted = true;
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
