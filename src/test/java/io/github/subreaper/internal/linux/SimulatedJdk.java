package io.github.subreaper.internal.linux;

import io.github.subreaper.internal.linux.Machine.Proc;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The threads of the JDK that wait for children, and its handles. A thread is never started: what
 * it does next is a step of the schedule.
 */
public final class SimulatedJdk extends JdkReapers {
  private static final int FIRST_THREAD = 9_000_100;

  private final Machine machine;
  private final List<Waiter> waiters = new ArrayList<>();
  private int lastThread = FIRST_THREAD;

  /** A thread that waits for one process. */
  private static final class Waiter extends Thread {
    final Proc process;
    final int tid;

    /** Whether it collects a child, or only learns of an end. */
    final boolean collects;

    final CompletableFuture<ProcessHandle> done = new CompletableFuture<>();

    /** Whether it has got a CPU since it was passed the process. */
    boolean waits;

    Waiter(Proc process, int tid, boolean collects) {
      super(IDLE + " (pid " + process.pid + ")");
      this.process = process;
      this.tid = tid;
      this.collects = collects;
    }
  }

  SimulatedJdk(Machine machine) {
    this.machine = machine;
  }

  void reset() {
    waiters.clear();
    lastThread = FIRST_THREAD;
  }

  static boolean isReaper(int tid) {
    return tid >= FIRST_THREAD;
  }

  /** Passes a child to a thread that waits for it and collects it. */
  public void watch(Proc child) {
    waiter(child, true);
  }

  private Waiter waiter(Proc process, boolean collects) {
    Waiter waiter = new Waiter(process, ++lastThread, collects);
    waiters.add(waiter);
    machine.threads.add(waiter.tid);
    return waiter;
  }

  /** Returns whether a thread has something to do. */
  public boolean isReady() {
    for (Waiter waiter : waiters) {
      if (isReady(waiter)) {
        return true;
      }
    }
    return false;
  }

  private boolean isReady(Waiter waiter) {
    return !waiter.waits || !waiter.process.isAlive();
  }

  /** Lets one of the threads that have something to do run. */
  public void step() {
    for (Waiter waiter : waiters) {
      if (isReady(waiter)) {
        step(waiter);
        return;
      }
    }
  }

  private void step(Waiter waiter) {
    Proc process = waiter.process;
    if (process.isAlive()) {
      waiter.waits = true;
      return;
    }
    if (waiter.collects && !process.collected) {
      machine.says("the JDK collects ", process);
      machine.collect(process);
    }
    waiters.remove(waiter);
    machine.threads.remove(Integer.valueOf(waiter.tid));
    waiter.done.complete(new Handle(process.pid, waiter.done));
  }

  /** Returns where a thread sleeps; null if it runs, or has been woken and has not run yet. */
  @Nullable SystemCall systemCall(int tid) {
    machine.call("syscall", tid);
    for (Waiter waiter : waiters) {
      if (waiter.tid == tid && !isReady(waiter)) {
        return new Sleep(waiter.process.pid, waiter.collects);
      }
    }
    return null;
  }

  private static final class Sleep extends SystemCall {
    private final int pid;
    private final boolean collects;

    Sleep(int pid, boolean collects) {
      super(new long[7]);
      this.pid = pid;
      this.collects = collects;
    }

    @Override
    public int collects() {
      return collects ? pid : 0;
    }

    @Override
    public int peeksAt() {
      return collects ? 0 : pid;
    }

    @Override
    public boolean isTimedWait() {
      return false;
    }
  }

  @Override
  public @Nullable ProcessHandle handle(int pid) {
    machine.call("ProcessHandle.of", pid);
    Proc process = machine.processes.get(pid);
    if (process == null) {
      return null;
    }
    for (Waiter waiter : waiters) {
      if (waiter.process == process) {
        return new Handle(pid, waiter.done);
      }
    }
    return new Handle(pid, waiter(process, false).done);
  }

  @Override
  public List<Thread> all() {
    machine.call("threads of the JDK", 0);
    return List.copyOf(waiters);
  }

  @Override
  public boolean collects(int pid) {
    machine.call("threads of the JDK", pid);
    return waiters.stream().anyMatch(one -> one.collects && one.process.pid == pid);
  }

  @Override
  public List<Thread> thatMayCollect(int pid) {
    machine.call("threads of the JDK", pid);
    return List.copyOf(waiters.stream().filter(one -> one.process.pid == pid).toList());
  }

  @Override
  public boolean isDoneWith(Thread reaper, int pid) {
    machine.call("threads of the JDK", pid);
    return waiters.stream().noneMatch(one -> one == reaper && one.process.pid == pid);
  }

  @Override
  public @Nullable Thread poller(int pid) {
    return null;
  }

  @Override
  public boolean isPolling(Thread reaper, int pid) {
    return false;
  }

  /** What the engine asks a handle. */
  private record Handle(long pid, CompletableFuture<ProcessHandle> end) implements ProcessHandle {
    @Override
    public CompletableFuture<ProcessHandle> onExit() {
      return end;
    }

    @Override
    public Optional<ProcessHandle> parent() {
      throw new UnsupportedOperationException();
    }

    @Override
    public Stream<ProcessHandle> children() {
      throw new UnsupportedOperationException();
    }

    @Override
    public Stream<ProcessHandle> descendants() {
      throw new UnsupportedOperationException();
    }

    @Override
    public Info info() {
      throw new UnsupportedOperationException();
    }

    @Override
    public boolean supportsNormalTermination() {
      throw new UnsupportedOperationException();
    }

    @Override
    public boolean destroy() {
      throw new UnsupportedOperationException();
    }

    @Override
    public boolean destroyForcibly() {
      throw new UnsupportedOperationException();
    }

    @Override
    public boolean isAlive() {
      throw new UnsupportedOperationException();
    }

    @Override
    public int compareTo(ProcessHandle other) {
      return Long.compare(pid, other.pid());
    }
  }
}
