package io.github.subreaper.internal.engine.end;

import io.github.subreaper.internal.engine.origin.MethodBindings;
import io.github.subreaper.internal.engine.origin.Origin;
import io.github.subreaper.internal.engine.origin.ThreadBindings;
import io.github.subreaper.internal.engine.reap.CompleteScan;
import io.github.subreaper.internal.engine.reap.Watcher;
import io.github.subreaper.internal.engine.records.BindingRecord;
import io.github.subreaper.internal.engine.records.Registry;
import io.github.subreaper.internal.engine.records.Scope;
import io.github.subreaper.internal.engine.records.ScopeEnd;
import io.github.subreaper.internal.engine.records.ScopeTree;
import io.github.subreaper.internal.engine.records.Spared;
import io.github.subreaper.internal.engine.time.Birth;
import io.github.subreaper.internal.engine.values.Policy;
import io.github.subreaper.internal.linux.Time;
import java.lang.reflect.Method;
import org.jspecify.annotations.Nullable;

/** Opens, binds and ends scopes. */
public final class Scopes {
  private final Time time;
  private final ScopeTree tree;
  private final Registry registry;
  private final ThreadBindings threads;
  private final MethodBindings methods;
  private final Origin origin;
  private final CompleteScan scan;
  private final ScopeEnding ending;
  private final Watcher watcher;

  public Scopes(
      Time time,
      ScopeTree tree,
      Registry registry,
      ThreadBindings threads,
      MethodBindings methods,
      Origin origin,
      CompleteScan scan,
      ScopeEnding ending,
      Watcher watcher) {
    this.time = time;
    this.tree = tree;
    this.registry = registry;
    this.threads = threads;
    this.methods = methods;
    this.origin = origin;
    this.scan = scan;
    this.ending = ending;
    this.watcher = watcher;
  }

  /** Opens the session of one user of the activation. */
  public Scope openSession() {
    return opened(tree.root(), "session", ScopeTree.SESSION_POLICY);
  }

  /** Opens a scope in another. What is alive by now belongs to that one, so a scan comes first. */
  public Scope open(Scope parent, String name, Policy policy) {
    origin.start();
    scan.all();
    return opened(parent, name, policy);
  }

  private Scope opened(Scope parent, String name, Policy policy) {
    registry.lock.lock();
    try {
      Scope scope = parent.open(name, policy, Thread.currentThread().getId());
      registry.facts.opened(scope);
      watcher.scopeOpened();
      return scope;
    } finally {
      registry.lock.unlock();
    }
  }

  /**
   * Binds a thread to a scope: what it starts by itself counts as the scope's until the result is
   * run.
   */
  public Runnable bind(Scope scope, Thread thread) {
    BindingRecord binding = scope.newBinding("bind a thread to");
    threads.bind(thread, binding);
    return binding::end;
  }

  /**
   * Binds a method to a scope: what starts with it on the stack counts as the scope's, unless the
   * thread is bound.
   */
  public Runnable bind(Scope scope, Method method) {
    BindingRecord binding = scope.newBinding("bind a method to");
    methods.bind(method, binding);
    return binding::end;
  }

  /** Ends a scope and leaves nothing alive but its survivors. */
  public ScopeEnd end(Scope scope) {
    return end(scope, Spared.NONE);
  }

  /**
   * Ends a scope and those nested in it. The first call does it, others get its result.
   *
   * @param spared what it leaves alive
   * @throws RuntimeException if that fails; what is known of it has been sent SIGKILL then
   */
  public ScopeEnd end(Scope scope, Spared spared) {
    return ending.end(scope, spared);
  }

  /** Terminates what was launched in a scope, which stays open for the rest. */
  public void endLaunches(Scope scope) {
    ending.endLaunches(scope);
  }

  /**
   * Returns the open scope that the calling thread works for: the one that it is bound to, or the
   * innermost; another one where neither is known.
   */
  public Scope ofCaller(Scope otherwise) {
    BindingRecord bound = threads.boundAt(Thread.currentThread().getId(), time.nanos());
    return registry.lock.locked(
        () -> {
          @Nullable Scope scope = bound == null ? null : bound.scope();
          Scope caller = scope == null ? tree.ambientScope(Birth.NOW) : scope;
          return caller != tree.root() && caller.isOpen() ? caller : otherwise;
        });
  }
}
