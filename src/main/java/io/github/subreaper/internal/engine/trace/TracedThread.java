package io.github.subreaper.internal.engine.trace;

/** One traced thread. For the tracing thread only. */
final class TracedThread {
  final int tid;
  final Traced process;
  boolean stoppedBySignal;

  TracedThread(int tid, Traced process) {
    this.tid = tid;
    this.process = process;
  }

  /** Returns whether its id is the pid of the process. */
  boolean isFirst() {
    return tid == process.pid();
  }
}
