package io.github.subreaper.internal.engine;

import org.jspecify.annotations.Nullable;

/**
 * A thread or a method that works for a scope for some time. After the scope has ended, its name is
 * left.
 */
class BindingRecord {
  private final String scopeName;
  private final long sinceNanos = System.nanoTime();
  private volatile @Nullable Scope scope;
  private volatile long endNanos;
  private volatile boolean ended;

  BindingRecord(Scope scope) {
    this.scope = scope;
    this.scopeName = scope.name();
  }

  String scopeName() {
    return scopeName;
  }

  /** Returns null once the scope has ended. */
  @Nullable Scope scope() {
    return scope;
  }

  boolean isOf(BindingRecord other) {
    return scope != null && scope == other.scope;
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
    return overlaps(nanos, nanos);
  }

  /** Returns whether it held at some time of a span. */
  boolean overlaps(long fromNanos, long toNanos) {
    return toNanos - sinceNanos >= 0 && (!ended || fromNanos - endNanos <= 0);
  }

  boolean endedBefore(long nanos) {
    return ended && endNanos - nanos < 0;
  }
}
