package io.github.subreaper.internal.linux;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Processes by the rules of Linux, without any: orphans go to the nearest child subreaper, zombies
 * stay until a wait collects them, pids are reused. It knows no schedule: each method is one thing
 * that happens. A signal takes effect when its process runs next, see {@link #takeSignal}.
 *
 * <p>Each process has one thread. Only this JVM has more, each with a list of children.
 */
public final class Machine {
  public static final int JVM = (int) ProcessHandle.current().pid();
  public static final int INIT = 1;

  /** The threads of the JVM besides its first one, which adopts. */
  public static final int TEST_THREAD = 9_000_001;

  public static final int OTHER_THREAD = 9_000_002;
  static final int LANE = 9_000_003;

  public static final int OWN_USER = 1000;
  public static final int OTHER_USER = 2000;
  public static final long UNLIMITED = -1;

  private static final int FIRST_PID = 300;
  private static final int FEW_PIDS = 24;
  private static final int MANY_PIDS = 4_194_304;
  private static final long BOOT = 1_000_000_000_000L;
  private static final long TICK = 1_000_000_000 / Procfs.TICKS_PER_SECOND;

  /** Hears of each call before it is made. */
  public interface Hook {
    void call(String name, int pid);

    /** Whether the call is to fail for want of a descriptor. */
    boolean refuses();

    void says(String line);
  }

  /** A process, as long as anything refers to it. */
  public static final class Proc {
    public final int pid;
    public final long startTicks;
    public String name;
    public int group;
    public int session;
    public @Nullable Proc parent;
    public int uid = OWN_USER;
    public long locks = UNLIMITED;
    public boolean stopped;

    /** The latest stop signal came from the engine. */
    public boolean stoppedByEngine;

    public boolean zombie;
    public boolean collected;
    public int status = -1;
    public int pending;

    /** This JVM, or what it has forked since the activation, has forked it. */
    public boolean ours;

    /** Code of this JVM outside of the library waits for it. */
    public boolean awaitedByJvm;

    /** Native code of this JVM has forked it, and collects it some time. */
    public boolean isNative;

    public boolean adopted;

    boolean subreaper;
    int listedBy;
    final List<Proc> children = new ArrayList<>();

    private Proc(int pid, long startTicks, String name) {
      this.pid = pid;
      this.startTicks = startTicks;
      this.name = name;
    }

    public boolean isAlive() {
      return !zombie && !collected;
    }

    @Override
    public String toString() {
      return name + "/" + pid;
    }
  }

  public long now;
  public final Map<Integer, Proc> processes = new LinkedHashMap<>();

  /** Each that there was, also the collected ones. */
  public final List<Proc> all = new ArrayList<>();

  public final List<Integer> threads = new ArrayList<>();
  public int caller;
  public int lastPid;
  public boolean fewPids;

  /** A shell of its session has started this JVM: so its process group is not orphaned. */
  public boolean hasShell;

  /** Linux 6.15: a pidfd tells the status of what has been collected, and before that hangs up. */
  public boolean tellsStatus;

  public Proc jvm;
  public Proc init;
  public @Nullable Proc guardian;
  public final List<String> violations = new ArrayList<>();
  final Set<Integer> freed = new LinkedHashSet<>();
  private Hook hook = new Silent();

  private static final class Silent implements Hook {
    @Override
    public void call(String name, int pid) {}

    @Override
    public boolean refuses() {
      return false;
    }

    @Override
    public void says(String line) {}
  }

  public Machine() {
    init = new Proc(INIT, 0, "init");
    jvm = new Proc(JVM, 0, "java");
    reset();
  }

  /** Leaves only init and this JVM. */
  public void reset() {
    now = BOOT;
    processes.clear();
    all.clear();
    threads.clear();
    violations.clear();
    freed.clear();
    guardian = null;
    fewPids = false;
    hasShell = true;
    tellsStatus = true;
    lastPid = FIRST_PID - 1;
    threads.addAll(List.of(JVM, TEST_THREAD, OTHER_THREAD, LANE));
    caller = TEST_THREAD;
    init = new Proc(INIT, 0, "init");
    init.group = INIT;
    init.session = INIT;
    init.uid = 0;
    processes.put(INIT, init);
    jvm = new Proc(JVM, now / TICK - 100, "java");
    jvm.parent = init;
    jvm.group = JVM;
    jvm.session = JVM;
    init.children.add(jvm);
    processes.put(JVM, jvm);
    hook = new Silent();
  }

  public void hook(Hook listener) {
    hook = listener;
  }

  void call(String name, int pid) {
    now += 1_000;
    hook.call(name, pid);
  }

  boolean refuses() {
    return hook.refuses();
  }

  void says(String line) {
    hook.says(line);
  }

  public void violated(String what) {
    violations.add(what);
    says("VIOLATED: " + what);
  }

  @Nullable Proc find(int pid) {
    return pid == Procfs.SELF ? jvm : processes.get(pid);
  }

  int largestPid() {
    return fewPids ? FIRST_PID + FEW_PIDS : MANY_PIDS;
  }

  /** Returns the pids that were in use and can be given out again. */
  public List<Integer> reusable() {
    List<Integer> free = new ArrayList<>();
    for (int pid : freed) {
      if (isFree(pid)) {
        free.add(pid);
      }
    }
    return free;
  }

  /** The counter goes round, which takes its time: this pid is the next one. */
  public void goRound(int pid) {
    now += 50_000_000;
    lastPid = pid - 1;
    says("the pid counter has gone round, to " + lastPid);
  }

  /** A number that a session or group bears is not given out. */
  private boolean isFree(int pid) {
    if (pid == JVM || processes.containsKey(pid)) {
      return false;
    }
    for (Proc one : processes.values()) {
      if (one.group == pid || one.session == pid) {
        return false;
      }
    }
    return true;
  }

  private int nextPid() {
    do {
      lastPid = lastPid + 1 >= largestPid() ? FIRST_PID : lastPid + 1;
    } while (!isFree(lastPid));
    return lastPid;
  }

  // What processes do.

  /** Forks; of this JVM the calling thread does. */
  public Proc fork(Proc parent) {
    Proc child = new Proc(nextPid(), now / TICK, parent.name);
    child.group = parent.group;
    child.session = parent.session;
    child.uid = parent.uid;
    child.locks = parent.locks;
    child.ours = parent.ours;
    child.parent = parent;
    child.listedBy = parent == jvm ? caller : parent.pid;
    parent.children.add(child);
    processes.put(child.pid, child);
    freed.remove(child.pid);
    all.add(child);
    says(parent + " forks " + child.pid);
    return child;
  }

  public void exec(Proc process, String name) {
    says(process + " execs " + name);
    process.name = name;
  }

  public void exit(Proc process, int status) {
    says(process + " ends with wait status " + status);
    Proc parent = process.parent;
    process.zombie = true;
    process.stopped = false;
    process.status = status;
    for (Proc child : List.copyOf(process.children)) {
      reparent(child, process);
    }
    process.children.clear();
    if (parent != null && parent.group != process.group && parent.session == process.session) {
      hangUp(process, process, process);
    }
    if (parent == init) {
      collect(process);
    }
  }

  private void reparent(Proc child, Proc father) {
    Proc next = father.parent;
    while (next != null && next != init && !(next.subreaper && next.isAlive())) {
      next = next.parent;
    }
    Proc adopter = next == null ? init : next;
    child.parent = adopter;
    child.listedBy = adopter.pid;
    child.adopted |= adopter == jvm;
    adopter.children.add(child);
    says(child + (child.zombie ? ", a zombie," : "") + " is adopted by " + adopter);
    if (father.group != child.group && father.session == child.session) {
      hangUp(child, father, null);
    }
    if (adopter == init && child.zombie) {
      collect(child);
    }
  }

  /** The kernel does so if a group becomes orphaned and has a stopped member, setpgid(2). */
  private void hangUp(Proc member, Proc dead, @Nullable Proc ignored) {
    int group = member.group;
    int session = member.session;
    boolean stopped = false;
    boolean byEngine = false;
    for (Proc one : processes.values()) {
      if (one.group == group) {
        Proc parent = one.parent;
        boolean keeps =
            one != ignored
                && one.isAlive()
                && parent != null
                && parent != init
                && parent.group != group
                && parent.session == session;
        if (keeps || (one == jvm && hasShell)) {
          return;
        }
        stopped |= one.stopped;
        byEngine |= one.stopped && one.stoppedByEngine;
      }
    }
    if (stopped) {
      for (Proc one : List.copyOf(processes.values())) {
        if (one.group == group) {
          if (one == jvm && byEngine && dead.ours) {
            violated("this JVM was hung up, since the engine had stopped a process of its group");
          }
          send(one, SignalNumber.SIGHUP);
          send(one, SignalNumber.SIGCONT);
        }
      }
    }
  }

  /** Frees a zombie. */
  public void collect(Proc process) {
    if (process.parent != null) {
      process.parent.children.remove(process);
    }
    processes.remove(process.pid);
    process.collected = true;
    freed.add(process.pid);
    says(process + " is collected by " + process.parent);
  }

  public @Nullable Proc zombieOf(Proc parent) {
    for (Proc child : parent.children) {
      if (child.zombie) {
        return child;
      }
    }
    return null;
  }

  public boolean setsid(Proc process) {
    boolean leads = process.group == process.pid;
    if (!leads) {
      says(process + " begins a session");
      process.session = process.pid;
      process.group = process.pid;
    }
    return !leads;
  }

  public boolean setpgid(Proc process, int group) {
    boolean leadsSession = process.session == process.pid;
    boolean exists = group == process.pid;
    for (Proc one : processes.values()) {
      exists |= one.group == group && one.session == process.session;
    }
    if (leadsSession || !exists) {
      return false;
    }
    says(process + " moves to group " + group);
    process.group = group;
    return true;
  }

  /** A thread of this JVM ends: the first one gets its children. */
  public void endThread(int tid) {
    says("thread " + tid + " ends");
    threads.remove(Integer.valueOf(tid));
    List<Proc> moved = new ArrayList<>();
    for (Proc child : jvm.children) {
      if (child.listedBy == tid) {
        moved.add(child);
      }
    }
    jvm.children.removeAll(moved);
    jvm.children.addAll(moved);
    moved.forEach(child -> child.listedBy = JVM);
  }

  public List<Proc> childrenOf(int pid, int tid) {
    Proc process = find(pid);
    List<Proc> listed = new ArrayList<>();
    if (process == null) {
      return listed;
    }
    int list = process == jvm ? tid : process.pid;
    for (Proc child : process.children) {
      if (child.listedBy == list) {
        listed.add(child);
      }
    }
    return listed;
  }

  // Signals.

  /** Returns the errno, for a sender that is not root. */
  int mayBeSent(@Nullable Proc target) {
    return target == null
        ? Errno.ESRCH
        : target.uid != OWN_USER && !target.zombie ? Errno.EPERM : 0;
  }

  public int kill(int pid, int signal) {
    Proc target = processes.get(pid);
    int errno = mayBeSent(target);
    if (errno == 0 && target != null) {
      send(target, signal);
    }
    return errno;
  }

  void send(Proc target, int signal) {
    if (target.zombie || signal == 0) {
      return;
    }
    if (signal == SignalNumber.SIGCONT) {
      target.pending &= ~bit(SignalNumber.SIGSTOP);
      target.stopped = false;
    } else {
      target.pending |= bit(signal);
      target.stoppedByEngine &= signal != SignalNumber.SIGSTOP;
    }
    if (signal == SignalNumber.SIGKILL) {
      target.stopped = false;
    }
  }

  private static int bit(int signal) {
    return 1 << (signal - 1);
  }

  public static boolean isPending(Proc process, int signal) {
    return (process.pending & bit(signal)) != 0;
  }

  /** Returns the signal that a process takes when it runs next; 0 if there is none. */
  public static int nextSignal(Proc process) {
    if (isPending(process, SignalNumber.SIGKILL)) {
      return SignalNumber.SIGKILL;
    }
    return process.stopped || process.pending == 0
        ? 0
        : Integer.numberOfTrailingZeros(process.pending) + 1;
  }

  /** Takes a signal in the default way. */
  public void takeSignal(Proc process, int signal) {
    process.pending &= ~bit(signal);
    if (signal == SignalNumber.SIGSTOP) {
      says(process + " is stopped");
      process.stopped = true;
    } else {
      exit(process, signal);
    }
  }

  public void ignoreSignal(Proc process, int signal) {
    process.pending &= ~bit(signal);
  }
}
