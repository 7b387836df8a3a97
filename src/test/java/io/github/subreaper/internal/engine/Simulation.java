package io.github.subreaper.internal.engine;

import io.github.subreaper.internal.engine.attribution.PreexistingProcesses;
import io.github.subreaper.internal.engine.query.Freeze;
import io.github.subreaper.internal.engine.records.LaunchRecord;
import io.github.subreaper.internal.engine.records.ProcessRecord;
import io.github.subreaper.internal.engine.records.Scope;
import io.github.subreaper.internal.engine.records.ScopeEnd;
import io.github.subreaper.internal.engine.spawn.LaunchFailedException;
import io.github.subreaper.internal.engine.spawn.LaunchSpec;
import io.github.subreaper.internal.engine.spawn.PrivateDirectory;
import io.github.subreaper.internal.engine.spawn.Setup;
import io.github.subreaper.internal.engine.spawn.Spawner;
import io.github.subreaper.internal.engine.spawn.StreamSpec;
import io.github.subreaper.internal.engine.spawn.Tags;
import io.github.subreaper.internal.engine.tracer.Tracer;
import io.github.subreaper.internal.engine.values.CallSite;
import io.github.subreaper.internal.engine.values.Policy;
import io.github.subreaper.internal.engine.values.ScopeEndedException;
import io.github.subreaper.internal.engine.values.SignalReason;
import io.github.subreaper.internal.linux.Choices;
import io.github.subreaper.internal.linux.Machine;
import io.github.subreaper.internal.linux.Machine.Proc;
import io.github.subreaper.internal.linux.Schedule;
import io.github.subreaper.internal.linux.SimulatedKernel;
import io.github.subreaper.internal.linux.SimulatedTime;
import io.github.subreaper.internal.linux.SimulatedTime.SimulatedLock;
import io.github.subreaper.internal.linux.SimulatedTime.WouldWaitException;
import io.github.subreaper.internal.linux.calls.SignalNumber;
import io.github.subreaper.internal.linux.proc.Procfs;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * One activation of the engine's own classes on a {@link Machine}: code under test starts some
 * programs in a scope, and the scope ends. Then the three promises are checked. Nothing is lost:
 * what this JVM has adopted has a record with its true status. Nothing is left: no process of the
 * scope is alive. Nothing else is touched.
 *
 * <p>Replaced by fakes: the lanes of the spawner, whose work is done at once; the guardian, which
 * is a process without a script; FIFOs; the threads and handles of the JDK. Not reached: the flight
 * recorder, and the file of the journal.
 */
final class Simulation {
  static final long SECOND = 1_000_000_000;
  private static final long TICK = SECOND / Procfs.TICKS_PER_SECOND;
  private static final int MOST_LINES = 60;
  private static final int DEEP = 16;
  private static final int MOST_CALLS = 400;
  private static final int MOST_STOLEN = 2;
  private static final long LONG_OWN = SECOND / 33; // of the 40 ms in which kills are repeated
  private static final long LONGEST_STOP = 3 * SECOND;
  private static final List<String> SURVIVORS = List.of(Machine.SURVIVOR);

  /** The choices of a scene with a process that is older than the activation. */
  static final int[] WITH_ELDER = {0, 0, 0, 1};

  private static final int[] SIGNALS = {9, 15, 19, 18};
  private static final Path NULL = Path.of("/dev/null");

  /** Its file exists; it is never executed. */
  private static LaunchSpec program(int stopSignal) {
    return new LaunchSpec(List.of("/bin/sh"), stopSignal)
        .with(StreamSpec.NONE.withStdout(NULL).withStderr(NULL));
  }

  private static final LaunchSpec PROGRAM = program(SignalNumber.SIGTERM);

  private static final LaunchSpec TRACED = PROGRAM.with(Setup.NONE.withTrace());

  private static final CallSite NOWHERE =
      new CallSite(stack -> new CallSite.Lines(null, null), List::of);

  /** Made once: it is a directory of this machine, in which nothing is done. */
  private final PrivateDirectory directory;

  private final SimulatedKernel kernel;
  private final boolean known;

  /**
   * What one schedule has shown.
   *
   * @param violation null if there is none
   */
  record Result(@Nullable String violation, Choices choices, int calls) {}

  Simulation() {
    this(false);
  }

  /**
   * Makes one that is used for many schedules.
   *
   * @param known whether to make the schedules that lead to faults which are known and not mended,
   *     see SIMULATION.md
   */
  Simulation(boolean known) {
    this.known = known;
    this.kernel = new SimulatedKernel(new Machine());
    this.directory = new PrivateDirectory(kernel);
  }

  void close() {
    directory.close();
  }

  Result run(long seed) {
    return run(Choices.of(seed), null);
  }

  /** Runs a schedule, and writes what happens. */
  Result run(Choices choices, @Nullable List<String> story) {
    kernel.machine.reset();
    kernel.reset();
    Schedule schedule = new Schedule(kernel, choices, story);
    String violation;
    try {
      Activation activation = new Activation(schedule);
      violation = activation.run();
      // In the middle of its step, which no schedule can have: one in a million.
      violation = activation.traceFailure() instanceof WouldWaitException ? null : violation;
    } catch (RuntimeException | AssertionError e) {
      violation =
          e
              + " at "
              + Arrays.asList(e.getStackTrace())
                  .subList(0, Math.min(DEEP, e.getStackTrace().length));
    } finally {
      Thread.interrupted();
    }
    return new Result(violation, choices, schedule.calls());
  }

  /** Runs a scene, in which only happens what the scene does. */
  void scene(Consumer<Activation> scene) {
    scene(new int[0], scene);
  }

  /**
   * Runs a scene.
   *
   * @param choices none, or {@link #WITH_ELDER}
   */
  void scene(int[] choices, Consumer<Activation> scene) {
    kernel.machine.reset();
    kernel.reset();
    scene.accept(new Activation(new Schedule(kernel, Choices.replaying(choices), null)));
  }

  /** Returns the shortest story of a failure that is found by leaving out choices. */
  String story(Result failed) {
    int[] choices = failed.choices.made();
    String kind = kind(failed);
    boolean shorter = true;
    while (shorter) {
      shorter = false;
      for (int block = choices.length / 2; block > 0; block /= 2) {
        for (int from = 0; from < choices.length; from += block) {
          int[] fewer = choices.clone();
          Arrays.fill(fewer, from, Math.min(from + block, fewer.length), 0);
          if (!Arrays.equals(fewer, choices)
              && kind.equals(kind(run(Choices.replaying(fewer), null)))) {
            choices = fewer;
            shorter = true;
          }
        }
      }
    }
    List<String> lines = new ArrayList<>();
    Result again = run(Choices.replaying(choices), lines);
    if (lines.size() > MOST_LINES) {
      lines.removeIf(line -> line.contains(" - ") || line.endsWith(" runs"));
    }
    int skipped = Math.max(0, lines.size() - MOST_LINES);
    return again.violation + "\n" + String.join("\n", lines.subList(skipped, lines.size()));
  }

  private static String kind(Result result) {
    return result.violation == null ? "" : result.violation.replaceAll("\\S*\\d\\S*", "#");
  }

  private static boolean isWanted(Proc process) {
    return (process.adopted || wasLaunched(process))
        && !process.awaitedByJvm
        && !process.autoreaped
        && process.status >= 0;
  }

  private static boolean wasLaunched(Proc process) {
    return process.isLaunched && process.execErrno == 0;
  }

  private static boolean isUncollected(Proc process) {
    return isWanted(process) && !process.collected;
  }

  private static boolean isAnothers(Proc process) {
    return process.isAlive() && process.uid != Machine.OWN_USER;
  }

  /**
   * Returns whether both had one pid in one hundredth of a second, or a thread of the one had it:
   * no record tells which.
   */
  private static boolean isTwin(Proc one, Proc other) {
    return (one.pid == other.pid && one.startTicks == other.startTicks)
        || (one.latestSecond == other.pid && one.secondTicks == other.startTicks);
  }

  private static boolean is(ProcessRecord record, Proc process) {
    return record.pid() == process.pid && record.startTicks() == process.startTicks;
  }

  /** One activation, with an open scope. */
  final class Activation {
    private final Schedule schedule;
    final Machine machine = kernel.machine;
    private final Choices choices;
    final Engine engine;
    private final boolean hasElder;
    private final Scope session;
    private final List<Scope> scopes = new ArrayList<>();
    Scope scope;
    private int launches = 1;
    private int beside;
    private boolean refused;
    private boolean endsBeside;

    /** The end of the scope by another thread; null if there was none. */
    private @Nullable ScopeEnd endedBeside;

    /** The launches that are under way. */
    private final Set<Integer> launching = new HashSet<>();

    private final Set<Integer> failed = new HashSet<>();

    private int freezes;
    private int stopping;

    /** Children that the other thread has forked and not passed to the JDK yet. */
    private int passing;

    /** A scope may leave processes to the session. */
    private boolean leaves;

    /** Everything is ended at last. */
    private boolean closes;

    private BooleanSupplier isLockFree = () -> true;

    /** The launch that is traced; null if none is, or it has failed. */
    private @Nullable LaunchRecord traced;

    /** What is to be started before the activation is over. */
    private int early;

    Activation(Schedule schedule) {
      this.schedule = schedule;
      this.choices = schedule.choices();
      machine.hasShell = !known;
      machine.strict = known;
      machine.fewPids = choices.next(4) == 1;
      machine.showsStatus = choices.next(4) != 1;
      machine.showsParent = machine.showsStatus || choices.next(2) == 0;
      machine.autoreaps = machine.showsStatus && choices.next(4) == 1;
      hasElder = choices.next(4) == 1;
      machine.hasLongLines = choices.next(4) == 1;
      machine.deniesLimits = !hasElder && choices.next(8) == 1;
      boolean busy = hasElder && choices.next(2) == 1;
      for (int i = 0; hasElder && i <= (busy ? choices.next(2) : 0); i++) {
        Proc elder = startBeside();
        elder.name = "elder";
      }
      if (busy) {
        early = choices.next(2);
        schedule.addUser("early thread", this::startEarly, () -> early > 0);
        schedule.begin();
      }
      engine = activate(schedule.time);
      session = engine.scopes().openSession();
      scope = engine.scopes().open(session, "test", policy());
      scopes.add(scope);
    }

    private Proc startBeside() {
      machine.useOtherThread();
      Proc child = machine.fork(machine.jvm);
      machine.exec(child, "program");
      child.awaitedByJvm = true;
      kernel.jdk().watch(child);
      machine.caller = Machine.TEST_THREAD;
      return child;
    }

    /** Before the end of the activation: it is ours if this JVM has its tag by then. */
    private void startEarly() {
      early--;
      Proc child = startBeside();
      child.ours |= machine.jvm.locks != Machine.UNLIMITED;
      child.mayLive = true;
      child.beforeSession = true;
      leaves = true;
      closes = true;
    }

    Policy policy() {
      return new Policy(
          Duration.ofMillis(choices.next(2) * 20L),
          Duration.ofMillis(choices.next(2) * 10L),
          Duration.ofSeconds(10),
          Duration.ofMillis(40),
          false,
          survivors());
    }

    private List<String> survivors() {
      boolean any = choices.next(12) == 1;
      leaves |= any;
      return any ? SURVIVORS : List.of();
    }

    private Engine activate(SimulatedTime time) {
      kernel.subreaper.set(true);
      Tags tags = Tags.claim(kernel, kernel.fileLocks.get(Procfs.SELF));
      PreexistingProcesses preexisting = new PreexistingProcesses(kernel, time, tags);
      Spawner spawner = new Spawner(kernel, time, directory, tags, Machine.UNLIMITED);
      Engine made =
          new Engine(kernel, time, directory, tags, preexisting, spawner, new ArrayDeque<>());
      made.guardian.start();
      machine.jvm.ours = true;
      machine.now += known ? 0 : 2 * TICK;
      early = 0;
      made.watcher.start();
      Schedule.Loop reaper =
          schedule.add("reaper", time.madeAs("subreaper reaper"), made.reaper::step, this::due);
      Schedule.Loop watcher =
          schedule.add(
              "watcher", time.madeAs("subreaper watcher"), made.watcher::step, kernel::watcherDue);
      Schedule.Loop user =
          schedule.addUser("another thread", this::goOnBeside, () -> beside > 0 || endsBeside);
      SimulatedLock lock = made.registry.lock.locked(time::held);
      schedule.guards(lock, reaper, watcher, user);
      isLockFree = lock::isFree;
      made.scanCycle.watchBirths();
      schedule.guards(time.tried(), watcher, user);
      schedule.guards(time.made(0), user); // whose turn it is to spawn
      return made;
    }

    /** Before it waits, the reaping thread replaces the guardian. */
    private long due() {
      boolean waits = machine.zombieOf(machine.jvm) == null && !isUnguarded();
      return waits ? Schedule.NEVER : machine.now;
    }

    @Nullable String run() {
      refused = choices.next(8) == 1;
      boolean plain = choices.next(2) == 0;
      launches = plain ? 0 : 1;
      schedule.mayReuse(true);
      schedule.mayShedTags(true);
      schedule.mayRefuse(refused);
      schedule.mayDo(plain ? Schedule.PLAIN : refused ? Schedule.MORE : Schedule.ALL);
      schedule.begin();
      beside = !plain && choices.next(2) == 1 ? 1 + choices.next(2) : 0;
      if (!plain && choices.next(4) == 1) {
        schedule.interruptAt(choices.next(MOST_CALLS));
      }
      if (!plain && choices.next(4) == 1) {
        schedule.killGuardianAt(choices.next(MOST_CALLS));
      }
      for (int i = 0; i <= choices.next(2); i++) {
        start();
      }
      endsBeside = !plain && choices.next(6) == 1;
      closes |= endsBeside;
      for (int i = plain ? 0 : choices.next(3); i > 0; i--) {
        operate(choices.next(12));
      }
      schedule.time.park(choices.next(3) * 5_000_000L);
      if (traced != null && choices.next(8) == 1) {
        answered();
      }
      ScopeEnd end = engine.scopes().end(scope);
      if (endedBeside != null && !endedBeside.equals(end)) {
        return "an end of what has ended is another one";
      }
      List<String> left = endedBeside == null ? left(end, !leaves) : List.of();
      if (left.isEmpty()
          && (leaves || closes)
          && machine.all.stream().noneMatch(Simulation::isAnothers)) {
        schedule.obey();
        left = left(engine.scopes().end(closes ? engine.scopeTree.root() : session), true);
      }
      if (!left.isEmpty()) {
        return "left alive: " + left;
      }
      for (Proc one : machine.all) {
        if (one.isAlive() && survivors(end).contains(one.pid) && isLongOwn(one)) {
          return "could not be killed, it says, but can for long: " + one;
        }
      }
      long began = schedule.time.nanos();
      while ((machine.all.stream().anyMatch(Simulation::isUncollected)
              || isUnguarded()
              || !held().isEmpty())
          && schedule.time.nanos() - began < 3 * SECOND) {
        schedule.time.park(SECOND / 100);
      }
      if (traces()) {
        schedule.time.park(SECOND);
      }
      schedule.end();
      if (traces()) {
        return "the tracing thread goes on";
      }
      Throwable failure = traceFailure();
      if (failure != null) {
        return "the trace has failed: "
            + failure
            + " at "
            + Arrays.asList(failure.getStackTrace()).subList(0, DEEP);
      }
      if (!held().isEmpty()) {
        return "descriptors of " + held() + " stay open";
      }
      if (isUnguarded()) {
        return "no guardian has taken the place of the one that was killed";
      }
      Set<String> lost = lost();
      if (!lost.isEmpty()) {
        return "lost: " + lost;
      }
      return machine.violations.isEmpty() ? null : machine.violations.get(0);
    }

    private @Nullable Throwable traceFailure() {
      LaunchRecord launch = traced;
      return launch == null ? null : engine.queries().traceFailure(launch);
    }

    /**
     * While another thread has the lock, the tracing thread does only what it needs no lock for.
     */
    private long tracerDue() {
      boolean may =
          isLockFree.getAsBoolean()
              || !(engine.registry.heldZombies.any() || machine.tracing.isRungOrOver());
      return may && machine.tracing.isAwake() ? machine.now : Schedule.NEVER;
    }

    /** Native code may have taken a stop: that is looked for each second, at last each minute. */
    private void answered() {
      schedule.time.park(LONGEST_STOP);
      if (machine.tracing.stuck(LONGEST_STOP) != null) {
        schedule.time.park(60 * SECOND);
      }
      Proc stuck = machine.tracing.stuck(LONGEST_STOP);
      if (stuck != null) {
        machine.violated(stuck + " stays in a stop");
      }
    }

    /** Returns whether the tracing thread has not ended, though nothing is traced. */
    private boolean traces() {
      return machine.threads.contains(Machine.TRACER) && !machine.tracing.isAny();
    }

    /** It waits for the tracing thread. */
    private long clockDue() {
      boolean may = isLockFree.getAsBoolean() && !schedule.isInStep(Tracer.THREAD);
      return may ? machine.now : Schedule.NEVER;
    }

    private boolean isUnguarded() {
      return !Objects.requireNonNull(machine.guardian).isAlive();
    }

    /** Another thread of the test does something, while this one does, too. */
    private void goOnBeside() {
      if (endsBeside) {
        endBeside();
        return;
      }
      beside--;
      int stopsBefore = stopping;
      Scope before = scope;
      try {
        operate(choices.next(9));
      } catch (WouldWaitException e) {
        stopping = stopsBefore;
        scope = before;
        schedule.says(e.getMessage()); // as its first act, so nothing has happened
      }
    }

    /** Another thread ends the scope, that around it, or what was launched. */
    private void endBeside() {
      for (SimulatedLock lock : endLocks()) {
        if (!lock.isFree()) {
          schedule.postpone(lock);
          return;
        }
      }
      endsBeside = false;
      int what = choices.next(3);
      if (what == 2) {
        endLaunches();
        return;
      }
      boolean all = what == 1;
      if (all) {
        schedule.obey();
      }
      schedule.says("another thread ends the ", all ? "session" : "scope");
      ScopeEnd end = engine.scopes().end(all ? session : scopes.get(0));
      endedBeside = engine.scopes().end(scopes.get(0));
      List<String> left = left(end, all, Proc::isBeforeSession);
      if (!left.isEmpty()) {
        machine.violated("left alive by an end beside: " + left);
      }
    }

    private List<SimulatedLock> endLocks() {
      List<Scope> all = new ArrayList<>(scopes);
      all.add(session);
      all.add(engine.scopeTree.root());
      return all.stream().map(one -> (SimulatedLock) one.endLock()).toList();
    }

    /** Nothing of what was launched before is alive then, but what is left for the session. */
    private void endLaunches() {
      int before = machine.launched.size();
      schedule.says("launches are ended");
      stopping++;
      engine.scopes().endLaunches(scopes.get(0));
      stopping--;
      if (stopping > 0) {
        return;
      }
      for (Proc one : List.copyOf(machine.all)) {
        boolean launched =
            one.launch > 0 && one.launch <= before && !launching.contains(one.launch);
        if (launched && one.isAlive() && isSure(one) && !isOfSession(one)) {
          machine.violated(one + " lives on behind the end of all launches");
        }
      }
    }

    /** Does something; the framework may have interrupted this thread for good. */
    private void operate(int operation) {
      try {
        tryTo(operation);
      } catch (InterruptedException e) {
        schedule.says("an operation has been interrupted");
        if (choices.next(2) == 1) {
          Thread.currentThread().interrupt();
        }
      }
    }

    private void tryTo(int operation) throws InterruptedException {
      switch (operation) {
        case 1 -> census();
        case 2 -> signal();
        case 3 -> await();
        case 4 -> freeze();
        case 5 -> launch();
        case 6 -> onExit();
        case 7 -> stopLaunch();
        case 8 -> nest();
        case 9 -> none();
        case 10 -> start();
        case 11 -> endLaunches();
        default -> {
          return;
        }
      }
    }

    private void start() {
      if (launches > 0 && choices.next(4) == 1) {
        launch();
      } else {
        startAmbient();
      }
    }

    /** Code under test starts a program, by the JDK from a thread that may end, or natively. */
    private void startAmbient() {
      boolean other = choices.next(3) == 1;
      if (other) {
        machine.useOtherThread();
      }
      Proc child = schedule.fork(machine.jvm);
      machine.caller = Machine.TEST_THREAD;
      if (child != null) {
        child.awaitedByJvm = true;
        child.isNative = choices.next(4) == 1;
        machine.exec(child, "program");
        if (other) {
          passing++;
          schedule.time.park(choices.next(3) * 5_000_000L); // before its thread passes it on
          passing--;
          child.endedUnpassed = !child.isAlive();
        }
        if (!child.isNative) {
          kernel.jdk().watch(child);
        }
      }
      if (other && passing == 0 && !isNativeUnseen() && choices.next(2) == 1) {
        machine.endThread(Machine.OTHER_THREAD);
      }
    }

    private boolean isLongOwn(Proc process) {
      return process.wasAnothers
          && !process.wasTraced
          && process.uid == Machine.OWN_USER
          && machine.awake() - process.ownSince > LONG_OWN;
    }

    /**
     * What native code has forked looks like an orphan if its thread ends before a scan sees it.
     */
    private boolean isNativeUnseen() {
      return machine.childrenOf(Machine.JVM, Machine.OTHER_THREAD).stream()
          .anyMatch(one -> one.isNative && (refused || !isKnown(one)));
    }

    /** Launches a program; its launch fails only for a reason. */
    private void launch() {
      if (launches-- <= 0 || !schedule.mayFork()) {
        return;
      }
      int before = machine.launched.size();
      launching.add(before + 1);
      try {
        boolean traces = choices.next(3) == 1;
        if (traces) {
          driveTrace();
          schedule.maySteal(choices.next(4) == 1 ? MOST_STOLEN : 0);
        }
        LaunchRecord launch = engine.launcher().launch(scope, traces ? TRACED : PROGRAM, NOWHERE);
        traced = traces ? launch : null;
        Proc child = machine.launched.get(before);
        if (!is(launch.process(), child)) {
          machine.violated("the launch of " + child + " has the record of " + launch.process());
        }
      } catch (ScopeEndedException e) {
        forget(before);
        schedule.says("the launch is refused: its scope has ended");
      } catch (LaunchFailedException e) {
        forget(before);
        schedule.says("the launch has failed: ", e.getMessage());
        if (!refused && endedBeside == null) {
          throw e;
        }
      } finally {
        launching.remove(before + 1);
      }
    }

    /** Starts a program by the JDK, of which a thread is about to wait for it. */
    Proc startProcess() {
      Proc child = machine.fork(machine.jvm);
      machine.exec(child, "program");
      child.awaitedByJvm = true;
      kernel.jdk().watch(child);
      return child;
    }

    void letTheJdkRun() {
      while (kernel.jdk().isReady()) {
        kernel.jdk().step();
      }
    }

    /** Launches a program, which execs at once. */
    LaunchRecord launchNow() {
      return launchNow(SignalNumber.SIGTERM);
    }

    LaunchRecord launchNow(int stopSignal) {
      machine.hook(
          (name, pid) -> {
            for (Proc one : machine.launched) {
              if (one.beforeExec && !one.atGate) {
                machine.exec(one, "program");
              }
            }
          });
      LaunchRecord launch = engine.launcher().launch(scope, program(stopSignal), NOWHERE);
      machine.unhook();
      return launch;
    }

    private void driveTrace() {
      schedule.drive(Tracer.THREAD, Machine.TRACER, this::tracerDue);
      schedule.drive("subreaper clock", 0, this::clockDue);
    }

    /** Launches a program that is traced; it has exec'd. */
    LaunchRecord launchTraced() {
      driveTrace();
      schedule.begin();
      LaunchRecord launch = engine.launcher().launch(scope, TRACED, NOWHERE);
      schedule.end();
      return launch;
    }

    /** Lets the tracing thread answer all that has stopped. */
    void answer() {
      do {
        schedule.step(Tracer.THREAD);
      } while (machine.threads.contains(Machine.TRACER) && machine.tracing.isAwake());
    }

    /** Lets a second pass, and the tracing thread answer what other code has taken. */
    void tick() {
      machine.now += SECOND;
      schedule.begin();
      schedule.step("subreaper clock");
      schedule.end();
      answer();
    }

    /** What a failed launch has started has no record, and what that forks perhaps no launch. */
    private void forget(int launch) {
      failed.add(launch + 1);
      if (launch < machine.launched.size()) {
        machine.launched.get(launch).isLaunched = false;
      }
    }

    private void stopLaunch() {
      for (LaunchRecord launch :
          engine.registry.lock.locked(() -> List.copyOf(engine.registry.launches()))) {
        if (!launch.hasStarted()) {
          continue;
        }
        int number = numberOf(launch.process());
        stopping++;
        ScopeEnd end = engine.launchStop().stop(launch);
        stopping--;
        Set<Integer> reported = survivors(end);
        for (Proc one : machine.all) {
          if (number > 0 && one.launch == number && one.isAlive() && isSure(one)) {
            if (!reported.contains(one.pid)) {
              machine.violated(one + " lives on behind the stop of its launch");
            }
          }
        }
      }
    }

    /** Opens a scope, in which something starts, and mostly ends it. */
    private void nest() {
      Scope outer = scope;
      try {
        scope = engine.scopes().open(outer, "nested", policy());
      } catch (ScopeEndedException e) {
        schedule.says("the nested scope is refused: that around it has ended");
        return;
      }
      scopes.add(scope);
      start();
      schedule.time.park(choices.next(2) * 5_000_000L);
      if (choices.next(3) != 1) {
        engine.scopes().end(scope);
      }
      scope = outer;
    }

    /** A scan finds all that live meanwhile, but for those that a launch has not returned yet. */
    private void census() {
      List<Proc> before =
          machine.all.stream()
              .filter(one -> one.ours && one.isAlive() && !launching.contains(one.launch))
              .toList();
      int rounds = machine.rounds;
      long began = schedule.time.nanos();
      engine.scan.all();
      List<ProcessRecord> records =
          engine.registry.lock.locked(() -> List.copyOf(engine.registry.live()));
      boolean complete =
          engine.scan.lastStartNanos() - began >= 0
              && engine.registry.lastDeathNanos() - engine.scan.lastStartNanos() < 0;
      if (!complete || refused || machine.rounds != rounds) {
        return;
      }
      for (Proc one : before) {
        boolean mayBeElders = hasElder && one.shed;
        if (one.isAlive()
            && !mayBeElders
            && records.stream().noneMatch(record -> is(record, one))) {
          machine.violated("a scan has not found " + one);
        }
      }
    }

    /** A process that was born in the same tick as a scope may be of the one around it. */
    private boolean isOfAnotherScope(Proc process) {
      return engine.registry.lock.locked(
          () ->
              engine.registry.live().stream()
                  .anyMatch(record -> is(record, process) && record.scope() != scope));
    }

    /** None is alive, says the engine. */
    private void none() {
      List<Proc> before = machine.all.stream().filter(one -> one.ours && one.isAlive()).toList();
      int rounds = machine.rounds;
      if (!engine.queries().anyAlive(scope) && !refused && machine.rounds == rounds) {
        for (Proc one : before) {
          if (!one.shed && one.launch == 0 && !isOfAnotherScope(one) && one.isAlive()) {
            machine.violated("none is alive, it says, but " + one + " is");
          }
        }
      }
    }

    private @Nullable ProcessRecord anyRecord() {
      List<ProcessRecord> records = scope.records();
      return records.isEmpty() ? null : records.get(choices.next(records.size()));
    }

    private @Nullable Proc processOf(ProcessRecord record) {
      return machine.all.stream().filter(one -> is(record, one)).findFirst().orElse(null);
    }

    private int numberOf(ProcessRecord record) {
      Proc process = processOf(record);
      return process == null ? 0 : process.launch;
    }

    private void signal() {
      ProcessRecord record = anyRecord();
      if (record != null) {
        int signal = SIGNALS[choices.next(SIGNALS.length)];
        schedule.says("the test sends signal ", signal, " to ", record.pid());
        machine.stops |= signal != SignalNumber.SIGKILL;
        engine.signals().send(record, signal, SignalReason.TEST);
        machine.all.forEach(one -> one.askedInVain &= !is(record, one));
      }
    }

    /** Code under test asks the JDK for the end of a process, which may be no child of this JVM. */
    private void onExit() {
      ProcessRecord record = anyRecord();
      if (record != null && record.isAlive()) {
        schedule.says("the test asks the JDK for the end of ", record.pid());
        kernel.jdk().handle(record.pid());
      }
    }

    /** What is reported as ended has ended, with that status. */
    private void await() throws InterruptedException {
      ProcessRecord record = anyRecord();
      if (record == null) {
        return;
      }
      boolean ended = engine.waiting().forEnd(record, choices.next(3) * 5_000_000L);
      Proc process = processOf(record);
      if (ended && process != null) {
        int status = record.waitStatus().orElse(process.status);
        if (process.isAlive() || status != process.status) {
          machine.violated(process + " has not ended with " + status + ", as a wait says");
        }
      }
    }

    /** All of a frozen tree is stopped, and nothing stays stopped behind it. */
    private void freeze() throws InterruptedException {
      ProcessRecord record = anyRecord();
      Proc top = record == null ? null : processOf(record);
      if (record == null || top == null || !record.isAlive()) {
        return;
      }
      Freeze freeze = engine.freeze(record);
      freezes++;
      try {
        if (freeze.stop(50_000_000L) && isUndisturbed()) {
          running(top);
        }
        schedule.time.park(choices.next(2) * 5_000_000L);
      } finally {
        thaw(freeze);
      }
    }

    private void thaw(Freeze freeze) {
      freeze.thaw();
      for (ProcessRecord one : freeze.processes()) {
        Proc process = processOf(one);
        if (process != null && process.stopped && isUndisturbed()) {
          machine.violated(process + " stays stopped behind a freeze");
        }
      }
      freezes--;
    }

    private boolean isUndisturbed() {
      return !machine.stops && !refused && freezes == 1 && stopping == 0 && scope.isOpen();
    }

    private void running(Proc top) {
      boolean still = top.stopped || top.waitsForVfork() || machine.tracing.standsStill(top);
      if (top.isAlive() && !still) {
        machine.violated(top + " runs, though its tree is frozen");
      }
      top.below().forEach(this::running);
    }

    private Set<Integer> survivors(ScopeEnd end) {
      Set<Integer> reported = new HashSet<>();
      end.survivors().forEach(survivor -> reported.add(survivor.process().pid()));
      return reported;
    }

    /** Returns what is alive behind an end, and neither reported nor left for the session. */
    private List<String> left(ScopeEnd end, boolean all) {
      return left(end, all, process -> false);
    }

    private List<String> left(ScopeEnd end, boolean all, Predicate<Proc> except) {
      Set<Integer> reported = survivors(end);
      return List.copyOf(machine.all).stream() // a lock may let programs run
          .filter(process -> process.ours && process.isAlive())
          .filter(process -> !launching.contains(process.launch))
          .filter(process -> !reported.contains(process.pid))
          .filter(process -> reported.isEmpty() || !process.wasAnothers) // forks meanwhile
          .filter(process -> !(hasElder && process.shed) || isKnown(process))
          .filter(process -> all || !isOfSession(process))
          .filter(except.negate())
          .map(Proc::toString)
          .toList();
    }

    /** One without a tag and a record may be an elder's. */
    private boolean isKnown(Proc process) {
      return engine.registry.lock.locked(
          () ->
              engine.registry.live().stream()
                  .anyMatch(one -> is(one, process) && !one.isForeign()));
    }

    /** What may live on may fork. */
    private boolean isOfSession(@Nullable Proc process) {
      return process != null
          && process != machine.jvm
          && (process.mayLive
              || session.records().stream().anyMatch(one -> is(one, process))
              || isOfSession(process.parent));
    }

    /**
     * Returns whether the tags that a process and those above it carry can be read; that of one
     * without a zombie, or whose zombie the JDK collects, cannot if it ends meanwhile.
     */
    private boolean isSure(Proc process) {
      return !process.shed
          && !refused
          && !process.autoreaped
          && !(process.awaitedByJvm && process.collected)
          && !process.wasAnothers;
    }

    /** Returns what this JVM has adopted, and has no record or not its true status or launch. */
    private boolean isWanted(Proc process) {
      return Simulation.isWanted(process)
          || (process.wasTraced && process.collected && traced != null && !refused);
    }

    /** Returns how many processes have had a pid. */
    private long bearers(int pid) {
      return machine.all.stream().filter(one -> one.pid == pid).count();
    }

    /** Returns the processes that are over, and of which a descriptor is open for no reason. */
    private List<Proc> held() {
      return machine.held().stream().filter(process -> !hasTwin(process)).toList();
    }

    private boolean hasTwin(Proc process) {
      return machine.all.stream().anyMatch(one -> one != process && isTwin(one, process));
    }

    private Set<String> lost() {
      List<ProcessRecord> records = new ArrayList<>(engine.scopeTree.root().records());
      records.addAll(session.records());
      scopes.forEach(one -> records.addAll(one.records()));
      records.addAll(engine.registry.lock.locked(() -> engine.registry.foreign()));
      Set<String> lost = new HashSet<>();
      for (ProcessRecord record : records) {
        boolean cutTwice = bearers(record.pid()) > 1; // each may have ended between two pieces
        if (!cutTwice && !machine.isCommandLine(record.commandLine())) {
          lost.add("what ran as " + record.commandLine() + " never did");
        }
      }
      TracedFacts facts = traced == null ? null : new TracedFacts(engine);
      for (Proc process : machine.all) {
        if (isUncollected(process)) {
          lost.add(process + " is a zombie that no wait collects");
          continue;
        }
        if (hasTwin(process)) {
          continue;
        }
        List<Integer> statuses = new ArrayList<>();
        for (ProcessRecord record : records) {
          if (is(record, process)) {
            String unknown = record.statusUnknown();
            if (process.autoreaped && unknown != null && !unknown.contains("not watched")) {
              lost.add(process + " was watched, and its status is unknown: " + unknown);
            }
            if (record.isOrphan() && !process.adopted) {
              lost.add(process + " counts as adopted");
            }
            statuses.add(record.waitStatus().orElse(-1));
            String wrong =
                facts != null && process.wasTraced && process.collected && !refused
                    ? facts.wrong(process, record)
                    : null;
            if (wrong != null) {
              lost.add(wrong);
            }
            boolean launched = record.launch() != null;
            if (isSure(process)
                && process.ours
                && record.isForeign()
                && !hasElder
                && !process.endedUnpassed) {
              lost.add(process + " is foreign");
            }
            if (isSure(process)
                && !machine.isKnown(process)
                && !record.isForeign()
                && !(machine.deniesLimits && !launched) // a zombie shows no variable
                && !failed.contains(process.launch)
                && launched != (process.launch > 0)) {
              lost.add(process + (launched ? " has a launch" : " has no launch"));
            }
          }
        }
        if (isWanted(process) && !statuses.contains(process.status)) {
          lost.add(process + " ended with " + process.status + ", recorded " + statuses);
        }
      }
      return lost;
    }
  }
}
