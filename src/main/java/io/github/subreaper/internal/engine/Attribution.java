package io.github.subreaper.internal.engine;

import io.github.subreaper.internal.linux.ProcessStat;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * To which launch and scope a process belongs, for life. The registry's lock is held.
 *
 * <p>In this order: the launch's tag that it carries; the process it was seen below; the session
 * that it shares with a known process; the thread that spawned it; and for what code under test
 * started by itself, the innermost of the open scopes as long as they form one chain.
 */
final class Attribution {
  private final Engine engine;
  private final int jvmSession;

  /** Of processes without a launch: sid to the scope of whoever was seen in that session first. */
  private final Map<Integer, Scope> sessions = new HashMap<>();

  Attribution(Engine engine, int jvmSession) {
    this.engine = engine;
    this.jvmSession = jvmSession;
  }

  /**
   * Fills in launch and scope.
   *
   * @param tag that it carries
   * @param parent the record of its parent; null if that is this JVM, or unknown
   * @param tid of the thread in whose list of children it stands; 0 if unknown
   * @return false if it is nobody's: untagged and without known lineage
   */
  boolean attribute(
      ProcessRecord process, ProcessStat stat, long tag, @Nullable ProcessRecord parent, int tid) {
    boolean covered = engine.tags.covers(tag);
    int number = covered ? engine.tags.launchOf(tag) : 0;
    LaunchRecord launch = engine.launches.get(number);
    if (launch != null) {
      process.launch = launch;
      process.scope = parent != null && parent.launch == launch ? parent.scope : launch.scope;
      return true;
    }
    if (parent != null && parent.scope != null) {
      process.launch = parent.launch;
      process.scope = parent.scope;
      remember(process, stat);
      return true;
    }
    boolean ownSession = stat.session() != jvmSession && stat.session() != stat.pid();
    Scope tied = ownSession ? sessions.get(stat.session()) : null;
    if (tied != null) {
      process.scope = tied;
      return true;
    }
    if (!covered && !(!engine.tags.inLimit() && tid != 0)) {
      return false;
    }
    Scope bound = tid == 0 ? null : engine.threads.scopeOf(tid);
    process.scope = bound != null && bound.isOpen() ? bound : engine.ambientScope();
    remember(process, stat);
    return true;
  }

  private void remember(ProcessRecord process, ProcessStat stat) {
    Scope scope = process.scope;
    if (scope != null && process.launch == null && stat.session() != jvmSession) {
      sessions.put(stat.session(), scope);
    }
  }

  /** A direct child keeps the JVM's session or leads its own: anything else was adopted. */
  boolean provesDescent(ProcessStat stat) {
    return stat.parent() != 0
        && stat.session() > 0
        && stat.session() != jvmSession
        && stat.session() != stat.pid();
  }

  void forget(Scope scope) {
    sessions.values().removeIf(scope::equals);
  }
}
