package io.github.subreaper.internal.engine.tracer;

import io.github.subreaper.internal.linux.proc.ProcessStat;
import io.github.subreaper.internal.linux.proc.Procfs;
import io.github.subreaper.internal.linux.ptrace.Ptrace;

/** One traced thread. For the tracing thread only. */
final class TracedThread {
  final int tid;
  final Traced process;
  private boolean stoppedBySignal;
  private boolean begun;
  private boolean leaving;

  TracedThread(int tid, Traced process) {
    this.tid = tid;
    this.process = process;
  }

  /** It has stopped for the first time, or later. */
  void begun() {
    begun = true;
  }

  boolean hasBegun() {
    return begun;
  }

  /** It is about to exit, or has exited; or an exec has made it the only one. */
  void leaves(boolean does) {
    leaving = does;
  }

  boolean isLeaving() {
    return leaving;
  }

  /** A signal has stopped it. Returns false if it is stopped already. */
  boolean stop() {
    boolean ran = !stoppedBySignal;
    stoppedBySignal = true;
    return ran;
  }

  void goOn() {
    stoppedBySignal = false;
  }

  boolean isStoppedBySignal() {
    return stoppedBySignal;
  }

  /** Returns whether its id is the pid of the process. */
  boolean isFirst() {
    return tid == process.pid();
  }

  /** Returns whether it has stopped and is neither killed nor continued since. */
  boolean staysStopped(Procfs procfs) {
    ProcessStat now = stoppedBySignal ? procfs.stat(tid) : null;
    return now != null && (now.state() == 't' || now.state() == 'T');
  }

  /** Returns whether its number has been given to another process since: this one is gone. */
  boolean isOfAnother(Procfs procfs) {
    ProcessStat now = procfs.stat(tid);
    return now != null && !now.mayHaveStarted(process.birth().startTicks());
  }

  /** Returns whether this can be the first stop of a process, though it has begun. */
  boolean mayStopFirst(int event, int signal) {
    return event == Ptrace.EVENT_STOP && !Ptrace.isStopSignal(signal) && begun && isFirst();
  }
}
