package io.github.subreaper.internal.engine;

import io.github.subreaper.internal.linux.ProcessStat;
import io.github.subreaper.internal.linux.Procfs;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The sessions and process groups of our processes. A process gets into a session by its birth
 * only, so a member that did not create the session descends from the others. The lock is held.
 */
final class SessionMembers {
  /** The kernel counts starts of processes in hundredths of a second. */
  private static final long TICKS_NANOS = 20_000_000;

  private final Registry registry;
  private final int jvmSession;
  private final int jvmGroup;

  /** The process attributed last in a session, or in a group; none that carries a launch's tag. */
  private final Map<Integer, ProcessRecord> sessions = new HashMap<>();

  private final Map<Integer, ProcessRecord> groups = new HashMap<>();

  SessionMembers(Registry registry, int jvmSession, int jvmGroup) {
    this.registry = registry;
    this.jvmSession = jvmSession;
    this.jvmGroup = jvmGroup;
  }

  /**
   * Returns a known process of the session, or else of the group, that a process did not create
   * itself.
   *
   * @param covered whether the process carries the session's tag; if not, it may be a launch's
   */
  @Nullable ProcessRecord of(ProcessRecord process, ProcessStat stat, boolean covered) {
    ProcessRecord kin = null;
    boolean member = isOwn(stat.session(), jvmSession) && stat.session() != stat.pid();
    if (member) {
      kin = sessions.get(stat.session());
      kin = kin == null || hasLeft(kin, stat) ? leader(stat.session()) : kin;
    }
    if (kin == null && isOwn(stat.processGroup(), jvmGroup) && stat.processGroup() != stat.pid()) {
      kin = groups.get(stat.processGroup());
    }
    if (kin == null && member && !covered) {
      kin = ofLaunch(process, stat);
    }
    return kin != null && kin.scope() != null && isSameUse(kin, process) ? kin : null;
  }

  /** Searches, instead of remembering each tagged process: it is rarely asked. */
  private @Nullable ProcessRecord ofLaunch(ProcessRecord process, ProcessStat stat) {
    for (LaunchRecord launch : registry.launches()) {
      for (ProcessRecord one : launch.recordsUnderLock()) {
        if (!hasLeft(one, stat) && isSameUse(one, process)) {
          return one;
        }
      }
    }
    return null;
  }

  /** Returns whether a member is in another session now, so that the number may be reused. */
  private static boolean hasLeft(ProcessRecord member, ProcessStat stat) {
    return member.observed().session() != stat.session();
  }

  /** Returns the leader of a session that was begun after the leader's latest observation. */
  private @Nullable ProcessRecord leader(int session) {
    ProcessRecord leader = registry.find(session);
    if (leader == null) {
      return null;
    }
    ProcessStat now = Procfs.stat(session);
    boolean leads = now != null && leader.is(now) && now.session() == session;
    return leads ? leader : null;
  }

  /**
   * Returns whether the number still means the same: it may be another session's if no known
   * process held it meanwhile.
   */
  private static boolean isSameUse(ProcessRecord kin, ProcessRecord process) {
    return !kin.exitSeen()
        || Ticks.nanos(process.startTicks()) - kin.ending().endedNanos() <= TICKS_NANOS;
  }

  /**
   * Returns whether a number is neither the JVM's nor 0, as that of another pid namespace shows.
   */
  private static boolean isOwn(int number, int jvms) {
    return number > 0 && number != jvms;
  }

  /** Notes a process of ours in its session and process group. */
  void add(ProcessRecord process, ProcessStat stat) {
    if (isOwn(stat.session(), jvmSession)) {
      sessions.put(stat.session(), process);
    }
    if (isOwn(stat.processGroup(), jvmGroup)) {
      groups.put(stat.processGroup(), process);
    }
  }

  void forget(Scope scope) {
    sessions.values().removeIf(one -> one.scope() == scope);
    groups.values().removeIf(one -> one.scope() == scope);
  }
}
