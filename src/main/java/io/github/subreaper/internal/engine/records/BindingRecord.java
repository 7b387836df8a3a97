package io.github.subreaper.internal.engine.records;

import io.github.subreaper.internal.linux.Time;
import org.jspecify.annotations.Nullable;

/**
 * A thread or a method that works for a scope for some time. After the scope has ended, its name is
 * left.
 */
public class BindingRecord {
  private final String scopeName;
  private final Time time;
  private final long sinceNanos;
  private volatile @Nullable Scope scope;
  private volatile long endNanos;
  private volatile boolean ended;

  public BindingRecord(Time time, Scope scope) {
    this.time = time;
    this.sinceNanos = time.nanos();
    this.scope = scope;
    this.scopeName = scope.name();
  }

  public String scopeName() {
    return scopeName;
  }

  /** Returns null once the scope has ended. */
  public @Nullable Scope scope() {
    return scope;
  }

  public boolean isOf(BindingRecord other) {
    return scope != null && scope == other.scope;
  }

  public synchronized void end() {
    if (!ended) {
      endNanos = time.nanos();
      ended = true;
    }
  }

  void endWithScope() {
    end();
    scope = null;
  }

  public boolean covers(long nanos) {
    return overlaps(nanos, nanos);
  }

  /** Returns whether it held at some time of a span. */
  public boolean overlaps(long fromNanos, long toNanos) {
    return toNanos - sinceNanos >= 0 && (!ended || fromNanos - endNanos <= 0);
  }

  public boolean endedBefore(long nanos) {
    return ended && endNanos - nanos < 0;
  }
}
