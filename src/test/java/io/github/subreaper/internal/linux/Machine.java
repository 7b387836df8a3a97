package io.github.subreaper.internal.linux;

import io.github.subreaper.internal.linux.calls.Errno;
import io.github.subreaper.internal.linux.calls.SignalNumber;
import io.github.subreaper.internal.linux.proc.Procfs;
import java.nio.charset.StandardCharsets;
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
 * <p>A process has one thread, or a second one, each with a list of children; this JVM has more.
 */
public final class Machine {
  public static final int JVM = (int) ProcessHandle.current().pid();
  public static final int INIT = 1;

  /** The threads of the JVM besides its first one, which adopts. */
  public static final int TEST_THREAD = 9_000_001;

  public static final int OTHER_THREAD = 9_000_002;
  static final int LANE = 9_000_003;
  public static final int TRACER = 9_000_004;

  /** The program that may outlive a scope. */
  public static final String SURVIVOR = "program1";

  public static final int OWN_USER = 1000;
  public static final int OTHER_USER = 2000;
  public static final long UNLIMITED = -1;

  /** So long it takes the pid counter to go round. */
  private static final long ROUND = 50_000_000;

  private static final byte[] NONE = {};
  private static final int FIRST_PID = 300;
  private static final int FEW_PIDS = 24;
  private static final int MANY_PIDS = 65_536;
  private static final long BOOT = 1_000_000_000_000L;
  private static final long TICK = 1_000_000_000 / Procfs.TICKS_PER_SECOND;
  private static final Hook SILENT = (name, pid) -> {};

  /** Hears of each call before it is made. */
  public interface Hook {
    void call(String name, int pid);

    /** Whether the call is to fail for want of a descriptor. */
    default boolean refuses() {
      return false;
    }

    /** Whether a list is to be read in two pieces. */
    default boolean reads() {
      return false;
    }

    /** How many of so many are in the first piece: one at least, and not all. */
    default int cut(int size) {
      return size - 1;
    }

    default void says(@Nullable Object... line) {}
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

    /** The engine has asked it to end while others had stopped it, and it has not gone on since. */
    public boolean askedInVain;

    /** It has been another user's, or a process above it was. */
    public boolean wasAnothers;

    /** When it was this user's again, of {@link Machine#awake}. */
    public long ownSince;

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

    /** It ended before the thread that forked it passed it to the JDK, which may take seconds. */
    public boolean endedUnpassed;

    /** The pid of its child whose fork is under way; 0 if none is. */
    int forking;

    /** Native code of this JVM has forked it, and collects it some time. */
    public boolean isNative;

    public boolean adopted;

    /** The launch that started it, or a process above it; 0 for none. */
    public int launch;

    /** Between its clone and its exec, behind a gate that is closed. */
    public boolean atGate;

    /** What its exec behind the gate is refused with; 0 if it works. */
    public int execErrno;

    /** It is as its parent has cloned it. */
    public boolean beforeExec;

    /** The vfork(2) child that it waits for. */
    @Nullable Proc vforked;

    /** The id of its second thread; 0 for none. */
    public int second;

    public long secondTicks;

    /** The number of the latest second thread, also when it has ended. */
    public int latestSecond;

    public boolean firstThreadEnded;

    /** It has shed its tag, or a process above it has. */
    public boolean shed;

    /** It has been {@link #SURVIVOR}, or a process above it has. */
    public boolean mayLive;

    /** It started before the session, or a process above it did. */
    public boolean beforeSession;

    /** A launch has started it. */
    public boolean isLaunched;

    /** It leaves no zombie: its parent has cloned it so (Linux 7.1). */
    public boolean autoreaped;

    /** Its environment. */
    byte[] variables = NONE;

    /** That of its next exec; null for the same. */
    byte @Nullable [] given;

    /** How often it has exec'd. */
    int execs;

    /** Its children leave no zombies. */
    public boolean ignoresChildren;

    /** It is or was traced by this JVM. */
    public boolean wasTraced;

    /** The status with which it ends, in several steps; -1 if it does not. */
    int exiting = -1;

    /** That with which it exits when its fork is over; -1 for none. */
    int willExit = -1;

    /** What it execs when its other thread has ended; null for nothing. */
    @Nullable String executes;

    /** It ran when it was sent SIGKILL: it may have been on its way to an exit of its own. */
    boolean mayEndItself;

    boolean subreaper;
    int listedBy;
    final List<Proc> children = new ArrayList<>();

    private Proc(int pid, long startTicks, String name) {
      this.pid = pid;
      this.startTicks = startTicks;
      this.name = name;
    }

    public boolean isBeforeSession() {
      return beforeSession;
    }

    /** Returns how often it has exec'd. */
    public int execs() {
      return execs;
    }

    public boolean mayEndItself() {
      return mayEndItself;
    }

    public boolean isAlive() {
      return !zombie && !collected;
    }

    /** Adopts the orphans below it. */
    public void becomeSubreaper() {
      subreaper = true;
    }

    /** Returns its children. */
    public List<Proc> below() {
      return List.copyOf(children);
    }

    /** Returns whether it waits in vfork(2): it takes no signal but SIGKILL. */
    public boolean waitsForVfork() {
      Proc child = vforked;
      return child != null && child.isAlive() && child.beforeExec;
    }

    @Override
    public String toString() {
      return name + "/" + pid;
    }
  }

  public long now;
  public final Map<Integer, Proc> processes = new LinkedHashMap<>();

  /** Whether known faults, which are not mended, count. */
  public boolean strict;

  /** Descriptors of processes that are not closed. */
  final Set<SimulatedKernel.SimulatedPidfd> open = new LinkedHashSet<>();

  /** Each that there was, also the collected ones. */
  public final List<Proc> all = new ArrayList<>();

  /** How often the pid counter has gone round. */
  public int rounds;

  private long heldUp;

  /** A process was sent a signal that may stop or continue it, by others than the engine. */
  public boolean stops;

  /** The first process of each launch. */
  public final List<Proc> launched = new ArrayList<>();

  /** The lines that the guardian got. */
  public final List<String> lines = new ArrayList<>();

  public final List<Integer> threads = new ArrayList<>();
  public int caller;
  public int lastPid;
  public boolean fewPids;

  /** Command lines and environments take several reads. */
  public boolean hasLongLines;

  /** A sandbox denies prlimit(2): tags are variables. */
  public boolean deniesLimits;

  /** A shell of its session has started this JVM: so its process group is not orphaned. */
  public boolean hasShell;

  /** Linux 6.13: a pidfd shows the user and the parent. */
  public boolean showsParent;

  /** Linux 6.15: a pidfd shows the status of what was collected, and hangs up at the collect. */
  public boolean showsStatus;

  /** Linux 7.1: a process may clone a child that leaves no zombie. */
  public boolean autoreaps;

  /** The pid of what sends the next signal; 0 for the kernel. */
  int sender = JVM;

  public final Tracing tracing = new Tracing(this);

  public Proc jvm;
  public Proc init;
  public @Nullable Proc guardian;
  public final List<String> violations = new ArrayList<>();
  final Set<Integer> freed = new LinkedHashSet<>();
  private Hook hook = SILENT;

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
    launched.clear();
    lines.clear();
    rounds = 0;
    heldUp = 0;
    stops = false;
    violations.clear();
    open.clear();
    freed.clear();
    guardian = null;
    sender = JVM;
    tracing.reset();
    fewPids = false;
    hasShell = true;
    hasLongLines = false;
    deniesLimits = false;
    showsStatus = true;
    showsParent = true;
    autoreaps = false;
    lastPid = FIRST_PID - 1;
    threads.addAll(List.of(JVM, TEST_THREAD, LANE));
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
    hook = SILENT;
  }

  public void hook(Hook listener) {
    hook = listener;
  }

  public void unhook() {
    hook = SILENT;
  }

  void call(String name, int pid) {
    now += 4_000;
    hook.call(name, pid);
  }

  boolean refuses() {
    return hook.refuses();
  }

  boolean reads() {
    return hook.reads();
  }

  int cut(int size) {
    return hook.cut(size);
  }

  void says(@Nullable Object... line) {
    hook.says(line);
  }

  public void violated(String what) {
    violations.add(what);
    says("VIOLATED: ", what);
  }

  @Nullable Proc find(int pid) {
    return pid == Procfs.SELF ? jvm : processes.get(pid);
  }

  /** Returns the process with this pid, or with this thread. */
  @Nullable Proc findByThread(int tid) {
    Proc process = find(tid);
    return process == null ? ofThread(tid) : process;
  }

  /** Returns the process that has a second thread with this id. */
  @Nullable Proc ofThread(int tid) {
    for (Proc one : processes.values()) {
      if (one.second == tid && tid != 0) {
        return one;
      }
    }
    return null;
  }

  /** Known: it is in a session or process group that has the number of one that was ours. */
  public boolean isKnown(Proc stranger) {
    return !strict
        && all.stream()
            .filter(one -> one.ours && one.collected)
            .anyMatch(one -> one.pid == stranger.session || one.pid == stranger.group);
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
    holdUp(ROUND);
    rounds++;
    lastPid = pid - 1;
    says("the pid counter has gone round, to ", lastPid);
  }

  /** Lets time pass in which nothing runs. */
  void holdUp(long nanos) {
    now += nanos;
    heldUp += nanos;
  }

  /** Returns the time without that in which nothing could run. */
  public long awake() {
    return now - heldUp;
  }

  /** A number that a session or group bears is not given out. */
  private boolean isFree(int pid) {
    if (pid == JVM || processes.containsKey(pid)) {
      return false;
    }
    for (Proc one : processes.values()) {
      if (one.group == pid || one.session == pid || one.second == pid || one.forking == pid) {
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

  /** Returns its arguments, each with a NUL; none of a zombie. */
  byte[] commandLine(Proc process) {
    String name = process.name;
    String line = hasLongLines ? name + "\0-" + name + "\0-" + name + "\0" : name + "\0";
    return process.isAlive() ? line.getBytes(StandardCharsets.US_ASCII) : NONE;
  }

  /** Returns whether these can have been the arguments of a process, or of a launch. */
  public boolean isCommandLine(List<String> arguments) {
    return arguments.size() <= 1
        ? !hasLongLines || arguments.isEmpty() || arguments.get(0).equals("/bin/sh")
        : arguments.size() == 3
            && arguments.get(1).equals("-" + arguments.get(0))
            && arguments.get(2).equals(arguments.get(1));
  }

  /** Returns the processes that are over, and of which a descriptor is open. */
  public List<Proc> held() {
    return open.stream().map(one -> one.process).filter(one -> one.collected).toList();
  }

  // What processes do.

  /** Forks; of this JVM the calling thread does. */
  public Proc fork(Proc parent) {
    return fork(parent, nextPid(), mainThread(parent), false);
  }

  private int mainThread(Proc process) {
    return process == jvm ? caller : process.firstThreadEnded ? process.second : process.pid;
  }

  /** Begins to fork: the pid is taken, and no call shows the child yet. */
  void beginFork(Proc parent) {
    parent.forking = nextPid();
    says(parent, " begins to fork ", parent.forking);
  }

  void endFork(Proc parent) {
    int pid = parent.forking;
    parent.forking = 0;
    fork(parent, pid, mainThread(parent), false);
  }

  private Proc fork(Proc parent, int pid, int tid, boolean vfork) {
    Proc child = new Proc(pid, now / TICK, parent.name);
    child.group = parent.group;
    child.session = parent.session;
    child.uid = parent.uid;
    child.wasAnothers = parent.wasAnothers;
    child.ownSince = parent.ownSince;
    child.locks = parent.locks;
    child.variables = parent.variables;
    child.ours = parent.ours;
    child.parent = parent;
    child.launch = parent.launch;
    child.shed = parent.shed;
    child.mayLive = parent.mayLive;
    child.beforeSession = parent.beforeSession;
    child.beforeExec = true;
    child.listedBy = tid;
    parent.children.add(child);
    processes.put(child.pid, child);
    freed.remove(child.pid);
    all.add(child);
    says(parent, " forks ", child.pid);
    tracing.forked(parent, tid, child, vfork);
    return child;
  }

  /** Runs as another user, or as this one again. */
  void setuid(Proc process) {
    process.uid = process.uid == OWN_USER ? OTHER_USER : OWN_USER;
    process.wasAnothers = true;
    process.ownSince = awake();
    says(process, " runs as user ", process.uid);
  }

  /** Nothing below a process that has shed its tag is sure. */
  public void shed(Proc process) {
    process.locks = 4096;
    process.variables = NONE;
    process.shed = true;
    process.children.forEach(this::shed);
  }

  /** Forks; the parent waits until the child execs or ends. */
  public Proc vfork(Proc parent) {
    Proc child = fork(parent, nextPid(), mainThread(parent), true);
    parent.vforked = child;
    return child;
  }

  /** Execs; the thread that does is the only one then, and has the pid. */
  public void exec(Proc process, String name) {
    if (tracing.execWaits(process, name)) {
      return;
    }
    says(process, " execs ", name);
    process.name = name;
    process.execs++;
    byte[] given = process.given;
    process.variables = given == null ? process.variables : given;
    process.given = null;
    if (name.equals(SURVIVOR)) {
      mayLive(process);
    }
    process.beforeExec = false;
    tracing.execed(process);
    process.second = 0;
    process.firstThreadEnded = false;
    process.children.forEach(child -> child.listedBy = process == jvm ? JVM : process.pid);
  }

  private static void mayLive(Proc process) {
    process.mayLive = true;
    process.children.forEach(Machine::mayLive);
  }

  /** Starts a second thread, from which {@code /proc} shows the children that it forks. */
  public void startThread(Proc process) {
    if (process.second == 0) {
      process.second = nextPid();
      process.latestSecond = process.second;
      process.secondTicks = now / TICK;
      freed.remove(process.second);
      says(process, " starts thread ", process.second);
      tracing.startedThread(process);
    }
  }

  /** The second thread forks. */
  public Proc forkOfSecond(Proc parent) {
    return fork(parent, nextPid(), parent.second, false);
  }

  /** Ends the first or the second thread of a process that has both. */
  public void endThread(Proc process, boolean first) {
    says(process, " ends its ", (first ? "first" : "second"), " thread");
    if (!tracing.endThread(first ? process.pid : process.second)) {
      threadEnded(process, first, false);
    }
  }

  /** The id of a traced one is free when its tracer has collected it. */
  void threadEnded(Proc process, boolean first, boolean traced) {
    int from = first ? process.pid : process.second;
    int to = first ? process.second : process.pid;
    if (!traced) {
      freed.add(from);
      process.second = first ? process.second : 0;
    }
    process.firstThreadEnded |= first;
    move(process, from, to);
  }

  /** The tracer has collected the second thread. */
  void threadFreed(Proc process) {
    freed.add(process.second);
    process.second = 0;
    if (process.zombie && !tracing.isTraced(process)) {
      shownToParent(process);
    }
  }

  private static void move(Proc process, int from, int to) {
    List<Proc> moved = new ArrayList<>();
    for (Proc child : process.children) {
      if (child.listedBy == from) {
        moved.add(child);
      }
    }
    process.children.removeAll(moved);
    process.children.addAll(moved);
    moved.forEach(child -> child.listedBy = to);
  }

  public void exit(Proc process, int status) {
    if (tracing.exits(process, status)) {
      says(process, " exits with wait status ", status);
    } else {
      process.second = 0;
      ended(process, status);
    }
  }

  void ended(Proc process, int status) {
    says(process, " ends with wait status ", status);
    Proc parent = process.parent;
    process.zombie = true;
    process.stopped = false;
    process.atGate = false;
    process.forking = 0;
    process.status = status;
    for (Proc child : List.copyOf(process.children)) {
      reparent(child, process);
    }
    process.children.clear();
    if (parent != null && parent.group != process.group && parent.session == process.session) {
      hangUp(process, process, process);
    }
    if (process.second == 0 && !tracing.isTraced(process)) {
      shownToParent(process);
    }
  }

  /** A zombie can be collected by its parent from now on; some do not want it. */
  void shownToParent(Proc process) {
    Proc parent = process.parent;
    if (parent == init || process.autoreaped || (parent != null && parent.ignoresChildren)) {
      collect(process);
    } else if (parent != null) {
      tracing.childEnded(parent, process);
    }
  }

  private void reparent(Proc child, Proc father) {
    Proc next = father.parent;
    while (next != null && next != init && !(next.subreaper && next.isAlive())) {
      next = next.parent;
    }
    Proc adopter = next == null ? init : next;
    child.parent = adopter;
    child.listedBy = adopter.firstThreadEnded ? adopter.second : adopter.pid;
    child.adopted |= adopter == jvm;
    adopter.children.add(child);
    says(child, (child.zombie ? ", a zombie," : ""), " is adopted by ", adopter);
    if (father.group != child.group && father.session == child.session) {
      hangUp(child, father, null);
    }
    if (isCollectable(child) && !tracing.isTraced(child)) {
      if (adopter == init || adopter.ignoresChildren) {
        collect(child);
      } else {
        tracing.childEnded(adopter, child);
      }
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
          int before = sender;
          sender = 0;
          send(one, SignalNumber.SIGHUP);
          send(one, SignalNumber.SIGCONT);
          sender = before;
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
    tracing.forget(process);
    process.collected = true;
    freed.add(process.pid);
    says(process, " is collected by ", process.parent);
  }

  public @Nullable Proc zombieOf(Proc parent) {
    for (Proc child : parent.children) {
      if (isCollectable(child) && (parent == jvm || !tracing.isTraced(child))) {
        return child;
      }
    }
    return null;
  }

  /** Returns whether none of its threads is left, not even for a tracer. */
  static boolean isCollectable(Proc process) {
    return process.zombie && process.second == 0;
  }

  public boolean setsid(Proc process) {
    boolean leads = process.group == process.pid;
    if (!leads) {
      says(process, " begins a session");
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
    says(process, " moves to group ", group);
    process.group = group;
    return true;
  }

  /** The other thread is the one that calls from now on. */
  public void useOtherThread() {
    if (!threads.contains(OTHER_THREAD)) {
      threads.add(OTHER_THREAD);
    }
    caller = OTHER_THREAD;
  }

  /** A thread of this JVM ends: the first one gets its children. */
  public void endThread(int tid) {
    says("thread ", tid, " ends");
    threads.remove(Integer.valueOf(tid));
    move(jvm, tid, JVM);
  }

  /** Returns the threads of a process, the oldest first. */
  List<Integer> threadsOf(Proc process) {
    return process == jvm
        ? List.copyOf(threads)
        : process.second == 0 ? List.of(process.pid) : List.of(process.pid, process.second);
  }

  public List<Proc> childrenOf(int pid, int tid) {
    Proc process = findByThread(pid);
    List<Proc> listed = new ArrayList<>();
    if (process == null) {
      return listed;
    }
    for (Proc child : process.children) {
      if (child.listedBy == tid) {
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
    Proc target = findByThread(pid);
    int errno = mayBeSent(target);
    if (errno == 0 && target != null) {
      send(target, signal);
    }
    return errno;
  }

  /** A process sends a signal. */
  public int kill(int from, int pid, int signal) {
    sender = from;
    int errno = kill(pid, signal);
    sender = JVM;
    return errno;
  }

  void send(Proc target, int signal) {
    if (target.zombie || target.exiting >= 0 || signal == 0) {
      return;
    }
    tracing.sent(target, signal);
    if (signal == SignalNumber.SIGCONT) {
      target.pending &= ~bit(SignalNumber.SIGSTOP);
      target.pending |= tracing.isTraced(target) ? bit(signal) : 0;
      target.stopped = false;
      target.askedInVain = false;
    } else {
      if (signal == SignalNumber.SIGSTOP) {
        target.pending &= ~bit(SignalNumber.SIGCONT);
      }
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

  static void clear(Proc process, int signal) {
    process.pending &= ~bit(signal);
  }

  static void add(Proc process, int signal) {
    process.pending |= bit(signal);
  }

  public static boolean isPending(Proc process, int signal) {
    return (process.pending & bit(signal)) != 0;
  }

  /** Returns the signal that a process takes when it runs next; 0 if there is none. */
  public int nextSignal(Proc process) {
    if (isPending(process, SignalNumber.SIGKILL)) {
      return SignalNumber.SIGKILL;
    }
    if (tracing.isTraced(process)) {
      return tracing.given(process);
    }
    return process.stopped || process.pending == 0 || process.waitsForVfork()
        ? 0
        : Integer.numberOfTrailingZeros(process.pending) + 1;
  }

  /** Takes a signal in the default way. */
  public void takeSignal(Proc process, int signal) {
    ignoreSignal(process, signal);
    if (signal == SignalNumber.SIGSTOP) {
      says(process, " is stopped");
      process.stopped = true;
      tracing.stops(process);
    } else if (signal != SignalNumber.SIGCHLD && signal != SignalNumber.SIGCONT) {
      exit(process, signal);
    }
  }

  /** Lets each process take the signals that wait for it, and enter its stops. */
  public void settle() {
    boolean any = true;
    while (any) {
      any = false;
      for (Proc one : List.copyOf(processes.values())) {
        while (one != jvm && one.isAlive() && (tracing.step(one) || nextSignal(one) != 0)) {
          any = true;
          int signal = nextSignal(one);
          if (signal != 0) {
            takeSignal(one, signal);
          }
        }
      }
    }
  }

  public void ignoreSignal(Proc process, int signal) {
    if (!tracing.takes(process, signal)) {
      process.pending &= ~bit(signal);
    }
  }
}
