package io.github.subreaper.internal.engine;

import java.lang.ref.WeakReference;
import java.lang.reflect.Method;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A session, a class or a test: what was started in it, and all of it that was ever seen. Its lists
 * are guarded by the registry's lock.
 */
public final class Scope {
  private enum State {
    OPEN,
    ENDING,
    ENDED
  }

  private static final int MOST_PAST = 1000;

  /** When a nested scope was open that has ended. */
  private record Past(Moment opened, Moment ended) {}

  private final Engine engine;
  private final String name;
  private final @Nullable Scope parent;
  private final Policy policy;

  final Set<ProcessRecord> records = new LinkedHashSet<>();
  final List<LaunchRecord> launches = new ArrayList<>();
  final List<Scope> openNested = new ArrayList<>();
  private final Deque<Past> past = new ArrayDeque<>();
  private final List<Binding> bindings = new ArrayList<>();
  private final List<Runnable> undone = new ArrayList<>();
  // Weak: what a nested scope has seen is kept by whoever holds that scope, not by its parent.
  private final List<WeakReference<Scope>> endedNested = new ArrayList<>();
  final Moment opened = Moment.now();

  /** The thread that opened it, by the kernel's id; 0 if that is a virtual one. */
  final int opener = Threads.currentPlatformId();

  private State state = State.OPEN;
  private boolean judged;
  private volatile @Nullable Instant endBegan;
  int launching;

  /** No launch of it can be recorded any more, however late it comes. With the lock held. */
  boolean launchingOver;

  private volatile boolean stopping;
  volatile long lastEventNanos = System.nanoTime();

  /** When the latest death here or in a nested scope was first seen. */
  volatile long lastDeathNanos = lastEventNanos - 1;

  /** Of those that would have been leaks. */
  volatile long lastLeakDeathNanos = lastDeathNanos;

  private final ReentrantLock endLock = new ReentrantLock();
  private @Nullable ScopeEnd result;

  Scope(Engine engine, String name, @Nullable Scope parent, Policy policy) {
    this.engine = engine;
    this.name = name;
    this.parent = parent;
    this.policy = policy;
  }

  public String name() {
    return name;
  }

  public Policy policy() {
    return policy;
  }

  public Engine engine() {
    return engine;
  }

  @Nullable Scope parent() {
    return parent;
  }

  /** Where survivors go: the session of the user who opened this scope. */
  Scope session() {
    Scope scope = this;
    while (scope.parent != null && scope.parent.parent != null) {
      scope = scope.parent;
    }
    return scope;
  }

  public boolean isOpen() {
    return engine.registry.locked(() -> state == State.OPEN);
  }

  /** Opens a scope within this one. What is there by now is this one's: so a look comes first. */
  public Scope open(String nestedName, Policy nestedPolicy) {
    if (parent != null) {
      engine.origin.start();
      engine.lookAround();
    }
    return engine.registry.locked(
        () -> {
          requireOpen("open a scope in");
          Scope nested = new Scope(engine, nestedName, this, nestedPolicy);
          openNested.add(nested);
          return nested;
        });
  }

  /** Starts a program in this scope; returns when it has exec'd. */
  public LaunchRecord launch(LaunchSpec spec, @Nullable StackTraceElement place) {
    return engine.launcher.launch(this, spec, place);
  }

  /**
   * The scopes in this one that are open, and were when a process was born. Opening a scope begins
   * with a scan, so a birth in the same tick came later. With the lock held.
   */
  List<Scope> openNested(Birth birth) {
    List<Scope> open = new ArrayList<>();
    for (Scope nested : openNested) {
      if (birth.isAfter(nested.opened)) {
        open.add(nested);
      }
    }
    return open;
  }

  /**
   * Whether a process that no scan saw alive can also be of a scope in this one that has ended
   * since, beside one that is open. With the lock held.
   */
  boolean mayBeOfAnEnded(Birth birth, Scope open) {
    return !birth.seenAlive()
        && past.stream()
            .anyMatch(
                one ->
                    birth.isAfter(one.opened)
                        && birth.isBefore(one.ended)
                        && one.ended.nanos() - open.opened.nanos() > 0);
  }

  /** A zombie that a living process has kept may arrive some time after its scope's end. */
  private void passed(Past nested) {
    past.addLast(nested);
    if (past.size() > MOST_PAST) {
      past.removeFirst();
    }
  }

  void requireOpen(String what) {
    if (state != State.OPEN) {
      throw new ScopeEndedException(what, name);
    }
  }

  /** For a launch that was let in while it was open. With the lock held. */
  void requireLaunching(String command) {
    if (launchingOver) {
      throw new ScopeEndedException("launch `" + command + "` in", name);
    }
  }

  /** Whether a process belongs to this scope or to one nested in it. */
  public boolean covers(ProcessRecord process) {
    for (Scope scope = process.scope; scope != null; scope = scope.parent) {
      if (scope == this) {
        return true;
      }
    }
    return false;
  }

  boolean isStopping() {
    for (Scope scope = this; scope != null; scope = scope.parent) {
      if (scope.stopping) {
        return true;
      }
    }
    return false;
  }

  void stopping() {
    stopping = true;
  }

  /** Somebody of it was seen dead; or one who would have been a leak. With the lock held. */
  void noteDeath(long nanos, boolean leak) {
    for (Scope scope = this; scope != null; scope = scope.parent) {
      scope.lastDeathNanos = later(scope.lastDeathNanos, nanos);
      if (leak) {
        scope.lastLeakDeathNanos = later(scope.lastLeakDeathNanos, nanos);
      }
    }
  }

  private static long later(long one, long other) {
    return one - other > 0 ? one : other;
  }

  /** Somebody of this scope or any below was seen dead. With the lock held. */
  void noteDeathBelow(long nanos) {
    noteDeath(nanos, true);
    openNested.forEach(nested -> nested.noteDeathBelow(nanos));
  }

  /** All ever seen here and in nested scopes that somebody still holds, by first sight. */
  public List<ProcessRecord> records() {
    return engine.registry.locked(() -> all().sorted(ProcessRecord.BY_FIRST_SIGHT).toList());
  }

  boolean anyRecord(Predicate<ProcessRecord> wanted) {
    return engine.registry.locked(() -> all().anyMatch(wanted));
  }

  /** The same, in no order and without a copy. With the lock held. */
  private Stream<ProcessRecord> all() {
    Stream<Scope> ended =
        endedNested.stream().flatMap(reference -> Stream.ofNullable(reference.get()));
    return Stream.concat(
        records.stream(), Stream.concat(openNested.stream(), ended).flatMap(Scope::all));
  }

  /**
   * What would be a leak: alive, or after a moment, and neither launched nor below such a launch,
   * or anything that is alive if the scope is strict. With the lock held.
   */
  List<ProcessRecord> leaks(Moment moment) {
    return all()
        .filter(process -> process.livedAfter(moment))
        .filter(this::isLeak)
        .filter(process -> !mayStay(process))
        .sorted(ProcessRecord.BY_FIRST_SIGHT)
        .toList();
  }

  /** Whether its scope hands it to the session when it ends, or somebody above it. */
  private boolean mayStay(ProcessRecord process) {
    Scope own = process.scope;
    ProcessRecord above = own == null ? null : process;
    while (own != null && above != null) {
      if (own.letsSurvive(above)) {
        return true;
      }
      above = engine.registry.parentOf(above);
    }
    return false;
  }

  /** Whether a process matches a survivors glob, this scope's or one of a scope it may be of. */
  boolean letsSurvive(ProcessRecord process) {
    Doubt doubt = process.doubt();
    Stream<String> others = doubt == null ? Stream.empty() : doubt.survivors().stream();
    return Stream.concat(policy.survivors().stream(), others)
        .anyMatch(glob -> new GlobMatcher(glob).matches(process.name(), process.commandLine()));
  }

  boolean isLeak(ProcessRecord process) {
    Scope own = process.scope;
    return process.launch == null || (own != null && own.policy.strict());
  }

  /**
   * Ends it: settle, diagnose, stop, kill, verify. The first call does it, others get its result.
   */
  public ScopeEnd end() {
    endLock.lock();
    try {
      ScopeEnd known = result;
      if (known != null) {
        return known;
      }
      engine.reaper.stepBack();
      engine.registry.lock.lock();
      try {
        state = State.ENDING;
        endBegan = engine.registry.now();
      } finally {
        engine.registry.lock.unlock();
      }
      undo();
      ScopeEnd end = new Ending(engine, this).run();
      engine.registry.lock.lock();
      try {
        state = State.ENDED;
        if (parent != null) {
          parent.openNested.remove(this);
          parent.passed(new Past(opened, Moment.now()));
          parent.endedNested.removeIf(reference -> reference.get() == null);
          parent.endedNested.add(new WeakReference<>(this));
        }
      } finally {
        engine.registry.lock.unlock();
      }
      result = end;
      return end;
    } finally {
      endLock.unlock();
    }
  }

  /**
   * Has something undone when this scope ends, before anything else of its end.
   *
   * @return to be run where it was undone before; does not undo it
   */
  public Runnable atEnd(Runnable action) {
    return engine.registry.locked(
        () -> {
          requireOpen("change something for the time of");
          undone.add(action);
          return () -> engine.registry.locked(() -> undone.remove(action));
        });
  }

  private void undo() {
    List<Runnable> actions = engine.registry.locked(() -> List.copyOf(undone));
    for (int i = actions.size() - 1; i >= 0; i--) {
      actions.get(i).run();
    }
  }

  /** When its end was asked for; null while it is open. */
  public @Nullable Instant endBegan() {
    return endBegan;
  }

  /** What it has left is settled: who comes now is not its leak any more. The lock is held. */
  void judged() {
    judged = true;
  }

  boolean isJudged() {
    return judged;
  }

  /** What was launched here, ended launches included. */
  public List<LaunchRecord> launches() {
    return engine.registry.locked(() -> List.copyOf(launches));
  }

  /** What a thread starts by itself counts as this scope's until the result is run. */
  public Runnable bind(Thread thread) {
    Binding binding = newBinding("bind a thread to");
    engine.threads.bind(thread, binding);
    return binding::end;
  }

  /** What is started with a method on the stack counts as this scope's, if no thread tells more. */
  public Runnable bind(Method method) {
    Binding binding = newBinding("bind a method to");
    engine.methods.bind(method, binding);
    return binding::end;
  }

  private Binding newBinding(String what) {
    return engine.registry.locked(
        () -> {
          requireOpen(what);
          Binding binding = new Binding(this);
          bindings.add(binding);
          return binding;
        });
  }

  /** Nothing keeps a scope that has ended, even if a binding was never closed. */
  void endBindings() {
    bindings.forEach(Binding::endWithScope);
    bindings.clear();
  }
}
