package io.github.subreaper.internal.engine;

import io.github.subreaper.internal.engine.guardian.Guardian;
import io.github.subreaper.internal.linux.BootClock;
import io.github.subreaper.internal.linux.Errno;
import io.github.subreaper.internal.linux.Pidfd;
import io.github.subreaper.internal.linux.ProcessStat;
import io.github.subreaper.internal.linux.Procfs;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * One process, for ever: pid and start time are its identity, the rest is what was seen of it.
 * Written under the registry's lock only.
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

  static final int UNKNOWN = -1;
  private static final int SELF = (int) ProcessHandle.current().pid();

  final int pid;
  final long startTicks;
  final long sequence;
  final long firstSeenNanos = System.nanoTime();
  private final Instant startTime;

  /** {@code /proc} hid it at first sight, which stands for its start: it is known by its pidfd. */
  final boolean hidden;

  volatile @Nullable Scope scope;
  volatile @Nullable LaunchRecord launch;
  volatile @Nullable ProcessRecord parent;

  /** Whose scope it got: its parent's, or that of somebody of its session or group. */
  volatile @Nullable ProcessRecord kin;

  /** That nothing but a common scope of those who may have started it is known. */
  volatile @Nullable Doubt doubt;

  /** How it was started, or the one that it comes from. */
  volatile @Nullable Start start;

  /** The only start of its scope that it can come from; for the line of code only. */
  volatile @Nullable Start likelyStart;

  /** The starts that it can come from, where it is not certain which. */
  volatile List<Start> possibleStarts = List.of();

  /** When these were searched last; 0 for never. */
  long searchedNanos;

  volatile int parentPid;
  volatile String name = "";
  volatile List<String> commandLine = List.of();
  volatile @Nullable String executable;
  volatile @Nullable String workingDirectory;
  volatile int uid = UNKNOWN;
  volatile int session = UNKNOWN;
  volatile int processGroup = UNKNOWN;
  volatile @Nullable Instant adoptedAt;
  volatile @Nullable Instant endedAt;
  volatile long endedNanos;
  volatile int waitStatus = UNKNOWN;
  volatile @Nullable String statusUnknown;
  volatile long userMicros = UNKNOWN;
  volatile long systemMicros = UNKNOWN;
  volatile long maxRssKb = UNKNOWN;
  volatile @Nullable End end;

  /** A child starts in the JVM's memory, whose peak the kernel keeps as the child's over exec. */
  volatile long maxRssFloorKb = UNKNOWN;

  /** The process that posix_spawn returned. */
  volatile boolean launched;

  /** Seen in the list of a thread of this JVM that adopts nobody, or with a reaper of the JDK. */
  volatile boolean directChild;

  int directSightings;

  /** Seen below another process, so that it can reach this JVM by adoption only. */
  volatile boolean seenBelowOther;

  /** Has ended, and its zombie is kept until the scope's kill is over. */
  volatile boolean awaitingRelease;

  /** The signal that asked it to end, and when; 0 if it was sent none. */
  private volatile int stopSignal;

  private volatile long askedNanos;

  /** The executable that it ran then. */
  private @Nullable String askedAs;

  volatile boolean killSent;
  volatile long killNanos;
  volatile boolean frozen;

  /**
   * How many of those who have stopped it on purpose have not let it go on; under the lock only.
   */
  int freezes;

  /** Ended, and waits for a parent that is not this JVM to reap it. */
  volatile boolean zombie;

  /** Why it could not be killed, once that was tried in full. */
  volatile ScopeEnd.@Nullable SurvivorRecord unkillable;

  /** Given to the session by a survivors glob, or below one that was. */
  volatile boolean handedOn;

  volatile boolean foreign;

  /** It lived before the activation. */
  boolean elder;

  /** {@code /proc} hid it when it was looked at last. */
  private boolean hiddenNow;

  /** Has no tag, or may lose it: it changes its limit, or overwrites its environment. */
  boolean lostTag;

  /** What the guardian was told of it, a start time or what stands for it. */
  long told = Guardian.GONE;

  /** Ours by its origin, and without the tag that it should carry: lost, or hidden. */
  volatile boolean tagless;

  /** As it was when it was last read, if it was alive then; under the lock only. */
  @Nullable ProcessStat lastAlive;

  private boolean seenAlive;

  /** When it was last read, and alive. */
  private long seenAliveNanos;

  @Nullable Pidfd pidfd;

  /** Why it has no descriptor though another process collects it; null where it has one. */
  @Nullable String unwatched;

  boolean manyThreads;

  /** Seen to stand after it was stopped: neither its children nor its threads get more. */
  boolean still;

  int generation;

  /** How many wait for its end, and for nothing else. */
  int watchers;

  /** The walks in which it was first seen alive, and first seen dead. */
  int bornGeneration;

  int diedGeneration = Integer.MAX_VALUE;

  /** Nobody had asked it, or somebody that it was seen below, to end when it was seen dead. */
  boolean diedByItself;

  /** When it was first seen dead, be it as a zombie that others have to collect. */
  volatile long diedNanos;

  ProcessRecord(ProcessStat stat, long sequence, Instant startTime) {
    this.pid = stat.pid();
    this.hidden = stat.isHidden();
    this.startTicks = hidden ? BootClock.ticks() : stat.startTicks();
    this.sequence = sequence;
    this.startTime = startTime;
    update(stat);
  }

  /** Takes over what a zombie shows as well. */
  void update(ProcessStat stat) {
    if (name.isEmpty() || !(stat.isHidden() || name.equals(stat.name()))) {
      name = stat.name();
    }
    zombie = stat.hasEnded();
    hiddenNow = stat.isHidden();
    lastAlive = zombie ? null : stat;
    if (!zombie) {
      seenAlive = true;
      seenAliveNanos = stat.readNanos();
    }
    if (stat.parent() != 0) { // it is while the kernel lets go of a process, and so are the others
      session = stat.session();
      processGroup = stat.processGroup();
      parentPid = stat.parent();
    }
  }

  /** Reads what dies with the process; keeps what was known where nothing can be read. */
  boolean readPerishables() {
    if (zombie) {
      readOwner(); // all that is left
      return false;
    }
    List<String> arguments = Procfs.commandLine(pid, commandLine);
    boolean changed = !arguments.isEmpty() && !arguments.equals(commandLine);
    if (changed || executable == null) {
      if (!arguments.isEmpty()) {
        commandLine = arguments;
      }
      readWhereabouts();
      readOwner();
    }
    return changed;
  }

  private void readOwner() {
    int owner = Procfs.statusNumber(pid, "Uid");
    if (owner >= 0) {
      uid = owner;
    }
  }

  /** A process may leave its directory at any time, and nothing tells of it. */
  void readWhereabouts() {
    String file = Procfs.executable(pid);
    if (file != null) {
      executable = file;
    }
    String directory = Procfs.workingDirectory(pid);
    if (directory != null) {
      workingDirectory = directory;
    }
  }

  public boolean is(ProcessStat stat) {
    if (hidden || stat.isHidden()) {
      Pidfd known = pidfd; // none: only the reaper can collect it, or it could not be opened
      boolean same = known == null ? hidden || isChild(stat) : known.send(0) != Errno.ESRCH;
      return stat.pid() == pid && same;
    }
    return stat.pid() == pid && stat.startTicks() == startTicks;
  }

  /** Of this JVM, so that no other process collects it and its pid is used again. */
  private static boolean isChild(ProcessStat stat) {
    return stat.parent() == SELF;
  }

  public int pid() {
    return pid;
  }

  public long startTicks() {
    return startTicks;
  }

  public Instant startTime() {
    return startTime;
  }

  public String name() {
    return name;
  }

  public List<String> commandLine() {
    return commandLine;
  }

  public @Nullable String executable() {
    return executable;
  }

  public @Nullable String workingDirectory() {
    return workingDirectory;
  }

  public @Nullable ProcessRecord parent() {
    return parent;
  }

  public @Nullable Scope scope() {
    return scope;
  }

  public @Nullable LaunchRecord launch() {
    return launch;
  }

  /** Its own, or that of whoever it is where it is because of; null if there is none. */
  public @Nullable Doubt doubt() {
    ProcessRecord one = this;
    while (one != null && one.doubt == null) {
      one = one.kin;
    }
    return one != null && one.scope == scope ? one.doubt : null;
  }

  /** The line of code that started it, or the one that it comes from, as far as it is known. */
  public @Nullable StackTraceElement place() {
    LaunchRecord its = launch;
    if (its != null) {
      return its.place();
    }
    Start known = start != null ? start : likelyStart;
    return known == null ? null : known.place();
  }

  /** The lines of code that may have started it, where it is not known which of them did. */
  public List<StackTraceElement> possiblePlaces() {
    return possibleStarts.stream().map(Start::place).filter(Objects::nonNull).distinct().toList();
  }

  /** The thread that did; null if unknown. */
  public @Nullable String startingThread() {
    Start known = start != null ? start : likelyStart;
    return known == null ? null : known.threadName();
  }

  public boolean isLaunched() {
    return launched;
  }

  public boolean isOrphan() {
    return adoptedAt != null;
  }

  public boolean isTagless() {
    return tagless;
  }

  public boolean isHidden() {
    return hidden;
  }

  public boolean isForeign() {
    return foreign;
  }

  public @Nullable Instant adoptedAt() {
    return adoptedAt;
  }

  public @Nullable Instant endedAt() {
    return endedAt;
  }

  /** Whether it was alive when it was last looked at. */
  public boolean isAlive() {
    return endedAt == null && !zombie;
  }

  /**
   * Whether it is alive, or was after a moment: when it was read, or because it was born later.
   * Under the lock only.
   */
  boolean livedAfter(Moment moment) {
    return isAlive()
        || (seenAlive && seenAliveNanos - moment.nanos() >= 0)
        || startTicks > moment.ticks();
  }

  /** Whether its end is recorded, with the status or the reason why that is not known. */
  public boolean exitSeen() {
    return endedAt != null;
  }

  public OptionalInt uid() {
    return optional(uid);
  }

  public OptionalInt session() {
    return optional(session);
  }

  public OptionalInt processGroup() {
    return optional(processGroup);
  }

  private static OptionalInt optional(int value) {
    return value == UNKNOWN ? OptionalInt.empty() : OptionalInt.of(value);
  }

  /** As wait(2) encodes it; empty while it lives, and where {@link #statusUnknown} says why. */
  public OptionalInt waitStatus() {
    return endedAt == null ? OptionalInt.empty() : optional(waitStatus);
  }

  public @Nullable String statusUnknown() {
    return statusUnknown;
  }

  /** Microseconds, negative if unknown; only whoever collects a process learns its usage. */
  public long userMicros() {
    return userMicros;
  }

  public long systemMicros() {
    return systemMicros;
  }

  public long maxRssKb() {
    return maxRssKb;
  }

  void asked(int signal) {
    stopSignal = signal;
    askedNanos = System.nanoTime();
    askedAs = executable;
  }

  /** Whether it got the stop signal as the program that it is. */
  boolean isAsked() {
    String now = executable;
    return wasAsked() && (askedAs == null || now == null || askedAs.equals(now));
  }

  /** Whether it got the stop signal itself. */
  public boolean wasAsked() {
    return stopSignal != 0;
  }

  /** The stop signal that it got, or the nearest of those that it was seen below; 0 if none did. */
  public int stopSignal() {
    ProcessRecord one = this;
    while (one != null && one.stopSignal == 0) {
      one = one.parent;
    }
    return one == null ? 0 : one.stopSignal;
  }

  /** Whether SIGKILL was sent to it. */
  public boolean wasKilled() {
    return killSent;
  }

  /** How long it had after the stop signal before it was sent SIGKILL. */
  public double graceSeconds() {
    return (killNanos - askedNanos) / 1e9;
  }

  public @Nullable End end() {
    return end;
  }

  /** The same, also of a zombie that others have not collected yet; null if it is alive. */
  public @Nullable End fate() {
    if (endedAt != null || isAlive()) {
      return end;
    }
    if (diedByItself) {
      return End.BY_ITSELF;
    }
    return killSent || stopSignal() == 0 ? End.KILL : End.STOP_SIGNAL;
  }

  /**
   * Whether {@code /proc} hides it, or did at first sight: pid and start time are no proof then.
   */
  boolean isOrWasHidden() {
    return hidden || hiddenNow;
  }

  /** Whether the guardian can't find it by its tag. */
  boolean isToBeTold() {
    return lostTag || hiddenNow;
  }

  /** How the guardian can know it again. */
  long mark() {
    return hiddenNow ? Guardian.HIDDEN : startTicks;
  }

  /** Proven, so no child of the JDK: without a tag the launch may be a guess. */
  boolean isOfALaunch() {
    return launch != null && !tagless;
  }

  boolean isOwnChild() {
    return parentPid == SELF;
  }

  /**
   * Whether its pid stays its own while the lock is held: only the reaper, which needs the lock,
   * can collect its zombie.
   */
  boolean isPinned() {
    return launched || (isOwnChild() && (isOfALaunch() || seenBelowOther));
  }

  void closePidfd() {
    if (pidfd != null) {
      pidfd.close();
      pidfd = null;
    }
  }

  @Override
  public String toString() {
    return pid + " " + (commandLine.isEmpty() ? name : String.join(" ", commandLine));
  }
}
