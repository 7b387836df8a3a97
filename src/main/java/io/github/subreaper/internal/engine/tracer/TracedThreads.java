package io.github.subreaper.internal.engine.tracer;

import io.github.subreaper.internal.linux.Kernel;
import io.github.subreaper.internal.linux.proc.ProcessStat;
import io.github.subreaper.internal.linux.ptrace.Ptrace;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The traced threads of one launch, and what their stops and ends mean for their processes. For the
 * tracing thread only.
 */
final class TracedThreads {
  private final Kernel kernel;
  private final TraceEvents events;

  /** By their ids. */
  private final Map<Integer, TracedThread> threads = new LinkedHashMap<>();

  private final Map<Integer, Traced> processes = new HashMap<>();

  /** The pids of all that are or were traced. */
  private final Set<Integer> all = new HashSet<>();

  /** Start times of those whose first stop has shown their births. */
  private final Map<Integer, Long> shownFirst = new HashMap<>();

  TracedThreads(Kernel kernel, TraceEvents events) {
    this.kernel = kernel;
    this.events = events;
  }

  List<Integer> ids() {
    return List.copyOf(threads.keySet());
  }

  /** Returns the id of each thread in turn; 0 if there is none. */
  int next() {
    Iterator<TracedThread> all = threads.values().iterator();
    if (!all.hasNext()) {
      return 0;
    }
    TracedThread first = all.next();
    all.remove();
    threads.put(first.tid, first); // behind the others
    return first.tid;
  }

  /** Returns the ids of all threads, and those of first threads that may be let go by now. */
  Set<Integer> andProcesses() {
    Set<Integer> all = new LinkedHashSet<>(threads.keySet());
    all.addAll(processes.keySet());
    return all;
  }

  @Nullable TracedThread get(int tid) {
    return threads.get(tid);
  }

  @Nullable Traced process(int pid) {
    return processes.get(pid);
  }

  /** Reports a child that a SIGCHLD names if its birth was not reported. */
  void reportChild(Traced parent, Ptrace.Sent sent) {
    if (sent.isOfChild()
        && !all.contains(sent.pid())
        && kernel.procfs.isInOwnPidNamespace(parent.pid())) { // then so is the child's pid
      events.hasUntracedChild(parent);
    }
  }

  /** Returns all processes. */
  Stream<Traced> all() {
    return processes.values().stream();
  }

  boolean hasProcess(int pid) {
    return processes.containsKey(pid);
  }

  /** Notes a first stop that has come before its forker's event. */
  void reportsItself(ProcessStat thread) {
    shownFirst.put(thread.pid(), thread.startTicks());
  }

  /** Returns whether a child has stopped for the first time before this event of its forker. */
  boolean hasReportedItself(int child) {
    Long start = shownFirst.remove(child);
    if (start == null) {
      return false;
    }
    ProcessStat now = kernel.procfs.stat(child);
    return now == null || now.mayHaveStarted(start); // else the number has been given again
  }

  void stopped(TracedThread one, int signal) {
    one.process.stops(one, signal);
    if (one.process.isStopUnreported()) {
      events.stopped(one.process, one.process.reportStop());
    }
  }

  /**
   * SIGCONT lets all threads go on. The others have not said so yet, and may be asked to stop again
   * before they do: then they have to say that.
   */
  void goesOn(TracedThread one) {
    if (one.isStoppedBySignal()) {
      of(one.process).forEach(TracedThread::goOn);
      if (one.process.goesOn()) {
        events.continued(one.process);
      }
    }
  }

  /** Reports the ends that are known by now, before the thread ends. */
  void reportEndings() {
    List.copyOf(processes.values()).forEach(this::reportEnding);
  }

  void reportEnding(Traced process) {
    int status = process.waitStatus(kernel.procfs);
    if (status == Traced.RUNS) {
      return;
    }
    long refusals = kernel.procfs.refusals();
    ProcessStat last = kernel.procfs.stat(process.pid());
    boolean its =
        last == null
            ? kernel.procfs.refusals() > refusals
            : last.mayHaveStarted(process.birth().startTicks());
    if (its) {
      events.ending(process, last, status);
      process.runs(); // once
    }
  }

  TracedThread add(int which, Traced process) {
    TracedThread thread = new TracedThread(which, process);
    threads.put(which, thread);
    process.addThread();
    if (processes.putIfAbsent(process.pid(), process) == null) {
      all.add(process.pid());
    }
    return thread;
  }

  void remove(int which) {
    TracedThread gone = threads.remove(which);
    if (gone == null) {
      return;
    }
    Traced process = gone.process;
    if (process.removeThread(gone)) {
      reportEnding(process); // its last thread may have had no exit stop
      processes.remove(process.pid(), process);
    } else if (process.isStopUnreported()
        && of(process).allMatch(other -> other.staysStopped(kernel.procfs))) {
      events.stopped(process, process.reportStop()); // its last running thread has ended instead
    }
  }

  /** It has exec'd: it is the only thread, and how the others ended says nothing of the process. */
  void removeOthers(TracedThread one) {
    of(one.process).filter(other -> other != one).toList().forEach(other -> remove(other.tid));
    one.process.runs();
    one.leaves(false);
  }

  /** Notes that a thread exits. Returns whether none of its process is left then. */
  boolean lastLeaves(TracedThread one) {
    one.leaves(true);
    return of(one.process).allMatch(TracedThread::isLeaving);
  }

  private Stream<TracedThread> of(Traced process) {
    return threads.values().stream().filter(one -> one.process == process);
  }
}
