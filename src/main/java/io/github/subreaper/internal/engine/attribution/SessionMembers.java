package io.github.subreaper.internal.engine.attribution;

import io.github.subreaper.internal.engine.records.LaunchRecord;
import io.github.subreaper.internal.engine.records.Observed;
import io.github.subreaper.internal.engine.records.ProcessRecord;
import io.github.subreaper.internal.engine.records.Registry;
import io.github.subreaper.internal.engine.records.Scope;
import io.github.subreaper.internal.engine.time.Ticks;
import io.github.subreaper.internal.linux.Kernel;
import io.github.subreaper.internal.linux.Time;
import io.github.subreaper.internal.linux.proc.ProcessStat;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * The sessions and process groups of our processes. A process gets into a session by its birth
 * only, so a member that did not create the session descends from the others. The lock is held.
 */
final class SessionMembers {
  /** The kernel counts starts of processes in hundredths of a second. */
  private static final long TICKS_NANOS = 20_000_000;

  private final Kernel kernel;
  private final Time time;
  private final Registry registry;

  /** The process attributed last in a session, or in a group; none that carries a launch's tag. */
  private final Map<Integer, ProcessRecord> sessions = new HashMap<>();

  private final Map<Integer, ProcessRecord> groups = new HashMap<>();

  SessionMembers(Kernel kernel, Time time, Registry registry) {
    this.kernel = kernel;
    this.time = time;
    this.registry = registry;
  }

  /**
   * Returns a known process of the session, or else of the group, that a process did not create
   * itself.
   *
   * <p>Only a process that kept the number in use proves anything: once all have left it, it may be
   * another's.
   *
   * @param covered whether the process carries the session's tag, so that it is ours in any case.
   *     If not, it may be a launch's
   */
  @Nullable ProcessRecord of(ProcessRecord process, ProcessStat stat, boolean covered) {
    ProcessRecord kin = null;
    if (isOwn(stat.session(), registry.own.id()) && stat.session() != stat.pid()) {
      kin = sessions.get(stat.session());
      boolean was = covered && kin != null && isBornBy(process, kin);
      if (kin == null || !(was || isMember(kin, stat))) {
        kin =
            covered
                ? null
                : search(process, stat.session(), Observed::session, one -> isMember(one, stat));
      }
    }
    if (kin == null
        && isOwn(stat.processGroup(), registry.own.group())
        && stat.processGroup() != stat.pid()) {
      kin = groups.get(stat.processGroup());
      boolean was = covered && kin != null && isBornBy(process, kin);
      if (kin == null || !(was || isInGroupOf(kin, stat))) {
        kin =
            covered
                ? null
                : search(
                    process,
                    stat.processGroup(),
                    Observed::processGroup,
                    one -> isInGroupOf(one, stat));
      }
    }
    return kin != null && kin.scope() != null && isSameUse(kin, process) ? kin : null;
  }

  /**
   * Searches, instead of remembering each process of a launch: it is rarely asked.
   *
   * @param number of the session or group, which its leader has as its pid
   */
  private @Nullable ProcessRecord search(
      ProcessRecord process,
      int number,
      ToIntFunction<Observed> shown,
      Predicate<ProcessRecord> isMember) {
    ProcessRecord leader = registry.find(number);
    if (leader != null && isMember.test(leader)) {
      return leader;
    }
    for (LaunchRecord launch : registry.launches()) {
      for (ProcessRecord one : launch.recordsUnderLock()) {
        if (shown.applyAsInt(one.observed()) == number
            && isSameUse(one, process)
            && isMember.test(one)) {
          return one;
        }
      }
    }
    return null;
  }

  /** Returns whether a process was born before another one was first seen, as a member. */
  private boolean isBornBy(ProcessRecord process, ProcessRecord kin) {
    return Ticks.nanos(time, process.startTicks()) - kin.firstSeenNanos() <= TICKS_NANOS;
  }

  /** Returns whether a process is in the other's session now, or was at its end. */
  private boolean isMember(ProcessRecord process, ProcessStat other) {
    if (process.exitSeen()) {
      return process.observed().session() == other.session();
    }
    ProcessStat now = kernel.procfs.stat(process.pid());
    return now != null && process.is(now) && now.session() == other.session();
  }

  /**
   * Returns the same for the other's process group, which is part of one session (setpgid(2)), and
   * may be left.
   */
  private boolean isInGroupOf(ProcessRecord process, ProcessStat other) {
    ProcessStat now = process.exitSeen() ? null : kernel.procfs.stat(process.pid());
    int group = now == null ? process.observed().processGroup() : now.processGroup();
    return isMember(process, other) && group == other.processGroup();
  }

  /**
   * Returns whether the number still means the same: it may be another session's if no known
   * process held it meanwhile.
   */
  private boolean isSameUse(ProcessRecord kin, ProcessRecord process) {
    return !kin.exitSeen()
        || Ticks.nanos(time, process.startTicks()) - kin.ending().endedNanos() <= TICKS_NANOS;
  }

  /**
   * Returns whether a number is neither the JVM's nor 0, as that of another pid namespace shows.
   */
  private static boolean isOwn(int number, int jvms) {
    return number > 0 && number != jvms;
  }

  /** Notes a process of ours in its session and process group. */
  void add(ProcessRecord process, ProcessStat stat) {
    if (isOwn(stat.session(), registry.own.id())) {
      sessions.put(stat.session(), process);
    }
    if (isOwn(stat.processGroup(), registry.own.group())) {
      groups.put(stat.processGroup(), process);
    }
  }

  /**
   * Forgets what had the number of a process as its session or group: the kernel gives out none
   * that is in use.
   *
   * @param successor which has the pid now
   */
  void reused(ProcessStat successor) {
    for (Map<Integer, ProcessRecord> numbers : List.of(sessions, groups)) {
      ProcessRecord member = numbers.get(successor.pid());
      if (member != null && member.startTicks() < successor.startTicks()) {
        numbers.remove(successor.pid());
      }
    }
  }

  void forget(Scope scope) {
    sessions.values().removeIf(one -> one.scope() == scope);
    groups.values().removeIf(one -> one.scope() == scope);
  }
}
