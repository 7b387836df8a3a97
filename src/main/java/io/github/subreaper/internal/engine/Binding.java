package io.github.subreaper.internal.engine;

import org.jspecify.annotations.Nullable;

/** For a time, a thread or a method works for a scope. After the scope's end its name is left. */
final class Binding {
  private final String scopeName;
  private final long sinceNanos = System.nanoTime();
  private volatile @Nullable Scope scope;
  private volatile long endNanos;
  private volatile boolean ended;

  Binding(Scope scope) {
    this.scope = scope;
    this.scopeName = scope.name();
  }

  String scopeName() {
    return scopeName;
  }

  /** Null once it has ended. */
  @Nullable Scope scope() {
    return scope;
  }

  boolean isOf(Binding other) {
    return scope != null && scope == other.scope;
  }

  boolean isOpen() {
    return !ended;
  }

  synchronized void end() {
    if (!ended) {
      endNanos = System.nanoTime();
      ended = true;
    }
  }

  void endWithScope() {
    end();
    scope = null;
  }

  boolean covers(long nanos) {
    return nanos - sinceNanos >= 0 && (!ended || nanos - endNanos <= 0);
  }

  boolean endedBefore(long nanos) {
    return ended && endNanos - nanos < 0;
  }
}
