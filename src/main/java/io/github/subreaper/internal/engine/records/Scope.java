package io.github.subreaper.internal.engine.records;

import io.github.subreaper.internal.engine.lock.RecordLock;
import io.github.subreaper.internal.engine.time.Birth;
import io.github.subreaper.internal.engine.time.Moment;
import io.github.subreaper.internal.engine.time.PidOrder;
import io.github.subreaper.internal.engine.values.PastScope;
import io.github.subreaper.internal.engine.values.Policy;
import io.github.subreaper.internal.engine.values.ScopeEndedException;
import io.github.subreaper.internal.text.GlobMatcher;
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
 * A session, a class or a test: its launches, and the records of all its processes. The lock over
 * all records guards its lists.
 */
public final class Scope {
  private enum State {
    OPEN,
    ENDING,
    ENDED
  }

  /**
   * A crash that is expected.
   *
   * @param scope of whose processes; an inner one's, if that was released
   */
  private record Expectation(Scope scope, ExpectedCrash crash) {}

  private static final int MOST_PAST = 1000;

  private final RecordLock lock;
  private final String name;
  private final @Nullable Scope parent;
  private final Policy policy;

  private final Set<ProcessRecord> records = new LinkedHashSet<>();
  private final List<LaunchRecord> launches = new ArrayList<>();
  private final List<Scope> openNested = new ArrayList<>();
  private final Deque<PastScope> past = new ArrayDeque<>();
  private final List<BindingRecord> bindings = new ArrayList<>();
  private final List<Runnable> undone = new ArrayList<>();

  private final List<Expectation> expectedCrashes = new ArrayList<>(0);
  // Weak: the records of a nested scope live as long as its handle, not as long as its parent.
  private final List<WeakReference<Scope>> endedNested = new ArrayList<>();
  public final Moment opened;

  /** The Java id of the thread that opened it. */
  public final long opener;

  private State state = State.OPEN;
  private boolean judged;
  private volatile @Nullable Instant endBegan;

  /** How many launches are under way; guarded by the lock, like the next one. */
  private int launching;

  private boolean launchingOver;

  private volatile long lastEventNanos;
  private volatile long lastDeathNanos;
  private volatile long lastLeakDeathNanos;

  private final FactSpan facts = new FactSpan();
  private final ReentrantLock endLock;
  private @Nullable ScopeEnd result;

  /** Guarded by the end lock, like the next one. */
  private @Nullable ScopeEnd endOfLaunches;

  private boolean handedOver;

  Scope(RecordLock lock, String name, @Nullable Scope parent, Policy policy, long opener) {
    this.lock = lock;
    this.endLock = lock.time.newLock();
    this.opener = opener;
    this.opened = Moment.now(lock.time);
    this.lastEventNanos = opened.nanos();
    this.lastDeathNanos = lastEventNanos - 1;
    this.lastLeakDeathNanos = lastDeathNanos;
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

  public @Nullable Scope parent() {
    return parent;
  }

  /** Returns which facts fall into its time. */
  public FactSpan facts() {
    return facts;
  }

  /** Returns this scope and the nested ones that are still referenced. */
  public List<Scope> withNested() {
    return lock.locked(() -> allScopes().toList());
  }

  private Stream<Scope> allScopes() {
    Stream<Scope> ended =
        endedNested.stream().flatMap(reference -> Stream.ofNullable(reference.get()));
    return Stream.concat(
        Stream.of(this), Stream.concat(openNested.stream(), ended).flatMap(Scope::allScopes));
  }

  /** Returns the session that this scope is in: survivors go there. */
  public Scope session() {
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
  public Scope open(String nestedName, Policy nestedPolicy, long byThread) {
    lock.lock();
    try {
      requireOpen("open a scope in");
      Scope nested = new Scope(lock, nestedName, this, nestedPolicy, byThread);
      openNested.add(nested);
      return nested;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Returns the nested scopes that are open, and were open when a process was born. Opening a scope
   * begins with a scan, so a birth in the same tick came later.
   */
  public List<Scope> openNested(Birth birth) {
    lock.requireHeld();
    List<Scope> open = new ArrayList<>();
    for (Scope nested : openNested) {
      if (birth.isAfter(nested.opened)) {
        open.add(nested);
      }
    }
    return open;
  }

  /**
   * Returns whether a process may belong to a nested scope that has ended since, and not to the one
   * that is open.
   */
  boolean mayBeOfAnEnded(Birth birth, Scope open, PidOrder order) {
    lock.requireHeld();
    return past.stream()
        .anyMatch(
            one -> one.mayHaveHad(birth, order) && one.ended().nanos() - open.opened.nanos() > 0);
  }

  /** Remembers an ended scope: a zombie whose parent did not collect it may be adopted later. */
  private void passed(PastScope nested) {
    past.addLast(nested);
    if (past.size() > MOST_PAST) {
      past.removeFirst();
    }
  }

  void requireOpen(String what) {
    lock.requireHeld();
    if (state != State.OPEN) {
      throw new ScopeEndedException(what, name);
    }
  }

  /** A launch begins, for which the end of this scope waits; throws if it is not open any more. */
  public void beginLaunch(String command) {
    requireOpen("launch `" + command + "` in");
    launching++;
  }

  /** A launch that has begun here has succeeded or failed. */
  public void endLaunch() {
    lock.requireHeld();
    launching--;
    lock.signalChange();
  }

  public boolean isLaunching() {
    lock.requireHeld();
    return launching > 0;
  }

  /** A launch that is still under way can't be recorded any more: it is refused when it goes on. */
  public void refuseLaunches() {
    lock.requireHeld();
    launchingOver = true;
  }

  public boolean refusesLaunches() {
    lock.requireHeld();
    return launchingOver;
  }

  /** Throws if a launch that began while the scope was open comes too late by now. */
  public void requireLaunching(String command) {
    if (refusesLaunches()) {
      throw new ScopeEndedException("launch `" + command + "` in", name);
    }
  }

  /** A process of this scope has changed. */
  void changed(long nanos) {
    lock.requireHeld();
    lastEventNanos = nanos;
  }

  public long lastEventNanos() {
    return lastEventNanos;
  }

  /**
   * Returns when the latest death here or in a nested scope was first seen; else before it opened.
   */
  public long lastDeathNanos() {
    return lastDeathNanos;
  }

  /** Returns the same of processes that would have been leaks. */
  public long lastLeakDeathNanos() {
    return lastLeakDeathNanos;
  }

  /** Returns whether a process belongs to this scope or to one nested in it. */
  public boolean covers(ProcessRecord process) {
    return isAround(process.scope());
  }

  /** Returns the same, also for a process that an outer scope has by now. */
  public boolean hasCovered(ProcessRecord process) {
    return covers(process) || isAround(process.membership().formerScope());
  }

  private boolean isAround(@Nullable Scope inner) {
    Scope scope = inner;
    while (scope != null && scope != this) {
      scope = scope.parent;
    }
    return scope != null;
  }

  /** Returns the next outer scope; a session, itself. */
  public Scope outer() {
    return parent == null || parent.parent == null ? this : parent;
  }

  /**
   * A process of this scope was seen dead.
   *
   * @param leak whether it would have been a leak
   */
  public void noteDeath(long nanos, boolean leak) {
    lock.requireHeld();
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

  /** A process of this scope or of any nested scope was seen dead. */
  public void noteDeathBelow(long nanos) {
    noteDeath(nanos, true);
    openNested.forEach(nested -> nested.noteDeathBelow(nanos));
  }

  /**
   * Returns the records of this scope and of nested scopes that are still referenced, by first
   * sight.
   */
  public List<ProcessRecord> records() {
    return lock.locked(() -> all().sorted(ProcessRecord.BY_FIRST_SIGHT).toList());
  }

  public boolean anyRecord(Predicate<ProcessRecord> wanted) {
    return lock.locked(() -> all().anyMatch(wanted));
  }

  void add(ProcessRecord process) {
    lock.requireHeld();
    records.add(process);
  }

  void remove(ProcessRecord process) {
    lock.requireHeld();
    records.remove(process);
  }

  public Set<ProcessRecord> recordsUnderLock() {
    lock.requireHeld();
    return records;
  }

  /** Returns the set itself, to be read later with the lock held. */
  public Set<ProcessRecord> sharedRecords() {
    return records;
  }

  public void add(LaunchRecord launch) {
    lock.requireHeld();
    launches.add(launch);
  }

  public void remove(LaunchRecord launch) {
    lock.requireHeld();
    launches.remove(launch);
  }

  public List<LaunchRecord> launchesUnderLock() {
    lock.requireHeld();
    return launches;
  }

  public List<Scope> openUnderLock() {
    lock.requireHeld();
    return openNested;
  }

  /** Returns the same records in no order and without a copy. */
  public Stream<ProcessRecord> all() {
    lock.requireHeld();
    return allScopes().flatMap(scope -> scope.records.stream());
  }

  /**
   * Returns whether a process matches a survivors glob of this scope, or of a scope that it may
   * belong to.
   */
  public boolean letsSurvive(ProcessRecord process) {
    AmbiguousScope doubt = process.doubt();
    Stream<String> others = doubt == null ? Stream.empty() : doubt.survivors().stream();
    return Stream.concat(policy.survivors().stream(), others)
        .anyMatch(glob -> new GlobMatcher(glob).matches(process.name(), process.commandLine()));
  }

  public boolean isLeak(ProcessRecord process) {
    Scope own = process.scope();
    return process.launch() == null || (own != null && own.policy.strict());
  }

  /** Returns the lock that lets one thread at a time end it; the others get its result. */
  public ReentrantLock endLock() {
    return endLock;
  }

  private void requireEnding() {
    assert endLock.isHeldByCurrentThread() : "another thread may end the scope " + name;
  }

  /** What was launched has ended before the scope does. */
  public void launchesEnded(ScopeEnd end) {
    requireEnding();
    endOfLaunches = end;
  }

  /** Returns what that end found; null if there was none. */
  public @Nullable ScopeEnd endOfLaunches() {
    requireEnding();
    return endOfLaunches;
  }

  /** An outer scope has got a process of this one. */
  public void handedOver() {
    requireEnding();
    handedOver = true;
  }

  public boolean hasHandedOver() {
    requireEnding();
    return handedOver;
  }

  /** Returns what its end found; null before the end. */
  public @Nullable ScopeEnd result() {
    return result;
  }

  public void beginEnd(Instant now) {
    lock.run(
        () -> {
          state = State.ENDING;
          endBegan = now;
        });
  }

  /**
   * It has ended.
   *
   * @param scanned when the last complete scan before that began
   * @param lastPid the latest pid given out by now; 0 or less if unknown
   */
  public void ended(ScopeEnd end, Moment scanned, int lastPid) {
    lock.run(
        () -> {
          state = State.ENDED;
          if (parent != null) {
            parent.openNested.remove(this);
            parent.passed(PastScope.endedNow(lock.time, opened, scanned, lastPid));
            parent.endedNested.removeIf(reference -> reference.get() == null);
            parent.endedNested.add(new WeakReference<>(this));
          }
        });
    result = end;
  }

  /**
   * Runs an action when this scope ends, before any other part of the end.
   *
   * @return cancels that; to be run if the caller has undone the matter itself
   */
  public Runnable atEnd(Runnable action) {
    return lock.locked(
        () -> {
          requireOpen("freeze a process for the time of");
          undone.add(action);
          return () -> lock.locked(() -> undone.remove(action));
        });
  }

  /** Expects or allows that processes that match a glob crash. */
  public void expectCrash(ExpectedCrash crash) {
    lock.run(
        () -> {
          requireOpen("expect a crash in");
          expectedCrashes.add(new Expectation(this, crash));
        });
  }

  public List<ExpectedCrash> expectedCrashes() {
    return lock.locked(() -> expectedCrashes.stream().map(Expectation::crash).toList());
  }

  /** Passes on what is expected of processes that the outer scope gets from this one. */
  public void releaseExpectedCrashes() {
    lock.run(
        () -> {
          if (outer() != this) {
            outer().expectedCrashes.addAll(expectedCrashes);
            expectedCrashes.clear();
          }
        });
  }

  /**
   * Returns whether this scope or one around it expects a crash that has come, or may have. Each
   * that does has no other to wait for. The lock is held.
   */
  public boolean expectsCrash(ProcessRecord process) {
    boolean expected = parent != null && parent.expectsCrash(process);
    for (Expectation one : expectedCrashes) {
      if (one.scope.hasCovered(process)
          && one.crash.glob().matches(process.name(), process.commandLine())) {
        one.crash.mayHaveCome();
        expected = true;
      }
    }
    return expected;
  }

  public void undo() {
    List<Runnable> actions = lock.locked(() -> List.copyOf(undone));
    for (int i = actions.size() - 1; i >= 0; i--) {
      actions.get(i).run();
    }
  }

  /** Returns when its end was requested; null while it is open. */
  public @Nullable Instant endBegan() {
    return endBegan;
  }

  /** Its leaks are settled: what is found later is not its leak. */
  public void judged() {
    lock.requireHeld();
    judged = state == State.ENDING; // not where only launches end
  }

  public boolean isJudged() {
    return judged;
  }

  /** Returns the launches of this scope, ended ones included. */
  public List<LaunchRecord> launches() {
    return lock.locked(() -> List.copyOf(launches));
  }

  /** Returns one that ends with this scope. */
  public BindingRecord newBinding(String what) {
    return lock.locked(
        () -> {
          requireOpen(what);
          BindingRecord binding = new BindingRecord(lock.time, this);
          bindings.add(binding);
          return binding;
        });
  }

  /** Ends the bindings: one that is never closed must not keep an ended scope in memory. */
  public void endBindings() {
    bindings.forEach(BindingRecord::endWithScope);
    bindings.clear();
  }
}
