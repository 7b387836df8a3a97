package io.github.subreaper.internal.engine.query;

import io.github.subreaper.internal.engine.attribution.StartFinder;
import io.github.subreaper.internal.engine.journal.Fact;
import io.github.subreaper.internal.engine.reap.CompleteScan;
import io.github.subreaper.internal.engine.records.LaunchRecord;
import io.github.subreaper.internal.engine.records.ProcessEnding;
import io.github.subreaper.internal.engine.records.ProcessRecord;
import io.github.subreaper.internal.engine.records.Registry;
import io.github.subreaper.internal.engine.records.Scope;
import io.github.subreaper.internal.engine.records.ScopeTree;
import io.github.subreaper.internal.engine.records.TreeNode;
import io.github.subreaper.internal.engine.scan.ProcessObserver;
import io.github.subreaper.internal.engine.scan.Snapshots;
import io.github.subreaper.internal.engine.spawn.Tags;
import io.github.subreaper.internal.engine.time.Moment;
import io.github.subreaper.internal.engine.values.Handover;
import io.github.subreaper.internal.engine.values.SignalSender;
import io.github.subreaper.internal.engine.values.TraceState;
import io.github.subreaper.internal.linux.Kernel;
import io.github.subreaper.internal.linux.Time;
import io.github.subreaper.internal.linux.calls.SignalNumber;
import io.github.subreaper.internal.linux.proc.Procfs;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Answers questions about scopes, launches and processes, from a scan that is made for each. */
public final class Queries {
  private final Kernel kernel;
  private final Time time;
  private final Registry registry;
  private final ScopeTree scopes;
  private final Tags tags;
  private final CompleteScan scan;
  private final ProcessObserver observer;
  private final Snapshots snapshots;
  private final LeakFinder leaks;
  private final StartFinder starts;
  private final int self = (int) ProcessHandle.current().pid();

  public Queries(
      Kernel kernel,
      Time time,
      Registry registry,
      ScopeTree scopes,
      Tags tags,
      CompleteScan scan,
      ProcessObserver observer,
      Snapshots snapshots,
      LeakFinder leaks,
      StartFinder starts) {
    this.kernel = kernel;
    this.time = time;
    this.registry = registry;
    this.scopes = scopes;
    this.tags = tags;
    this.scan = scan;
    this.observer = observer;
    this.snapshots = snapshots;
    this.leaks = leaks;
    this.starts = starts;
  }

  /** Returns the present time, to be compared with the start, adoption and end of processes. */
  public Instant now() {
    return registry.now();
  }

  /** Returns the time of a fact, on the same clock. */
  public Instant at(long nanos) {
    return registry.at(registry.facts.bootNanos(nanos));
  }

  /**
   * Returns the number from which on no fact is about a scope or its processes.
   *
   * @param late the first fact after the end; {@code Long.MAX_VALUE} while the scope is open
   * @param covers whether a process is meant
   * @return {@code Long.MAX_VALUE} as long as the scope is open or such a process has not ended
   */
  public long silence(LongSupplier late, Predicate<ProcessRecord> covers) {
    return registry.lock.locked(
        () -> {
          boolean over =
              late.getAsLong() != Long.MAX_VALUE
                  && registry.live().stream()
                      .noneMatch(process -> !process.exitSeen() && covers.test(process));
          return over ? registry.facts.log().count() : Long.MAX_VALUE;
        });
  }

  /** Reaps and records what has ended by now, as far as it is this JVM's to reap. */
  public void reapNow() {
    scan.reapNow();
  }

  /** Scans all there is, so that the next answer is true of now. */
  public void scan() {
    scan.all();
  }

  /** Scans all there is, and moves each process to the scope that the evidence shows by now. */
  public void scanAndAttribute() {
    scan.attributed();
  }

  /** Scans and attributes, and records each child of this JVM that no scan saw. */
  public void scanAndRecord() {
    scan.recorded();
  }

  /** Brings one record up to date. */
  public void observe(ProcessRecord process) {
    observer.refresh(process);
  }

  /** Brings one record up to date, and reads its command line, executable and directory again. */
  public void observeAll(ProcessRecord process) {
    observer.refreshAll(process);
  }

  /** Finds out where in the code a process was started, if that can be known. */
  public void explain(ProcessRecord process) {
    starts.explain(List.of(process));
  }

  /** Returns where a process was started, in words; null if no line is known. */
  public @Nullable String origin(ProcessRecord process) {
    return StartFinder.text(process);
  }

  /** Returns why it is not known where a process was started. */
  public String whyUnexplained(ProcessRecord process) {
    return starts.whyUnknown(process);
  }

  /**
   * Returns whether each process shows its tag to all; otherwise launches have it in the
   * environment.
   */
  public boolean isTagInLimit() {
    return tags.inLimit();
  }

  /** Returns all records, in scopes that are open or still referenced. */
  public List<ProcessRecord> records() {
    return scopes.root().records();
  }

  /** Returns what this JVM has adopted and what is not proven to be ours. */
  public List<ProcessRecord> foreign() {
    return registry.lock.locked(registry::foreign);
  }

  /** Returns the living processes of a scope and of those nested in it, as trees. */
  public List<TreeNode> snapshot(Scope scope) {
    return snapshot(scan::attributed, scope::covers, () -> scope.lastDeathNanos());
  }

  /** Returns the living processes of a launch, as trees. */
  public List<TreeNode> snapshot(LaunchRecord launch) {
    return snapshot(scan::all, launch::covers, () -> launch.lastDeathNanos());
  }

  /**
   * Takes a snapshot; again, while a process died that may have re-parented a child which no list
   * showed.
   */
  private List<TreeNode> snapshot(
      Runnable scanning, Predicate<ProcessRecord> selection, LongSupplier lastDeathNanos) {
    long deadline = time.nanos() + CompleteScan.LONGEST_REFRESH_NANOS;
    List<TreeNode> nodes;
    long scanned;
    do {
      long now = time.nanos();
      scanning.run();
      scanned = scan.lastStartNanos();
      nodes = snapshots.snapshot(selection, now, false);
    } while (lastDeathNanos.getAsLong() - scanned >= 0
        && !registry.isClosed()
        && time.nanos() - deadline < 0);
    return nodes;
  }

  /** Returns the name of its scope, or of that which has left it alive; null for none. */
  public @Nullable String scopeName(ProcessRecord process) {
    return Handovers.scopeName(process);
  }

  /** Returns whether it is a leak that lives until its session ends. */
  public boolean isLeft(ProcessRecord process) {
    return process.isAlive()
        && process.unkillable() == null
        && process.membership().handover() == Handover.JUDGED;
  }

  /** Returns what is alive in a session, without a launch, and was judged by no scope. */
  public List<ProcessRecord> unjudged(Scope session) {
    scan.attributed();
    return session.records().stream()
        .filter(process -> process.isAlive() && process.launch() == null)
        .filter(process -> process.scope() == session && Handovers.isUnjudged(process))
        .toList();
  }

  /**
   * Returns what would be the leaks of a scope now. Where none is alive any more, those that were
   * alive after the question count: they may have forked the next.
   */
  public List<ProcessRecord> leaks(Scope scope) {
    scan.attributed();
    Moment began = Moment.now(time);
    List<ProcessRecord> found = new ArrayList<>();
    scan.anyAlive(
        () -> {
          found.clear();
          found.addAll(leaks.of(scope, began));
          return !found.isEmpty();
        },
        () -> scope.lastLeakDeathNanos());
    List<ProcessRecord> alive = found.stream().filter(ProcessRecord::isAlive).toList();
    return alive.isEmpty() ? found : alive;
  }

  /**
   * Returns whether any process of a launch is alive, or was since this call: it may have forked.
   */
  public boolean anyAlive(LaunchRecord launch) {
    Moment began = Moment.now(time);
    return scan.anyAlive(
        () -> launch.recordsUnderLock().stream().anyMatch(process -> process.livedAfter(began)),
        () -> launch.lastDeathNanos());
  }

  /** Returns whether any process of a scope is alive, or was since this call. */
  public boolean anyAlive(Scope scope) {
    Moment began = Moment.now(time);
    return scan.anyAlive(
        () -> scope.anyRecord(process -> process.livedAfter(began)), () -> scope.lastDeathNanos());
  }

  /**
   * Returns whether a pid is, or was, a process of a launch, by its record or by the tag that it
   * shows.
   */
  public boolean isOf(LaunchRecord launch, int pid) {
    if (pid <= 0 || pid == self) {
      return false;
    }
    if (tags.inLimit() && tags.isOf(launch.number, tags.read(pid))) {
      return true;
    }
    scan.refresh(() -> launch.lastDeathNanos());
    return registry.lock.locked(
        () -> {
          ProcessRecord living = registry.find(pid);
          return living != null
              ? living.launch() == launch
              : launch.recordsUnderLock().stream().anyMatch(process -> process.pid() == pid);
        });
  }

  /** Returns the living process of a launch that has this pid; null if there is none. */
  public @Nullable ProcessRecord find(LaunchRecord launch, int pid) {
    scan.refresh(() -> launch.lastDeathNanos());
    ProcessRecord process = registry.lock.locked(() -> registry.find(pid));
    return process != null && process.launch() == launch && process.isAlive() ? process : null;
  }

  /**
   * Returns whether no process is left that could start another in place of one that has ended: a
   * replacement is of the same launch.
   */
  public boolean hasNoSuccessor(ProcessRecord process, Scope scope) {
    ProcessRecord parent = registry.parentOf(process);
    boolean parentGone = !process.isOwnChild() && (parent == null || !parent.isAlive());
    return !process.isAlive() && (parentGone || areGone(process.launch(), scope));
  }

  private boolean areGone(@Nullable LaunchRecord launch, Scope scope) {
    List<ProcessRecord> records = launch == null ? scope.records() : launch.records();
    return records.stream().noneMatch(ProcessRecord::isAlive)
        && !(launch == null ? anyAlive(scope) : anyAlive(launch));
  }

  /** Returns whether a process looked like its parent when it was last observed. */
  public boolean isCopyOfItsParent(ProcessRecord process) {
    ProcessRecord parent = registry.parentOf(process);
    return parent != null && Respawns.isCopy(process, parent);
  }

  /** Returns whether a process seems to be on its way from its fork to its exec. */
  public boolean isBeforeItsExec(ProcessRecord process) {
    observeAll(process);
    return process.isAlive()
        && isCopyOfItsParent(process)
        && !Search.isSettled(kernel, time, process);
  }

  /**
   * Returns the living process that took the place of one: same name, same parent, born after its
   * end; null if there is none.
   */
  public @Nullable ProcessRecord successor(ProcessRecord process, Scope scope) {
    scan.attributed();
    if (process.isAlive()) {
      return null;
    }
    return Respawns.of(process, scope.records()).stream()
        .filter(ProcessRecord::isAlive)
        .findFirst()
        .orElse(null);
  }

  /** Returns all that took the place of a process so far, one after the other; by first sight. */
  public List<ProcessRecord> respawns(ProcessRecord process, Scope scope) {
    scan.attributed();
    return Respawns.of(process, scope.records());
  }

  /** Returns all of a launch that took the place of one of it that had ended; by first sight. */
  public List<ProcessRecord> respawns(LaunchRecord launch) {
    scan.all();
    return Respawns.in(launch.records());
  }

  /** Returns a process and all below it that is alive, each before its children. */
  public List<ProcessRecord> tree(ProcessRecord top) {
    scan.all();
    return registry.lock.locked(
        () -> {
          Map<Integer, List<ProcessRecord>> children = new HashMap<>();
          for (ProcessRecord process : registry.live()) {
            if (process.isAlive() && !process.isForeign()) {
              children.computeIfAbsent(process.parentPid(), pid -> new ArrayList<>()).add(process);
            }
          }
          List<ProcessRecord> tree = new ArrayList<>();
          if (top.isAlive()) {
            tree.add(top);
          }
          for (int i = 0; i < tree.size(); i++) {
            tree.addAll(children.getOrDefault(tree.get(i).pid(), List.of()));
          }
          return tree;
        });
  }

  /** Returns whether the kernel has reported all events of these processes. */
  public boolean isExact(List<ProcessRecord> processes) {
    return processes.stream()
        .allMatch(
            one -> {
              LaunchRecord launch = one.launch();
              TraceState trace = launch == null ? null : launch.trace();
              return trace != null && trace.failure() == null && missing(one) == null;
            });
  }

  /** Returns what the trace of a process misses, behind its name; null if nothing. */
  public @Nullable String missing(ProcessRecord process) {
    if (!process.isTraced()) {
      return "is not traced, as if it were cloned with CLONE_UNTRACED";
    }
    return process.statusUnknown() != null
        ? "has ended, and it is not known how"
        : process.membership().missing();
  }

  /** Returns why the trace of a launch has failed; null if it has not, or if there is none. */
  public @Nullable Throwable traceFailure(LaunchRecord launch) {
    TraceState trace = launch.trace();
    return trace == null ? null : trace.failure();
  }

  /** Returns whether the kernel has killed a process, since the thread that traced it failed. */
  public boolean isEndedWithTrace(ProcessRecord process) {
    LaunchRecord launch = process.launch();
    TraceState trace = launch == null ? null : launch.trace();
    ProcessEnding ending = process.ending();
    return trace != null
        && process.isTraced()
        && process.exitSeen()
        && ending.waitStatus() == SignalNumber.SIGKILL
        && !ending.isKillSent()
        && trace.hasFailedBy(ending.diedNanos());
  }

  /**
   * Returns whether processes of a scope may have come and gone unseen: more were born than could
   * be read, and no trace has reported them.
   */
  public boolean mayMissProcesses(Scope scope) {
    return registry.hasMissedBirthsSince(scope.opened.nanos()) && !isExact(scope.records());
  }

  /**
   * Returns when a process that has ended was last seen alive; null if its death is known better.
   */
  public @Nullable Instant lastAlive(ProcessRecord process) {
    long span = process.exitSeen() ? process.ending().deathSpanNanos() : 0;
    return span == 0 ? null : registry.at(process.ending().deathBootNanos() - span);
  }

  /** Returns what sent the signal that ended a process; null if unknown, or if none did. */
  public @Nullable SignalSender endedBy(ProcessRecord process) {
    SignalSender sender = process.exitSeen() ? process.ending().endedBy(process.isTraced()) : null;
    return SignalSender.JVM.equals(sender) ? jvm() : sender;
  }

  public SignalSender jvm() {
    return SignalSender.jvm(kernel.procfs.statusNumber(Procfs.SELF, "Uid"));
  }

  /** Returns whether a process has raised this signal in itself by a fault that it survived. */
  public boolean isFault(ProcessRecord process, Fact fact) {
    return fact.kind() == Fact.Kind.SIGNALED
        && SignalSender.isFault(fact.words())
        && !process.ending().isEndedBy(fact.number(), process.isTraced());
  }
}
