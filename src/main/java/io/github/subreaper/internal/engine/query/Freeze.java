package io.github.subreaper.internal.engine.query;

import static io.github.subreaper.internal.linux.calls.SignalNumber.SIGCONT;
import static io.github.subreaper.internal.linux.calls.SignalNumber.SIGSTOP;

import io.github.subreaper.internal.engine.records.ProcessRecord;
import io.github.subreaper.internal.engine.records.Registry;
import io.github.subreaper.internal.engine.values.SignalReason;
import io.github.subreaper.internal.linux.Kernel;
import io.github.subreaper.internal.linux.Time;
import io.github.subreaper.internal.linux.calls.Errno;
import io.github.subreaper.internal.linux.proc.ProcessStat;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A process tree that is stopped, from its top down, until two scans in a row agree that all of it
 * is stopped. Thawing continues what this freeze has stopped, from the bottom up, and no other
 * process. A process in several freezes continues when the last of them thaws.
 */
public final class Freeze {

  private final Kernel kernel;
  private final Registry registry;
  private final Queries queries;
  private final Signals signals;
  private final Waiting waiting;
  private final ProcessRecord top;
  private final long startNanos;
  private final Set<ProcessRecord> frozen = new LinkedHashSet<>();
  private final Set<ProcessRecord> stoppedByOthers = new LinkedHashSet<>();
  private int quietScans;
  private @Nullable ProcessRecord refusing;
  private @Nullable ProcessRecord running;
  private int errno;
  private boolean ended;
  private volatile boolean over;

  public Freeze(
      Kernel kernel,
      Time time,
      Registry registry,
      Queries queries,
      Signals signals,
      Waiting waiting,
      ProcessRecord top) {
    this.kernel = kernel;
    this.startNanos = time.nanos();
    this.registry = registry;
    this.queries = queries;
    this.signals = signals;
    this.waiting = waiting;
    this.top = top;
  }

  /**
   * Stops all of it.
   *
   * @return false if the time ran out first, or a process may not be stopped: then none stays
   *     stopped
   */
  public boolean stop(long timeoutNanos) throws InterruptedException {
    boolean done = false;
    try {
      done =
          waiting.until(timeoutNanos, this::stopAll, () -> refusing != null || ended || over)
              != null;
      return done;
    } finally {
      if (!done) {
        running = frozen.stream().filter(process -> !isStopped(process)).findFirst().orElse(null);
        thaw();
      }
    }
  }

  /** Stops what is new and checks the rest; null to try again. */
  private @Nullable Boolean stopAll() {
    boolean changed = false;
    for (ProcessRecord process : members()) {
      if (!frozen.contains(process) && !stoppedByOthers.contains(process)) {
        changed = true;
        freeze(process);
      }
    }
    for (ProcessRecord process : frozen) {
      if (process.isAlive() && !process.ending().isStoppedOnPurpose()) {
        ended = true; // by the end of a scope, which has continued it to terminate it
        return null;
      }
      if (process.isAlive() && !isStopped(process) && !waitsForFrozenChild(process)) {
        changed = true;
        signals.send(
            process, SIGSTOP, SignalReason.FREEZE); // not stopped yet, or continued by other code
      }
    }
    quietScans = changed ? 0 : quietScans + 1;
    return quietScans >= 2 ? Boolean.TRUE : null;
  }

  /** Returns its tree, and processes born of it meanwhile that have lost their parent since. */
  private List<ProcessRecord> members() {
    List<ProcessRecord> members = new ArrayList<>(queries.tree(top));
    Set<ProcessRecord> known = new LinkedHashSet<>(members);
    for (ProcessRecord process : registry.lock.locked(() -> List.copyOf(registry.live()))) {
      ProcessRecord parent = process.parent();
      boolean born = process.firstSeenNanos() - startNanos >= 0;
      if (born && parent != null && frozen.contains(parent) && process.isAlive()) {
        queries.tree(process).stream().filter(known::add).forEach(members::add);
      }
    }
    return members;
  }

  private void freeze(ProcessRecord process) {
    registry.lock.lock();
    try {
      if (over) {
        return;
      }
      if (!process.ending().isStoppedOnPurpose() && isStopped(process)) {
        stoppedByOthers.add(process);
        return;
      }
      int result = signals.send(process, SIGSTOP, SignalReason.FREEZE);
      if (result == 0) {
        process.ending().stopped();
        frozen.add(process);
      } else if (result != Errno.ESRCH) {
        refusing = process;
        errno = result;
      }
    } finally {
      registry.lock.unlock();
    }
  }

  /** Returns whether no thread of it runs, and none can. */
  private boolean isStopped(ProcessRecord process) {
    boolean byTracer = process.isTraced() && !process.observed().isStoppedForTrace();
    return !byTracer && hasOnly("Tt", process);
  }

  /**
   * Returns whether it waits in vfork(2) until a stopped child execs. It can neither run nor stop
   * before, and stops as soon as it could run.
   */
  private boolean waitsForFrozenChild(ProcessRecord process) {
    return hasOnly("TtD", process)
        && frozen.stream()
            .anyMatch(
                child -> child.parentPid() == process.pid() && child.isAlive() && isStopped(child));
  }

  private boolean hasOnly(String states, ProcessRecord process) {
    ProcessStat stat = kernel.procfs.stat(process.pid());
    if (stat == null || !process.is(stat)) {
      return false;
    }
    if (stat.threads() <= 1) {
      return states.indexOf(stat.state()) >= 0;
    }
    for (int tid : kernel.procfs.threads(process.pid())) {
      char state = kernel.procfs.threadState(process.pid(), tid);
      if (states.indexOf(state) < 0 && state != 'Z' && state != 'X' && state != '?') {
        return false;
      }
    }
    return true;
  }

  /**
   * Continues all that this freeze has stopped and no other freeze holds. A second call does
   * nothing.
   */
  public void thaw() {
    registry.lock.lock();
    try {
      if (!over) {
        over = true;
        List<ProcessRecord> bottomUp = new ArrayList<>(frozen);
        Collections.reverse(bottomUp);
        for (ProcessRecord process : bottomUp) {
          boolean last = process.ending().continued();
          // The end of a scope that has frozen it is about to kill it.
          if (last && !process.ending().isFrozen()) {
            signals.send(process, SIGCONT, SignalReason.THAW);
          }
        }
      }
    } finally {
      registry.lock.unlock();
    }
  }

  /** Returns the processes that it has stopped, from the top down. */
  public List<ProcessRecord> processes() {
    return List.copyOf(frozen);
  }

  /** Returns the process that may not be stopped, so that none is; null if there is none. */
  public @Nullable ProcessRecord refusing() {
    return refusing;
  }

  public int errno() {
    return errno;
  }

  /** Returns a process that did not stop in time; null if there is none. */
  public @Nullable ProcessRecord running() {
    return running;
  }
}
