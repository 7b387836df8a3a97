package io.github.subreaper.internal.linux;

import io.github.subreaper.internal.linux.Machine.Proc;
import io.github.subreaper.internal.linux.calls.WaitStatus;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Virtual time, of a {@link Machine}. Threads are made and never started: a {@link Schedule} runs
 * their steps on the one thread that there is. So a lock knows which logical thread holds it.
 */
public final class SimulatedTime extends Time {
  private static final long READING = 20;

  /** A loop asks so much later again whether a result is there. */
  private static final long AGAIN_NANOS = 1_000_000;

  /** A step needs a lock that another one, below it on the one stack, has: it came too early. */
  public static final class WouldWaitException extends IllegalStateException {
    private static final long serialVersionUID = 1;

    WouldWaitException(String message) {
      super(message);
    }
  }

  private final Machine machine;
  private final Schedule schedule;
  private final Map<String, Thread> threads = new HashMap<>();
  private final List<SimulatedLock> locks = new ArrayList<>();

  SimulatedTime(Machine machine, Schedule schedule) {
    this.machine = machine;
    this.schedule = schedule;
  }

  @Override
  public long nanos() {
    machine.now += READING;
    return machine.now;
  }

  @Override
  public Instant now() {
    return Instant.ofEpochSecond(1_700_000_000).plusNanos(machine.now);
  }

  @Override
  public long bootNanos() {
    return machine.now;
  }

  @Override
  public long bootAhead() {
    return 0;
  }

  @Override
  public ReentrantLock newLock() {
    SimulatedLock lock = new SimulatedLock(schedule);
    locks.add(lock);
    return lock;
  }

  /** Returns the lock that the calling thread holds just now. */
  public SimulatedLock held() {
    return locks.stream().filter(SimulatedLock::isHeldByCurrentThread).findFirst().orElseThrow();
  }

  /** Returns the lock that was made so many others later than the first. */
  public SimulatedLock made(int later) {
    return locks.get(later);
  }

  /** Returns the lock that was last asked for by a thread that would not have waited. */
  public SimulatedLock tried() {
    return Objects.requireNonNull(schedule.tried);
  }

  @Override
  public Thread thread(Runnable work, String name) {
    Thread thread = super.thread(work, name);
    threads.put(name, thread);
    return thread;
  }

  /** Returns the thread that was made with this name. */
  public Thread madeAs(String name) {
    return Objects.requireNonNull(threads.get(name));
  }

  @Override
  public Thread currentThread() {
    return schedule.thread();
  }

  @Override
  public ExecutorService executor(ThreadFactory threads) {
    return new AtOnce(machine);
  }

  @Override
  public void start(Thread thread) {}

  /** The schedule makes the steps of those that it is to drive. */
  @Override
  public Thread startLoop(BooleanSupplier step, String name) {
    Thread thread = thread(() -> {}, name);
    schedule.started(name, thread, step);
    return thread;
  }

  @Override
  public void park(long nanos) {
    schedule.sleep(nanos, () -> false);
  }

  @Override
  public void park() {
    throw new UnsupportedOperationException("no step waits for ever");
  }

  @Override
  public void unpark(@Nullable Thread thread) {}

  @Override
  public void yieldCpu() {
    schedule.sleep(100_000, () -> false);
  }

  @Override
  public long await(Condition condition, long nanos) throws InterruptedException {
    schedule.throwIfInterrupted();
    return ((SimulatedCondition) condition).sleep(nanos);
  }

  @Override
  public void await(Condition condition) {
    ((SimulatedCondition) condition).sleep(Long.MAX_VALUE / 4);
  }

  @Override
  public boolean tryLock(ReentrantLock lock, long nanos) {
    return lock.tryLock();
  }

  @Override
  public boolean awaitInterruptibly(CountDownLatch latch, long nanos) {
    return latch.getCount() == 0;
  }

  @Override
  public boolean await(CountDownLatch latch, long nanos) {
    if (latch.getCount() != 0) {
      schedule.await(nanos, () -> latch.getCount() == 0);
    }
    return latch.getCount() == 0;
  }

  @Override
  public boolean await(Future<?> future, long nanos) {
    if (!future.isDone() && !schedule.rests(AGAIN_NANOS)) {
      schedule.sleep(nanos, future::isDone);
    }
    return future.isDone();
  }

  @Override
  public boolean await(ExecutorService executor, long nanos) {
    return true;
  }

  @Override
  public boolean join(Thread thread, long nanos) {
    return true;
  }

  /**
   * A lane: its work begins as soon as it is asked for. That of a launch is done when the child has
   * exec'd or is gone; the C library collects a child whose exec was refused.
   */
  private static final class AtOnce extends AbstractExecutorService {
    private final Machine machine;

    AtOnce(Machine machine) {
      this.machine = machine;
    }

    @Override
    public <T> Future<T> submit(Callable<T> work) {
      int before = machine.launched.size();
      Future<T> begun = super.submit(work);
      if (machine.launched.size() == before) {
        return begun;
      }
      return new Started<>(machine, machine.launched.get(before), begun);
    }

    @Override
    public void execute(Runnable work) {
      int before = machine.caller;
      machine.caller = Machine.LANE;
      try {
        work.run();
      } finally {
        machine.caller = before;
      }
    }

    @Override
    public void shutdown() {}

    @Override
    public List<Runnable> shutdownNow() {
      return List.of();
    }

    @Override
    public boolean isShutdown() {
      return false;
    }

    @Override
    public boolean isTerminated() {
      return false;
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) {
      return true;
    }
  }

  /** The end of a posix_spawn. */
  private static final class Started<T> extends CompletableFuture<T> {
    private final Machine machine;
    private final Proc child;
    private final Future<T> begun;

    Started(Machine machine, Proc child, Future<T> begun) {
      this.machine = machine;
      this.child = child;
      this.begun = begun;
    }

    @Override
    @SuppressWarnings("unchecked") // what a lane does is posix_spawn, or it is done at once
    public boolean isDone() {
      if (!super.isDone() && (!child.beforeExec || !child.isAlive())) {
        boolean refused = child.zombie && child.beforeExec && child.execErrno != 0;
        if (refused && child.status == WaitStatus.exited(127) && !child.collected) {
          machine.says("the C library collects ", child);
          machine.collect(child);
          complete((T) new PosixSpawn.Result(0, child.execErrno));
        } else {
          complete(result());
        }
      }
      return super.isDone();
    }

    private T result() {
      try {
        return begun.get();
      } catch (InterruptedException | ExecutionException e) {
        throw new IllegalStateException(e); // not possible: it has been done
      }
    }
  }

  /**
   * Held by a logical thread. None waits for it: the schedule starts no step that would have to.
   */
  public static final class SimulatedLock extends ReentrantLock {
    private static final long serialVersionUID = 1L;

    private final transient Schedule schedule;
    private transient Schedule.@Nullable Loop owner;
    private int holds;

    SimulatedLock(Schedule schedule) {
      this.schedule = schedule;
    }

    public boolean isFree() {
      return holds == 0;
    }

    boolean isFreeFor(Schedule.Loop thread) {
      return holds == 0 || owner == thread;
    }

    @Override
    public boolean tryLock() {
      schedule.tried = this;
      return take();
    }

    private boolean take() {
      if (holds == 0) {
        schedule.asked(this);
      }
      boolean free = isFreeFor(schedule.current());
      if (free) {
        owner = schedule.current();
        holds++;
      }
      return free;
    }

    @Override
    public void lock() {
      if (!take()) {
        throw new WouldWaitException(schedule.current() + " would wait for a lock of " + owner);
      }
    }

    @Override
    public void lockInterruptibly() throws InterruptedException {
      schedule.throwIfInterrupted();
      lock();
    }

    @Override
    public void unlock() {
      if (owner != schedule.current() || holds == 0) {
        throw new IllegalMonitorStateException();
      }
      if (--holds == 0) {
        owner = null;
        schedule.released(this);
      }
    }

    @Override
    public boolean isHeldByCurrentThread() {
      return holds > 0 && owner == schedule.current();
    }

    @Override
    public int getHoldCount() {
      return isHeldByCurrentThread() ? holds : 0;
    }

    @Override
    public Condition newCondition() {
      return new SimulatedCondition(schedule, this);
    }

    /** Gives it up for a wait; returns how often it was held. */
    int giveUp() {
      int before = holds;
      holds = 0;
      owner = null;
      return before;
    }

    void takeAgain(int before) {
      lock();
      holds = before;
    }
  }

  /** A condition with at most one waiter a logical thread. */
  private static final class SimulatedCondition implements Condition {
    private final Schedule schedule;
    private final SimulatedLock lock;
    private final List<Schedule.Loop> resting = new ArrayList<>();
    private int signals;

    SimulatedCondition(Schedule schedule, SimulatedLock lock) {
      this.schedule = schedule;
      this.lock = lock;
    }

    /** Waits; a loop's rest is the end of its step. Returns how much time is left. */
    long sleep(long nanos) {
      if (schedule.rests(nanos)) {
        resting.add(schedule.current());
        return 0;
      }
      long began = schedule.now();
      int before = signals;
      int holds = lock.giveUp();
      try {
        schedule.sleep(nanos, () -> signals != before);
      } finally {
        lock.takeAgain(holds);
      }
      return nanos - (schedule.now() - began);
    }

    @Override
    public void signalAll() {
      signals++;
      resting.forEach(Schedule.Loop::wake);
      resting.clear();
    }

    @Override
    public void signal() {
      signalAll();
    }

    @Override
    public void await() {
      throw new UnsupportedOperationException();
    }

    @Override
    public void awaitUninterruptibly() {
      throw new UnsupportedOperationException();
    }

    @Override
    public long awaitNanos(long nanos) {
      throw new UnsupportedOperationException();
    }

    @Override
    public boolean await(long time, TimeUnit unit) {
      throw new UnsupportedOperationException();
    }

    @Override
    public boolean awaitUntil(Date deadline) {
      throw new UnsupportedOperationException();
    }
  }
}
