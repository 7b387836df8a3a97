package io.github.subreaper.internal.engine.query;

import io.github.subreaper.internal.engine.records.LaunchRecord;
import io.github.subreaper.internal.engine.records.ProcessRecord;
import io.github.subreaper.internal.engine.records.Scope;
import io.github.subreaper.internal.linux.Kernel;
import io.github.subreaper.internal.linux.Time;
import io.github.subreaper.internal.linux.proc.ProcessStat;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Finds the daemon among the processes of a launch or scope. A double fork orphans its dying middle
 * process first, which has the daemon's name. So the first orphan is not taken at once: a launch
 * has to be quiet, which means no birth, exec or end for a while, and no process on a CPU or
 * waiting for a disk.
 */
public final class Search {
  static final long QUIET_NANOS = 100_000_000;
  static final long PATIENCE_NANOS = 1_000_000_000;

  /**
   * The result of a search.
   *
   * @param process null if there is none
   * @param reason why there is none
   * @param hopeless whether there will never be one
   */
  public record Result(@Nullable ProcessRecord process, String reason, boolean hopeless) {}

  private static final Comparator<ProcessRecord> BY_START =
      Comparator.<ProcessRecord>comparingLong(process -> process.startTicks())
          .thenComparingLong(process -> process.sequence());
  private static final Comparator<ProcessRecord> BY_END =
      Comparator.comparingLong(process -> process.ending().deathNanos());

  private final Kernel kernel;
  private final Time time;
  private final Searches with;
  private final Supplier<List<ProcessRecord>> all;
  private final @Nullable LaunchRecord launch;
  private final LongSupplier lastDeathNanos;
  private final Predicate<ProcessRecord> wanted;
  private long candidateSinceNanos;
  private @Nullable ProcessRecord candidate;
  private @Nullable String executable;
  private long executesSinceNanos;
  private int quietScans;

  Search(
      Kernel kernel,
      Time time,
      Searches with,
      Supplier<List<ProcessRecord>> all,
      @Nullable LaunchRecord launch,
      LongSupplier lastDeathNanos,
      Predicate<ProcessRecord> wanted) {
    this.kernel = kernel;
    this.time = time;
    this.with = with;
    this.all = all;
    this.launch = launch;
    this.lastDeathNanos = lastDeathNanos;
    this.wanted = wanted;
  }

  /** Searches until there is one, there can be none any more, or the time is over. */
  public Result run(long timeoutNanos) throws InterruptedException {
    Result found = with.waiting().until(timeoutNanos, this::tryOnce);
    if (found != null) {
      return found;
    }
    return new Result(null, whyNot(), false);
  }

  private String whyNot() {
    if (launch != null && launch.process().isAlive()) {
      return "the launcher (" + launch.process().pid() + ") is still running";
    }
    ProcessRecord seen = candidate;
    if (seen != null) {
      return "there is one, pid "
          + seen.pid()
          + ", but it was not quiet yet (no birth, exec or end for 100 ms,"
          + " no process on a CPU or waiting for a disk)";
    }
    return "none came";
  }

  /** Scans once and judges; null to try again. */
  private @Nullable Result tryOnce() {
    if (launch != null && !launch.process().exitSeen()) {
      with.census().scanBelow(launch.process()); // quick enough to see the parent of each child
      return null;
    }
    with.reaper().reapNow();
    long began = time.nanos();
    with.census().scan();
    with.reaper().reapNow();
    if (launch == null) {
      with.doubted().settle();
    }
    long scanned = with.census().lastStartNanos();
    List<ProcessRecord> records;
    boolean anyLeft;
    boolean complete;
    with.registry().lock.lock(); // deaths are noted under it
    try {
      records = all.get();
      anyLeft = records.stream().anyMatch(Search::mayBecomeOrphan);
      // A process that died since the scan began may have orphaned a child that no list showed.
      complete = scanned - began >= 0 && scanned - lastDeathNanos.getAsLong() > 0;
      anyLeft |= complete && with.reaper().isAnyInQuestion();
    } finally {
      with.registry().lock.unlock();
    }
    ProcessRecord first =
        records.stream()
            .filter(process -> process.isAlive() && wanted.test(process))
            .min(BY_START)
            .orElse(null);
    if (first == null) {
      candidate = null;
      if (anyLeft || !(complete || with.registry().isClosed())) {
        return null;
      }
      ProcessRecord last =
          records.stream()
              .filter(process -> process.exitSeen() && wanted.test(process))
              .max(BY_END)
              .orElse(null);
      return last != null ? new Result(last, "", false) : new Result(null, "", true);
    }
    return isSettled(first, records) ? new Result(first, "", false) : null;
  }

  /** A zombie is known for an orphan when the JDK, which may have forked it, has had its turn. */
  private static boolean mayBecomeOrphan(ProcessRecord process) {
    return process.isAlive() || (!process.exitSeen() && !process.membership().isDirectChild());
  }

  private boolean isSettled(ProcessRecord first, List<ProcessRecord> records) {
    long now = time.nanos();
    if (first != candidate) {
      candidate = first;
      candidateSinceNanos = now;
      executable = first.executable();
      executesSinceNanos = first.firstSeenNanos();
      quietScans = 0;
    } else if (!Objects.equals(executable, first.executable())) {
      executable = first.executable();
      executesSinceNanos = now;
    }
    LaunchRecord its = launch != null ? launch : first.launch();
    Scope scope = first.scope();
    long lastEvent =
        its != null
            ? its.lastEventNanos()
            : scope != null ? scope.lastEventNanos() : candidateSinceNanos;
    long since = launch != null ? launch.process().ending().endedNanos() : first.firstSeenNanos();
    if (now - since >= PATIENCE_NANOS && now - executesSinceNanos >= PATIENCE_NANOS) {
      return true;
    }
    if (now - lastEvent < QUIET_NANOS) {
      quietScans = 0;
      return false;
    }
    for (ProcessRecord process : records) {
      boolean family = its != null ? process.launch() == its : process.launch() == null;
      if (family && process.isAlive() && isRunning(kernel, process)) {
        quietScans = 0;
        return false;
      }
    }
    return ++quietScans >= 2;
  }

  /** Returns whether one process, by itself, is old enough, or at rest and not quite new. */
  static boolean isSettled(Kernel kernel, Time time, ProcessRecord process) {
    long age = time.nanos() - process.firstSeenNanos();
    return age >= PATIENCE_NANOS || (age >= QUIET_NANOS && !isRunning(kernel, process));
  }

  /** Returns whether any thread of a process is on a CPU, or waits for one, a disk, or vfork(2). */
  private static boolean isRunning(Kernel kernel, ProcessRecord process) {
    ProcessStat stat = kernel.procfs.stat(process.pid());
    if (stat == null || !process.is(stat)) {
      return false;
    }
    if (isBusy(stat.state())) {
      return true;
    }
    if (stat.threads() > 1) {
      for (int tid : kernel.procfs.threads(process.pid())) {
        if (isBusy(kernel.procfs.threadState(process.pid(), tid))) {
          return true;
        }
      }
    }
    return false;
  }

  private static boolean isBusy(char state) {
    return state == 'R' || state == 'D';
  }
}
