package io.github.subreaper.internal.engine.trace;

import static io.github.subreaper.internal.linux.SignalNumber.SIGKILL;
import static io.github.subreaper.internal.linux.SignalNumber.SIGSTOP;
import static io.github.subreaper.internal.linux.SignalNumber.SIGTSTP;
import static io.github.subreaper.internal.linux.SignalNumber.SIGTTIN;
import static io.github.subreaper.internal.linux.SignalNumber.SIGTTOU;

import io.github.subreaper.internal.linux.Kill;
import io.github.subreaper.internal.linux.ProcessStat;
import io.github.subreaper.internal.linux.Procfs;
import io.github.subreaper.internal.linux.Ptrace;
import io.github.subreaper.internal.linux.TracedWait;
import io.github.subreaper.internal.linux.TracedWait.Told;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The traced threads and processes of one launch. Each stop is taken first, then read, then
 * answered. An answer may come too late at any time: SIGKILL ends each stop. For the tracing thread
 * only.
 */
final class Tracees {
  private static final int SELF = (int) ProcessHandle.current().pid();

  /** A forker tells of its child at once, unless it is killed. */
  private static final long UNBORN_NANOS = 10_000_000;

  private final TraceEvents events;
  private final Ptrace ptrace = new Ptrace();
  private final TracedWait wait;

  /** All traced threads, by their ids. */
  private final Map<Integer, TracedThread> threads = new LinkedHashMap<>();

  private final Map<Integer, Traced> processes = new HashMap<>();

  /** Children of this JVM that have ended without their exit stop: another thread collects them. */
  private final Set<Integer> kept = new LinkedHashSet<>();

  /** Start times of threads that have told of their births themselves. */
  private final Map<Integer, Long> toldFirst = new HashMap<>();

  /** Threads that have stopped for the first time before their forker has told of them. */
  private final Map<Integer, Unborn> unborn = new LinkedHashMap<>();

  private record Unborn(int stop, long nanos) {}

  private boolean lettingGo;

  Tracees(TraceEvents events, TracedWait wait) {
    this.events = events;
    this.wait = wait;
  }

  /** Traces a first process. Returns 0 or the errno. */
  int seize(int pid) {
    ProcessStat stat = Procfs.stat(pid);
    int errno = ptrace.seize(pid);
    if (errno == 0 && stat != null) {
      add(pid, new Traced(stat, true));
    }
    return errno;
  }

  /** Returns whether no zombie that another thread has to collect hides others from a wait. */
  boolean hidesNone() {
    return kept.isEmpty();
  }

  /** Returns whether only such zombies are left: the kernel lets go of them with the thread. */
  boolean areOver() {
    return !kept.isEmpty()
        && kept.containsAll(threads.keySet())
        && kept.stream().allMatch(Tracees::isOwn);
  }

  /** Lets all go at their next stop, and asks them to stop. */
  void letGo() {
    lettingGo = true;
    List.copyOf(threads.keySet()).forEach(ptrace::interrupt);
  }

  /** Answers the stops that another thread's wait has taken. */
  void answerStolen() {
    Set<Integer> all = new LinkedHashSet<>(threads.keySet());
    all.addAll(processes.keySet()); // a first thread that is gone may be another's after exec
    all.removeAll(unborn.keySet());
    for (int one : all) {
      int stop = ptrace.stolenStop(one, wait); // none while it listens
      if (stop != 0) {
        stop(one, stop);
      }
    }
  }

  /** Answers what the last wait has told. */
  void answer() {
    int which = wait.tid();
    if (!wait.isStop()) {
      end(which, wait.waitStatus());
    } else if (wait.takeStop(which)) {
      stop(which, wait.stop());
    }
  }

  /** Handles ends while one that is kept hides them. Returns whether there was any. */
  boolean collectBesideKept() {
    boolean any = false;
    for (int one : List.copyOf(threads.keySet())) {
      Told told = wait.end(one);
      if (told == Told.OVER) { // the reaper has collected it
        remove(one);
        any = true;
      } else if (told == Told.SOMETHING && !kept.contains(one)) {
        end(one, wait.waitStatus());
        any = true;
      } else if (told == Told.SOMETHING && !isOrWillBeOwn(one)) {
        end(one, wait.waitStatus());
        any = true;
      }
    }
    return any;
  }

  private static boolean isOrWillBeOwn(int pid) {
    ProcessStat stat = Procfs.stat(pid);
    return stat == null || stat.parent() == SELF || Procfs.isDying(stat.parent());
  }

  private static boolean isOwn(int pid) {
    ProcessStat stat = Procfs.stat(pid);
    return stat == null || stat.parent() == SELF;
  }

  private void stop(int which, int stop) {
    int event = stop >> 8;
    int signal = stop & 0xff;
    TracedThread one = threads.get(which);
    if (one == null) { // its first stop has come before its parent's, or its parent was killed
      one = found(which, false);
    }
    if (one == null) {
      unborn.putIfAbsent(which, new Unborn(stop, System.nanoTime()));
      return;
    }
    unborn.remove(which);
    switch (event) {
      case Ptrace.EVENT_EXIT -> {
        exit(one);
        return;
      }
      case Ptrace.EVENT_FORK, Ptrace.EVENT_VFORK, Ptrace.EVENT_CLONE -> fork(one, event);
      case Ptrace.EVENT_EXEC -> one = exec(one);
      case 0 -> tell(one, signal);
      default -> {}
    }
    if (lettingGo) {
      letGo(one, event == 0 ? signal : 0);
      return;
    }
    if (events.isDoomed(one.process)) {
      Kill.send(one.process.pid(), SIGKILL);
      return; // it does not go on; next is its exit
    }
    if (event == Ptrace.EVENT_STOP && isStopSignal(signal)) {
      stopped(one, signal);
      ptrace.listen(one.tid);
      return;
    }
    goesOn(one);
    ptrace.goOn(one.tid, event == 0 ? signal : 0);
  }

  private static boolean isStopSignal(int signal) {
    return signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU;
  }

  private void tell(TracedThread one, int signal) {
    Ptrace.Sent sent = ptrace.signal(one.tid);
    if (sent != null && sent.signal() == signal) {
      events.signaled(one.process, sent, Procfs.isInOwnPidNamespace(one.process.pid()));
    }
  }

  private void stopped(TracedThread one, int signal) {
    if (!one.stoppedBySignal) {
      one.stoppedBySignal = true;
      one.process.stopped++;
    }
    tellStop(one.process, signal);
  }

  private void tellStop(Traced process, int signal) {
    if (process.stopped >= process.threads && !process.stopTold) {
      process.stopTold = true;
      events.stopped(process, signal);
    }
  }

  private void goesOn(TracedThread one) {
    if (one.stoppedBySignal) {
      one.stoppedBySignal = false;
      one.process.stopped--;
      if (one.process.stopTold) {
        one.process.stopTold = false;
        events.continued(one.process);
      }
    }
  }

  private void fork(TracedThread parent, int event) {
    int child = (int) ptrace.message(parent.tid);
    if (child <= 0 || threads.containsKey(child) || isToldAlready(child)) {
      return;
    }
    boolean thread = event == Ptrace.EVENT_CLONE && Procfs.isThread(parent.process.pid(), child);
    TracedThread added = thread ? add(child, parent.process) : born(child, parent.process);
    Unborn stopped = unborn.remove(child);
    if (stopped != null && added != null) {
      stop(child, stopped.stop);
    }
  }

  /**
   * Answers those that have stopped before their births were told, if nothing has told since: the
   * forker was killed.
   *
   * @return whether there are any left
   */
  boolean answerUnborn() {
    for (Map.Entry<Integer, Unborn> one : List.copyOf(unborn.entrySet())) {
      if (System.nanoTime() - one.getValue().nanos >= UNBORN_NANOS) {
        unborn.remove(one.getKey());
        if (found(one.getKey(), true) != null) {
          stop(one.getKey(), one.getValue().stop);
        } else {
          ptrace.goOn(one.getKey(), 0);
        }
      }
    }
    return !unborn.isEmpty();
  }

  /** Returns whether the child has stopped for the first time before this event of its parent. */
  private boolean isToldAlready(int child) {
    Long start = toldFirst.remove(child);
    if (start == null) {
      return false;
    }
    ProcessStat now = Procfs.stat(child);
    return now == null || now.startTicks() == start; // else the number has been given again
  }

  private @Nullable TracedThread born(int pid, @Nullable Traced forker) {
    ProcessStat stat = Procfs.stat(pid);
    if (stat == null) {
      return null; // killed and collected meanwhile
    }
    Traced process = new Traced(stat, false);
    TracedThread first = add(pid, process);
    Traced real = processes.get(stat.parent()); // CLONE_PARENT: not the one that has forked it
    events.born(process, real != null ? real : forker);
    return first;
  }

  /**
   * Finds out what a thread is that no birth has told of.
   *
   * @param anyway whether to take one whose forker is not known
   * @return null if it is gone, or its forker is about to tell of it
   */
  private @Nullable TracedThread found(int which, boolean anyway) {
    int pid = Procfs.statusNumber(which, "Tgid");
    ProcessStat stat = Procfs.stat(which);
    if (stat == null) {
      return null;
    }
    Traced process = processes.get(pid); // its first thread may have been let go before an exec
    if (process != null) {
      toldFirst.put(which, stat.startTicks());
      return add(which, process);
    }
    if (pid != which || !(anyway || processes.containsKey(stat.parent()))) {
      return null;
    }
    toldFirst.put(which, stat.startTicks());
    return born(which, null);
  }

  /** After exec the first thread's id is the thread's that has called it; others are gone. */
  private TracedThread exec(TracedThread one) {
    int former = (int) ptrace.message(one.tid);
    if (former > 0 && former != one.tid) {
      remove(former);
    }
    int pid = one.process.pid();
    ProcessStat stat = Procfs.stat(pid);
    if (stat != null) {
      List<String> command = Procfs.commandLine(pid);
      events.executed(one.process, stat, Procfs.executable(pid), command);
    }
    return one;
  }

  /**
   * Answers an exit stop: the thread is let go and ends as an ordinary one, so its parent, or the
   * reaper, finds an ordinary zombie. The last thread's code is the status of the process (before
   * Linux 6.0 it need not be, if no thread has ended them all).
   */
  private void exit(TracedThread one) {
    int waitStatus = (int) ptrace.message(one.tid);
    if (waitStatus >= 0) {
      one.process.waitStatus = waitStatus;
    }
    if (one.process.threads == 1) {
      tellEnding(one.process);
    }
    if (ptrace.detach(one.tid, 0)) {
      remove(one.tid);
    }
  }

  private void tellEnding(Traced process) {
    ProcessStat last = Procfs.stat(process.pid());
    if (last != null && process.waitStatus != Traced.RUNS) {
      events.ending(process, last, process.waitStatus);
      process.waitStatus = Traced.RUNS; // once
    }
  }

  /** Handles the end of a thread or process that had no exit stop, or left it by SIGKILL. */
  private void end(int which, int waitStatus) {
    TracedThread one = threads.get(which);
    unborn.remove(which);
    if (one == null) {
      one = found(which, true);
    }
    if (one == null || !one.isFirst()) {
      if (one != null && one.process.threads == 1) { // told before the parent can collect all of it
        one.process.waitStatus = waitStatus;
        tellEnding(one.process);
      }
      wait.collect(which);
      remove(which);
      return;
    }
    if (!kept.contains(which)) {
      one.process.waitStatus = waitStatus;
      tellEnding(one.process);
    }
    // To collect it after its parent has ended would take it from the reaper, which adopts it.
    if (isOrWillBeOwn(which)) {
      kept.add(which);
      return;
    }
    wait.collect(which);
    remove(which);
  }

  private TracedThread add(int which, Traced process) {
    TracedThread thread = new TracedThread(which, process);
    threads.put(which, thread);
    process.threads++;
    processes.putIfAbsent(process.pid(), process);
    return thread;
  }

  private void remove(int which) {
    kept.remove(which);
    TracedThread gone = threads.remove(which);
    if (gone == null) {
      return;
    }
    Traced process = gone.process;
    process.threads--;
    if (gone.stoppedBySignal) {
      process.stopped--;
    }
    if (process.threads == 0) {
      tellEnding(process); // its last thread may have had no exit stop
      processes.remove(process.pid(), process);
    }
  }

  private void letGo(TracedThread one, int signal) {
    if (ptrace.detach(one.tid, signal)) {
      remove(one.tid);
    }
  }
}
