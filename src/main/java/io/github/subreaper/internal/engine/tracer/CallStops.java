package io.github.subreaper.internal.engine.tracer;

import io.github.subreaper.internal.linux.Kernel;
import io.github.subreaper.internal.linux.ptrace.FilterInjection;
import io.github.subreaper.internal.linux.ptrace.Ptrace;
import io.github.subreaper.internal.linux.ptrace.StoppedCall;
import io.github.subreaper.internal.linux.ptrace.TracedMemory;
import org.jspecify.annotations.Nullable;

/**
 * Answers the stops at calls of one launch. After a crash no stop is answered any more, so no call
 * that changes files is made while SIGKILL is on its way. For the tracing thread only.
 */
final class CallStops {
  private final Kernel kernel;
  private final Ptrace ptrace;
  private final TraceEvents events;
  private final CallEvents calls;
  private final TracedThreads threads;
  private final TracedMemory memory;

  /** Of the launched program, until it has its filter. */
  private @Nullable FilterInjection injection;

  private int injected;

  /** The thread that makes its last write, which is shorter than it wanted. */
  private @Nullable TracedThread cut;

  CallStops(
      Kernel kernel, Ptrace ptrace, TraceEvents events, CallEvents calls, TracedThreads threads) {
    this.kernel = kernel;
    this.ptrace = ptrace;
    this.events = events;
    this.calls = calls;
    this.threads = threads;
    this.memory = kernel.tracedMemory();
  }

  /** It has exec'd; the launched program gets its filter before its first call. */
  void executed(TracedThread one, boolean isProgram) {
    if (isProgram) {
      calls.begun(one.process);
      injected = one.tid;
      injection = kernel.filterInjection(one.tid, ptrace, memory);
    } else if (isWatched()) {
      one.process.isEnding(false); // another thread's exit has come too late
      heed(one, calls.executed(one.process));
    }
  }

  /** Returns whether the program runs: what its tools did before is none of its. */
  private boolean isWatched() {
    return injected != 0 && injection == null && !calls.isOver();
  }

  /** A thread has stopped at the entry or exit of a call. */
  void stepped(TracedThread one) {
    FilterInjection its = injection;
    if (one == cut) {
      cut = null;
    } else if (its != null && one.tid == injected) {
      its.step();
      String failure = its.failure();
      if (its.isDone()) {
        injection = null;
      } else if (failure != null) {
        calls.refused(failure);
        crash(null);
      }
    }
  }

  /** A filter has stopped a thread before a call. */
  void called(TracedThread one) {
    StoppedCall call = isWatched() ? ptrace.call(one.tid) : null;
    if (call != null && call.stop() == StoppedCall.Stop.FILTER) {
      boolean ends = call.endsProcess() || (call.endsThread() && threads.lastLeaves(one));
      heed(one, ends ? ending(one.process) : calls.called(one.process, one.tid, call, memory));
    }
  }

  void forked(TracedThread one, int child) {
    if (isWatched()) {
      heed(one, calls.forked(one.process, child));
    }
  }

  /**
   * A thread exits, or has exited. If the end of its process is not known by a call, it is now.
   *
   * @param isKilled whether all threads of the process end with it
   */
  void exits(TracedThread one, boolean isKilled) {
    boolean ends = threads.lastLeaves(one) || isKilled;
    if (ends && isWatched() && ending(one.process).crashes()) {
      crash(one.process);
    }
  }

  /** Once for each process, however many of its threads end it. */
  private CallAnswer ending(Traced process) {
    return process.isEnding(true) ? CallAnswer.GO_ON : calls.ending(process, memory);
  }

  private void heed(TracedThread one, CallAnswer answer) {
    if (answer.isCut() && ptrace.shorten(one.tid, answer.length())) {
      cut = one;
      crash(one.process);
    } else if (answer.crashes()) {
      crash(null);
    }
  }

  private void crash(@Nullable Traced spared) {
    events.crash(threads.all().filter(one -> one != spared).toList());
  }

  /** Returns whether this has answered a stop, or leaves a thread in it. */
  boolean answers(TracedThread one) {
    if (one == cut) {
      ptrace.goToCall(one.tid, 0);
      return true;
    }
    return cut != null && cut.process == one.process;
  }

  /** Lets a stopped thread go on. */
  void goOn(TracedThread one, int signal) {
    if (injection != null && one.tid == injected) {
      ptrace.goToCall(one.tid, signal);
    } else {
      ptrace.goOn(one.tid, signal);
    }
  }
}
