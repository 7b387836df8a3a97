package io.github.subreaper.internal.engine.tracer;

import io.github.subreaper.internal.linux.Kernel;
import io.github.subreaper.internal.linux.Time;
import io.github.subreaper.internal.linux.files.Bell;
import io.github.subreaper.internal.linux.ptrace.TracedWait;
import io.github.subreaper.internal.linux.ptrace.TracedWait.Found;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Traces one launched program and all that it forks, on a thread of its own, which ends with the
 * last of them: one thread for all would make each of its waits cost all that is traced.
 *
 * <p>Each stop is taken first, then read, then answered. An answer may come too late at any time:
 * SIGKILL ends each stop. If the thread ends for another reason, the kernel kills all that it
 * traces ({@code PTRACE_O_EXITKILL}): nothing stays stopped.
 */
public final class Tracer {
  public static final String THREAD = "subreaper trace";

  /** So many stops are answered before {@link TraceEvents#rest} is called. */
  private static final int MOST_AT_ONCE = 64;

  /** So often it looks for stops at most before it waits for the lock of the records. */
  private static final int MOST_LOOKS = 50;

  /** After so many answers one thread is asked for by its id. */
  private static final int EACH_TURN = 8;

  private static final long SHORTEST_PAUSE_NANOS = 200_000;
  private static final long LONGEST_PAUSE_NANOS = 1_000_000; // stops are answered after it
  private static final long RING_NANOS = 1_000_000;
  private static final long COMMAND_NANOS = 1_000_000_000;

  /** So many seconds pass at most between two looks for stops that others have taken. */
  private static final int LONGEST_CALM = 60;

  /** After so many seconds of sleep its state is read every {@link #SELDOM} seconds. */
  private static final int LONG_CALM = 10;

  private static final int SELDOM = 3;

  private final Kernel kernel;
  private final Time time;
  private final TraceEvents events;
  private final TracedWait wait;
  private final Tracees tracees;
  private final Queue<Runnable> commands = new ConcurrentLinkedQueue<>();
  private final CompletableFuture<Integer> target = new CompletableFuture<>();
  private final CompletableFuture<Integer> seized = new CompletableFuture<>();
  private final CountDownLatch ended = new CountDownLatch(1);

  /** Held while the bell is rung, and when the thread ends. */
  private final ReentrantLock ringing;

  private volatile @Nullable Bell bell;
  private volatile int tid;

  /** How often it has slept up to its latest look that found nothing, the sleep after included. */
  private volatile int asleepSinceLook = -1;

  /**
   * How many seconds it has slept through, as far as is read; for the thread that calls {@link
   * #answerStolen}.
   */
  private int calm;

  private boolean begun;
  private long pause = SHORTEST_PAUSE_NANOS;
  private int answered;
  private int looks;
  private boolean block;

  /** Starts the thread, which waits for {@link #seize} or {@link #cancel}. */
  public Tracer(Kernel kernel, Time time, TraceEvents events) {
    this.kernel = kernel;
    this.time = time;
    this.ringing = time.newLock();
    this.wait = kernel.tracedWait();
    this.events = events;
    this.tracees = new Tracees(kernel, time, events, wait);
    time.startLoop(this::step, THREAD);
  }

  /**
   * Traces a process that has not exec'd yet, and all that it forks.
   *
   * @return 0 or the errno
   */
  public int seize(int pid) {
    target.complete(pid);
    time.await(seized, Long.MAX_VALUE);
    return seized.getNow(-1);
  }

  /** Ends the thread if it traces nothing. */
  public void cancel() {
    target.complete(0);
  }

  /** Returns the kernel's id of the thread, which TracerPid of each traced process shows. */
  public int tid() {
    return tid;
  }

  public boolean isOver() {
    return ended.getCount() == 0;
  }

  /** Makes one turn of the thread; returns false when that was the last one. */
  boolean step() {
    boolean more = false;
    Throwable failure = null;
    try {
      more = begun ? turn() : begin();
    } catch (Throwable e) { // whatever it is: the kernel kills what this thread traces
      failure = e;
    }
    if (!more) {
      end(failure);
    }
    return more;
  }

  private void end(@Nullable Throwable failure) {
    try {
      if (failure != null) {
        events.failed(failure); // before the launching thread asks why
      }
      events.over();
    } finally {
      seized.complete(-1);
      over();
    }
  }

  /** No ring and no command comes after this. */
  private void over() {
    ringing.lock();
    try {
      ended.countDown();
    } finally {
      ringing.unlock();
    }
  }

  private boolean begin() {
    if (bell == null) {
      bell = kernel.bell();
      tid = kernel.procfs.ownTid();
    }
    if (!time.await(target, Long.MAX_VALUE)) {
      return true; // a simulation waits from step to step
    }
    int pid = target.getNow(0);
    int errno = pid == 0 ? -1 : tracees.seize(pid);
    begun = true;
    seized.complete(errno);
    return errno == 0;
  }

  /** Answers one stop, or waits for one. Returns false when nothing is traced any more. */
  private boolean turn() {
    boolean all = tracees.hidesNone();
    Found found = wait.any(all, block && all);
    for (Runnable command = commands.poll(); command != null; command = commands.poll()) {
      command.run();
      found = Found.NOTHING; // the command may have waited, too
    }
    if (found == Found.SOMETHING) {
      tracees.answer();
      if (++answered % EACH_TURN == 0) {
        tracees.answerNext();
      }
      pause = SHORTEST_PAUSE_NANOS;
      // Each look costs the kernel a search through all that is traced: most times one is enough.
      block = tracees.answersAll() && events.tryRest();
      if (!block && answered % MOST_AT_ONCE == 0) {
        events.rest();
      }
      return true;
    }
    if (tracees.areOver(found)) {
      tracees.threads.reportEndings();
      events.rest();
      return false;
    }
    if (!events.tryRest() && ++looks < MOST_LOOKS) {
      block = false;
      time.yieldCpu(); // another thread has the lock: stops are answered meanwhile
      return true;
    }
    looks = 0;
    events.rest();
    boolean unborn = tracees.answerUnborn();
    boolean open = tracees.answerHeldBack() || unborn;
    block = all && !open;
    if (!block && (all || !tracees.collectBesideKept())) {
      time.park(pause);
      pause = Math.min(LONGEST_PAUSE_NANOS, 2 * pause);
    }
    return true;
  }

  /**
   * Traces nothing from now on: what is still alive goes on, or stays stopped, as it would. Returns
   * at once; {@link #awaitOver} waits.
   */
  public void letGo() {
    cancel();
    onThread(tracees::letGo);
  }

  /** Returns whether the thread has ended in time. */
  public boolean awaitOver(long nanos) {
    return time.await(ended, nanos);
  }

  /**
   * Answers stops that another thread of this JVM has taken, by a wait for any child. For one
   * thread, once a second.
   *
   * <p>Each stop wakes the tracing thread, taken or not. So it looks if it was awake since its
   * latest look, and once more a second later. Then only a stop that was taken between that look
   * and its sleep can be left, and it looks once a minute. Whether it was awake is read each
   * second, and each third one after ten seconds of sleep.
   */
  public void answerStolen() {
    if (!seized.isDone()) {
      return;
    }
    calm++;
    if (calm > LONG_CALM && calm % SELDOM != 0) {
      return;
    }
    int slept = timesAsleep(); // -1: unknown
    if (slept < 0 || slept - asleepSinceLook > 0) {
      calm = 0;
    }
    if (calm <= 1 || calm % LONGEST_CALM == 0) {
      onThread(this::lookForStolen);
    }
  }

  private void lookForStolen() {
    // The next stop of what goes on may be taken at once.
    asleepSinceLook = tracees.answerStolen() ? -1 : timesAsleep() + 1; // it is about to sleep
  }

  private int timesAsleep() {
    return kernel.procfs.statusNumber(tid, "voluntary_ctxt_switches");
  }

  /** Runs a command on the tracing thread, and waits for that for a second at most. */
  private void onThread(Runnable command) {
    CountDownLatch done = new CountDownLatch(1);
    commands.add(
        () -> {
          try {
            command.run();
          } finally {
            done.countDown();
          }
        });
    long deadline = time.nanos() + COMMAND_NANOS;
    do {
      ringing.lock();
      try {
        Bell its = bell;
        if (isOver()) {
          return;
        }
        if (its != null) {
          its.ring(); // again and again: a ring between a look and the wait would be lost
        }
      } finally {
        ringing.unlock();
      }
    } while (!time.await(done, RING_NANOS) && time.nanos() - deadline < 0);
  }
}
