package io.github.subreaper.internal.engine.records;

import static io.github.subreaper.internal.linux.calls.SignalNumber.SIGKILL;

import io.github.subreaper.internal.engine.lock.RecordLock;
import io.github.subreaper.internal.engine.values.CallSite;
import io.github.subreaper.internal.engine.values.SignalSender;
import io.github.subreaper.internal.linux.calls.WaitStatus;
import org.jspecify.annotations.Nullable;

/**
 * What was done to terminate one process, and how it ended. Changes need the lock over all records,
 * except {@link #frozen} and {@link #killed}: only threads that terminate the process say so. The
 * volatile fields are read without the lock.
 */
public final class ProcessEnding {
  /** The time between two looks that are closer than this is exact enough. */
  private static final long SHORTEST_SPAN_NANOS = 20_000_000;

  /** The number of a scan that never comes. */
  private static final int NEVER = Integer.MAX_VALUE;

  private final RecordLock lock;

  /** 0 if none was sent. */
  private volatile int stopSignal;

  private volatile long askedNanos;

  /** Its executable when the stop signal was sent. */
  private volatile @Nullable String askedAs;

  private volatile boolean killed;

  /** A SIGKILL was sent to it, for whatever reason. */
  private volatile boolean killSent;

  /** Null until a signal is sent: most processes get none. */
  private volatile @Nullable Arrivals arrivals;

  /** The signal that a test last sent too late; 0 if none. */
  private volatile int unsent;

  private volatile long killNanos;
  private volatile boolean expected;
  private volatile boolean frozen;

  private boolean unkillableReported;

  /** How many callers have stopped it on purpose and have not let it continue. */
  private int freezes;

  /** Where the latest of them did; null before. */
  private volatile @Nullable CallSite stoppedAt;

  /** How many threads wait for the end of this process and for nothing else. */
  private int waiters;

  private int diedScan = NEVER;
  private boolean diedByItself;
  private volatile long diedNanos;
  private volatile boolean deathReported;
  private volatile long deathNanos;
  private volatile long deathBootNanos;

  /** It was alive then; the time of the death if that is known. */
  private volatile long aliveNanos;

  private volatile boolean held;
  private volatile int waitStatus = Observed.UNKNOWN;
  private volatile @Nullable String statusUnknown;
  private volatile long endedNanos;
  private volatile long userMicros = Observed.UNKNOWN;
  private volatile long systemMicros = Observed.UNKNOWN;
  private volatile long maxRssKb = Observed.UNKNOWN;

  /** A child starts in this JVM's memory; over exec the kernel keeps that peak as the child's. */
  private long maxRssFloorKb = Observed.UNKNOWN;

  /** Its end is recorded. Written last: then the rest is known. */
  private volatile boolean ended;

  ProcessEnding(RecordLock lock) {
    this.lock = lock;
  }

  public void asked(int signal, @Nullable String executable) {
    lock.requireHeld();
    stopSignal = signal;
    askedNanos = lock.time.nanos();
    askedAs = executable;
  }

  /** It is stopped perhaps, and could not be continued: so it is to be asked again. */
  public void askedInVain() {
    lock.requireHeld();
    stopSignal = 0;
  }

  public void killed() {
    if (!killed) {
      killNanos = lock.time.nanos();
    }
    killed = true;
  }

  private Arrivals arrivals() {
    lock.requireHeld();
    Arrivals known = arrivals;
    if (known == null) {
      known = new Arrivals();
      arrivals = known;
    }
    return known;
  }

  /** This library has sent it a signal. */
  public void sent(int signal) {
    if (signal == SIGKILL) {
      killSent = true;
    } else {
      arrivals().sent(signal);
    }
  }

  /** A test has signalled it after its end. Returns whether that is new. */
  public boolean unsent(int signal) {
    lock.requireHeld();
    boolean isNew = unsent != signal;
    unsent = signal;
    return isNew;
  }

  /** Returns the signal that a test last sent after its end; 0 if none. */
  public int unsent() {
    return unsent;
  }

  /** Returns whether this library has ever sent such a signal, other than SIGKILL. */
  public boolean wasSent(int signal) {
    Arrivals known = arrivals;
    return known != null && known.wasSent(signal);
  }

  /** Code under test expects the status with which it ended. */
  public void expected() {
    expected = true;
  }

  public boolean isExpected() {
    return expected;
  }

  /** Returns whether this library has sent such a signal that had not arrived yet. */
  public boolean takeOwn(int signal) {
    return arrivals().takeOwn(signal);
  }

  /**
   * A signal has arrived.
   *
   * @param fact the number of its fact
   */
  public void got(int signal, SignalSender sender, long fact) {
    arrivals().got(signal, sender, fact);
  }

  /** Returns whether a fact is that of the signal that ended it. */
  public boolean isEndedBy(long fact, boolean traced) {
    Arrivals known = arrivals;
    return known != null && known.isLast(fact) && isEnded() && endedBy(traced) != null;
  }

  /**
   * Returns what sent the signal that ended it; null if that is not known. Of a SIGKILL only this
   * library's is known.
   */
  public @Nullable SignalSender endedBy(boolean traced) {
    int signal = waitStatus == Observed.UNKNOWN ? 0 : WaitStatus.signal(waitStatus);
    if (signal == SIGKILL) {
      return killSent ? SignalSender.JVM : null;
    }
    Arrivals known = arrivals;
    return known != null && signal != 0 && traced ? known.lastSender(signal) : null;
  }

  /** It was stopped in order to be killed. */
  public void frozen() {
    frozen = true;
  }

  public void thawed() {
    lock.requireHeld();
    frozen = false;
  }

  /** One more caller has stopped it on purpose. */
  public void stopped() {
    lock.requireHeld();
    freezes++;
  }

  public void stoppedAt(CallSite site) {
    stoppedAt = site;
  }

  /**
   * One caller that has stopped it lets it continue.
   *
   * @return whether that was the last one
   */
  public boolean continued() {
    lock.requireHeld();
    boolean last = freezes == 1;
    freezes = Math.max(0, freezes - 1);
    return last;
  }

  /** All that have stopped it are overruled. */
  public void continuedForAll() {
    lock.requireHeld();
    freezes = 0;
  }

  /** Returns true the first time. */
  boolean firstUnkillable() {
    lock.requireHeld();
    boolean first = !unkillableReported;
    unkillableReported = true;
    return first;
  }

  void waiters(int more) {
    lock.requireHeld();
    waiters += more;
  }

  /** A trace reports its death, and is right where a scan was faster. */
  public void deathReported(long nanos) {
    deathReported = true;
    death(nanos, nanos);
  }

  private void death(long alive, long nanos) {
    lock.requireHeld();
    aliveNanos = nanos - alive < SHORTEST_SPAN_NANOS ? nanos : alive;
    deathNanos = nanos;
    deathBootNanos = nanos + lock.time.bootAhead();
  }

  /** The kernel reports its death. If a scan was just faster, the scan's time is right. */
  void deathReportedAfterAScan() {
    lock.requireHeld();
    if (lock.time.nanos() - deathNanos < SHORTEST_SPAN_NANOS) {
      aliveNanos = deathNanos;
    }
  }

  /**
   * It was first known to be dead, perhaps as a zombie that another process has to collect.
   *
   * @param alive when it was certainly alive; the same time if this is that of its death
   * @param byItself neither it nor a process that it was seen below had been signalled
   */
  void died(int scan, long alive, long nanos, boolean byItself) {
    lock.requireHeld();
    if (!deathReported) {
      death(alive, nanos);
    }
    diedScan = scan;
    diedByItself = byItself;
    diedNanos = nanos;
  }

  /** Its zombie stays until the hold is over: the pid stays pinned. */
  public void held() {
    lock.requireHeld();
    held = true;
  }

  public void released() {
    lock.requireHeld();
    held = false;
  }

  /** The zombie showed its status; kept even if other code collects it. */
  public void statusSeen(int status) {
    lock.requireHeld();
    waitStatus = status;
  }

  /** What it uses counts above this peak of the JVM only. */
  public void startedAtPeak(long kb) {
    lock.requireHeld();
    maxRssFloorKb = kb;
  }

  public void used(long user, long system, long peakKb) {
    lock.requireHeld();
    userMicros = user;
    systemMicros = system;
    if (peakKb > maxRssFloorKb) {
      maxRssKb = peakKb;
    }
  }

  /**
   * Its end is recorded.
   *
   * @param unknown why the status is not known; null if it is
   */
  void ended(int status, @Nullable String unknown, long nanos) {
    lock.requireHeld();
    waitStatus = status;
    statusUnknown = unknown;
    endedNanos = nanos;
    ended = true;
  }

  int stopSignal() {
    return stopSignal;
  }

  /** Returns whether the stop signal was sent while it ran this executable, as far as known. */
  boolean isAsked(@Nullable String executable) {
    String then = askedAs;
    return stopSignal != 0 && (then == null || executable == null || then.equals(executable));
  }

  boolean isKilled() {
    return killed;
  }

  /** Returns whether this library has sent it a SIGKILL. */
  public boolean isKillSent() {
    return killSent;
  }

  public long killNanos() {
    return killNanos;
  }

  double graceSeconds() {
    return (killNanos - askedNanos) / 1e9;
  }

  public boolean isFrozen() {
    return frozen;
  }

  public boolean isStoppedOnPurpose() {
    return freezes > 0;
  }

  /** Returns where in the code it was stopped on purpose; null if it is not. */
  public @Nullable CallSite stoppedAt() {
    return isStoppedOnPurpose() ? stoppedAt : null;
  }

  public boolean isAwaited() {
    return waiters > 0;
  }

  boolean isSeenDead() {
    return diedScan != NEVER;
  }

  /** Returns the first scan that saw it dead; a number that never comes if none did. */
  public int diedScan() {
    return diedScan;
  }

  boolean isByItself() {
    return diedByItself;
  }

  /** Returns when it was first known to be dead. */
  public long diedNanos() {
    return diedNanos;
  }

  /** Returns when it died, at the latest. */
  public long deathNanos() {
    return deathNanos;
  }

  /** Returns the same by the boot clock. */
  public long deathBootNanos() {
    return deathBootNanos;
  }

  /** Returns how long before that it was seen alive, if its death is not known better; else 0. */
  public long deathSpanNanos() {
    return deathNanos - aliveNanos;
  }

  boolean isHeld() {
    return held;
  }

  /** Returns the status as far as it is known, also before the end is recorded. */
  public int waitStatus() {
    return waitStatus;
  }

  @Nullable String statusUnknown() {
    return statusUnknown;
  }

  /** Returns when its end was recorded: until then its pid was not reused. */
  public long endedNanos() {
    return endedNanos;
  }

  boolean isEnded() {
    return ended;
  }

  /** Returns its CPU time in user mode; negative if unknown. */
  long userMicros() {
    return userMicros;
  }

  /** Returns its CPU time in the kernel; negative if unknown. */
  long systemMicros() {
    return systemMicros;
  }

  /** Returns the peak of its resident memory; negative if unknown. */
  long maxRssKb() {
    return maxRssKb;
  }
}
