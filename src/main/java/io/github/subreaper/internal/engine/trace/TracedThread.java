package io.github.subreaper.internal.engine.trace;

import io.github.subreaper.internal.linux.ProcessStat;
import io.github.subreaper.internal.linux.Procfs;

/** One traced thread. For the tracing thread only. */
final class TracedThread {
  final int tid;
  final Traced process;
  boolean stoppedBySignal;

  /** It has stopped before. */
  boolean begun;

  TracedThread(int tid, Traced process) {
    this.tid = tid;
    this.process = process;
  }

  /** Returns whether its id is the pid of the process. */
  boolean isFirst() {
    return tid == process.pid();
  }

  /** Returns whether its number has been given to another process since: this one is gone. */
  boolean isOfAnother() {
    ProcessStat now = Procfs.stat(tid);
    return now != null && now.startTicks() != process.birth().startTicks();
  }
}
