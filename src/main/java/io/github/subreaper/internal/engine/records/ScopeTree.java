package io.github.subreaper.internal.engine.records;

import io.github.subreaper.internal.engine.lock.RecordLock;
import io.github.subreaper.internal.engine.time.Birth;
import io.github.subreaper.internal.engine.time.PidOrder;
import io.github.subreaper.internal.engine.values.Policy;
import java.time.Duration;
import java.util.List;

/** All scopes of an activation, below one root. Each user's session is a child of it. */
public final class ScopeTree {
  public static final Policy SESSION_POLICY =
      new Policy(
          Duration.ofSeconds(5),
          Duration.ZERO,
          Duration.ofSeconds(10),
          Duration.ofSeconds(5),
          false,
          List.of());

  private final Scope root;

  private final PidOrder order;

  /** Opens the root, on behalf of the calling thread. */
  public ScopeTree(RecordLock lock, PidOrder order) {
    this.order = order;
    root = new Scope(lock, "session", null, SESSION_POLICY, Thread.currentThread().getId());
  }

  public Scope root() {
    return root;
  }

  /** Returns whether code under test may run: a scope is open within a session. */
  public boolean isAnyOpen() {
    for (Scope session : root.openUnderLock()) {
      if (!session.openUnderLock().isEmpty()) {
        return true;
      }
    }
    return false;
  }

  /**
   * Returns the scope of an ambient process by the time of its birth: the innermost scope that was
   * open by then if these form one chain, or the innermost that all chains share. A session with
   * nothing open in it starts nothing, so it counts only if all sessions are such. The lock is
   * held.
   */
  public Scope ambientScope(Birth birth) {
    Scope scope = root;
    while (true) {
      List<Scope> nested = scope.openNested(birth);
      if (scope == root && nested.size() > 1) {
        nested = nested.stream().filter(session -> !session.openUnderLock().isEmpty()).toList();
      }
      if (nested.size() != 1 || scope.mayBeOfAnEnded(birth, nested.get(0), order)) {
        return scope;
      }
      scope = nested.get(0);
    }
  }
}
