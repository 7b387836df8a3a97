package io.github.subreaper.internal.engine.tracer;

import static io.github.subreaper.internal.linux.calls.SignalNumber.SIGCHLD;
import static io.github.subreaper.internal.linux.calls.SignalNumber.SIGPROF;
import static io.github.subreaper.internal.linux.calls.SignalNumber.SIGURG;
import static io.github.subreaper.internal.linux.ptrace.Ptrace.isStopSignal;

import io.github.subreaper.internal.linux.Kernel;
import io.github.subreaper.internal.linux.Time;
import io.github.subreaper.internal.linux.calls.Errno;
import io.github.subreaper.internal.linux.calls.WaitStatus;
import io.github.subreaper.internal.linux.proc.ProcessStat;
import io.github.subreaper.internal.linux.proc.Procfs;
import io.github.subreaper.internal.linux.ptrace.Ptrace;
import io.github.subreaper.internal.linux.ptrace.TracedWait;
import io.github.subreaper.internal.linux.ptrace.TracedWait.Found;
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

  /** The kernel reports a birth by its forker at once, unless that is killed. */
  private static final long UNBORN_NANOS = 10_000_000;

  /** How long a birth is waited for while its forker lives, which may have no CPU. */
  private static final long SLOW_NANOS = 2_000_000_000;

  private final Kernel kernel;
  private final Time time;
  private final TraceEvents events;
  private final Ptrace ptrace;
  private final TracedWait wait;

  private final int ownGroup;

  final TracedThreads threads;

  /** Null where calls are not reported. */
  private final @Nullable CallStops calls;

  /** Children of this JVM that have ended without their exit stop: another thread collects them. */
  private final Set<Integer> kept = new LinkedHashSet<>();

  /** Threads whose first stop came before the report of their births. */
  private final Map<Integer, Unborn> unborn = new LinkedHashMap<>();

  private record Unborn(int stop, long nanos) {}

  /** Threads that are about to be killed, and stand still until then. */
  private final Map<Integer, Stop> heldBack = new LinkedHashMap<>();

  private record Stop(int event, int signal) {}

  private boolean lettingGo;

  Tracees(Kernel kernel, Time time, TraceEvents events, TracedWait wait) {
    this.kernel = kernel;
    this.time = time;
    this.ptrace = kernel.ptrace();
    this.events = events;
    this.threads = new TracedThreads(kernel, events);
    this.wait = wait;
    CallEvents its = events.calls();
    this.calls = its == null ? null : new CallStops(kernel, ptrace, events, its, threads);
    ProcessStat own = kernel.procfs.stat(Procfs.SELF);
    this.ownGroup = own == null ? 0 : own.processGroup();
  }

  /** Traces a first process. Returns 0 or the errno. */
  int seize(int pid) {
    ProcessStat stat = kernel.procfs.stat(pid);
    if (stat == null) {
      return Errno.ESRCH; // it can't be read: perhaps no descriptor is left
    }
    int errno = ptrace.seize(pid, calls != null);
    if (errno == 0) {
      threads.add(pid, new Traced(stat, true));
    }
    return errno;
  }

  /** Returns whether no zombie that another thread has to collect hides others from a wait. */
  boolean hidesNone() {
    return kept.isEmpty();
  }

  /** Returns whether none stands still until some time has passed. */
  boolean answersAll() {
    return heldBack.isEmpty() && unborn.isEmpty();
  }

  /**
   * Returns whether at most such zombies are left: the kernel lets go of them with the thread.
   *
   * @param found by a wait, which knows also those whose births were not reported
   */
  boolean areOver(Found found) {
    return found == Found.OVER
        && (kept.isEmpty() || kept.containsAll(threads.ids()))
        && kept.stream().allMatch(this::isOwn);
  }

  /** Lets all go at their next stop, and asks them to stop. */
  void letGo() {
    lettingGo = true;
    threads.ids().forEach(ptrace::interrupt);
  }

  /** Answers the stops that another thread's wait has taken. Returns whether there was any. */
  boolean answerStolen() {
    boolean any = false;
    Set<Integer> all = threads.andProcesses(); // a first thread that is gone may be back by exec
    for (int pid : events.notEnded()) { // killed before a birth was reported, and its stop taken
      ProcessStat stat = kernel.procfs.stat(pid);
      all.add(pid);
      all.addAll(stat == null || stat.threads() <= 1 ? List.of() : kernel.procfs.threads(pid));
    }
    all.removeAll(unborn.keySet());
    all.removeAll(heldBack.keySet());
    for (int one : all) {
      int stop = ptrace.stolenStop(one, wait); // none while it listens
      if (stop != 0) {
        any = true;
        stop(one, stop);
      }
    }
    return any;
  }

  /** Answers what the last wait has found. */
  void answer() {
    int which = wait.tid();
    if (!wait.isStop()) {
      end(which, wait.waitStatus());
    } else if (wait.takeStop(which)) {
      stop(which, wait.stop());
    }
  }

  /** Answers the next thread in turn, if it waits: a wait returns the youngest first. */
  void answerNext() {
    int which = threads.next();
    if (which == 0) {
      return;
    }
    if (wait.takeStop(which)) {
      stop(which, wait.stop());
    } else if (wait.end(which) == Found.SOMETHING && !kept.contains(which)) {
      end(which, wait.waitStatus());
    }
  }

  /** Handles ends while one that is kept hides them. Returns whether there was any. */
  boolean collectBesideKept() {
    boolean any = false;
    Set<Integer> all = new LinkedHashSet<>(threads.ids());
    all.addAll(kept);
    for (int one : all) {
      Found found = wait.end(one);
      if (found == Found.OVER) { // the reaper has collected it
        forget(one);
        any = true;
      } else if (found == Found.SOMETHING && !(kept.contains(one) && isOrWillBeOwn(one))) {
        end(one, wait.waitStatus());
        any = true;
      }
    }
    return any;
  }

  private boolean isOrWillBeOwn(int pid) {
    ProcessStat stat = kernel.procfs.stat(pid);
    return stat == null || stat.parent() == SELF || kernel.procfs.isAboutToEnd(stat.parent());
  }

  private boolean isOwn(int pid) {
    ProcessStat stat = kernel.procfs.stat(pid);
    return stat == null || stat.parent() == SELF;
  }

  private void stop(int which, int stop) {
    int event = stop >> 8;
    int signal = stop & 0xff;
    heldBack.remove(which);
    TracedThread one = threads.get(which);
    if (one != null && one.mayStopFirst(event, signal) && one.isOfAnother(kernel.procfs)) {
      forget(which); // the reaper has collected it, and its number has been given again
      one = null;
    }
    boolean first = event == Ptrace.EVENT_STOP && !unborn.containsKey(which);
    // Its first stop has come before its parent's, or its parent was killed. The fork is a point.
    if (one == null && !(first && calls != null)) {
      one = found(which, !first);
    }
    if (one == null && event == Ptrace.EVENT_STOP && kernel.procfs.stat(which) != null) {
      unborn.put(which, new Unborn(stop, time.nanos()));
      return;
    }
    unborn.remove(which);
    if (one == null) {
      ptrace.answerUnknown(which, event, signal);
      return;
    }
    one.begun();
    switch (event) {
      case Ptrace.EVENT_EXIT -> {
        exit(one);
        return;
      }
      case Ptrace.EVENT_FORK, Ptrace.EVENT_VFORK, Ptrace.EVENT_CLONE -> {
        int child = (int) ptrace.message(which, event);
        if (calls != null && isFork(one, event, child)) {
          calls.forked(one, child);
        }
        answer(one, event, signal); // first: the child stands still, and cannot be collected
        fork(one, event, child);
        return;
      }
      case Ptrace.EVENT_EXEC -> exec(one);
      case 0 -> {
        if (calls != null && signal == Ptrace.CALL) {
          calls.stepped(one);
          signal = 0;
        } else {
          report(one, signal);
        }
      }
      case Ptrace.EVENT_SECCOMP -> {
        if (calls != null) {
          calls.called(one);
        }
      }
      default -> {}
    }
    answer(one, event, signal);
  }

  /** A thread may have ended already, if its stop was answered before; a child cannot. */
  private boolean isFork(TracedThread parent, int event, int child) {
    return child > 0
        && !isThread(parent, event, child)
        && (event != Ptrace.EVENT_CLONE || kernel.procfs.stat(child) != null);
  }

  private boolean isThread(TracedThread parent, int event, int child) {
    return event == Ptrace.EVENT_CLONE && kernel.procfs.isThread(parent.process.pid(), child);
  }

  private void answer(TracedThread one, int event, int signal) {
    if (lettingGo && calls != null) {
      events.kill(one.process); // without a tracer each filtered call would fail
      return;
    }
    if (lettingGo) {
      if (ptrace.detach(one.tid, event == 0 ? signal : 0)) {
        forget(one.tid);
      }
      return;
    }
    if (calls != null && calls.answers(one)) {
      return;
    }
    if (events.isDoomed(one.process)) {
      if (one.process.group() == ownGroup && calls == null) { // else it has a session of its own
        // The kernel may send SIGHUP to a group when one of it dies: the end chooses the order.
        heldBack.put(one.tid, new Stop(event, signal));
      } else {
        events.kill(one.process); // it does not go on; next is its exit
      }
      return;
    }
    if (event == Ptrace.EVENT_STOP && isStopSignal(signal)) {
      threads.stopped(one, signal);
      ptrace.listen(one.tid);
      return;
    }
    threads.goesOn(one);
    int its = event == 0 ? signal : 0;
    if (calls != null) {
      calls.goOn(one, its);
    } else {
      ptrace.goOn(one.tid, its);
    }
  }

  /** Answers those that were held back for a kill that has spared them. */
  boolean answerHeldBack() {
    for (Map.Entry<Integer, Stop> held : List.copyOf(heldBack.entrySet())) {
      TracedThread one = threads.get(held.getKey());
      if (one == null || !events.isDoomed(one.process)) {
        heldBack.remove(held.getKey());
        if (one != null) {
          answer(one, held.getValue().event, held.getValue().signal);
        }
      }
    }
    return !heldBack.isEmpty();
  }

  private void report(TracedThread one, int signal) {
    // Too many, and no test asks for them; nor for SIGCHLD.
    Ptrace.Sent sent = signal == SIGURG || signal == SIGPROF ? null : ptrace.signal(one.tid);
    if (sent != null && sent.stop() == signal && signal == SIGCHLD) {
      threads.reportChild(one.process, sent);
    } else if (sent != null && sent.stop() == signal) {
      events.signaled(one.process, sent);
    }
  }

  void fork(TracedThread parent, int event, int child) {
    if (child <= 0 || threads.hasReportedItself(child)) {
      return;
    }
    TracedThread known = threads.get(child);
    if (known != null
        && !(known.hasBegun() && known.isFirst() && known.isOfAnother(kernel.procfs))) {
      return;
    }
    forget(child);
    TracedThread added =
        isThread(parent, event, child)
            ? threads.add(child, parent.process)
            : forked(child, parent.process);
    Unborn stopped = added == null ? null : unborn.remove(child);
    if (stopped != null) {
      stop(child, stopped.stop);
    }
  }

  /**
   * Answers those that have stopped before their births were reported, if that has not happened
   * since: the forker was killed.
   *
   * @return whether there are any left
   */
  boolean answerUnborn() {
    for (Map.Entry<Integer, Unborn> one : List.copyOf(unborn.entrySet())) {
      long waited = time.nanos() - one.getValue().nanos;
      if (waited >= SLOW_NANOS || (waited >= UNBORN_NANOS && !isForkerThere(one.getKey()))) {
        int stop = one.getValue().stop;
        unborn.remove(one.getKey());
        if (found(one.getKey(), true) != null) {
          stop(one.getKey(), stop);
        } else {
          ptrace.answerUnknown(one.getKey(), stop >> 8, stop & 0xff);
        }
      }
    }
    return !unborn.isEmpty();
  }

  private boolean isForkerThere(int which) {
    ProcessStat stat = kernel.procfs.stat(which);
    if (stat == null) {
      return false;
    }
    int pid = kernel.procfs.processOf(stat);
    return threads.hasProcess(pid == which ? stat.parent() : pid);
  }

  /** Takes a child, unless it is gone, and its number perhaps another's, or can't be read now. */
  private @Nullable TracedThread forked(int child, Traced forker) {
    ProcessStat stat = kernel.procfs.stat(child);
    return stat != null && kernel.procfs.processOf(stat) == child && wait.isOurs(child)
        ? born(stat, forker)
        : null;
  }

  private TracedThread born(ProcessStat stat, @Nullable Traced forker) {
    Traced process = new Traced(stat, false);
    TracedThread first = threads.add(process.pid(), process);
    Traced real = threads.process(stat.parent()); // CLONE_PARENT: not the one that has forked it
    events.born(process, real != null ? real : forker);
    return first;
  }

  /**
   * Finds out what a thread is whose birth was not reported.
   *
   * @param anyway whether to take one whose forker is not known
   * @return null if it is gone, or its birth is about to be reported
   */
  private @Nullable TracedThread found(int which, boolean anyway) {
    ProcessStat stat = kernel.procfs.stat(which);
    if (stat == null) {
      return null;
    }
    int pid = kernel.procfs.processOf(stat);
    Traced process = threads.process(pid); // its first thread may have been let go before an exec
    if (process != null) {
      threads.reportsItself(stat);
      return threads.add(which, process);
    }
    if (pid != which || !(anyway || threads.hasProcess(stat.parent()))) {
      return null;
    }
    threads.reportsItself(stat);
    return born(stat, null);
  }

  /** After exec the first thread's id is the thread's that has called it; others are gone. */
  private void exec(TracedThread one) {
    threads.goesOn(one);
    threads.removeOthers(one);
    int pid = one.process.pid();
    ProcessStat stat = kernel.procfs.stat(pid);
    List<String> command = kernel.procfs.commandLine(pid);
    boolean program = events.executed(one.process, stat, kernel.procfs.executable(pid), command);
    if (calls != null) {
      calls.executed(one, program);
    }
  }

  /**
   * Answers an exit stop: the thread is let go and ends as an ordinary one, so its parent, or the
   * reaper, finds an ordinary zombie.
   */
  private void exit(TracedThread one) {
    int status = (int) ptrace.message(one.tid, Ptrace.EVENT_EXIT); // or RUNS
    if (calls != null) {
      calls.exits(one, status != Traced.RUNS && WaitStatus.signal(status) != 0);
    }
    one.process.exits(one.tid, status);
    if (one.process.hasOneThread()) {
      threads.reportEnding(one.process);
    }
    if (ptrace.detach(one.tid, 0)) {
      forget(one.tid);
    }
  }

  /** Handles the end of a thread or process that had no exit stop, or left it by SIGKILL. */
  private void end(int which, int waitStatus) {
    TracedThread one = threads.get(which);
    unborn.remove(which);
    if (one == null) {
      one = found(which, true);
    }
    heldBack.remove(which);
    if (one == null && kernel.procfs.stat(which) == null) {
      kept.add(which); // for want of a descriptor it can't be read: it may be the reaper's
      return;
    }
    if (one != null && calls != null) {
      calls.exits(one, false);
    }
    if (one == null || !one.isFirst()) {
      if (one != null && one.process.hasOneThread()) {
        one.process.exits(one.tid, waitStatus);
        threads.reportEnding(one.process); // to collect it frees the zombie of the first thread
      }
      wait.collect(which);
      forget(which);
      return;
    }
    if (!kept.contains(which)) {
      one.process.ended(waitStatus);
      threads.reportEnding(one.process);
    }
    // To collect it after its parent has ended would take it from the reaper, which adopts it.
    if (isOrWillBeOwn(which)) {
      kept.add(which);
      return;
    }
    wait.collect(which);
    forget(which);
  }

  private void forget(int which) {
    kept.remove(which);
    threads.remove(which);
  }
}
