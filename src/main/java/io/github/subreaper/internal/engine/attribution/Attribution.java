package io.github.subreaper.internal.engine.attribution;

import io.github.subreaper.internal.engine.jvm.Threads;
import io.github.subreaper.internal.engine.origin.Origin;
import io.github.subreaper.internal.engine.origin.ThreadBindings;
import io.github.subreaper.internal.engine.records.BindingRecord;
import io.github.subreaper.internal.engine.records.LaunchRecord;
import io.github.subreaper.internal.engine.records.ProcessRecord;
import io.github.subreaper.internal.engine.records.Registry;
import io.github.subreaper.internal.engine.records.Scope;
import io.github.subreaper.internal.engine.records.ScopeTree;
import io.github.subreaper.internal.engine.records.Start;
import io.github.subreaper.internal.engine.spawn.Tags;
import io.github.subreaper.internal.engine.time.Birth;
import io.github.subreaper.internal.engine.time.Ticks;
import io.github.subreaper.internal.engine.values.JvmChild;
import io.github.subreaper.internal.linux.Kernel;
import io.github.subreaper.internal.linux.Time;
import io.github.subreaper.internal.linux.proc.ProcessStat;
import io.github.subreaper.internal.linux.proc.Procfs;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds the launch and scope of a process. The lock is held, unless a method says otherwise.
 *
 * <p>The evidence, in this order: the launch's tag that it carries; the process it was seen below;
 * the session or process group that it shares with a known process; the thread in whose list of
 * children it is. What code under test started by itself goes to the innermost of the open scopes,
 * as long as these form one chain. Where they do not, it goes to the innermost scope that they
 * share, in doubt, until a caller needs to know. Then the flight recorder may have thread and stack
 * of its start.
 */
public final class Attribution {
  /** Each death makes the reaper read the adopting thread's list, within milliseconds. */
  private static final long ADOPTED_NANOS = 2_000_000_000;

  private final Kernel kernel;
  private final Time time;
  private final Registry registry;
  private final ScopeTree scopes;
  private final Tags tags;
  private final PreexistingProcesses preexisting;
  private final Threads threads;
  private final Origin origin;
  private final Ancestry ancestry;
  private final int self = (int) ProcessHandle.current().pid();
  private final SessionMembers members;
  private final DoubtedProcesses doubted;

  public Attribution(
      Kernel kernel,
      Time time,
      Registry registry,
      ScopeTree scopes,
      Tags tags,
      PreexistingProcesses preexisting,
      Threads threads,
      Origin origin,
      Ancestry ancestry,
      DoubtedProcesses doubted) {
    this.kernel = kernel;
    this.time = time;
    this.registry = registry;
    this.scopes = scopes;
    this.tags = tags;
    this.preexisting = preexisting;
    this.threads = threads;
    this.origin = origin;
    this.ancestry = ancestry;
    this.doubted = doubted;
    this.members = new SessionMembers(kernel, time, registry);
  }

  /**
   * Fills in launch and scope.
   *
   * @param tag that it carries
   * @param parent the record of its parent; null if that is this JVM, or unknown
   * @param tid of the thread in whose list of children it is; 0 if unknown
   * @return false if it is foreign: nothing proves that this JVM, or what it started, forked it
   */
  public boolean attribute(
      ProcessRecord process, ProcessStat stat, long tag, @Nullable ProcessRecord parent, int tid) {
    boolean covered = tags.covers(tag);
    if (!covered && preexisting.has(stat)) {
      process.membership().elder();
      return false;
    }
    if (!covered && parent != null && (parent.isForeign() || isAnothers(stat, parent))) {
      return false;
    }
    int number = covered ? tags.launchOf(tag) : 0;
    LaunchRecord launch = registry.launch(number);
    if (launch != null) {
      Scope its = parent != null && parent.launch() == launch ? parent.scope() : launch.scope();
      process.membership().belongsTo(its, launch);
      if (!tags.inLimit()) {
        process.membership().tagUnsure();
      }
      return true;
    }
    JvmChild child = covered ? origin.child(tag) : null;
    if (child == null && covered && stat.parent() == self) {
      child = origin.tag(stat.pid()); // what it forks from now on is known by that
    }
    ProcessRecord above = null;
    if (child != null && isBelowAChild(stat, tag)) {
      process.membership().carriesTagOf(child);
      process.membership().forkedByAnother();
      above = recordOf(child);
    } else if (child != null && child.is(stat)) {
      process.membership().carriesTagOf(child);
    }
    Start start = origin.logged(process);
    boolean below =
        parent != null && parent.scope() != null && !(covered && isAnothers(stat, parent));
    ProcessRecord kin = below ? parent : above;
    if (kin == null) {
      kin = members.of(process, stat, covered);
    }
    if (kin != null && kin != parent && covered && kin.launch() != null) {
      kin = null; // what a launch has started carries its tag
    }
    boolean childOfAThread =
        tid != 0 && tid != threads.adopter() && (covered || !isAdopted(stat.pid()));
    boolean gone = tag == Tags.UNREADABLE && childOfAThread; // collected while the scan reads it
    if (!covered && tags.inLimit() && !gone) {
      process.membership().tagless();
    }
    if (!covered || !tags.inLimit()) {
      process.membership().tagUnsure();
    }
    if (kin != null) {
      boolean inherits = kin == parent || process.isTagless();
      process.membership().belongsTo(kin.scope(), inherits ? kin.launch() : null);
      process.membership().relatedTo(kin);
      doubted.addKin(process, kin);
    } else {
      int forker = childOfAThread ? tid : 0;
      LaunchRecord only = covered ? null : launchOfLeader(stat);
      if (only == null && !covered && !preexisting.leaveNoOtherOriginOf(stat, forker)) {
        return false;
      }
      if (only == null && process.isTagless() && forker == 0) {
        // Where the environment carries the tag, what this JVM has started carries none either.
        only = onlyLaunch(process);
      }
      if (only != null) {
        process.membership().belongsTo(only.scope(), only);
      } else if (start == null || !putByStart(process, start)) {
        putByBirth(process, tid);
      }
      if (!process.isTagless()) {
        ancestry.add(process);
      }
    }
    if (start != null && process.launch() == null) {
      process.membership().startedBy(start);
    }
    members.add(process, stat);
    return true;
  }

  /**
   * Returns whether a process carries the tag of a child of this JVM, and has another pid: then it
   * was forked below that child. With the same pid it may be a later child of this JVM, which got
   * the tag when the pid was reused.
   */
  public boolean isBelowAChild(ProcessStat one, long tag) {
    JvmChild child = origin.child(tag);
    return child != null && child.pid != one.pid();
  }

  private @Nullable ProcessRecord recordOf(JvmChild child) {
    ProcessRecord found = registry.find(child.pid);
    return found != null && found.startTicks() == child.startTicks && found.scope() != null
        ? found
        : null;
  }

  /**
   * Puts a process into the scope that its start names.
   *
   * @return false if the start names none, or the scope has been judged. Where the open scopes form
   *     one chain, only a thread names a scope, and not if it has opened an inner one since
   */
  private boolean putByStart(ProcessRecord process, Start start) {
    BindingRecord named = origin.scopeOf(start);
    Scope scope = named == null ? null : named.scope();
    if (scope == null || scope.isJudged()) {
      return false;
    }
    Birth birth = birth(process);
    Scope innermost = scopes.ambientScope(birth);
    boolean chain = innermost.openNested(birth).isEmpty();
    if (chain && (named == start.named() || hasOpenedWithin(start.thread(), scope, innermost))) {
      return false;
    }
    process.membership().belongsTo(scope, null);
    return true;
  }

  /** Returns whether a pid from another thread's list is that of an adopted process by now. */
  private boolean isAdopted(int pid) {
    int[] adopted = kernel.procfs.children(Procfs.SELF, threads.adopter());
    return adopted != null && Arrays.stream(adopted).anyMatch(one -> one == pid);
  }

  /**
   * Returns whether the child may be that of another process, which has the pid of its supposed
   * parent by now. If that has only ended, this JVM has the child, or the list in which it is now
   * shows it again.
   */
  private boolean isAnothers(ProcessStat child, ProcessRecord parent) {
    ProcessStat its = kernel.procfs.stat(parent.pid());
    if (its != null && parent.is(its)) {
      return false;
    }
    ProcessStat now = kernel.procfs.stat(child.pid());
    return now == null || now.parent() != self;
  }

  /**
   * Returns the launch whose tag the leader of a process's session or group carries, which no scan
   * may have seen yet. Its pid is its own as long as the number is in use.
   */
  private @Nullable LaunchRecord launchOfLeader(ProcessStat stat) {
    LaunchRecord launch = null;
    if (stat.session() != registry.own.id() && stat.session() != stat.pid()) {
      launch = registry.launch(launchTagged(stat.session()));
    }
    if (launch == null
        && stat.processGroup() != registry.own.group()
        && stat.processGroup() != stat.pid()) {
      launch = registry.launch(launchTagged(stat.processGroup()));
    }
    return launch;
  }

  /** Returns the number of the launch whose tag a process carries; 0 for none. */
  private int launchTagged(int pid) {
    long tag = pid > 0 ? tags.read(pid) : 0;
    return tags.covers(tag) ? tags.launchOf(tag) : 0;
  }

  /**
   * Returns the launch of a process that does not show its tag, if only one launch is possible. The
   * process has just been adopted, so its former parent has just ended; and that parent was of a
   * launch that lives, or lived until just now.
   */
  private @Nullable LaunchRecord onlyLaunch(ProcessRecord process) {
    long since = time.nanos() - ADOPTED_NANOS;
    List<LaunchRecord> possible =
        registry.launches().stream().filter(launch -> launch.livedSince(since)).toList();
    boolean only =
        possible.size() == 1
            && process.parentPid() == self
            && !registry.hasAmbientSince(since)
            && kernel.jdk.watched().isEmpty(); // a child of the JDK may be in no scan yet
    return only ? possible.get(0) : null;
  }

  /**
   * Chooses the scope by the time of its birth, and by the scope to which its thread was bound
   * then: by the time of a scan the thread may work for another scope. A thread that was bound
   * before the innermost scope was opened, and has not opened that one itself, still works for the
   * outer scope.
   */
  private void putByBirth(ProcessRecord process, int tid) {
    Birth birth = birth(process);
    Scope shared = scopes.ambientScope(birth);
    if (tid == 0 || tid == threads.adopter()) {
      shared = doubted.sharedScope(shared, process.startTicks());
    }
    ThreadBindings.Bound bound =
        tid == 0
            ? null
            : origin.boundTo(
                tid,
                Ticks.nanos(time, process.startTicks()),
                Ticks.endNanos(time, process.startTicks()));
    boolean chain = shared.openNested(birth).isEmpty();
    if (bound == null
        || bound.scope().isJudged()
        || (chain && hasOpenedWithin(bound.thread(), bound.scope(), shared))) {
      process.membership().belongsTo(shared, null);
      if (!chain) {
        doubted.add(process, shared, birth);
      }
    } else {
      process.membership().belongsTo(bound.scope(), null);
    }
  }

  /**
   * Returns whether a thread, by its Java id, has opened one of the scopes from the innermost up to
   * an outer one.
   */
  private static boolean hasOpenedWithin(long thread, Scope outer, Scope innermost) {
    for (Scope one = innermost; one != null && one != outer; one = one.parent()) {
      if (one.opener == thread) {
        return true;
      }
    }
    return false;
  }

  /**
   * Notes an adoption: this process may lead to later orphans, whether or not its own ancestors are
   * known.
   */
  public void adopted(ProcessRecord process) {
    if (process.launch() == null && !process.isForeign() && !process.isTagless()) {
      ancestry.add(process);
    }
  }

  /** Returns the scope of an orphan about which nothing else is known. */
  Scope ambientScopeOf(ProcessRecord process, ProcessStat stat) {
    ProcessRecord kin = members.of(process, stat, true);
    Scope scope = kin == null ? null : kin.scope();
    return scope == null
        ? doubted.sharedScope(scopes.ambientScope(birth(process)), process.startTicks())
        : scope;
  }

  /**
   * Returns whether it was certainly adopted: a direct child keeps the JVM's session or leads its
   * own.
   */
  public boolean provesDescent(ProcessStat stat) {
    return stat.parent() != 0
        && stat.session() > 0
        && stat.session() != registry.own.id()
        && stat.session() != stat.pid();
  }

  private static Birth birth(ProcessRecord process) {
    return Birth.ofRecord(process.pid(), process.startTicks(), process.isAlive());
  }

  /**
   * Notes the death of an orphan that has no record yet and can't be collected yet. It counts for
   * the scope where the record will be; or for all scopes and launches, where no tag says which. A
   * process that it has orphaned may be in no scan yet.
   *
   * @param tag that its zombie shows
   */
  public void unknownOrphanDied(ProcessStat stat, long tag) {
    ProcessRecord orphan = registry.create(stat); // it counts, so the next scan is not skipped
    long now = time.nanos();
    registry.noteDeath(now);
    if (tags.inLimit() && tags.covers(tag)) {
      ambientScopeOf(orphan, stat).noteDeath(now, true);
    } else {
      scopes.root().noteDeathBelow(now);
      registry.launches().forEach(launch -> launch.noteDeath(now));
    }
  }

  /** Notes which process has the pid of one that has ended. */
  public void reused(ProcessStat successor) {
    members.reused(successor);
  }

  public void forget(Scope scope) {
    members.forget(scope);
    doubted.forget(scope);
    ancestry.forget(scope);
  }
}
