package io.github.subreaper.internal.engine.attribution;

import io.github.subreaper.internal.engine.origin.Origin;
import io.github.subreaper.internal.engine.records.ProcessRecord;
import io.github.subreaper.internal.engine.records.Scope;
import io.github.subreaper.internal.engine.records.Start;
import io.github.subreaper.internal.engine.time.PidOrder;
import io.github.subreaper.internal.engine.time.Ticks;
import io.github.subreaper.internal.linux.Kernel;
import io.github.subreaper.internal.linux.Time;
import io.github.subreaper.internal.linux.calls.Errno;
import io.github.subreaper.internal.linux.proc.ProcessStat;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Finds out from which of this JVM's own starts a daemon comes, by what lived when it was born. The
 * lock is held.
 *
 * <p>The parent of a new process is a child of this JVM, or below one. If a process between them
 * had ended by then, this JVM had adopted the next. So one of the children and adopted orphans that
 * lived at a birth leads to it. If all of these come from one start, the daemon comes from that
 * start.
 */
public final class Ancestry {
  private static final int MOST_KEPT = 10_000;
  private static final int MOST_TOPS = 2_000;
  private static final int DEEPEST = 100;
  private static final int MOST_ASKED = 200;

  private final Kernel kernel;
  private final Time time;
  private final Origin origin;
  private final PidOrder order;
  private final boolean tagged;

  /** Ambient processes without a known ancestor, and those that this JVM has adopted. */
  private final Set<ProcessRecord> tops = new LinkedHashSet<>();

  /** The tops of scopes that have ended, and children of this JVM that were only seen dead. */
  private final Map<Identity, Life> past = new LinkedHashMap<>();

  /** Complete scans, from start to end: each child of this JVM that lived then has a record. */
  private final TreeMap<Long, At> scans = new TreeMap<>();

  /** Before that, a birth may have a parent of which nothing is known any more. */
  private long completeSinceNanos;

  /**
   * A time, also by the latest pid given out by then, since the kernel counts births in hundredths
   * of a second.
   *
   * @param nanos {@link System#nanoTime}
   * @param lastPid 0 or less if unknown
   */
  private record At(long nanos, int lastPid) {
    static final At NEVER = new At(Long.MAX_VALUE, 0);
  }

  private record Identity(int pid, long startTicks) {}

  /**
   * The facts kept of a process.
   *
   * @param waitStatus negative if unknown
   * @param recorded whether there is, or was, a record of it
   */
  private record Life(
      int pid, long startTicks, At end, boolean adopted, int waitStatus, boolean recorded) {}

  /**
   * A start whose process has ended and was in no scan.
   *
   * @param startTicks of its birth, or of its event
   * @param endNanos the latest time at which it can have lived, by {@link System#nanoTime}
   * @param exact whether it died then
   * @param waitStatus negative if unknown
   */
  record Unseen(Start start, long startTicks, long endNanos, boolean exact, int waitStatus) {}

  /**
   * The starts that a process can come from.
   *
   * @param starts in the order of their events
   * @param complete whether it must be one of them
   */
  record Possible(Set<Start> starts, boolean complete) {
    static final Possible UNKNOWN = new Possible(Set.of(), false);

    @Nullable Start only() {
      return starts.size() == 1 ? starts.iterator().next() : null;
    }
  }

  /**
   * Knows nothing yet.
   *
   * @param tagged whether each launched process carries a tag that it can't lose: else an ancestor
   *     without a tag may come from a launch
   */
  public Ancestry(Kernel kernel, Time time, Origin origin, PidOrder order, boolean tagged) {
    this.kernel = kernel;
    this.time = time;
    this.completeSinceNanos = time.nanos();
    this.origin = origin;
    this.order = order;
    this.tagged = tagged;
  }

  void add(ProcessRecord top) {
    tops.add(top);
  }

  /** Notes a zombie without a record: most likely the JDK is about to collect it. */
  public void childDied(ProcessStat zombie, int waitStatus, int lastPid) {
    if (!past.containsKey(new Identity(zombie.pid(), zombie.startTicks()))) {
      keep(
          new Life(
              zombie.pid(),
              zombie.startTicks(),
              new At(time.nanos(), lastPid),
              false,
              waitStatus,
              false));
    }
  }

  /** Forgets a zombie that has a record now: this JVM did not fork it. */
  public void adopted(ProcessStat zombie) {
    past.remove(new Identity(zombie.pid(), zombie.startTicks()));
  }

  /** Notes a complete scan that has just ended. */
  public void scanned(long startNanos, int lastPid) {
    scans.put(startNanos, new At(time.nanos(), lastPid));
    if (scans.size() > MOST_KEPT) {
      incompleteUntil(scans.pollFirstEntry().getValue().nanos);
    }
  }

  private void keep(Life life) {
    past.put(new Identity(life.pid, life.startTicks), life);
    if (past.size() > MOST_KEPT) {
      Life oldest = past.remove(past.keySet().iterator().next());
      incompleteUntil(oldest == null ? time.nanos() : oldest.end.nanos);
    }
  }

  private void incompleteUntil(long nanos) {
    completeSinceNanos = Math.max(completeSinceNanos, nanos);
  }

  void forget(Scope scope) {
    for (ProcessRecord top : List.copyOf(tops)) {
      if (top.scope() == scope) {
        tops.remove(top);
        keep(lifeOf(top));
      }
    }
  }

  private static Life lifeOf(ProcessRecord top) {
    return new Life(
        top.pid(), top.startTicks(), endOf(top), top.isOrphan(), ProcessRecord.UNKNOWN, true);
  }

  private static At endOf(ProcessRecord process) {
    return process.isAlive() ? At.NEVER : new At(process.ending().diedNanos(), 0);
  }

  /** Returns whether a process was certainly born after a time. */
  private boolean isBornAfter(ProcessRecord process, long born, At at) {
    if (at.equals(At.NEVER) || at.nanos - born > Ticks.NANOS) {
      return false;
    }
    return at.nanos - born < 0
        || (order.isKnown() && at.lastPid > 0 && order.isLower(at.lastPid, process.pid()));
  }

  /** Starts a search. What it finds out about one process serves for the next. */
  Search search() {
    return new Search();
  }

  /**
   * Takes the starts whose process has ended without a record. A complete scan comes before.
   *
   * @param starts from which all are removed but those whose process is still there
   */
  List<Unseen> unseen(List<Start> starts) {
    Search search = new Search();
    search.prepare(life -> true); // even one that was taken for an orphan
    List<Unseen> unseen = new ArrayList<>();
    for (Start start : List.copyOf(starts)) {
      Life life = search.lifeOf(start);
      if (life != null && life.recorded) {
        starts.remove(start);
      } else if (hasEnded(start)) {
        starts.remove(start);
        At end = life == null ? latestEnd(start) : life.end;
        unseen.add(
            new Unseen(
                start,
                life == null ? Ticks.of(time, start.nanos()) : life.startTicks,
                Math.min(end.nanos, time.nanos()),
                life != null,
                life == null ? ProcessRecord.UNKNOWN : life.waitStatus));
      }
    }
    return unseen;
  }

  /**
   * Returns whether the process of a start has certainly ended: one that can't be read need not
   * have.
   */
  private boolean hasEnded(Start start) {
    ProcessStat now = kernel.procfs.stat(start.pid());
    return now == null
        ? kernel.kill.send(start.pid(), 0) == Errno.ESRCH
        : !start.isOf(Ticks.nanos(time, now.startTicks()));
  }

  /** One search, with the lock held from its beginning to its end. */
  final class Search {
    private final Map<ProcessRecord, Possible> known = new HashMap<>();
    private final Map<Integer, List<Life>> children = new HashMap<>();
    private List<Start> events = List.of();
    private Set<Integer> watched = Set.of();
    private int asked;

    private void prepare(Predicate<Life> which) {
      tops.stream().map(Ancestry::lifeOf).filter(which).forEach(this::add);
      past.values().stream().filter(which).forEach(this::add);
    }

    private void add(Life child) {
      children.computeIfAbsent(child.pid, pid -> new ArrayList<>()).add(child);
    }

    /** Returns the starts that a process can come from. None of its ancestors is known. */
    Possible of(ProcessRecord process) {
      if (asked == 0) {
        events = origin.starts();
        watched = kernel.jdk.watched();
        prepare(life -> !life.adopted);
      }
      return isChild(process) || tops.size() > MOST_TOPS ? Possible.UNKNOWN : of(process, 0);
    }

    /**
     * Returns whether this JVM forked it. An adoption may be noticed late, so the parent alone is
     * no proof.
     */
    private boolean isChild(ProcessRecord process) {
      return process.isOwnChild()
          && !process.isOrphan()
          && (process.membership().wasInDirectList() || watched.contains(process.pid()));
    }

    private Possible of(ProcessRecord process, int depth) {
      Possible before =
          known.putIfAbsent(process, Possible.UNKNOWN); // ends a search that goes round in a circle
      if (before != null || ++asked > MOST_ASKED) {
        return before == null ? Possible.UNKNOWN : before;
      }
      long born = Ticks.nanos(time, process.startTicks());
      Set<Start> starts = new LinkedHashSet<>();
      boolean complete = isComplete(process, born);
      for (Start start : events) {
        if (canLeadTo(start, process, born)) {
          starts.add(start);
        }
      }
      for (ProcessRecord top : tops) {
        if (top != process
            && isEarlier(top.pid(), top.startTicks(), process)
            && !isBornAfter(process, born, endOf(top))) {
          Possible possible = through(top, depth);
          starts.addAll(possible.starts);
          complete &= possible.complete;
        }
      }
      for (Life life : past.values()) {
        if (isEarlier(life.pid, life.startTicks, process)
            && !isBornAfter(process, born, life.end)) {
          complete &=
              !life.adopted && origin.hasEventOf(life.pid, Ticks.nanos(time, life.startTicks));
        }
      }
      Possible found = new Possible(starts, complete);
      known.put(process, found);
      return found;
    }

    /** Returns the starts that can lead to a process by way of another. */
    private Possible through(ProcessRecord top, int depth) {
      ProcessRecord oldest = top;
      for (ProcessRecord one = top;
          one != null;
          one = one.parent() != null ? one.parent() : one.membership().kin()) {
        Start own = origin.of(one);
        if (own != null) {
          return new Possible(Set.of(own), true);
        }
        oldest = one;
      }
      return depth >= DEEPEST || isChild(oldest)
          ? Possible.UNKNOWN // a child without an event
          : of(oldest, depth + 1);
    }

    @Nullable Life lifeOf(Start start) {
      for (Life life : children.getOrDefault(start.pid(), List.of())) {
        if (start.isOf(Ticks.nanos(time, life.startTicks))) {
          return life;
        }
      }
      return null;
    }

    /** Returns whether the process of a start can have been alive, and older, at a birth. */
    private boolean canLeadTo(Start start, ProcessRecord process, long born) {
      Life life = lifeOf(start);
      if (life != null) {
        return isEarlier(life.pid, life.startTicks, process)
            && !isBornAfter(process, born, life.end);
      }
      long later = start.nanos() - born;
      boolean younger =
          later > Start.LATE_NANOS + Ticks.NANOS
              || (later > 0 && order.isKnown() && !order.isLower(start.pid(), process.pid()));
      return !younger && !isBornAfter(process, born, latestEnd(start));
    }
  }

  /**
   * Returns when the process of a start without a record can have ended at the latest: it is in no
   * scan.
   */
  private At latestEnd(Start start) {
    Map.Entry<Long, At> scan = scans.ceilingEntry(start.nanos());
    return scan == null ? At.NEVER : scan.getValue();
  }

  /**
   * Returns whether each start that can have led to a birth has an event, and the event has been
   * read.
   */
  private boolean isComplete(ProcessRecord process, long born) {
    boolean due = time.nanos() - born >= Start.LATE_NANOS;
    if (!tagged || !due || born - completeSinceNanos < 0) {
      return false;
    }
    // A process older than the recorder that lived during this scan has a record.
    Map.Entry<Long, At> scan = scans.ceilingEntry(origin.recordingSinceNanos());
    return scan != null && isBornAfter(process, born, scan.getValue());
  }

  private boolean isEarlier(int pid, long startTicks, ProcessRecord process) {
    return startTicks == process.startTicks()
        ? !order.isKnown() || order.isLower(pid, process.pid())
        : startTicks < process.startTicks();
  }
}
