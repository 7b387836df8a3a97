package io.github.subreaper.internal.engine.tracer;

import io.github.subreaper.internal.linux.proc.ProcessStat;
import io.github.subreaper.internal.linux.proc.Procfs;
import org.jspecify.annotations.Nullable;

/** One traced process. Its fields but the note are the tracing thread's. */
public final class Traced {
  /** Stands for the status of a process that has none yet. */
  static final int RUNS = -1;

  private final ProcessStat birth;

  private int threads;

  /** How many of them a signal has stopped. */
  private int stopped;

  private boolean stopReported;

  /** The signal that has stopped the latest of them. */
  private int stopSignal;

  /** The status of the last of its threads to exit; {@link #RUNS} if none has. */
  private int waitStatus = RUNS;

  private int lastToExit;

  private boolean ending;

  /** Its threads have exited with several statuses. */
  private boolean differ;

  /** What the implementation of {@link TraceEvents} keeps here; for its use only. */
  private volatile @Nullable Object note;

  private final boolean first;

  /**
   * Knows of no thread yet.
   *
   * @param birth what {@code /proc} shows
   * @param first whether it is the launched process
   */
  public Traced(ProcessStat birth, boolean first) {
    this.birth = birth;
    this.first = first;
  }

  void addThread() {
    threads++;
  }

  boolean hasOneThread() {
    return threads == 1;
  }

  /** Returns whether it has none left. */
  boolean removeThread(TracedThread one) {
    threads--;
    if (one.isStoppedBySignal()) {
      stopped--;
    }
    return threads == 0;
  }

  /** A signal stops one of its threads, which may be stopped already. */
  void stops(TracedThread one, int signal) {
    stopSignal = signal;
    if (one.stop()) {
      stopped++;
    }
  }

  /** Returns whether all of its threads are stopped, and that is not reported yet. */
  boolean isStopUnreported() {
    return stopped >= threads && !stopReported;
  }

  /** Returns the signal that has stopped it, to be reported now. */
  int reportStop() {
    stopReported = true;
    return stopSignal;
  }

  /** SIGCONT has continued it. Returns whether its stop was reported. */
  boolean goesOn() {
    boolean reported = stopReported;
    stopped = 0;
    stopReported = false;
    return reported;
  }

  /**
   * One of its threads is about to exit, or has exited.
   *
   * @param status {@link #RUNS} if it has left its exit stop by SIGKILL: its end shows how
   */
  void exits(int tid, int status) {
    lastToExit = tid;
    differ = status != RUNS && (differ || (waitStatus != RUNS && status != waitStatus));
    waitStatus = status;
  }

  /** Notes whether it is about to end. Returns what was noted before. */
  boolean isEnding(boolean now) {
    boolean before = ending;
    ending = now;
    return before;
  }

  void ended(int status) {
    differ = false;
    waitStatus = status;
  }

  /** It has exec'd, or its end is reported: how its threads ended says nothing of it. */
  void runs() {
    ended(RUNS);
  }

  /**
   * Returns its status when all of its threads exit or have exited; {@link #RUNS} if none has. If
   * they do so one by one, that is the code of the last one to begin, and a wait returns the
   * youngest first.
   */
  int waitStatus(Procfs procfs) {
    int shown = differ ? procfs.statusOfAll(pid(), lastToExit) : -1;
    return shown >= 0 ? shown : waitStatus;
  }

  /** Returns whether it is the launched process. */
  public boolean isFirst() {
    return first;
  }

  /** Returns what {@code /proc} showed of it at first: its pid, start time and parent. */
  public ProcessStat birth() {
    return birth;
  }

  public int pid() {
    return birth.pid();
  }

  /** Returns the process group that it was born into. */
  int group() {
    return birth.processGroup();
  }

  public void note(Object its) {
    note = its;
  }

  public @Nullable Object note() {
    return note;
  }
}
