package io.github.subreaper.internal.engine;

import io.github.subreaper.internal.engine.ScopeEnd.SurvivorRecord;
import io.github.subreaper.internal.linux.Errno;
import io.github.subreaper.internal.linux.ProcessStat;
import io.github.subreaper.internal.linux.Procfs;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The end of a scope or of one launch: settle, diagnose, ask, wait, stop and kill until two looks
 * agree that nobody is alive, reap. Not interruptible: a flag that was set is set again.
 *
 * <p>While it kills, nothing is released: an unreaped victim keeps its pid, so that no signal can
 * go astray, and its process slot, so that a program that forks faster than it is killed runs out
 * of them.
 */
final class Ending {
  private static final int SIGKILL = 9;
  private static final int SIGTERM = 15;
  private static final int SIGCONT = 18;
  private static final int SIGSTOP = 19;
  private static final int MOST_CHASES = 100;
  private static final int MOST_ROUNDS = 3;

  /** A few milliseconds. */
  private static final int KILLS_A_WATCH = 50;

  private static final long LOOK_NANOS = 5_000_000;
  private static final long KILL_LOOK_NANOS = 200_000;
  private static final long COLLECTING_NANOS = 2_000_000_000;
  private static final long RELEASE_NANOS = 5_000_000_000L;

  /** One that hangs is given up by its own thread before. */
  private static final long LAUNCHING_NANOS = 15_000_000_000L;

  private final Engine engine;
  private final Registry registry;
  private final @Nullable Scope scope;
  private final @Nullable LaunchRecord launch;
  private final Policy policy;
  private final String name;
  private final Predicate<ProcessRecord> target;
  private final Map<ProcessRecord, Integer> refused = new HashMap<>();
  private final Set<ProcessRecord> stoppedSessions = new HashSet<>();
  private boolean interrupted;
  private boolean holding;

  /** By the last look. */
  private boolean nobody;

  Ending(Engine engine, Scope scope) {
    this(engine, scope, null, scope.policy(), scope.name(), scope::covers);
  }

  Ending(Engine engine, LaunchRecord launch) {
    this(
        engine,
        null,
        launch,
        launch.scope().policy(),
        String.join(" ", launch.spec().command()),
        launch::covers);
  }

  private Ending(
      Engine engine,
      @Nullable Scope scope,
      @Nullable LaunchRecord launch,
      Policy policy,
      String name,
      Predicate<ProcessRecord> target) {
    this.engine = engine;
    this.registry = engine.registry;
    this.scope = scope;
    this.launch = launch;
    this.policy = policy;
    this.name = name;
    this.target = target;
  }

  ScopeEnd run() {
    interrupted = Thread.interrupted();
    try {
      return launch != null ? endLaunch(launch) : endScope();
    } catch (RuntimeException | Error e) {
      live(process -> true).forEach(this::kill); // nobody who is known outlives what has failed
      throw e;
    } finally {
      release();
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private ScopeEnd endLaunch(LaunchRecord stopped) {
    stopped.stopping = true;
    try {
      if (policy.grace().isZero()) {
        holdAndStop();
      }
      look();
      List<SurvivorRecord> survivors = terminate();
      return new ScopeEnd(
          name,
          true,
          List.of(),
          List.of(),
          survivors,
          List.of(),
          new Ended(registry, List.of(stopped.records)),
          engine.guardianLosses(stopped.startedNanos),
          engine.now(),
          0,
          seconds(policy.kill()));
    } finally {
      stopped.stopping = false;
    }
  }

  private ScopeEnd endScope() {
    Scope ending = Objects.requireNonNull(scope);
    List<ScopeEnd> nested = new ArrayList<>();
    Throwable failed = null;
    for (Scope inner : registry.locked(() -> List.copyOf(ending.openNested))) {
      try {
        nested.add(inner.end());
      } catch (RuntimeException | Error e) {
        failed = e; // all that is in it is this scope's as well, and ends below
      }
    }
    awaitLaunching(ending);
    if (policy.grace().isZero() && policy.settle().isZero() && policy.survivors().isEmpty()) {
      holdAndStop();
    }
    long started = System.nanoTime();
    List<ProcessRecord> leaked = settle(ending);
    engine.reaper.goOn();
    double settled = (System.nanoTime() - started) / 1e9;
    List<TreeNode> diagnosis = leaked.isEmpty() ? List.of() : diagnose(leaked);
    ending.stopping();
    List<SurvivorRecord> survivors = new ArrayList<>(terminate());
    detach(ending, survivors);
    if (failed != null) {
      throw new IllegalStateException("a scope nested in " + name + " could not be ended", failed);
    }
    List<ProcessRecord> allLeaked = new ArrayList<>();
    List<TreeNode> allDiagnosis = new ArrayList<>();
    List<Collection<ProcessRecord>> records = new ArrayList<>(List.of(ending.records));
    for (ScopeEnd end : nested) {
      records.addAll(end.ended().sources());
      allLeaked.addAll(end.leaked());
      allDiagnosis.addAll(end.diagnosis());
      for (SurvivorRecord survivor : end.survivors()) {
        if (survivors.stream().noneMatch(known -> known.process() == survivor.process())
            && !survivor.process().exitSeen()) {
          survivors.add(survivor);
        }
      }
    }
    allLeaked.addAll(leaked);
    allDiagnosis.addAll(diagnosis);
    return new ScopeEnd(
        name,
        false,
        List.copyOf(allLeaked),
        List.copyOf(allDiagnosis),
        List.copyOf(survivors),
        engine.census.unproven(ending.opened),
        new Ended(registry, records),
        engine.guardianLosses(ending.opened.nanos()),
        engine.now(),
        settled,
        seconds(policy.kill()));
  }

  /** A launch that was let in before the end began is ended with the rest. */
  private void awaitLaunching(Scope ending) {
    long deadline = System.nanoTime() + LAUNCHING_NANOS;
    registry.lock.lock();
    try {
      while (ending.launching > 0 && System.nanoTime() - deadline < 0) {
        interrupted |= registry.awaitChange(LOOK_NANOS);
      }
      ending.launchingOver = true; // one whose thread hangs in a look at a file is refused later
    } finally {
      registry.lock.unlock();
    }
  }

  private List<ProcessRecord> settle(Scope ending) {
    long deadline = System.nanoTime() + Spans.nanos(policy.settle());
    Moment unsure = null;
    while (true) {
      long began = System.nanoTime();
      do {
        look();
      } while (engine.attribution.settle()); // who was moved here was in no look before
      handOver(ending);
      List<ProcessRecord> leaks = new ArrayList<>();
      registry.lock.lock();
      try {
        for (ProcessRecord process : alive()) {
          if (ending.isLeak(process)) {
            leaks.add(process);
          }
        }
        long now = System.nanoTime();
        boolean over = now - deadline >= 0;
        boolean sure = !leaks.isEmpty() || noLeakHasDiedSince(began, ending);
        if (!sure && over && unsure == null) {
          unsure = Moment.now();
        } else if (!sure && unsure != null) {
          leaks.addAll(ending.leaks(unsure)); // by now there is another: it goes on
        }
        boolean tooLong = unsure != null && now - unsure.nanos() >= Engine.LONGEST_LOOK_NANOS;
        if (leaks.isEmpty() ? sure || tooLong : over) {
          ending.judged();
          return leaks;
        }
      } finally {
        registry.lock.unlock();
      }
      pause(Math.min(LOOK_NANOS, Math.max(KILL_LOOK_NANOS, deadline - System.nanoTime())));
    }
  }

  /** By a look; who died in it may have handed on somebody who was not there to be seen. */
  private boolean noLeakHasDiedSince(long nanos, Scope ending) {
    long looked = engine.census.lastStartNanos();
    return (looked - nanos >= 0 && ending.lastLeakDeathNanos - looked < 0) || engine.isClosed();
  }

  /** What may survive goes to the session, with all below it and all that it ever forks. */
  private void handOver(Scope ending) {
    Scope session = ending.session();
    if (session == ending || (policy.survivors().isEmpty() && live(this::isInDoubt).isEmpty())) {
      return;
    }
    registry.lock.lock();
    try {
      boolean moved;
      do {
        moved = false;
        for (ProcessRecord process : List.copyOf(registry.live())) {
          Scope from = process.scope;
          if (process.endedAt == null && from != null && ending.covers(process)) {
            ProcessRecord parent = registry.find(process.parentPid);
            boolean below = parent != null && parent.scope == session && parent.handedOn;
            if (below || ending.letsSurvive(process)) {
              process.handedOn = true;
              letGo(process);
              registry.moved(process, from, session);
              LaunchRecord its = process.launch;
              if (its != null) {
                its.scope = session;
              }
              moved = true;
            }
          }
        }
      } while (moved);
    } finally {
      registry.lock.unlock();
    }
  }

  /** It may have been stopped before it was known to survive. */
  private void letGo(ProcessRecord process) {
    if (process.frozen) {
      process.frozen = false;
      process.still = false;
      engine.signal(process, SIGCONT);
    }
  }

  private boolean isInDoubt(ProcessRecord process) {
    return process.doubt() != null;
  }

  private List<TreeNode> diagnose(List<ProcessRecord> leaked) {
    try {
      engine.attribution.explain(leaked);
      return engine.census.snapshot(leaked::contains, true);
    } catch (RuntimeException | StackOverflowError e) {
      return List.of(); // a help only: the kill comes whatever happens
    }
  }

  /** Takes the scope out of all that leads to it; what could not be killed stays known. */
  private void detach(Scope ending, List<SurvivorRecord> survivors) {
    List<LaunchRecord> over = new ArrayList<>();
    registry.lock.lock();
    try {
      engine.attribution.forget(ending);
      ending.endBindings();
      engine.threads.forgetEnded();
      for (LaunchRecord one : ending.launches) {
        if (one.records.stream().anyMatch(ProcessRecord::isAlive)) {
          if (ending.session() != ending) {
            ending.session().launches.add(one); // handed on, or unkillable: its number stays taken
          }
          continue;
        }
        one.ended();
        over.add(one);
        engine.launches.remove(one.number, one);
        engine.tags.free(one.number);
      }
    } finally {
      registry.lock.unlock();
    }
    over.forEach(LaunchRecord::seal);
    if (!survivors.isEmpty()) {
      registry.signalChange();
    }
  }

  /** Asks, waits for the grace, then kills; the list of what could not be killed. */
  private List<SurvivorRecord> terminate() {
    long grace = Spans.nanos(policy.grace());
    long began = System.nanoTime();
    int rounds = 0;
    do {
      askAndKill(began + grace / 2, began + grace);
    } while (awaitCollected() && ++rounds < MOST_ROUNDS && hasAnybodyCome());
    return unkillable();
  }

  private void askAndKill(long halfTime, long graceEnd) {
    List<ProcessRecord> alive = fresh();
    while (!(nobody && alive.isEmpty()) && System.nanoTime() - graceEnd < 0) {
      List<ProcessRecord> topDown = topDown(alive);
      ask(topDown, System.nanoTime() - halfTime >= 0);
      thaw(topDown);
      pause(Math.min(LOOK_NANOS, Math.max(1, graceEnd - System.nanoTime())));
      look();
      alive = fresh();
    }
    if (!(nobody && alive.isEmpty())) {
      kill();
    } else if (holding) {
      release();
      awaitReleased();
    }
  }

  /** While the dead were waited for. */
  private boolean hasAnybodyCome() {
    look();
    if (scope != null) {
      handOver(scope);
    }
    return !(nobody && fresh().isEmpty());
  }

  /**
   * Those alive that were not found unkillable before: an outer scope does not wait for them again.
   */
  private List<ProcessRecord> fresh() {
    return alive().stream().filter(process -> process.unkillable == null).toList();
  }

  /** What is there though all was done; what was found so before gets one more signal. */
  private List<SurvivorRecord> unkillable() {
    List<SurvivorRecord> survivors = new ArrayList<>();
    for (ProcessRecord process : live(process -> process.unkillable != null)) {
      send(process, SIGKILL);
      survivors.add(Objects.requireNonNull(process.unkillable));
    }
    return survivors;
  }

  /**
   * Waits for the statuses of zombies that are collected by somebody else of this JVM, or by the
   * reaping thread when the JDK is done with them; or that a tracer holds: until it has collected
   * them, or has ended, nobody else can. It was killed if it was one of these, so this is one
   * outside.
   *
   * @return whether there were any
   */
  private boolean awaitCollected() {
    live(process -> process.zombie).forEach(engine::check); // collected since the last look
    List<ProcessRecord> awaited = awaited(live(process -> process.zombie));
    long began = System.nanoTime();
    long deadline = began + Spans.nanos(policy.kill());
    List<ProcessRecord> left = awaited;
    while (!left.isEmpty() && System.nanoTime() - deadline < 0) {
      pause(Math.min(LOOK_NANOS, KILL_LOOK_NANOS + (System.nanoTime() - began) / 4));
      left.forEach(engine::check);
      left = awaited(left);
    }
    live(this::isHeldByTracer).forEach(process -> process.unkillable = survivor(process));
    return !awaited.isEmpty();
  }

  private List<ProcessRecord> awaited(List<ProcessRecord> zombies) {
    return zombies.stream()
        .filter(process -> !process.exitSeen())
        .filter(process -> isHeldByTracer(process) || isToBeCollected(process))
        .toList();
  }

  /**
   * A thread of the JDK waits for it, or may not have run yet, and bears no name before. Native
   * code with waits of its own has the same time.
   */
  private boolean isToBeCollected(ProcessRecord process) {
    return process.zombie
        && process.unkillable == null
        && engine.isOwnChild(process)
        && (System.nanoTime() - process.diedNanos < COLLECTING_NANOS
            || Threads.jdkCollects(process.pid));
  }

  private boolean isHeldByTracer(ProcessRecord process) {
    return process.zombie
        && process.unkillable == null
        && Procfs.statusNumber(process.pid, "TracerPid") > 0;
  }

  /**
   * Sends the stop signal and SIGCONT, once, to each process without a living parent among them: a
   * daemon ends its workers itself. A daemon that has not done so by half-time is deaf, or slow:
   * then all get the signal, so that a worker can still end in its own way. All of a launch gets
   * the same one: the user chose it because SIGTERM is wrong for that program, and workers are
   * forks of it.
   *
   * <p>A process that has exec'd since may have taken the signal with the handler of the program
   * that it was: it gets it again.
   */
  private void ask(List<ProcessRecord> topDown, boolean all) {
    Set<Integer> pids = new HashSet<>();
    topDown.forEach(process -> pids.add(process.pid));
    for (ProcessRecord process : topDown) {
      boolean isTop = !pids.contains(process.parentPid);
      if ((isTop || all) && !process.isAsked() && !refused.containsKey(process)) {
        ask(process);
      }
    }
  }

  private void ask(ProcessRecord process) {
    LaunchRecord its = process.launch;
    int signal = its == null ? SIGTERM : its.spec().stopSignal();
    registry.lock.lock();
    try {
      process.readPerishables();
      int errno = engine.signal(process, signal);
      if (errno == 0) {
        process.asked(signal);
        engine.signal(process, SIGCONT);
      } else if (errno != Errno.ESRCH) {
        refused.put(process, errno);
      }
    } finally {
      registry.lock.unlock();
    }
  }

  /** A frozen process could not answer, nor could one that waits for it. */
  private void thaw(List<ProcessRecord> topDown) {
    List<ProcessRecord> bottomUp = new ArrayList<>(topDown);
    Collections.reverse(bottomUp);
    registry.lock.lock();
    try {
      for (ProcessRecord process : bottomUp) {
        if (process.freezes > 0) {
          process.freezes = 0;
          engine.signal(process, SIGCONT);
        }
      }
    } finally {
      registry.lock.unlock();
    }
  }

  private void kill() {
    holdAndStop();
    List<ProcessRecord> left = fresh();
    try {
      long lookedAt = System.nanoTime();
      long giveUp = lookedAt + Spans.nanos(policy.kill()) + 2 * Engine.LONGEST_LOOK_NANOS;
      long deadline = 0;
      int emptyLooks = 0;
      while (emptyLooks < 2 && (!left.isEmpty() || System.nanoTime() - giveUp < 0)) {
        boolean anybody = !left.isEmpty();
        if (anybody) {
          stopAndKill(topDown(left));
          if (deadline == 0) {
            deadline = System.nanoTime() + Spans.nanos(policy.kill()); // a long list takes its time
          } else if (lookedAt - deadline >= 0) {
            break;
          }
          pause(KILL_LOOK_NANOS);
        }
        lookedAt = System.nanoTime();
        if (!anybody) {
          look();
        } else if (left.stream().allMatch(this::onlyDies)) {
          engine.reaper.catchUp();
        } else {
          engine.census.takeOfOurs(); // time counts while somebody forks; the last looks see all
        }
        left = fresh();
        emptyLooks = !anybody && nobody && left.isEmpty() ? emptyLooks + 1 : 0;
      }
      if (emptyLooks < 2 && left.isEmpty()) {
        System.getLogger("io.github.subreaper")
            .log(
                System.Logger.Level.WARNING,
                "nobody of "
                    + name
                    + " was found alive, but no look was without a death: somebody may be left");
      }
    } finally {
      release();
    }
    awaitReleased();
    for (ProcessRecord process : left) {
      engine.check(process);
      if (process.isAlive()) {
        process.unkillable = survivor(process);
      }
    }
  }

  /**
   * From now on nothing is released, and who is seen for the first time is stopped. The known ones
   * come first: a bomb that runs takes all the time that a look needs.
   */
  private void holdAndStop() {
    if (!holding) {
      registry.hold(target);
      holding = true;
    }
    int chases = 0;
    do {
      List<ProcessRecord> known = fresh();
      if (policy.survivors().isEmpty()) {
        stopSessions(known);
      }
      stop(topDown(known));
      // Who forks the next and exits is gone before a complete look comes to it.
    } while (engine.census.discover() && ++chases < MOST_CHASES);
  }

  /** Who is born meanwhile escapes a signal to each of his session, but not one to all at once. */
  private void stopSessions(List<ProcessRecord> known) {
    Set<Integer> shared = new HashSet<>();
    registry.lock.lock();
    try {
      for (ProcessRecord process : registry.live()) {
        if (process.isAlive() && !target.test(process)) {
          shared.add(process.session);
        }
      }
    } finally {
      registry.lock.unlock();
    }
    for (ProcessRecord process : known) {
      if (process.session == process.pid
          && !shared.contains(process.pid)
          && stoppedSessions.add(process)) {
        process.frozen |= engine.signalSession(process, SIGSTOP);
      }
    }
  }

  /** Stood, with nobody below who has not been seen, and is collected by nobody but the reaper. */
  private boolean onlyDies(ProcessRecord process) {
    return process.still && process.killSent && !process.manyThreads && engine.isPinned(process);
  }

  private void release() {
    if (holding) {
      holding = false;
      registry.release(target);
      engine.reaper.collectReleased();
    }
  }

  /** Stops all before any dies: who sees the death of another can't answer it with a fork. */
  private void stopAndKill(List<ProcessRecord> topDown) {
    stop(topDown);
    List<ProcessRecord> bottomUp = new ArrayList<>(topDown);
    Collections.reverse(bottomUp);
    killBeforeTheKernelHangsUp(bottomUp);
    int killed = 0;
    for (ProcessRecord process : bottomUp) {
      kill(process);
      if (++killed % KILLS_A_WATCH == 0) {
        engine.census.watchBirths();
      }
    }
  }

  /**
   * If somebody dies whose parent or child is in another process group, and leaves that group
   * orphaned with a stopped member, the kernel sends SIGHUP to all of it. That group may be the one
   * of this JVM: so no member of it may be stopped any more when such a one dies. A signal that
   * ends or continues a process undoes the stop when it is sent.
   */
  private void killBeforeTheKernelHangsUp(List<ProcessRecord> bottomUp) {
    int group = engine.processGroup();
    List<ProcessRecord> edge = new ArrayList<>();
    List<ProcessRecord> within = new ArrayList<>();
    for (ProcessRecord process : bottomUp) {
      if (process.processGroup == group) {
        ProcessRecord parent = registry.parentOf(process);
        (parent == null || parent.processGroup == group ? within : edge).add(process);
      }
    }
    if (!edge.isEmpty()) {
      within.forEach(this::kill);
      edge.forEach(process -> send(process, SIGCONT));
      edge.forEach(this::kill);
    }
  }

  private void kill(ProcessRecord process) {
    if (!process.killSent || refused.containsKey(process)) {
      if (!process.killSent) {
        process.killNanos = System.nanoTime();
      }
      process.killSent = true;
      send(process, SIGKILL);
    }
  }

  private void stop(List<ProcessRecord> topDown) {
    for (ProcessRecord process : topDown) {
      if (!process.frozen) {
        send(process, SIGSTOP);
        process.frozen = true;
      }
    }
  }

  private void send(ProcessRecord process, int signal) {
    int errno = engine.signalAtOnce(process, signal);
    if (errno == 0 || errno == Errno.ESRCH) {
      refused.remove(process);
    } else {
      refused.put(process, errno);
    }
  }

  private List<ProcessRecord> topDown(List<ProcessRecord> alive) {
    Map<Integer, ProcessRecord> byPid = new HashMap<>();
    alive.forEach(process -> byPid.put(process.pid, process));
    Map<ProcessRecord, Integer> depths = new HashMap<>();
    List<ProcessRecord> sorted = new ArrayList<>(alive);
    for (ProcessRecord process : alive) {
      int depth = 0;
      ProcessRecord above = byPid.get(process.parentPid);
      while (above != null && depth <= alive.size()) {
        depth++;
        above = byPid.get(above.parentPid);
      }
      depths.put(process, depth);
    }
    sorted.sort(Comparator.comparingInt(process -> depths.getOrDefault(process, 0)));
    return sorted;
  }

  private void awaitReleased() {
    engine.reaper.catchUp(); // zombies that the dead have handed on
    long deadline = System.nanoTime() + RELEASE_NANOS;
    registry.lock.lock();
    try {
      while (System.nanoTime() - deadline < 0
          && registry.live().stream()
              .anyMatch(process -> process.awaitingRelease && target.test(process))) {
        interrupted |= registry.awaitChange(LOOK_NANOS);
      }
    } finally {
      registry.lock.unlock();
    }
  }

  private SurvivorRecord survivor(ProcessRecord process) {
    ProcessStat stat = Procfs.stat(process.pid);
    char state = stat == null ? '?' : stat.state();
    String channel = state == 'D' ? Procfs.waitChannel(process.pid) : null;
    Integer errno = refused.get(process);
    List<String> reasons = new ArrayList<>();
    if (process.zombie) {
      reasons.add("zombie held by " + tracer(process));
    } else if (state == 'D') {
      reasons.add("in an uninterruptible wait of the kernel");
    } else if (Procfs.statusNumber(process.pid, "TracerPid") > 0) {
      reasons.add("held by " + tracer(process));
    }
    int owner = engine.census.uid(process).orElse(ProcessRecord.UNKNOWN);
    if (errno != null) {
      int own = Procfs.statusNumber(Procfs.SELF, "Uid");
      reasons.add(
          errno == Errno.EPERM && owner != own
              ? "owned by uid " + owner + ", this JVM runs as uid " + own + " (EPERM)"
              : "the signal was refused: " + Errno.describe(errno));
    }
    if (reasons.isEmpty()) {
      reasons.add(
          String.format(
              Locale.ROOT,
              "had not ended %.1f s after SIGKILL",
              (System.nanoTime() - process.killNanos) / 1e9));
    }
    return new SurvivorRecord(
        process, state, channel, owner, errno != null, String.join("; ", reasons));
  }

  private static String tracer(ProcessRecord process) {
    int pid = Procfs.statusNumber(process.pid, "TracerPid");
    ProcessStat stat = Procfs.stat(pid);
    return "tracer " + pid + (stat == null ? "" : " (" + Printable.of(stat.name()) + ")");
  }

  /** Finds who is alive, or sets {@code nobody}. */
  private void look() {
    nobody = !engine.anyAlive(() -> !fresh().isEmpty(), this::lastDeathNanos);
  }

  private long lastDeathNanos() {
    return launch != null ? launch.lastDeathNanos : Objects.requireNonNull(scope).lastDeathNanos;
  }

  /** By the last look; a zombie that waits for a parent outside is not alive, nor a threat. */
  private List<ProcessRecord> alive() {
    return live(ProcessRecord::isAlive);
  }

  /** Those of the scope or launch that are not seen to have gone, by first sight. */
  private List<ProcessRecord> live(Predicate<ProcessRecord> which) {
    return registry.locked(
        () ->
            registry.live().stream()
                .filter(process -> !process.exitSeen() && target.test(process))
                .filter(which)
                .sorted(ProcessRecord.BY_FIRST_SIGHT)
                .toList());
  }

  private void pause(long nanos) {
    registry.lock.lock();
    try {
      interrupted |= registry.awaitChange(nanos);
    } finally {
      registry.lock.unlock();
    }
  }

  private static double seconds(Duration duration) {
    return Spans.nanos(duration) / 1e9;
  }
}
