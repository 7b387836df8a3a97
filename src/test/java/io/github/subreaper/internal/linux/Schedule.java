package io.github.subreaper.internal.linux;

import io.github.subreaper.internal.linux.Machine.Proc;
import io.github.subreaper.internal.linux.SimulatedTime.SimulatedLock;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Decides what runs next: at each call of the kernel, at each wait and whenever the record lock is
 * released. It runs steps of programs and of the engine's loops, as {@link Choices} say; time
 * advances when nothing else can happen. All of it on the calling thread: what is interrupted goes
 * on when the step is over.
 *
 * <p>A loop starts only when the locks that it may need are free, so no step waits for a lock.
 */
public final class Schedule implements Machine.Hook {
  private static final int MOST_PROCESSES = 6;
  private static final int MOST_STEPS = 24;
  private static final int MOST_NESTED = 3;
  private static final int MOST_REFUSALS = 2;
  private static final int MOST_STRANGERS = 3;
  private static final int MOST_CALLS = 20_000;
  private static final long STALLED = 5_000_000;
  public static final long NEVER = Long.MAX_VALUE;

  /** A thread of the engine, or the test's. */
  public static final class Loop {
    private final String name;
    private final Thread thread;
    private final Runnable step;
    private final LongSupplier due;
    private final List<SimulatedLock> needed = new ArrayList<>();
    private boolean running;
    private long rests;

    Loop(String name, Thread thread, Runnable step, LongSupplier due) {
      this.name = name;
      this.thread = thread;
      this.step = step;
      this.due = due;
    }

    void wake() {
      rests = 0;
    }

    /** Returns when its next step begins. */
    private long due() {
      return Math.max(rests, due.getAsLong());
    }

    @Override
    public String toString() {
      return name;
    }
  }

  public final Machine machine;
  public final SimulatedTime time;
  private final SimulatedJdk jdk;
  private final Choices choices;
  private final @Nullable List<String> story;
  private final List<Loop> loops = new ArrayList<>();
  private final Loop test;
  private Loop current;
  private @Nullable SimulatedLock recordLock;
  @Nullable SimulatedLock tried;
  private boolean runs;
  private int depth;
  private int steps;
  private int calls;
  private int refusals;
  private int created;
  private boolean mayShedTags;
  private boolean mayReuse;
  private boolean mayRefuse;
  private int names;
  private int strangers;

  public Schedule(SimulatedKernel kernel, Choices choices, @Nullable List<String> story) {
    this.machine = kernel.machine;
    this.jdk = kernel.jdk();
    this.choices = choices;
    this.story = story;
    this.test = new Loop("test", Thread.currentThread(), () -> {}, () -> NEVER);
    this.test.running = true;
    this.current = test;
    this.time = new SimulatedTime(machine, this);
    machine.hook(this);
  }

  public Choices choices() {
    return choices;
  }

  /**
   * Adds a thread of the engine.
   *
   * @param due when its next step begins, unless it rests
   */
  public Loop add(String name, Thread thread, Runnable step, LongSupplier due) {
    Loop loop = new Loop(name, thread, step, due);
    loops.add(loop);
    return loop;
  }

  /** Names a lock that is held just now as the one at whose release others run. */
  public void recordLock(SimulatedLock lock) {
    recordLock = lock;
    loops.forEach(loop -> loop.needed.add(lock));
  }

  /** A loop does not start while another thread has this lock. */
  public void needs(Loop loop, SimulatedLock lock) {
    loop.needed.add(lock);
  }

  /** From now on other things happen between two calls. */
  public void begin(boolean sheddingTags, boolean reusing, boolean refusing) {
    runs = true;
    mayShedTags = sheddingTags;
    mayReuse = reusing;
    mayRefuse = refusing;
  }

  /** From now on nothing else happens. */
  public void end() {
    runs = false;
  }

  Loop current() {
    return current;
  }

  Thread thread() {
    return current.thread;
  }

  long now() {
    return machine.now;
  }

  @Override
  public void says(String line) {
    if (story != null) {
      story.add(
          String.format(
              "%9.3f ms %s%s", (machine.now % 1_000_000_000_000L) / 1e6, "  ".repeat(depth), line));
    }
  }

  public int calls() {
    return calls;
  }

  // Where others may run.

  @Override
  public void call(String name, int pid) {
    if (!runs) {
      return;
    }
    if (++calls > MOST_CALLS) {
      endless();
    }
    if (story != null) {
      says("- " + current + ": " + name + " " + pid);
    }
    interleave();
  }

  private void endless() {
    machine.violated("the engine goes on for ever");
    end();
  }

  @Override
  public boolean refuses() {
    boolean refused = runs && mayRefuse && refusals < MOST_REFUSALS && choices.rarely(16);
    if (refused) {
      refusals++;
      says("no descriptor is left");
    }
    return refused;
  }

  void released(SimulatedLock lock) {
    if (runs && lock == recordLock) {
      interleave();
    }
  }

  private void interleave() {
    if (depth >= MOST_NESTED) {
      return;
    }
    if (steps < MOST_STEPS) {
      switch (choices.next(10)) {
        case 7 -> stranger();
        case 8 -> program();
        case 9 -> anything();
        default -> {
          return;
        }
      }
    } else if (choices.rarely(12)) {
      anything();
    }
  }

  private void anything() {
    int choice = choices.next(4);
    if (choice == 0) {
      signals();
    } else if (choice == 1) {
      jdk();
    } else {
      Loop loop = loops.isEmpty() ? null : loops.get(choices.next(loops.size()));
      if (loop != null && mayStart(loop)) {
        run(loop);
      }
    }
  }

  private void jdk() {
    depth++;
    Loop before = current;
    try {
      if (jdk.isReady() && (recordLock == null || recordLock.isFree())) {
        current = new Loop("JDK", Thread.currentThread(), () -> {}, () -> NEVER);
        jdk.step();
      } else {
        collectForeign();
      }
    } finally {
      current = before;
      depth--;
    }
  }

  /** Native code of this JVM waits for a child that it has forked. */
  private void collectForeign() {
    for (Proc child : machine.jvm.children) {
      if (child.zombie && child.isNative) {
        says("native code collects " + child);
        machine.collect(child);
        return;
      }
    }
  }

  private boolean mayStart(Loop loop) {
    if (loop.running || loop.due() > machine.now) {
      return false;
    }
    for (SimulatedLock lock : loop.needed) {
      if (!lock.isFree()) {
        return false;
      }
    }
    return true;
  }

  private void run(Loop loop) {
    Loop before = current;
    int caller = machine.caller;
    says(loop + " runs");
    loop.rests = 0;
    loop.running = true;
    current = loop;
    depth++;
    try {
      loop.step.run();
    } finally {
      depth--;
      current = before;
      loop.running = false;
      machine.caller = caller;
    }
  }

  /** Lets a loop end its step here; false for the test's thread, which waits. */
  boolean rests(long nanos) {
    if (current == test) {
      return false;
    }
    current.rests = machine.now + nanos;
    return true;
  }

  /** Lets others run until a time is over, or a condition is met. */
  public void sleep(long nanos, BooleanSupplier over) {
    long until = machine.now + Math.max(0, nanos);
    if (!runs || current != test || depth > 0) {
      machine.now = Math.max(machine.now, Math.min(until, machine.now + 100_000_000));
      if (runs) {
        interleave();
      }
      return;
    }
    while (runs && !over.getAsBoolean() && machine.now < until) {
      if (++calls > MOST_CALLS) {
        endless();
      }
      if (!anyRuns()) {
        advance(until);
      }
    }
  }

  /** Runs something that can run now. */
  private boolean anyRuns() {
    if (steps < MOST_STEPS && choices.next(2) == 1) {
      program();
      return true;
    }
    boolean any = signals();
    for (Loop loop : loops) {
      if (mayStart(loop)) {
        run(loop);
        any = true;
      }
    }
    if (jdk.isReady()) {
      jdk();
      any = true;
    }
    return any;
  }

  private void advance(long until) {
    long next = Math.min(until, machine.now + STALLED);
    for (Loop loop : loops) {
      if (loop.due() > machine.now) {
        next = Math.min(next, loop.due());
      }
    }
    machine.now = Math.max(machine.now + 1_000, next);
  }

  // What programs do.

  /** Returns the children of this JVM and all below them that can run. */
  private List<Proc> runnable() {
    List<Proc> found = new ArrayList<>();
    for (Proc one : machine.processes.values()) {
      if (one.pid != Machine.JVM && one.pid != Machine.INIT && one != machine.guardian) {
        if (one.isAlive() && (!one.stopped || Machine.nextSignal(one) != 0)) {
          found.add(one);
        }
      }
    }
    return found;
  }

  /** Lets each process take the signal that waits for it; returns whether there was one. */
  private boolean signals() {
    boolean any = false;
    for (Proc one : runnable()) {
      any |= one.isAlive() && take(one);
    }
    return any;
  }

  private boolean take(Proc process) {
    int signal = Machine.nextSignal(process);
    if (signal == 0) {
      return false;
    }
    if (signal == SignalNumber.SIGTERM) {
      terminate(process);
    } else {
      machine.takeSignal(process, signal);
    }
    return true;
  }

  private void terminate(Proc process) {
    switch (choices.next(4)) {
      case 1 -> {
        machine.ignoreSignal(process, SignalNumber.SIGTERM);
        machine.exit(process, 0);
      }
      case 2 -> {
        says(process + " ignores SIGTERM");
        machine.ignoreSignal(process, SignalNumber.SIGTERM);
      }
      case 3 -> {
        machine.ignoreSignal(process, SignalNumber.SIGTERM);
        fork(process);
        machine.exit(process, WaitStatus.exited(1));
      }
      default -> machine.takeSignal(process, SignalNumber.SIGTERM);
    }
  }

  /** Forks, as long as there are few processes. */
  public @Nullable Proc fork(Proc parent) {
    if (created >= MOST_PROCESSES) {
      return null;
    }
    created++;
    List<Integer> reusable = machine.reusable();
    if (mayReuse && !reusable.isEmpty() && choices.rarely(2)) {
      machine.goRound(reusable.get(choices.next(reusable.size())));
    }
    return machine.fork(parent);
  }

  private void program() {
    List<Proc> runnable = runnable();
    if (runnable.isEmpty()) {
      return;
    }
    steps++;
    Proc process = runnable.get(choices.next(runnable.size()));
    depth++;
    try {
      if (!take(process)) {
        act(process, runnable);
      }
    } finally {
      depth--;
    }
  }

  private void act(Proc process, List<Proc> others) {
    switch (choices.next(14)) {
      case 1, 2 -> fork(process);
      case 3, 4 -> machine.exit(process, WaitStatus.exited(choices.next(3)));
      case 5, 6 -> {
        if (fork(process) != null) {
          machine.exit(process, 0);
        }
      }
      case 7 -> machine.exec(process, "program" + ++names);
      case 8 -> {
        Proc zombie = machine.zombieOf(process);
        if (zombie != null) {
          machine.collect(zombie);
        }
      }
      case 9 -> machine.setsid(process);
      case 10 -> machine.setpgid(process, process.pid);
      case 11 -> {
        Proc other = others.get(choices.next(others.size()));
        int signal = new int[] {9, 15, 19, 18}[choices.next(4)];
        says(process + " sends signal " + signal + " to " + other);
        if (other.ours == process.ours) {
          machine.kill(other.pid, signal);
        }
      }
      case 12 -> {
        if (mayShedTags && choices.rarely(3)) {
          says(process + " sets another limit");
          process.locks = 4096;
        }
      }
      case 13 -> stranger();
      default -> {
        return;
      }
    }
  }

  /** A process that has nothing to do with this JVM gets a pid that was ours. */
  private void stranger() {
    List<Integer> reusable = machine.reusable();
    if (mayReuse && !reusable.isEmpty() && strangers++ < MOST_STRANGERS) {
      machine.goRound(reusable.get(choices.next(reusable.size())));
      Proc stranger = machine.fork(machine.init);
      stranger.uid = Machine.OWN_USER;
      machine.exec(stranger, "stranger");
    }
  }
}
