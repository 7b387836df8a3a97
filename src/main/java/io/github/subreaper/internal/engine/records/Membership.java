package io.github.subreaper.internal.engine.records;

import io.github.subreaper.internal.engine.guardian.Guardian;
import io.github.subreaper.internal.engine.lock.RecordLock;
import io.github.subreaper.internal.engine.values.CallSite;
import io.github.subreaper.internal.engine.values.Handover;
import io.github.subreaper.internal.engine.values.JvmChild;
import java.lang.ref.WeakReference;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where one process belongs, and what proves that. Changes need the lock over all records; the
 * volatile fields are read without it.
 */
public final class Membership {
  private final RecordLock lock;
  private volatile boolean launched;
  private volatile @Nullable ProcessRecord parent;
  private volatile boolean seenBelowOther;
  private volatile boolean directChild;
  private int directSightings;
  private @Nullable Long leftToAdopterNanos;

  /** By the boot clock; 0 as long as it is not adopted. */
  private volatile long adoptedNanos;

  private volatile @Nullable Scope scope;
  private volatile @Nullable LaunchRecord launch;

  /** The process whose scope it got: its parent, or a member of its session or process group. */
  private volatile @Nullable ProcessRecord kin;

  /** Only a scope that is common to all that may have started it is known. */
  private volatile @Nullable AmbiguousScope doubt;

  /** How it, or the ancestor that this JVM started, was started. */
  private volatile @Nullable Start start;

  /** The likeliest start of those that it can come from: no evidence for a scope. */
  private volatile @Nullable Start likelyStart;

  /** The starts that it can come from, the latest first, where it is not certain which. */
  private volatile List<Start> possibleStarts = List.of();

  /** When its start was last searched for; 0 for never. */
  private long searchedNanos;

  private volatile @Nullable Handover handover;

  /** The scope that it was first handed over by, as long as that is referenced; and its name. */
  private volatile @Nullable WeakReference<Scope> formerScope;

  private volatile @Nullable String formerName;

  private volatile boolean foreign;
  private boolean elder;
  private volatile boolean tagless;
  private volatile boolean traced;

  /** A scan has seen it, and the trace is about to report its birth. */
  private volatile boolean birthPending;

  private volatile boolean birthReported;

  /** What no trace has reported of it, in words; null if nothing is missing. */
  private volatile @Nullable String missing;

  private boolean tagUnsure;

  /** The child of this JVM whose tag it carries. */
  private volatile @Nullable JvmChild child;

  /** What was reported to the guardian: a start time, or what stands for one. */
  private long reported = Guardian.GONE;

  Membership(RecordLock lock) {
    this.lock = lock;
  }

  /** It is the process that posix_spawn returned. */
  public void launchedBy(LaunchRecord by) {
    belongsTo(by.scope(), by);
    launched = true;
  }

  public void belongsTo(@Nullable Scope itsScope, @Nullable LaunchRecord itsLaunch) {
    lock.requireHeld();
    launch = itsLaunch;
    scope = itsScope;
  }

  /** Its parent is not this JVM: it can reach this JVM by adoption only. */
  public void seenBelow(ProcessRecord other) {
    lock.requireHeld();
    seenBelowOther = true;
    if (parent == null && !launched) {
      parent = other;
    }
  }

  /** This JVM has not forked it: it was adopted, or another child cloned it with CLONE_PARENT. */
  public void forkedByAnother() {
    lock.requireHeld();
    seenBelowOther = true;
  }

  /**
   * It is in the list of a thread of this JVM that adopts nothing. A second time proves that it is
   * a direct child: it may have been adopted while the first list was read.
   */
  public void seenInDirectList() {
    lock.requireHeld();
    directSightings++;
    directChild |= directSightings > 1;
    leftToAdopterNanos = null;
  }

  /**
   * It is in the list of the thread that adopts: it was adopted, or its forking thread has ended.
   */
  public void seenInAdoptersList(long nanos) {
    lock.requireHeld();
    if (leftToAdopterNanos == null) {
      leftToAdopterNanos = nanos;
    }
  }

  /** Other code of this JVM forked it. */
  public void directChild() {
    lock.requireHeld();
    directChild = true;
  }

  public void adopted(long bootNanos) {
    lock.requireHeld();
    adoptedNanos = bootNanos;
  }

  public void relatedTo(ProcessRecord relative) {
    lock.requireHeld();
    kin = relative;
  }

  public void movedTo(Scope other) {
    lock.requireHeld();
    scope = other;
  }

  public void doubted(AmbiguousScope common) {
    lock.requireHeld();
    doubt = common;
  }

  /** The scope is certain now. */
  public void settled() {
    lock.requireHeld();
    doubt = null;
  }

  /** An outer scope has it now; for its own sake, or for that of a process above it. */
  public void handedOver(Handover why, Scope by) {
    lock.requireHeld();
    handover = why;
    if (formerScope == null) {
      formerScope = new WeakReference<>(by);
      formerName = by.name();
    }
  }

  public void foreign() {
    lock.requireHeld();
    foreign = true;
  }

  /** It is older than the activation. */
  public void elder() {
    lock.requireHeld();
    elder = true;
  }

  /** It belongs here by its origin, but does not show the tag that it should carry. */
  public void tagless() {
    lock.requireHeld();
    tagless = true;
  }

  /** A trace reports it: no scan reports the same again. */
  public void traced() {
    lock.requireHeld();
    traced = true;
  }

  public void birthPending(boolean unreported) {
    lock.requireHeld();
    birthPending = unreported;
  }

  /** A trace has reported its birth. */
  void birthReported() {
    lock.requireHeld();
    traced = true;
    birthReported = true;
  }

  /**
   * Its trace does not report all of it.
   *
   * @param what for messages, behind its name
   */
  public void misses(String what) {
    lock.requireHeld();
    missing = what;
  }

  /** It has no tag, or may lose it: it changes its limit, or overwrites its environment. */
  public void tagUnsure() {
    lock.requireHeld();
    tagUnsure = true;
  }

  /** It carries the tag of a child of this JVM, which it may be itself. */
  public void carriesTagOf(JvmChild its) {
    lock.requireHeld();
    child = its;
  }

  void reported(long mark) {
    lock.requireHeld();
    reported = mark;
  }

  public void startedBy(Start certain) {
    lock.requireHeld();
    start = certain;
    possibleStarts = List.of();
  }

  public void mayBeStartedBy(@Nullable Start likely, List<Start> possible) {
    lock.requireHeld();
    likelyStart = likely;
    possibleStarts = possible;
  }

  /** Returns whether the last search for its start is so long ago; if so, notes this search. */
  public boolean beginSearch(long now, long intervalNanos) {
    lock.requireHeld();
    boolean due = searchedNanos == 0 || now - searchedNanos >= intervalNanos;
    if (due) {
      searchedNanos = now;
    }
    return due;
  }

  boolean isLaunched() {
    return launched;
  }

  @Nullable ProcessRecord parent() {
    return parent;
  }

  public boolean wasSeenBelowOther() {
    return seenBelowOther;
  }

  public boolean wasInDirectList() {
    return directSightings > 0;
  }

  /**
   * Returns since when it has been in the list of the thread that adopts, by {@link
   * System#nanoTime}; null if it was in that of another thread last, or in none.
   */
  public @Nullable Long leftToAdopterNanos() {
    return leftToAdopterNanos;
  }

  public boolean isDirectChild() {
    return directChild;
  }

  boolean isAdopted() {
    return adoptedNanos != 0;
  }

  /** Returns when it was adopted, by the boot clock. */
  long adoptedNanos() {
    return adoptedNanos;
  }

  @Nullable Scope scope() {
    return scope;
  }

  @Nullable LaunchRecord launch() {
    return launch;
  }

  public @Nullable ProcessRecord kin() {
    return kin;
  }

  /** Returns its own doubt, without that of its kin. */
  public @Nullable AmbiguousScope doubt() {
    return doubt;
  }

  /** Returns how it or its ancestor was started; null if that is not certain. */
  public @Nullable Start start() {
    return start;
  }

  /** Returns the start to name in a message: the certain or the likely one; null if unknown. */
  public @Nullable Start bestStart() {
    Start certain = start;
    return certain != null ? certain : likelyStart;
  }

  /** Returns whether there are starts that it can come from, and it is not certain which. */
  public boolean mayBeStarted() {
    return !possibleStarts.isEmpty();
  }

  List<CallSite> possibleSites() {
    return possibleStarts.stream().map(Start::site).toList();
  }

  public boolean isHandedOver() {
    return handover != null;
  }

  public @Nullable Handover handover() {
    return handover;
  }

  @Nullable Scope formerScope() {
    WeakReference<Scope> former = formerScope;
    return former == null ? null : former.get();
  }

  public @Nullable String formerName() {
    return formerName;
  }

  boolean isForeign() {
    return foreign;
  }

  boolean isElder() {
    return elder;
  }

  boolean isTagless() {
    return tagless;
  }

  boolean isTraced() {
    return traced;
  }

  public boolean isBirthPending() {
    return birthPending;
  }

  /** Returns whether the kernel has reported its birth, or it was launched with a trace. */
  public boolean isBirthReported() {
    return birthReported || (launched && traced);
  }

  public @Nullable String missing() {
    return missing;
  }

  public @Nullable JvmChild child() {
    return child;
  }

  boolean isTagUnsure() {
    return tagUnsure;
  }

  long reported() {
    return reported;
  }
}
