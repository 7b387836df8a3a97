package io.github.subreaper.internal.linux;

import io.github.subreaper.internal.linux.Machine.Proc;
import io.github.subreaper.internal.linux.SimulatedTime.SimulatedLock;
import io.github.subreaper.internal.linux.calls.SignalNumber;
import io.github.subreaper.internal.linux.calls.WaitStatus;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
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

  /** What cannot be killed is tried for seconds, again and again: 100,000 calls and more. */
  private static final int MOST_CALLS = 300_000;

  private static final long STALLED = 5_000_000;
  private static final long LONGEST = Long.MAX_VALUE / 4;
  public static final long NEVER = Long.MAX_VALUE;

  /** Programs fork, exec, exit, wait, send signals, and leave sessions and groups. */
  public static final int PLAIN = 14;

  /** They also use vfork and threads, become subreapers, and ignore their children. */
  public static final int MORE = 20;

  /** They also run as another user. */
  public static final int ALL = 21;

  /** What programs do more often than other things: nothing, threads, signals. */
  private static final List<List<Integer>> FAVOURITES =
      List.of(List.of(), List.of(), List.of(1, 5, 15, 16, 16), List.of(2, 9, 10, 11, 11, 20));

  /** A thread of the engine, or the test's. */
  public static final class Loop {
    private final String name;
    private final Thread thread;
    private final Runnable step;
    private final LongSupplier due;
    private final List<SimulatedLock> needed = new ArrayList<>();
    private boolean running;
    private boolean user;
    private @Nullable SimulatedLock wanted;
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
  private final List<SimulatedLock> guarding = new ArrayList<>();
  private final Map<String, Driven> driven = new HashMap<>();
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
  private boolean obedient;
  private int deeds = PLAIN;
  private List<Integer> favourites = List.of();
  private int names;
  private int strangers;
  private int steals;
  private int interruptedAt = Integer.MAX_VALUE;
  private int guardianDiesAt = Integer.MAX_VALUE;

  public Schedule(SimulatedKernel kernel, Choices choices, @Nullable List<String> story) {
    this.machine = kernel.machine;
    this.jdk = kernel.jdk();
    this.choices = choices;
    this.story = story;
    this.test = new Loop("test", Thread.currentThread(), () -> {}, () -> NEVER);
    this.test.running = true;
    this.test.user = true;
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

  /**
   * Others run when this lock is asked for and released; these loops do not start while another
   * thread has it.
   */
  public void guards(SimulatedLock lock, Loop... needing) {
    guarding.add(lock);
    for (Loop loop : needing) {
      loop.needed.add(lock);
    }
  }

  /**
   * Makes the steps of a loop that the engine starts later; of several with this name, of the
   * first.
   *
   * @param tid of its thread, which ends with it; 0 for one that is not in the machine
   * @param due when its next step begins, unless it rests
   */
  public void drive(String name, int tid, LongSupplier due) {
    driven.put(name, new Driven(tid, due));
  }

  private record Driven(int tid, LongSupplier due) {}

  void started(String name, Thread thread, BooleanSupplier step) {
    Driven its = driven.remove(name);
    if (its == null) {
      return;
    }
    AtomicBoolean over = new AtomicBoolean();
    if (its.tid != 0) {
      machine.threads.add(its.tid);
    }
    add(
        name,
        thread,
        () -> {
          machine.caller = its.tid == 0 ? machine.caller : its.tid;
          over.set(!step.getAsBoolean());
          if (over.get() && its.tid != 0) {
            machine.tracing.ends(its.tid);
            machine.endThread(its.tid);
          }
        },
        () -> over.get() ? NEVER : its.due.getAsLong());
  }

  /** Makes a step of a loop, in a scene. */
  public void step(String name) {
    run(loops.stream().filter(loop -> loop.name.equals(name)).findFirst().orElseThrow());
  }

  /** Returns whether a step of a loop is under way. */
  public boolean isInStep(String name) {
    return loops.stream().anyMatch(loop -> loop.running && loop.name.equals(name));
  }

  /** Lets pids be used again. */
  public void mayReuse(boolean may) {
    mayReuse = may;
  }

  /** Lets programs change the limit that is their tag. */
  public void mayShedTags(boolean may) {
    mayShedTags = may;
  }

  /** Lets native code take so many stops, by waits for any child. */
  public void maySteal(int times) {
    steals = times;
  }

  /** Lets calls fail for want of a descriptor. */
  public void mayRefuse(boolean may) {
    mayRefuse = may;
  }

  /**
   * Says what programs do, and chooses what they do more often.
   *
   * @param most {@link #PLAIN}, {@link #MORE} or {@link #ALL}
   */
  public void mayDo(int most) {
    deeds = most;
    favourites = FAVOURITES.get(choices.next(FAVOURITES.size()));
  }

  /** Interrupts the thread of the test at about this call. */
  public void interruptAt(int call) {
    interruptedAt = call;
  }

  /** Lets another process kill the guardian at about this call. */
  public void killGuardianAt(int call) {
    guardianDiesAt = call;
  }

  void throwIfInterrupted() throws InterruptedException {
    if (current.user && Thread.interrupted()) {
      throw new InterruptedException();
    }
  }

  /** From now on other things happen between two calls. */
  public void begin() {
    runs = true;
  }

  /** From now on each process ends at SIGTERM: the grace of a session is long. */
  public void obey() {
    obedient = true;
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
  public void says(@Nullable Object... line) {
    if (story != null) {
      story.add(
          String.format(
              "%9.3f ms %s%s",
              (machine.now % 1_000_000_000_000L) / 1e6,
              "  ".repeat(depth),
              Arrays.stream(line).map(String::valueOf).collect(Collectors.joining())));
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
      says("- ", current, ": ", name, " ", pid);
    }
    if (calls >= interruptedAt && current.user) {
      interruptedAt = Integer.MAX_VALUE;
      says(current, " is interrupted");
      Thread.currentThread().interrupt();
    }
    Proc guardian = machine.guardian;
    if (calls >= guardianDiesAt && guardian != null) {
      guardianDiesAt = Integer.MAX_VALUE;
      says("the guardian is killed");
      machine.exit(guardian, SignalNumber.SIGKILL);
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

  @Override
  public boolean reads() {
    return runs && choices.rarely(4);
  }

  @Override
  public int cut(int size) {
    return 1 + choices.next(size - 1);
  }

  /** A thread asks for a lock that is free: others may have it before. */
  void asked(SimulatedLock lock) {
    released(lock);
  }

  void released(SimulatedLock lock) {
    if (runs && guarding.contains(lock)) {
      interleave();
    }
  }

  private void interleave() {
    if (depth >= MOST_NESTED) {
      return;
    }
    if (steps < MOST_STEPS) {
      switch (choices.next(10)) {
        case 6 -> comeRound();
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
      if (jdk.isReady()) {
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
    if (steals > 0 && choices.rarely(4) && machine.tracing.steal()) {
      steals--;
      return;
    }
    for (Proc child : machine.jvm.children) {
      if (child.zombie && child.isNative) {
        says("native code collects ", child);
        machine.collect(child);
        return;
      }
    }
  }

  /** A thread of the test, which does not end its step at a wait. */
  public Loop addUser(String name, Runnable step, BooleanSupplier ready) {
    Loop loop =
        add(name, new Thread(step, name), step, () -> ready.getAsBoolean() ? machine.now : NEVER);
    loop.user = true;
    return loop;
  }

  private boolean mayStart(Loop loop) {
    if (loop.running
        || loop.due() > machine.now
        || (loop.wanted != null && !loop.wanted.isFree())) {
      return false;
    }
    for (SimulatedLock lock : loop.needed) {
      if (!lock.isFree()) {
        return false;
      }
    }
    return true;
  }

  /** The step that is under way has done nothing yet: it begins again when this lock is free. */
  public void postpone(SimulatedLock until) {
    says(current, " waits for a lock");
    current.wanted = until;
  }

  private void run(Loop loop) {
    Loop before = current;
    int caller = machine.caller;
    machine.caller = Machine.TEST_THREAD; // not the one in whose step it runs
    loop.wanted = null;
    says(loop, " runs");
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

  /** Lets a loop end its step here; false for the test's threads, which wait. */
  boolean rests(long nanos) {
    if (current.user) {
      return false;
    }
    current.rests = machine.now + nanos;
    return true;
  }

  /** Lets others run until a time is over, or a condition is met. */
  public void sleep(long nanos, BooleanSupplier over) {
    long until = machine.now + Math.max(0, Math.min(nanos, LONGEST));
    if (!runs || !current.user) {
      machine.holdUp(Math.min(until - machine.now, 100_000_000));
      if (runs) {
        interleave();
      }
      return;
    }
    await(nanos, over);
  }

  /** The same for a loop, too. */
  void await(long nanos, BooleanSupplier over) {
    long until = machine.now + Math.max(0, Math.min(nanos, LONGEST));
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
    for (int i = 0; i < loops.size(); i++) { // one may start another
      if (mayStart(loops.get(i))) {
        run(loops.get(i));
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
        boolean waits = !isFree(one) || one.atGate || one.waitsForVfork();
        boolean hasWork = one.wasTraced && machine.tracing.hasWork(one);
        if (one.isAlive() && (!waits || hasWork || machine.nextSignal(one) != 0)) {
          found.add(one);
        }
      }
    }
    return found;
  }

  private boolean isFree(Proc process) {
    if (process.wasTraced && machine.tracing.isTraced(process)) {
      return machine.tracing.isFree(process);
    }
    return !process.stopped && process.exiting < 0;
  }

  /**
   * Lets each process take the signal that waits for it, and launched ones exec; returns whether
   * there was one.
   */
  private boolean signals() {
    boolean any = false;
    for (Proc one : runnable()) {
      any |= one.isAlive() && (take(one) || begin(one));
    }
    return any;
  }

  private boolean take(Proc process) {
    int signal = machine.nextSignal(process);
    if (process.forking != 0 && signal != SignalNumber.SIGKILL) {
      machine.endFork(process); // a signal is taken later, unless it ends the fork
      return true;
    }
    if (process.wasTraced && machine.tracing.step(process)) {
      return true;
    }
    if (signal == 0) {
      return false;
    }
    if (process.mayEndItself && !isUnborn(process) && choices.rarely(4)) {
      says(process, " exits while it is killed");
      machine.exit(process, 0);
    } else if (signal == SignalNumber.SIGTERM && !isUnborn(process)) {
      terminate(process);
    } else {
      machine.takeSignal(process, signal);
    }
    return true;
  }

  private void terminate(Proc process) {
    switch (obedient ? 0 : choices.next(4)) {
      case 1 -> {
        machine.ignoreSignal(process, SignalNumber.SIGTERM);
        machine.exit(process, 0);
      }
      case 2 -> {
        says(process, " ignores SIGTERM");
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
    return mayFork() ? machine.fork(parent) : null;
  }

  /** Counts a process that is about to be forked; false if there are enough. */
  public boolean mayFork() {
    if (created >= MOST_PROCESSES) {
      return false;
    }
    created++;
    List<Integer> reusable = machine.reusable();
    if (mayReuse && !reusable.isEmpty() && choices.rarely(2)) {
      machine.goRound(reusable.get(choices.next(reusable.size())));
    }
    return true;
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

  private static boolean isUnborn(Proc process) {
    return process.beforeExec && process.name.equals(SimulatedKernel.UNBORN);
  }

  /** A launched process is through its gate. */
  private boolean begin(Proc process) {
    boolean unborn = isUnborn(process);
    if (unborn && process.execErrno != 0) {
      machine.exit(process, WaitStatus.exited(127));
    } else if (unborn || (obedient && isAwaited(process))) {
      machine.exec(process, "program");
      return true;
    }
    return unborn;
  }

  /** Its parent waits in vfork(2) for its exec. */
  private static boolean isAwaited(Proc process) {
    return process.parent != null
        && process.parent.waitsForVfork()
        && process.parent.vforked == process;
  }

  private void act(Proc process, List<Proc> others) {
    if (!isFree(process) || begin(process)) {
      return;
    }
    if (process.stopped) {
      machine.violated(process + " runs, though a signal has stopped it");
    }
    int deed = choices.next(deeds);
    if (!favourites.isEmpty() && choices.next(2) == 1) {
      int favourite = favourites.get(choices.next(favourites.size()));
      deed = favourite < deeds ? favourite : deed;
    }
    switch (deed) {
      case 1 -> fork(process);
      case 2 -> {
        if (mayFork()) {
          machine.beginFork(process);
        }
      }
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
        says(process, " sends signal ", signal, " to ", other);
        if (other.ours == process.ours && !isUnborn(other)) {
          machine.stops = true;
          machine.kill(process.pid, other.pid, signal);
        }
      }
      case 12 -> {
        if (mayShedTags && choices.rarely(3)) {
          says(process, " sets another limit");
          machine.shed(process);
        }
      }
      case 13 -> stranger();
      case 14 -> {
        if (mayFork()) {
          machine.vfork(process);
        }
      }
      case 15 -> machine.startThread(process);
      case 16 -> {
        if (process.second != 0 && machine.tracing.isSecondFree(process)) {
          secondThread(process);
        }
      }
      case 17 -> {
        says(process, " becomes a subreaper");
        process.becomeSubreaper();
      }
      case 18 -> {
        says(process, " ignores its children");
        process.ignoresChildren = true;
      }
      case 20 -> {
        if (choices.rarely(process.uid == Machine.OWN_USER ? 6 : 2)) {
          machine.setuid(process);
        }
      }
      case 19 -> {
        Proc child = machine.autoreaps && !process.wasTraced ? fork(process) : null;
        if (child != null) {
          child.autoreaped = true;
        }
      }
      default -> {
        return;
      }
    }
  }

  private void secondThread(Proc process) {
    if (choices.next(2) == 0 && !process.firstThreadEnded) {
      machine.endThread(process, choices.next(2) == 0);
    } else if (mayFork()) {
      machine.forkOfSecond(process);
    }
  }

  /** A process that has nothing to do with this JVM gets a pid that was ours. */
  private void stranger() {
    List<Integer> reusable = machine.reusable();
    if (mayReuse && !reusable.isEmpty() && strangers++ < MOST_STRANGERS) {
      stranger(reusable.get(choices.next(reusable.size())));
    }
  }

  private void stranger(int pid) {
    machine.goRound(pid);
    Proc stranger = machine.fork(machine.init);
    stranger.uid = Machine.OWN_USER;
    machine.exec(stranger, "stranger");
  }

  /** A process ends, its parent collects it, and its pid is another's: all between two calls. */
  private void comeRound() {
    List<Proc> others = runnable();
    others.removeIf(one -> !isFree(one) || isUnborn(one) || !mayBeCollected(one));
    if (!mayReuse || others.isEmpty() || strangers++ >= MOST_STRANGERS) {
      return;
    }
    Proc process = others.get(choices.next(others.size()));
    Proc parent = process.parent;
    machine.exit(process, WaitStatus.exited(choices.next(3)));
    if (!process.collected) {
      machine.collect(process);
    }
    if (!machine.reusable().contains(process.pid)) {
      return;
    }
    if (choices.next(2) == 1 && parent != null && !process.isNative && mayFork()) {
      machine.goRound(process.pid);
      machine.fork(parent);
    } else {
      stranger(process.pid);
    }
  }

  /** Returns whether no tracer and no thread of the JDK comes first. */
  private boolean mayBeCollected(Proc process) {
    if (process.wasTraced || process.isNative) {
      return !process.wasTraced;
    }
    Proc parent = process.parent;
    if (parent == null || parent == machine.jvm || parent == machine.init || !isFree(parent)) {
      return false;
    }
    return !parent.wasTraced && !parent.waitsForVfork() && !isUnborn(parent);
  }
}
