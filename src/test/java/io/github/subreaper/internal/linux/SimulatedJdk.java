package io.github.subreaper.internal.linux;

import io.github.subreaper.internal.linux.Machine.Proc;
import io.github.subreaper.internal.linux.proc.JdkReapers;
import io.github.subreaper.internal.linux.proc.SystemCall;
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

  private static final long POLL_NANOS = 300_000_000;

  private final Machine machine;
  private final List<Waiter> waiters = new ArrayList<>();
  private int lastThread = FIRST_THREAD;

  /** A thread that waits for one process. */
  private final class Waiter extends Thread {
    final Proc process;
    final int tid;

    /** Whether it collects a child, or only learns of an end. */
    final boolean collects;

    final CompletableFuture<ProcessHandle> done = new CompletableFuture<>();

    /** Whether it has got a CPU since it was passed the process. */
    boolean waits;

    /** What it polls for, since it found no child with this pid; null if it waits. */
    @Nullable Proc polled;

    private long wakesAt;
    private boolean interrupted;

    Waiter(Proc process, int tid, boolean collects) {
      super(IDLE + " (pid " + process.pid + ")");
      this.process = process;
      this.tid = tid;
      this.collects = collects;
    }

    boolean isReady() {
      return !waits
          || (polled == null ? !process.isAlive() : interrupted || machine.now >= wakesAt);
    }

    boolean isPolling() {
      return polled != null && !isReady();
    }

    /** Returns whether it polls, or was idle when it got the process. */
    boolean sleepsForATime() {
      return polled != null || !waits;
    }

    /** Returns whether it goes on waiting; it learns of an end by a wait, or polls. */
    boolean goesOn() {
      boolean began = waits;
      waits = true;
      Proc present = machine.processes.get(process.pid);
      if (polled != null) {
        return polled == present && poll(present);
      }
      if (process.isAlive() && (collects || process.parent == machine.jvm)) {
        return true;
      }
      boolean learns = collects || (process.parent == machine.jvm && !process.collected);
      return !learns && present != null && (!began || process.collected) && poll(present);
    }

    private boolean poll(Proc present) {
      polled = present;
      interrupted = false;
      wakesAt = machine.now + POLL_NANOS;
      return true;
    }

    @Override
    public State getState() {
      return isPolling() || !waits ? State.TIMED_WAITING : State.WAITING;
    }

    @Override
    public void interrupt() {
      interrupted = true;
    }

    @Override
    public boolean isInterrupted() {
      return interrupted;
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
    waiters.add(0, waiter); // takes the place of one that does not collect
    machine.threads.add(waiter.tid);
    return waiter;
  }

  private @Nullable Waiter ready() {
    for (int i = waiters.size() - 1; i >= 0; i--) {
      if (waiters.get(i).isReady()) {
        return waiters.get(i);
      }
    }
    return null;
  }

  /** Returns whether a thread has something to do. */
  public boolean isReady() {
    return ready() != null;
  }

  @Override
  public boolean showCalls() {
    return true;
  }

  /** Lets one of the threads that have something to do run. */
  public void step() {
    Waiter waiter = ready();
    if (waiter == null || waiter.goesOn()) {
      return;
    }
    Proc process = waiter.process;
    if (waiter.collects && !process.collected) {
      machine.says("the JDK collects ", process);
      machine.collect(process);
    }
    waiters.remove(waiter);
    machine.threads.remove(Integer.valueOf(waiter.tid));
    waiter.done.complete(new Handle(process.pid, waiter.done));
  }

  /** Returns where a thread sleeps, or slept until it was woken: the kernel may show that, too. */
  @Nullable SystemCall systemCall(int tid) {
    machine.call("syscall", tid);
    Waiter waiter = find(tid);
    return waiter == null
        ? null
        : new Sleep(waiter.process.pid, waiter.collects && waiter.waits, waiter.sleepsForATime());
  }

  char state(int tid) {
    machine.call("stat", tid);
    Waiter waiter = find(tid);
    return waiter == null ? '?' : waiter.isReady() ? 'R' : 'S';
  }

  private @Nullable Waiter find(int tid) {
    return waiters.stream().filter(waiter -> waiter.tid == tid).findFirst().orElse(null);
  }

  private static final class Sleep extends SystemCall {
    private final int pid;
    private final boolean collects;
    private final boolean polls;

    Sleep(int pid, boolean collects, boolean polls) {
      super(new long[7]);
      this.pid = pid;
      this.collects = collects;
      this.polls = polls;
    }

    @Override
    public int collects() {
      return collects ? pid : 0;
    }

    @Override
    public int peeksAt() {
      return collects || polls ? 0 : pid;
    }

    @Override
    public boolean isTimedWait() {
      return polls;
    }
  }

  /** One that a thread waits or polls for: of a process with the same pid, as the JDK has it. */
  @Override
  public @Nullable ProcessHandle handle(int pid) {
    machine.call("ProcessHandle.of", pid);
    Proc process = machine.processes.get(pid);
    if (process == null) {
      return null;
    }
    for (Waiter waiter : waiters) {
      if (waiter.process.pid == pid) {
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
    return !thatMayCollect(pid).isEmpty();
  }

  @Override
  public List<Thread> thatMayCollect(int pid) {
    machine.call("threads of the JDK", pid);
    return List.copyOf(
        waiters.stream().filter(one -> one.process.pid == pid && !one.isPolling()).toList());
  }

  @Override
  public boolean isDoneWith(Thread reaper, int pid) {
    machine.call("threads of the JDK", pid);
    return waiters.stream()
        .noneMatch(one -> one == reaper && one.process.pid == pid && !one.isPolling());
  }

  @Override
  public @Nullable Thread poller(int pid) {
    machine.call("threads of the JDK", pid);
    return waiters.stream()
        .filter(one -> one.process.pid == pid && one.isPolling())
        .findFirst()
        .orElse(null);
  }

  @Override
  public boolean isPolling(Thread reaper, int pid) {
    machine.call("threads of the JDK", pid);
    return waiters.stream()
        .anyMatch(one -> one == reaper && one.process.pid == pid && one.isPolling());
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
