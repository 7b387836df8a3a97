package io.github.subreaper.internal.engine.records;

import io.github.subreaper.internal.engine.guardian.Guardian;
import io.github.subreaper.internal.engine.lock.RecordLock;
import io.github.subreaper.internal.engine.time.Moment;
import io.github.subreaper.internal.engine.time.WallClock;
import io.github.subreaper.internal.engine.values.CallSite;
import io.github.subreaper.internal.linux.calls.Errno;
import io.github.subreaper.internal.linux.proc.Pidfd;
import io.github.subreaper.internal.linux.proc.ProcessStat;
import java.lang.ref.WeakReference;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * The record of one process. Pid and start time are its identity; the rest is what was {@link
 * Observed} of it, its {@link Membership}, and its {@link ProcessEnding}.
 *
 * <p>Each change is a method that is named after the fact, and asserts that the lock over all
 * records is held. The volatile fields are read without the lock.
 */
public final class ProcessRecord {
  /** How a process came to its end. */
  public enum End {
    BY_ITSELF,
    STOP_SIGNAL,
    KILL
  }

  public static final Comparator<ProcessRecord> BY_FIRST_SIGHT =
      Comparator.comparingLong(process -> process.sequence);

  public static final int UNKNOWN = Observed.UNKNOWN;
  private static final int SELF = (int) ProcessHandle.current().pid();

  private final RecordLock lock;
  private final int pid;
  private final long startTicks;
  private final long sequence;
  private final long firstSeenNanos;
  private final WallClock clock;

  /** It may end without a zombie. */
  private final boolean mayVanish;

  /** {@code /proc} hid it at first: that time stands for its start, and its pidfd identifies it. */
  private final boolean hidden;

  private final Observed observed;
  private final Membership membership;
  private final ProcessEnding ending;

  /** For facts about it, which keep no record in memory. */
  private final WeakReference<ProcessRecord> reference = new WeakReference<>(this);

  private volatile @Nullable End end;
  private volatile ScopeEnd.@Nullable SurvivorRecord unkillable;

  private @Nullable Pidfd pidfd;
  private @Nullable String unwatched;

  ProcessRecord(
      RecordLock lock, ProcessStat stat, long sequence, WallClock clock, boolean mayVanish) {
    this.mayVanish = mayVanish;
    this.lock = lock;
    this.firstSeenNanos = lock.time.nanos();
    this.pid = stat.pid();
    this.hidden = stat.isHidden();
    this.startTicks = hidden ? lock.time.bootTicks() : stat.startTicks();
    this.sequence = sequence;
    this.clock = clock;
    this.observed = new Observed(lock, stat);
    this.membership = new Membership(lock);
    this.ending = new ProcessEnding(lock);
  }

  public Observed observed() {
    return observed;
  }

  public Membership membership() {
    return membership;
  }

  public ProcessEnding ending() {
    return ending;
  }

  /** Its end is recorded; see {@link ProcessEnding#ended}. */
  public void ended(int status, @Nullable String unknown, End how, long nanos) {
    lock.requireHeld();
    end = how;
    ending.ended(status, unknown, nanos);
  }

  /** It survived all that was tried. Only a thread that terminates it says so, without the lock. */
  public void unkillable(ScopeEnd.SurvivorRecord survivor) {
    unkillable = survivor;
  }

  public ScopeEnd.@Nullable SurvivorRecord unkillable() {
    return unkillable;
  }

  void watched(Pidfd descriptor) {
    lock.requireHeld();
    pidfd = descriptor;
    unwatched = null;
  }

  /** It has no descriptor, for a reason; for null it needs none. */
  public void unwatched(@Nullable String reason) {
    lock.requireHeld();
    unwatched = reason;
  }

  void closePidfd() {
    lock.requireHeld();
    if (pidfd != null) {
      pidfd.close();
      pidfd = null;
    }
  }

  public boolean is(ProcessStat stat) {
    if (hidden || stat.isHidden()) {
      Pidfd known = pidfd; // null: only the reaper can collect it, or it could not be opened
      boolean same = known == null ? staysItself(stat) : known.send(0) != Errno.ESRCH;
      return stat.pid() == pid && same;
    }
    return stat.pid() == pid && stat.startTicks() == startTicks;
  }

  /** Only this JVM can collect its child, and a trace reports each end: the pid is not reused. */
  private boolean staysItself(ProcessStat stat) {
    return hidden || isTraced() || stat.parent() == SELF;
  }

  public int pid() {
    return pid;
  }

  public long startTicks() {
    return startTicks;
  }

  public Instant startTime() {
    return clock.atTicks(startTicks);
  }

  /** Returns its place in the order of first sights, which no other record has. */
  public long sequence() {
    return sequence;
  }

  public WeakReference<ProcessRecord> reference() {
    return reference;
  }

  public long firstSeenNanos() {
    return firstSeenNanos;
  }

  public boolean isHidden() {
    return hidden;
  }

  /** Returns whether {@code /proc} hides it, or did at first: a start time proves nothing then. */
  public boolean isOrWasHidden() {
    return hidden || observed.isHidden();
  }

  public String name() {
    return observed.name();
  }

  public List<String> commandLine() {
    return observed.commandLine();
  }

  public @Nullable String executable() {
    return observed.executable();
  }

  public @Nullable String workingDirectory() {
    return observed.workingDirectory();
  }

  public OptionalInt uid() {
    return optional(observed.uid());
  }

  public OptionalInt session() {
    return optional(observed.session());
  }

  public OptionalInt processGroup() {
    return optional(observed.processGroup());
  }

  private static OptionalInt optional(int value) {
    return value == UNKNOWN ? OptionalInt.empty() : OptionalInt.of(value);
  }

  public int parentPid() {
    return observed.parentPid();
  }

  public boolean isOwnChild() {
    return parentPid() == SELF;
  }

  /** Returns the first process that it was seen below; null if there is none. */
  public @Nullable ProcessRecord parent() {
    return membership.parent();
  }

  public boolean isOrphan() {
    return membership.isAdopted();
  }

  public @Nullable Instant adoptedAt() {
    return membership.isAdopted() ? clock.at(membership.adoptedNanos()) : null;
  }

  public @Nullable Scope scope() {
    return membership.scope();
  }

  public @Nullable LaunchRecord launch() {
    return membership.launch();
  }

  /** Returns its doubt, or that of the process whose scope it got; null if there is none. */
  public @Nullable AmbiguousScope doubt() {
    ProcessRecord one = this;
    while (one != null && one.membership.doubt() == null) {
      one = one.membership.kin();
    }
    return one != null && one.scope() == scope() ? one.membership.doubt() : null;
  }

  /** Returns where in the code it or its ancestor was started; null if unknown. */
  public @Nullable CallSite site() {
    LaunchRecord its = launch();
    if (its != null) {
      return its.site();
    }
    Start known = membership.bestStart();
    return known == null ? null : known.site();
  }

  /** Returns where it may have been started, if it is not certain where. */
  public List<CallSite> possibleSites() {
    return launch() == null ? membership.possibleSites() : List.of();
  }

  /** Returns the name of the thread that started it; null if unknown. */
  public @Nullable String startingThread() {
    Start known = membership.bestStart();
    return known == null ? null : known.threadName();
  }

  public boolean isLaunched() {
    return membership.isLaunched();
  }

  public boolean isTagless() {
    return membership.isTagless();
  }

  public boolean isTraced() {
    return membership.isTraced();
  }

  public boolean isForeign() {
    return membership.isForeign();
  }

  /** Returns whether a launch is its proven origin: without a tag the launch may be a guess. */
  public boolean isOfALaunch() {
    return launch() != null && !isTagless();
  }

  /** Returns whether the guardian can't find it by its tag. */
  boolean isToBeReported() {
    return membership.isTagUnsure() || observed.isHidden();
  }

  /** Returns how the guardian can recognize it. */
  long mark() {
    return observed.isHidden() ? Guardian.HIDDEN : startTicks;
  }

  /**
   * Returns whether its pid can't be reused while the lock is held: only the reaper, which needs
   * the lock, can collect it.
   */
  public boolean isPinned() {
    return isLaunched()
        || (isOwnChild()
            && (isOfALaunch() || membership.wasSeenBelowOther())
            && (!mayVanish || observed.isZombie()));
  }

  /**
   * Returns whether its zombie was read when this JVM had adopted it: it shows nothing new, and
   * only the reaper can collect it.
   */
  public boolean isReadZombie() {
    return isPlainZombie() && isOrphan() && isPinned();
  }

  /** Returns whether its zombie was read below its parent, and this JVM can only adopt it. */
  public boolean isZombieBelowOther() {
    return isPlainZombie()
        && !isOwnChild()
        && !isOrphan()
        && !isLaunched()
        && (isOfALaunch() || membership.wasSeenBelowOther());
  }

  private boolean isPlainZombie() {
    return observed.isZombie() && !isTraced() && !isOrWasHidden();
  }

  public @Nullable Pidfd pidfd() {
    return pidfd;
  }

  /** Returns why it has no descriptor though another process collects it; null if it has one. */
  public @Nullable String unwatched() {
    return unwatched;
  }

  /** Returns whether it was alive at the last observation. */
  public boolean isAlive() {
    return !exitSeen() && !observed.isZombie();
  }

  /**
   * Returns whether it is alive, or was after a moment: it was observed alive, or was born, after
   * that. The lock is held.
   */
  public boolean livedAfter(Moment moment) {
    return isAlive() || observed.wasAliveAfter(moment.nanos()) || startTicks > moment.ticks();
  }

  /** Returns whether its zombie is held: its end is recorded, and its pid stays pinned. */
  public boolean isHeld() {
    return ending.isHeld();
  }

  public @Nullable Instant endedAt() {
    return ending.isEnded() ? clock.at(ending.deathBootNanos()) : null;
  }

  /** Returns whether its end is recorded, with the status or the reason why that is unknown. */
  public boolean exitSeen() {
    return ending.isEnded();
  }

  /** As wait(2) encodes it; empty while it lives, and where {@link #statusUnknown} says why. */
  public OptionalInt waitStatus() {
    return exitSeen() ? optional(ending.waitStatus()) : OptionalInt.empty();
  }

  public @Nullable String statusUnknown() {
    return ending.statusUnknown();
  }

  public long userMicros() {
    return ending.userMicros();
  }

  public long systemMicros() {
    return ending.systemMicros();
  }

  public long maxRssKb() {
    return ending.maxRssKb();
  }

  /** Returns whether it got the stop signal as the program that it is now. */
  public boolean isAsked() {
    return ending.isAsked(executable());
  }

  public boolean wasAsked() {
    return ending.stopSignal() != 0;
  }

  /** Returns the stop signal that it, or the nearest process above it, was sent; 0 if none. */
  public int stopSignal() {
    ProcessRecord one = this;
    while (one != null && !one.wasAsked()) {
      one = one.parent();
    }
    return one == null ? 0 : one.ending.stopSignal();
  }

  public boolean wasKilled() {
    return ending.isKilled();
  }

  /** Returns how long it had after the stop signal before it was sent SIGKILL. */
  public double graceSeconds() {
    return ending.graceSeconds();
  }

  public @Nullable End end() {
    return end;
  }

  /** Returns how it ended, also for a zombie that is not collected yet; null if it is alive. */
  public @Nullable End fate() {
    if (exitSeen() || isAlive()) {
      return end();
    }
    if (ending.isByItself()) {
      return End.BY_ITSELF;
    }
    return wasKilled() || stopSignal() == 0 ? End.KILL : End.STOP_SIGNAL;
  }

  @Override
  public String toString() {
    return pid + " " + (commandLine().isEmpty() ? name() : String.join(" ", commandLine()));
  }
}
