package io.github.subreaper.internal.engine;

import io.github.subreaper.internal.engine.text.GlobMatcher;
import java.lang.ref.WeakReference;
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
 * A session, a class or a test: what was started in it, and the records of all its processes. The
 * lock over all records guards its lists.
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

  private final RecordLock lock;
  private final String name;
  private final @Nullable Scope parent;
  private final Policy policy;

  final Set<ProcessRecord> records = new LinkedHashSet<>();
  final List<LaunchRecord> launches = new ArrayList<>();
  final List<Scope> openNested = new ArrayList<>();
  private final Deque<Past> past = new ArrayDeque<>();
  private final List<Binding> bindings = new ArrayList<>();
  private final List<Runnable> undone = new ArrayList<>();
  // Weak: the records of a nested scope live as long as its handle, not as its parent.
  private final List<WeakReference<Scope>> endedNested = new ArrayList<>();
  final Moment opened = Moment.now();

  /** The thread that opened it, by the kernel's id; 0 if that is a virtual one. */
  final int opener = Threads.currentPlatformId();

  private State state = State.OPEN;
  private boolean judged;
  private volatile @Nullable Instant endBegan;
  int launching;

  /** No launch of it can be recorded any more, however late it comes. The lock is held. */
  boolean launchingOver;

  private volatile boolean stopping;
  volatile long lastEventNanos = System.nanoTime();

  /** When the latest death here or in a nested scope was first seen. */
  volatile long lastDeathNanos = lastEventNanos - 1;

  /** Of those that would have been leaks. */
  volatile long lastLeakDeathNanos = lastDeathNanos;

  private final ReentrantLock endLock = new ReentrantLock();
  private @Nullable ScopeEnd result;

  Scope(RecordLock lock, String name, @Nullable Scope parent, Policy policy) {
    this.lock = lock;
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

  @Nullable Scope parent() {
    return parent;
  }

  /** Where survivors go: the session of the user that opened this scope. */
  Scope session() {
    Scope scope = this;
    while (scope.parent != null && scope.parent.parent != null) {
      scope = scope.parent;
    }
    return scope;
  }

  public boolean isOpen() {
    return lock.locked(() -> state == State.OPEN);
  }

  /** Opens a scope within this one. */
  Scope open(String nestedName, Policy nestedPolicy) {
    return lock.locked(
        () -> {
          requireOpen("open a scope in");
          Scope nested = new Scope(lock, nestedName, this, nestedPolicy);
          openNested.add(nested);
          return nested;
        });
  }

  /**
   * The scopes in this one that are open, and were when a process was born. Opening a scope begins
   * with a scan, so a birth in the same tick came later. The lock is held.
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
   * since, beside one that is open. The lock is held.
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

  /** For a launch that was let in while it was open. The lock is held. */
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

  /** A process of it was seen dead; or one that would have been a leak. The lock is held. */
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

  /** A process of this scope or of any below was seen dead. The lock is held. */
  void noteDeathBelow(long nanos) {
    noteDeath(nanos, true);
    openNested.forEach(nested -> nested.noteDeathBelow(nanos));
  }

  /** All records of this scope and of nested scopes that are still referenced, by first sight. */
  public List<ProcessRecord> records() {
    return lock.locked(() -> all().sorted(ProcessRecord.BY_FIRST_SIGHT).toList());
  }

  boolean anyRecord(Predicate<ProcessRecord> wanted) {
    return lock.locked(() -> all().anyMatch(wanted));
  }

  /** The same, in no order and without a copy. The lock is held. */
  Stream<ProcessRecord> all() {
    lock.requireHeld();
    Stream<Scope> ended =
        endedNested.stream().flatMap(reference -> Stream.ofNullable(reference.get()));
    return Stream.concat(
        records.stream(), Stream.concat(openNested.stream(), ended).flatMap(Scope::all));
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

  /** One thread at a time ends it; the others get its result. */
  ReentrantLock endLock() {
    return endLock;
  }

  /** What its end found; null before. */
  @Nullable ScopeEnd result() {
    return result;
  }

  void beginEnd(Instant now) {
    lock.run(
        () -> {
          state = State.ENDING;
          endBegan = now;
        });
  }

  void ended(ScopeEnd end) {
    lock.run(
        () -> {
          state = State.ENDED;
          if (parent != null) {
            parent.openNested.remove(this);
            parent.passed(new Past(opened, Moment.now()));
            parent.endedNested.removeIf(reference -> reference.get() == null);
            parent.endedNested.add(new WeakReference<>(this));
          }
        });
    result = end;
  }

  /**
   * Has something undone when this scope ends, before anything else of its end.
   *
   * @return to be run where it was undone before; does not undo it
   */
  public Runnable atEnd(Runnable action) {
    return lock.locked(
        () -> {
          requireOpen("change something for the time of");
          undone.add(action);
          return () -> lock.locked(() -> undone.remove(action));
        });
  }

  void undo() {
    List<Runnable> actions = lock.locked(() -> List.copyOf(undone));
    for (int i = actions.size() - 1; i >= 0; i--) {
      actions.get(i).run();
    }
  }

  /** When its end was asked for; null while it is open. */
  public @Nullable Instant endBegan() {
    return endBegan;
  }

  /** Its leaks are settled: what is found later is not its leak. The lock is held. */
  void judged() {
    judged = true;
  }

  boolean isJudged() {
    return judged;
  }

  /** What was launched here, ended launches included. */
  public List<LaunchRecord> launches() {
    return lock.locked(() -> List.copyOf(launches));
  }

  /** Ends with this scope. */
  Binding newBinding(String what) {
    return lock.locked(
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
