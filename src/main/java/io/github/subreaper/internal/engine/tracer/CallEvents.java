package io.github.subreaper.internal.engine.tracer;

import io.github.subreaper.internal.linux.ptrace.StoppedCall;
import io.github.subreaper.internal.linux.ptrace.TracedMemory;

/**
 * Receives the calls of a launched program, and of all that it forks, that change files or
 * processes; and decides which of them are made. On the tracing thread, while the caller stands
 * still.
 */
public interface CallEvents {
  /** The launched program has been executed: what comes is of it. */
  void begun(Traced process);

  /**
   * A thread is about to make a call that changes files, or one of another architecture.
   *
   * @param memory of the thread
   */
  CallAnswer called(Traced process, int tid, StoppedCall call, TracedMemory memory);

  /** It has forked; the child has run nothing yet. */
  CallAnswer forked(Traced process, int child);

  /** It executes another program, of which nothing has run yet. */
  CallAnswer executed(Traced process);

  /** It is about to end, by itself or by a signal that can be caught. */
  CallAnswer ending(Traced process, TracedMemory memory);

  /** Its calls cannot be reported, so all of its processes are killed. */
  void refused(String reason);

  /** Returns whether an answer, or a refusal, has killed all: nothing is asked after it. */
  boolean isOver();
}
