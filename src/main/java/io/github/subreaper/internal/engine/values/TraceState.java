package io.github.subreaper.internal.engine.values;

import org.jspecify.annotations.Nullable;

/** What the rest of the engine has to know of the trace of one launch. */
public final class TraceState {
  private volatile int tid;
  private volatile @Nullable Throwable failure;
  private volatile long failedNanos;

  public void runsOn(int thread) {
    tid = thread;
  }

  public void failed(Throwable reason, long nanos) {
    failedNanos = nanos;
    failure = reason;
  }

  /**
   * Returns the kernel's id of the tracing thread, which TracerPid of each traced process shows.
   */
  public int tid() {
    return tid;
  }

  /** Returns why the trace has ended too early; null if it has not. */
  public @Nullable Throwable failure() {
    return failure;
  }

  /** Returns whether it has failed, and not later than this. */
  public boolean hasFailedBy(long nanos) {
    return failure != null && nanos - failedNanos >= 0;
  }
}
