package io.github.subreaper.internal.linux;

import io.github.subreaper.internal.linux.Machine.Proc;
import io.github.subreaper.internal.linux.calls.Errno;
import io.github.subreaper.internal.linux.calls.SignalNumber;
import io.github.subreaper.internal.linux.ptrace.Ptrace;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What threads of this JVM trace on a {@link Machine}, by the rules of ptrace(2) for what is seized
 * with the options of {@link Ptrace}. A thread enters a stop when it runs next, see {@link #step}:
 * SIGKILL may come before.
 */
public final class Tracing {
  private static final int TRAP = 5;
  private static final int CLD_EXITED = 1;
  private static final int SI_KERNEL = 0x80;

  /** One traced thread; or one that is traced no longer and has to end. */
  static final class Tracee {
    final Proc process;
    int tid;

    /** 0 if it is traced no longer. */
    int tracer;

    /** The stop in which it stands, as a wait shows it; 0 if it runs. */
    int stop;

    /** A wait has taken that stop. */
    boolean taken;

    boolean listens;
    private long message;

    /** The event at which it stops when it runs next; 0 for none. */
    private int next;

    private long nextMessage;

    /** It is to stop, for INTERRUPT or as a newborn; for SIGCONT; for a signal that has stopped. */
    private boolean trap;

    private boolean notified;
    private boolean stopPending;

    /** What its tracer has let it go on with; 0 for nothing. */
    private int signal;

    /** SIGCONT has come while it stood in the stop of a stop signal. */
    private boolean cancelled;

    /** It exits; it has been in its exit stop, or gets into none. */
    private boolean leaving;

    private boolean left;

    /** It has ended, and its tracer has not collected it. */
    boolean zombie;

    private int code;
    private int sender;
    private long since;

    private Tracee(Proc process, int tid, int tracer) {
      this.process = process;
      this.tid = tid;
      this.tracer = tracer;
    }

    boolean isFirst() {
      return tid == process.pid;
    }

    /** Returns whether a wait of this JVM finds its stop. */
    boolean showsStop() {
      return stop != 0 && !taken && !zombie;
    }
  }

  private final Machine machine;

  /** The youngest first. */
  private final List<Tracee> all = new ArrayList<>();

  /** Who has sent the signals that wait. */
  private final Map<Integer, Map<Integer, Integer>> senders = new HashMap<>();

  /** A wait of the tracing thread has found nothing, and blocks. */
  private boolean asleep;

  private boolean rung;
  private int timesAsleep;

  Tracing(Machine machine) {
    this.machine = machine;
  }

  void reset() {
    all.clear();
    senders.clear();
    asleep = false;
    rung = false;
    timesAsleep = 0;
  }

  @Nullable Tracee of(int tid) {
    for (Tracee one : all) {
      if (one.tid == tid) {
        return one;
      }
    }
    return null;
  }

  List<Tracee> tracees() {
    return all;
  }

  /** Returns whether any of its threads is traced. */
  public boolean isTraced(Proc process) {
    for (Tracee one : all) {
      if (one.process == process && one.tracer != 0) {
        return true;
      }
    }
    return false;
  }

  private boolean has(Proc process) {
    for (Tracee one : all) {
      if (one.process == process) {
        return true;
      }
    }
    return false;
  }

  private List<Tracee> of(Proc process) {
    List<Tracee> its = new ArrayList<>();
    for (Tracee one : all) {
      if (one.process == process) {
        its.add(0, one);
      }
    }
    return its;
  }

  /** Returns the thread that acts for its process. */
  private @Nullable Tracee main(Proc process) {
    Tracee first = process.firstThreadEnded ? null : of(process.pid);
    Tracee second = process.second == 0 ? null : of(process.second);
    return first == null || (first.leaving && second != null && !second.leaving) ? second : first;
  }

  private static boolean isFree(@Nullable Tracee one) {
    return one == null
        || (one.stop == 0
            && one.next == 0
            && one.signal == 0
            && !one.leaving
            && !one.zombie
            && !isAsked(one));
  }

  private static boolean isAsked(Tracee one) {
    return one.trap || one.notified || one.stopPending;
  }

  /** Returns whether the thread that acts for a process does as it likes. */
  boolean isFree(Proc process) {
    return process.executes == null && process.willExit < 0 && isFree(main(process));
  }

  boolean isSecondFree(Proc process) {
    return process.executes == null && process.exiting < 0 && isFree(of(process.second));
  }

  /** Returns the state of a thread; 0 where it is that of one which is not traced. */
  char state(int tid) {
    Tracee one = all.isEmpty() ? null : of(tid);
    return one == null ? 0 : one.zombie ? 'Z' : one.stop != 0 ? 't' : one.tracer != 0 ? 'S' : 0;
  }

  int tracerOf(int tid) {
    Tracee one = of(tid);
    return one == null ? 0 : one.tracer;
  }

  /** Returns whether a process is past its exit stop. */
  boolean isExiting(Proc process) {
    Tracee one = main(process);
    return one != null && one.left && process.exiting >= 0;
  }

  /** Returns whether any is traced. */
  public boolean isAny() {
    return all.stream().anyMatch(one -> one.tracer != 0);
  }

  /** Returns a thread that has stood in one stop for so long, which no signal explains. */
  public @Nullable Proc stuck(long nanos) {
    for (Tracee one : all) {
      if (one.stop != 0 && !one.listens && !one.zombie && machine.now - one.since > nanos) {
        return one.process;
      }
    }
    return null;
  }

  /** Returns whether a process stands in a stop, and takes SIGSTOP, or ends, before it runs. */
  public boolean standsStill(Proc process) {
    Tracee one = main(process);
    return one != null
        && one.stop != 0
        && (process.exiting >= 0
            || one.stop == SignalNumber.SIGSTOP // whose stop native code has taken, perhaps
            || Machine.isPending(process, SignalNumber.SIGSTOP));
  }

  // What processes do.

  /** The child stops before it runs, and its parent stops, too; in any order. */
  void forked(Proc parent, int tid, Proc child, boolean vfork) {
    Tracee forker = of(tid);
    if (forker != null && forker.tracer != 0) {
      attach(child, child.pid, forker.tracer).trap = true;
      event(forker, vfork ? Ptrace.EVENT_VFORK : Ptrace.EVENT_FORK, child.pid);
    }
  }

  void startedThread(Proc process) {
    Tracee first = of(process.pid);
    if (first != null && first.tracer != 0) {
      attach(process, process.second, first.tracer).trap = true;
      event(first, Ptrace.EVENT_CLONE, process.second);
    }
  }

  private Tracee attach(Proc process, int tid, int tracer) {
    Tracee one = new Tracee(process, tid, tracer);
    all.add(0, one);
    process.wasTraced = true;
    return one;
  }

  private static void event(Tracee one, int event, long message) {
    one.next = (event << 8) | TRAP;
    one.nextMessage = message;
  }

  /** Returns whether an exec has to wait for the end of another thread. */
  boolean execWaits(Proc process, String name) {
    Tracee caller = main(process);
    if (caller == null) {
      return false;
    }
    boolean alone = process.firstThreadEnded || process.second == 0;
    if (!alone) {
      Tracee other = of(caller.isFirst() ? process.second : process.pid);
      if (other != null) {
        zap(other, 0);
      }
      process.executes = name;
    }
    return !alone;
  }

  /** The thread that has called exec is the only one, and has the pid. */
  void execed(Proc process) {
    Tracee caller = main(process);
    if (caller == null) {
      return;
    }
    int before = caller.tid;
    all.removeIf(one -> one.process == process && one != caller);
    caller.tid = process.pid;
    event(caller, Ptrace.EVENT_EXEC, before);
  }

  /** A thread dies with its process, or for an exec: what it waited for is over. */
  private static void zap(Tracee one, int status) {
    if (one.leaving) {
      one.left |= one.stop != 0 || one.left;
    } else {
      one.leaving = true;
      event(one, Ptrace.EVENT_EXIT, status);
    }
    one.stop = 0;
    one.listens = false;
    one.signal = 0;
  }

  /** Ends one of two threads; returns false if it is not traced. */
  boolean endThread(int tid) {
    Tracee one = of(tid);
    if (one == null) {
      return false;
    }
    one.leaving = true;
    event(one, Ptrace.EVENT_EXIT, 0);
    return true;
  }

  /** Lets a process exit, which takes several steps; returns false if none of it is traced. */
  boolean exits(Proc process, int status) {
    if (all.isEmpty() || !has(process)) {
      return false;
    }
    Tracee caller = main(process);
    boolean killed = status == SignalNumber.SIGKILL;
    if (process.exiting >= 0) {
      return true;
    }
    if (!killed && caller != null && caller.next != 0) {
      process.willExit = status; // behind its fork
      return true;
    }
    boolean unstopped = !killed && Machine.isPending(process, SignalNumber.SIGKILL);
    process.exiting = status;
    process.executes = null;
    process.pending = 0;
    process.forking = 0;
    for (Tracee one : of(process)) {
      if (!one.zombie) {
        zap(one, status);
        if (unstopped) {
          one.next = 0;
          one.left = true;
        }
      }
    }
    return true;
  }

  // What happens in the kernel.

  private enum Step {
    NONE,
    EVENT,
    END,
    EXIT,
    STOP,
    SIGNAL
  }

  private Step stepOf(Tracee one) {
    Proc process = one.process;
    if (one.stop != 0 || one.zombie || process.zombie) {
      return Step.NONE;
    }
    if (one.next != 0) {
      return Step.EVENT;
    }
    if (one.leaving) {
      return Step.END;
    }
    if (one.tracer == 0 || Machine.isPending(process, SignalNumber.SIGKILL)) {
      return Step.NONE;
    }
    boolean acts = one == main(process);
    if (acts && (process.waitsForVfork() || process.forking != 0 || process.executes != null)) {
      return Step.NONE;
    }
    if (process.willExit >= 0 && acts) {
      return Step.EXIT;
    }
    if (isAsked(one)) {
      return Step.STOP;
    }
    return acts && process.pending != 0 && one.signal == 0 ? Step.SIGNAL : Step.NONE;
  }

  /** Returns whether the next step of a process is one in the kernel. */
  boolean hasWork(Proc process) {
    if (canExec(process)) {
      return true;
    }
    for (Tracee one : all) {
      if (one.process == process && stepOf(one) != Step.NONE) {
        return true;
      }
    }
    return false;
  }

  private static boolean canExec(Proc process) {
    return process.executes != null
        && process.exiting < 0
        && !Machine.isPending(process, SignalNumber.SIGKILL)
        && (process.firstThreadEnded || process.second == 0);
  }

  /** Makes the next step of a process in the kernel; returns false if there is none. */
  boolean step(Proc process) {
    if (all.isEmpty()) {
      return false;
    }
    String name = process.executes;
    if (name != null && canExec(process)) {
      process.executes = null;
      machine.exec(process, name);
      return true;
    }
    for (Tracee one : of(process)) {
      Step step = stepOf(one);
      if (step != Step.NONE) {
        make(one, step);
        return true;
      }
    }
    return false;
  }

  private void make(Tracee one, Step step) {
    Proc process = one.process;
    switch (step) {
      case EVENT -> {
        int stop = one.next;
        one.next = 0;
        one.left |= one.leaving && one.tracer == 0;
        if (one.tracer != 0) {
          enter(one, stop, one.nextMessage);
        }
      }
      case END -> end(one);
      case EXIT -> {
        int status = process.willExit;
        process.willExit = -1;
        machine.exit(process, status);
      }
      case STOP -> {
        one.trap = false;
        int signal = process.stopped ? SignalNumber.SIGSTOP : TRAP;
        enter(one, (Ptrace.EVENT_STOP << 8) | signal, 0);
      }
      case SIGNAL -> {
        int signal = Integer.numberOfTrailingZeros(process.pending) + 1;
        Machine.clear(process, signal);
        Integer from = senders.getOrDefault(process.pid, Map.of()).get(signal);
        enter(one, signal, 0);
        one.sender = from == null ? 0 : from;
        one.code = signal == SignalNumber.SIGCHLD ? CLD_EXITED : from == null ? SI_KERNEL : 0;
      }
      default -> throw new IllegalArgumentException("" + step);
    }
  }

  private void enter(Tracee one, int stop, long message) {
    one.stop = stop;
    one.taken = false;
    one.listens = false;
    one.cancelled = false;
    one.message = message;
    one.trap = false;
    one.code = stop;
    one.sender = one.tid;
    one.since = machine.now;
    if (stop >> 8 == Ptrace.EVENT_STOP) {
      one.notified = false;
      one.stopPending = false;
    }
    timesAsleep += asleep ? 1 : 0;
    machine.says(one.process, " (", one.tid, ") is in stop ", name(stop));
  }

  private static String name(int stop) {
    return (stop >> 8) + "/" + (stop & 0xff);
  }

  /** A thread is through its exit. */
  private void end(Tracee one) {
    Proc process = one.process;
    one.left = true;
    boolean second = one.tid == process.second;
    boolean alone = process.second == 0 || isZombie(process.second);
    boolean last = second ? process.firstThreadEnded : alone;
    if (one.tracer == 0) {
      all.remove(one);
    } else {
      one.zombie = true;
      timesAsleep += asleep ? 1 : 0;
    }
    if (!last) {
      machine.threadEnded(process, !second, one.tracer != 0);
      return;
    }
    if (second && one.tracer == 0) {
      machine.threadEnded(process, false, false);
    }
    machine.ended(process, process.exiting >= 0 ? process.exiting : 0);
  }

  private boolean isZombie(int tid) {
    Tracee one = of(tid);
    return one != null && one.zombie;
  }

  // Signals.

  /** A signal is sent to a process; one that is traced has stops for it, or leaves them. */
  void sent(Proc process, int signal) {
    if (!isTraced(process)) {
      return;
    }
    Map<Integer, Integer> its = senders.computeIfAbsent(process.pid, pid -> new HashMap<>());
    if (machine.sender == 0) {
      its.remove(signal);
    } else {
      its.putIfAbsent(signal, machine.sender);
    }
    switch (signal) {
      case SignalNumber.SIGKILL -> killed(process);
      case SignalNumber.SIGCONT -> continued(process);
      default -> {
        return;
      }
    }
  }

  /** Each stop ends, and no event is reported any more but the exit. */
  private void killed(Proc process) {
    process.mayEndItself = isFree(process) && !process.waitsForVfork() && process.forking == 0;
    process.executes = null;
    process.willExit = -1;
    for (Tracee one : of(process)) {
      if (one.zombie) {
        continue;
      }
      if (one.leaving) {
        one.left = true; // a thread that was about to end: it is in no stop any more
        one.next = 0;
      }
      one.stop = 0;
      one.listens = false;
      one.next = 0;
      one.trap = false;
      one.notified = false;
      one.stopPending = false;
      one.signal = 0;
    }
  }

  private void continued(Proc process) {
    for (Tracee one : of(process)) {
      if (one.leaving || one.tracer == 0) {
        continue;
      }
      one.stopPending = false;
      one.notified = true;
      one.cancelled |= one.stop == SignalNumber.SIGSTOP;
      one.signal = one.signal == SignalNumber.SIGSTOP ? 0 : one.signal;
      if (one.listens) {
        one.listens = false;
        one.stop = 0;
      }
    }
  }

  /** A signal stops all threads. */
  void stops(Proc process) {
    for (Tracee one : of(process)) {
      one.stopPending |= one.tracer != 0 && !one.leaving;
    }
  }

  /** Returns the signal with which its tracer has let a process go on; 0 for none. */
  int given(Proc process) {
    Tracee one = main(process);
    return one == null || one.stop != 0 ? 0 : one.signal;
  }

  /** It takes that signal; returns false if it is not traced. */
  boolean takes(Proc process, int signal) {
    Tracee one = main(process);
    if (one == null || one.tracer == 0) {
      return false;
    }
    one.signal = one.signal == signal ? 0 : one.signal;
    return signal != SignalNumber.SIGKILL;
  }

  /** The end of a child is a signal, too. */
  void childEnded(Proc parent, Proc child) {
    if (!parent.zombie && !parent.ignoresChildren && parent.exiting < 0 && isTraced(parent)) {
      senders
          .computeIfAbsent(parent.pid, pid -> new HashMap<>())
          .putIfAbsent(SignalNumber.SIGCHLD, child.pid);
      Machine.add(parent, SignalNumber.SIGCHLD);
    }
  }

  // What tracers do.

  int request(int caller, int request, int tid, int signal) {
    if (request == Ptrace.SEIZE) {
      return seize(caller, tid);
    }
    Tracee one = of(tid);
    if (one == null || one.tracer != caller) {
      return Errno.ESRCH;
    }
    if (request == Ptrace.INTERRUPT) {
      if (one.zombie) {
        return Errno.EIO;
      }
      one.trap = !one.leaving;
      if (one.listens) {
        one.listens = false;
        one.stop = 0;
      }
      return 0;
    }
    boolean exec = one.stop >> 8 == Ptrace.EVENT_EXEC && !one.taken && one.message != one.tid;
    if (one.stop == 0 || one.listens || one.zombie || exec) {
      return Errno.ESRCH;
    }
    switch (request) {
      case Ptrace.LISTEN -> {
        if (one.stop >> 8 != Ptrace.EVENT_STOP) {
          return Errno.EIO;
        }
        one.listens = !one.notified;
        one.stop = one.notified ? 0 : one.stop;
      }
      case Ptrace.CONT -> goOn(one, signal);
      case Ptrace.DETACH -> {
        goOn(one, signal);
        one.tracer = 0;
        machine.says(one.process, " (", one.tid, ") is traced no longer");
        if (!one.leaving) {
          all.remove(one);
          letGo(one);
        }
      }
      default -> {
        return 0;
      }
    }
    return 0;
  }

  /** What it has been let go with takes effect without a tracer. */
  private static void letGo(Tracee one) {
    if (one.signal != 0) {
      Machine.add(one.process, one.signal);
    }
    if (Machine.isPending(one.process, SignalNumber.SIGCONT)) {
      Machine.clear(one.process, SignalNumber.SIGCONT); // which is ignored
    }
    Machine.clear(one.process, SignalNumber.SIGCHLD);
  }

  private static void goOn(Tracee one, int signal) {
    boolean delivers = one.stop >> 8 == 0 && !(one.cancelled && signal == SignalNumber.SIGSTOP);
    one.signal = delivers ? signal : 0;
    one.left |= one.leaving;
    one.stop = 0;
  }

  private int seize(int caller, int tid) {
    Proc process = machine.findByThread(tid);
    if (process == null || process.collected) {
      return Errno.ESRCH;
    }
    if (process.zombie || process.uid != Machine.OWN_USER || of(tid) != null) {
      return Errno.EPERM;
    }
    machine.says(process, " is traced");
    attach(process, tid, caller).stopPending = process.stopped;
    return 0;
  }

  long message(int tid) {
    Tracee one = of(tid);
    return one == null ? 0 : one.message;
  }

  /** Returns the siginfo_t of a stop: the number, code, and sender. */
  int[] info(int tid) {
    Tracee one = of(tid);
    return one == null
        ? new int[3]
        : new int[] {one.stop & 0xff, one.code, one.code == SI_KERNEL ? 0 : one.sender};
  }

  /** A wait has collected a traced thread or process. */
  void collected(Tracee one) {
    Proc process = one.process;
    boolean own = process.parent == machine.jvm;
    all.remove(one);
    if (!one.isFirst()) {
      machine.threadFreed(process);
    } else if (own) {
      machine.collect(process);
    } else {
      machine.says(process, ", a zombie, goes to its parent");
      machine.shownToParent(process);
    }
  }

  /** Nothing is left of a process. */
  void forget(Proc process) {
    if (!all.isEmpty()) {
      all.removeIf(one -> one.process == process);
    }
    senders.remove(process.pid);
  }

  /** A tracing thread ends, and with it what it traces. */
  void ends(int tracer) {
    for (Tracee one : List.copyOf(all)) {
      if (one.tracer != tracer) {
        continue;
      }
      if (one.zombie) {
        all.remove(one);
        if (!one.isFirst()) {
          machine.threadFreed(one.process);
        } else if (one.process.parent != machine.jvm && one.process.zombie) {
          machine.shownToParent(one.process);
        }
        continue;
      }
      machine.sender = 0;
      machine.send(one.process, SignalNumber.SIGKILL);
      machine.sender = Machine.JVM;
      one.tracer = 0;
      one.left |= one.leaving && one.stop != 0;
      one.stop = 0;
      if (!one.leaving) {
        all.remove(one);
      }
    }
    asleep = false;
  }

  // The tracing thread.

  void sleeps(boolean does) {
    asleep = does;
    rung &= does;
    timesAsleep += does ? 1 : 0;
  }

  void ring() {
    rung = true;
  }

  int timesAsleep() {
    return timesAsleep;
  }

  /** Returns whether the tracing thread has a command, or traces nothing. */
  public boolean isRungOrOver() {
    return rung || !isAny();
  }

  /** Returns whether the tracing thread has something to do. */
  public boolean isAwake() {
    if (!asleep || isRungOrOver()) {
      return true;
    }
    for (Tracee one : all) {
      if (one.showsStop() || (one.zombie && isShown(one))) {
        return true;
      }
    }
    return false;
  }

  /** A first thread is shown as a zombie when it is the last one. */
  static boolean isShown(Tracee one) {
    return one.zombie && (!one.isFirst() || (one.process.zombie && one.process.second == 0));
  }

  /** Native code waits for any child, and takes a stop by that. */
  public boolean steal() {
    return all.stream().anyMatch(this::steal);
  }

  /** It takes that of one thread. */
  public boolean steal(int tid) {
    return steal(Objects.requireNonNull(of(tid)));
  }

  private boolean steal(Tracee one) {
    if (!one.showsStop()) {
      return false;
    }
    one.taken = true;
    machine.says("native code takes the stop ", name(one.stop), " of ", one.tid);
    return true;
  }
}
