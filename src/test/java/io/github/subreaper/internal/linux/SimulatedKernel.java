package io.github.subreaper.internal.linux;

import io.github.subreaper.internal.linux.Machine.Proc;
import io.github.subreaper.internal.linux.PosixSpawn.Leads;
import io.github.subreaper.internal.linux.calls.Errno;
import io.github.subreaper.internal.linux.calls.Kill;
import io.github.subreaper.internal.linux.calls.LinuxException;
import io.github.subreaper.internal.linux.calls.NativeStrings;
import io.github.subreaper.internal.linux.calls.SignalNumber;
import io.github.subreaper.internal.linux.calls.SubreaperFlag;
import io.github.subreaper.internal.linux.files.Bell;
import io.github.subreaper.internal.linux.files.Epoll;
import io.github.subreaper.internal.linux.files.Fifo;
import io.github.subreaper.internal.linux.files.Sockets;
import io.github.subreaper.internal.linux.proc.Descriptors;
import io.github.subreaper.internal.linux.proc.FileLockLimit;
import io.github.subreaper.internal.linux.proc.JdkReapers;
import io.github.subreaper.internal.linux.proc.LastPid;
import io.github.subreaper.internal.linux.proc.NewChildren;
import io.github.subreaper.internal.linux.proc.Pidfd;
import io.github.subreaper.internal.linux.proc.ProcessStat;
import io.github.subreaper.internal.linux.proc.ProcessStatus;
import io.github.subreaper.internal.linux.proc.Procfs;
import io.github.subreaper.internal.linux.proc.Reading;
import io.github.subreaper.internal.linux.proc.SystemCall;
import io.github.subreaper.internal.linux.proc.Wait;
import io.github.subreaper.internal.linux.ptrace.Ptrace;
import io.github.subreaper.internal.linux.ptrace.TracedWait;
import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * The parts of a kernel that read and change a {@link Machine}. Each call is made at once, after
 * the machine's hook has heard of it: what else happens meanwhile, happens before.
 *
 * <p>Faked, so that nothing of the system is touched: FIFOs have no reader, the guardian is a
 * process without a script, no process has open files or sockets. What is not overridden here, a
 * simulation must not reach: it would act on this machine.
 */
public final class SimulatedKernel extends Kernel {
  /** The name of a launched process until its exec. */
  static final String UNBORN = "subreaper spawn";

  public final Machine machine;
  private final SimulatedWait waits;
  private final SimulatedPtrace ptrace;
  private final SimulatedTracedWait tracedWait;
  private final Bell bell;
  private final SimulatedEpoll epoll;
  private final SimulatedLastPid lastPid;

  public SimulatedKernel(Machine machine) {
    this(machine, new SimulatedJdk(machine));
  }

  private SimulatedKernel(Machine machine, SimulatedJdk jdk) {
    this(machine, jdk, new SimulatedProcfs(machine, jdk));
  }

  private SimulatedKernel(Machine machine, SimulatedJdk jdk, SimulatedProcfs procfs) {
    super(
        procfs,
        new SimulatedKill(machine),
        new SimulatedFlag(machine),
        new SimulatedLimit(machine, procfs),
        new SimulatedFifo(machine),
        new SimulatedSpawn(machine, procfs),
        jdk);
    this.machine = machine;
    waits = new SimulatedWait(machine);
    ptrace = new SimulatedPtrace(machine);
    tracedWait = new SimulatedTracedWait(machine);
    bell =
        new Bell() {
          @Override
          public void ring() {
            machine.tracing.ring();
          }
        };
    epoll = new SimulatedEpoll(machine);
    lastPid = new SimulatedLastPid(machine);
  }

  public SimulatedJdk jdk() {
    return (SimulatedJdk) jdk;
  }

  /** Returns when the watcher's wait ends. */
  public long watcherDue() {
    return epoll.hasEvents() ? machine.now : epoll.due;
  }

  /** Forgets what is known of an earlier schedule: native memory is used again. */
  public void reset() {
    epoll.reset();
    jdk().reset();
  }

  @Override
  public Wait waits() {
    return waits;
  }

  @Override
  public Wait newWaits() {
    return waits;
  }

  @Override
  public Ptrace ptrace() {
    return ptrace;
  }

  @Override
  public TracedWait tracedWait() {
    return tracedWait;
  }

  @Override
  public Bell bell() {
    return bell;
  }

  @Override
  public Pidfd pidfd(int pid) {
    machine.call("pidfd_open", pid);
    Proc process = machine.find(pid);
    if (process == null) {
      throw new LinuxException("pidfd_open(" + pid + ")", Errno.ESRCH);
    }
    if (machine.refuses()) {
      throw new LinuxException("pidfd_open(" + pid + ")", Errno.EMFILE);
    }
    return new SimulatedPidfd(machine, process);
  }

  @Override
  public boolean autoreaps() {
    return machine.autoreaps;
  }

  @Override
  public BitSet ended(List<Pidfd> processes) {
    machine.call("poll all", processes.size());
    BitSet ended = new BitSet();
    for (int i = 0; i < processes.size(); i++) {
      SimulatedPidfd one = (SimulatedPidfd) processes.get(i);
      ended.set(i, !one.closed && !one.process.isAlive());
    }
    return ended;
  }

  @Override
  public Epoll epoll() {
    return epoll;
  }

  @Override
  public LastPid lastPid() {
    return lastPid;
  }

  @Override
  public NewChildren newChildren(int tid) {
    return new SimulatedChildren(machine, tid);
  }

  @Override
  public Sockets sockets() {
    return new Sockets() {
      @Override
      public Listening listening(int pid) {
        return new Listening(List.of(), List.of());
      }
    };
  }

  @Override
  public Descriptors descriptors() {
    return new Descriptors() {
      @Override
      public List<Integer> open(int pid) {
        return List.of();
      }

      @Override
      public @Nullable String target(int pid, int fd) {
        return null;
      }
    };
  }

  /** What was read of a file. */
  private static final class SimulatedFile extends Reading {
    private byte[] text = {};
    private boolean inPieces;

    SimulatedFile with(byte[] read, boolean several) {
      text = read;
      inPieces = several;
      return this;
    }

    @Override
    public byte[] text() {
      return text;
    }

    @Override
    public int length() {
      return text.length;
    }

    @Override
    public boolean isInPieces() {
      return inPieces;
    }
  }

  /** {@code /proc}, as the engine reads it. */
  private static final class SimulatedProcfs extends Procfs {
    private final Machine machine;
    private final SimulatedJdk jdk;
    private final SimulatedFile file = new SimulatedFile();
    private long refusals;

    SimulatedProcfs(Machine machine, SimulatedJdk jdk) {
      this.machine = machine;
      this.jdk = jdk;
    }

    private @Nullable Proc read(String file, int pid) {
      machine.call(file, pid);
      Proc process = machine.findByThread(pid);
      boolean refused = process != null && process != machine.jvm && machine.refuses();
      refusals += refused ? 1 : 0;
      return refused ? null : process;
    }

    private char state(Proc process) {
      char traced = process.firstThreadEnded ? 0 : machine.tracing.state(process.pid);
      return traced == 't' || (traced == 'S' && !process.waitsForVfork())
          ? traced
          : process.zombie || process.firstThreadEnded
              ? 'Z'
              : process.stopped ? 'T' : process.waitsForVfork() ? 'D' : 'S';
    }

    @Override
    public @Nullable ProcessStat stat(int pid) {
      long now = machine.now;
      Proc process = read("stat", pid);
      if (process == null) {
        return null;
      }
      return new ProcessStat(
          pid == SELF ? Machine.JVM : pid,
          process.name,
          threadState(process, pid),
          process.parent == null ? 0 : process.parent.pid,
          process.group,
          process.session,
          0,
          -1,
          0,
          0,
          0,
          process.second == 0 ? 1 : 2,
          pid == process.second ? process.secondTicks : process.startTicks,
          now);
    }

    /** The first thread may have ended; a stop is one of all threads. */
    private char threadState(Proc process, int tid) {
      char traced = machine.tracing.state(tid);
      return tid != process.second
          ? state(process)
          : traced != 0 ? traced : process.stopped ? 'T' : 'S';
    }

    @Override
    public int exitCode(int pid) {
      Proc process = read("stat", pid);
      return process == null ? -1 : Math.max(0, process.status);
    }

    /** A process that exits with all its threads shows the status of that. */
    @Override
    public int statusOfAll(int pid, int last) {
      Proc process = read("stat", pid);
      return process == null ? -1 : process.exiting;
    }

    @Override
    public int yamaScope() {
      return -1;
    }

    @Override
    public int ownTid() {
      return machine.caller;
    }

    @Override
    public @Nullable SystemCall systemCall(int tid) {
      return jdk.systemCall(tid);
    }

    @Override
    public String threadName(int tid) {
      return SimulatedJdk.isReaper(tid) ? JdkReapers.IDLE : "java";
    }

    @Override
    public char threadState(int pid, int tid) {
      if (SimulatedJdk.isReaper(tid)) {
        return jdk.state(tid);
      }
      Proc process = find(pid, tid);
      return process == null ? '?' : threadState(process, tid);
    }

    private @Nullable Proc find(int pid, int tid) {
      Proc process = machine.findByThread(pid);
      boolean has = process == machine.jvm ? machine.threads.contains(tid) : isOf(process, tid);
      return has ? process : null;
    }

    private static boolean isOf(@Nullable Proc process, int tid) {
      return process != null && (tid == process.pid || (tid == process.second && tid != 0));
    }

    @Override
    public long fileLockLimit(int pid) {
      Proc process = read("limits", pid);
      return process == null ? 0 : process.locks;
    }

    @Override
    public long openFileLimit() {
      return 1024;
    }

    @Override
    public int @Nullable [] childrenAtOneRead(int pid, int tid) {
      Proc process = read("children", pid);
      if (process == null || find(pid, tid) == null) {
        return null;
      }
      List<Proc> list = machine.childrenOf(pid, tid);
      if (list.size() > 1 && machine.reads()) {
        list = inPieces(list.get(0), pid, tid);
      }
      int[] pids = new int[list.size()];
      for (int i = 0; i < pids.length; i++) {
        pids[i] = list.get(i).pid;
      }
      return pids;
    }

    /** The second piece goes on behind the first one's last child, or skips as many as it had. */
    private List<Proc> inPieces(Proc first, int pid, int tid) {
      machine.call("children, on", pid);
      List<Proc> list = new ArrayList<>(machine.childrenOf(pid, tid));
      int at = list.indexOf(first);
      List<Proc> rest = list.subList(Math.min(list.size(), Math.max(0, at) + 1), list.size());
      List<Proc> read = new ArrayList<>(List.of(first));
      read.addAll(rest);
      return read;
    }

    @Override
    public List<Integer> processes() {
      machine.call("readdir", 0);
      return new ArrayList<>(machine.processes.keySet());
    }

    @Override
    public List<Integer> threadsAtOneRead(int pid) {
      Proc process = read("task", pid);
      List<Integer> list = process == null ? List.of() : machine.threadsOf(process);
      return list.size() > 1 && machine.reads() ? inPieces(list, pid) : list;
    }

    /**
     * Goes on behind the thread that was read last, or, if that has ended, skips as many as were
     * read: proc_task_readdir.
     */
    private List<Integer> inPieces(List<Integer> before, int pid) {
      int cut = machine.cut(before.size());
      List<Integer> list = new ArrayList<>(before.subList(0, cut));
      machine.call("task, on", pid);
      Proc process = machine.findByThread(pid);
      List<Integer> now = process == null ? List.of() : machine.threadsOf(process);
      int last = now.indexOf(list.get(cut - 1));
      list.addAll(now.subList(Math.min(now.size(), last < 0 ? cut : last + 1), now.size()));
      return list;
    }

    @Override
    public long refusals() {
      return refusals;
    }

    @Override
    public @Nullable Reading commandLineAtOneRead(int pid) {
      Proc process = read("cmdline", pid);
      if (process == null) {
        return null;
      }
      byte[] line = machine.commandLine(process);
      if (line.length < 2 || !machine.hasLongLines || !machine.reads()) {
        return file.with(line, false);
      }
      int cut = machine.cut(line.length);
      machine.call("cmdline, on", pid);
      byte[] now = machine.commandLine(process); // of another memory after an exec
      byte[] read = Arrays.copyOf(line, Math.max(cut, now.length));
      System.arraycopy(now, Math.min(cut, now.length), read, cut, read.length - cut);
      return file.with(read, true);
    }

    @Override
    public @Nullable Reading environmentAtOneRead(int pid) {
      Proc process = read("environ", pid);
      if (process == null || process.zombie) {
        return null;
      }
      byte[] variables = process.variables;
      if (variables.length < 2 || !machine.hasLongLines || !machine.reads()) {
        return file.with(variables, false);
      }
      int cut = machine.cut(variables.length);
      int execs = process.execs;
      machine.call("environ, on", pid); // the file is one of the memory at its opening
      boolean cutOff = process.execs != execs || !process.isAlive();
      return file.with(cutOff ? Arrays.copyOf(variables, cut) : variables, true);
    }

    @Override
    public void awaitExec(int pid) {}

    @Override
    public @Nullable String executable(int pid) {
      Proc process = read("exe", pid);
      if (process == null || process.zombie) {
        return null;
      }
      return "/bin/" + (process.name.equals(UNBORN) ? machine.jvm.name : process.name);
    }

    @Override
    public @Nullable String workingDirectory(int pid) {
      Proc process = read("cwd", pid);
      return process == null || process.zombie ? null : "/";
    }

    @Override
    public @Nullable ProcessStatus status(int pid) {
      Proc process = read("status", pid);
      return process == null
          ? null
          : new ProcessStatus(
              "Uid:\t"
                  + (process.uid + "\t").repeat(4)
                  + "\nShdPnd:\t"
                  + Integer.toHexString(process.pending));
    }

    @Override
    public int statusNumber(int pid, String field) {
      if (field.equals("voluntary_ctxt_switches")) {
        return machine.tracing.timesAsleep();
      }
      Proc process = read("status", pid);
      if (process == null) {
        return -1;
      }
      return switch (field) {
        case "Uid" -> process.uid;
        case "Tgid" -> process.pid;
        case "VmHWM" -> 4096;
        case "TracerPid" -> machine.tracing.tracerOf(pid);
        default -> throw new UnsupportedOperationException(field);
      };
    }

    @Override
    public boolean isDying(int pid) {
      Proc process = read("status", pid);
      return process == null
          || process.zombie
          || Machine.isPending(process, SignalNumber.SIGKILL)
          || machine.tracing.isExiting(process);
    }

    @Override
    public boolean isAboutToEnd(int pid) {
      return isDying(pid);
    }

    @Override
    public boolean isAmidExec(int pid) {
      Proc process = read("exe", pid);
      return process != null && process.isAlive() && process.name.equals(UNBORN);
    }

    @Override
    public boolean isForkOfAnotherProgram(ProcessStat process) {
      machine.call("exe", process.pid());
      return false;
    }

    @Override
    public boolean hasCapability(int number) {
      return false;
    }

    @Override
    public boolean isThread(int pid, int tid) {
      return find(pid, tid) != null;
    }

    @Override
    public int processOf(int tid) {
      return statusNumber(tid, "Tgid");
    }

    @Override
    public boolean isSecondThread(int tid) {
      int process = statusNumber(tid, "Tgid");
      return process > 0 && process != tid;
    }

    @Override
    public boolean isInOwnPidNamespace(int pid) {
      return true;
    }

    @Override
    public @Nullable String pidSpace() {
      return null;
    }

    @Override
    public boolean isFrozen(int pid) {
      return false;
    }

    @Override
    public @Nullable String waitChannel(int pid) {
      return null;
    }

    @Override
    public int largestPid() {
      return machine.largestPid();
    }
  }

  private static int sent(Machine machine, @Nullable Proc target, int signal) {
    int errno = machine.mayBeSent(target);
    if (errno == 0 && target != null && signal != 0) {
      machine.says("the engine sends signal ", signal, " to ", target);
      if (!target.ours && target != machine.guardian && !machine.isKnown(target)) {
        machine.violated(target + " is not ours and was sent signal " + signal);
      }
      if (signal == SignalNumber.SIGKILL && target.stopped && target.askedInVain) {
        machine.violated(target + " is killed, and could not end when it was asked to");
      }
      target.askedInVain |=
          signal == SignalNumber.SIGTERM && target.stopped && !target.stoppedByEngine;
      machine.send(target, signal);
      target.stoppedByEngine |= signal == SignalNumber.SIGSTOP;
    }
    return errno;
  }

  private static final class SimulatedKill extends Kill {
    private final Machine machine;

    SimulatedKill(Machine machine) {
      this.machine = machine;
    }

    @Override
    public void probe() {}

    @Override
    public int send(int pid, int signal) {
      machine.call("kill", pid);
      return sent(machine, machine.findByThread(pid), signal);
    }

    @Override
    public int sendToGroup(int leader, int signal) {
      machine.call("kill", -leader);
      int errno = Errno.ESRCH;
      for (Proc one : List.copyOf(machine.processes.values())) {
        if (one.group == leader) {
          int its = sent(machine, one, signal);
          errno = errno == 0 ? 0 : its;
        }
      }
      return errno;
    }
  }

  private static final class SimulatedFlag extends SubreaperFlag {
    private final Machine machine;

    SimulatedFlag(Machine machine) {
      this.machine = machine;
    }

    @Override
    public void set(boolean subreaper) {
      machine.jvm.subreaper = subreaper;
    }

    @Override
    public boolean get() {
      return machine.jvm.subreaper;
    }
  }

  private static final class SimulatedLimit extends FileLockLimit {
    private final Machine machine;

    SimulatedLimit(Machine machine, Procfs procfs) {
      super(procfs);
      this.machine = machine;
    }

    private Proc process(int pid) {
      machine.call("prlimit", pid);
      Proc process = machine.findByThread(pid);
      if (process == null || process.uid != Machine.OWN_USER) {
        throw new LinuxException(
            "prlimit(RLIMIT_LOCKS)", process == null ? Errno.ESRCH : Errno.EPERM);
      }
      return process;
    }

    @Override
    public boolean replace(int pid, long expected, long soft) {
      try {
        Proc process = process(pid);
        boolean same = process.locks == expected;
        process.locks = same ? soft : process.locks;
        return same;
      } catch (LinuxException e) {
        return false;
      }
    }

    @Override
    public void probeOthers() {
      if (machine.deniesLimits) {
        throw new LinuxException("prlimit(RLIMIT_LOCKS)", Errno.EPERM);
      }
    }

    @Override
    public long get(int pid) {
      return process(pid).locks;
    }

    @Override
    public long peek(int pid) {
      machine.call("prlimit", pid);
      Proc process = machine.findByThread(pid);
      return process == null || process.uid != Machine.OWN_USER ? 0 : process.locks;
    }

    @Override
    public long getHard(int pid) {
      process(pid);
      return Machine.UNLIMITED;
    }

    @Override
    public void set(int pid, long soft) {
      process(pid).locks = soft;
    }
  }

  private static final class SimulatedFifo extends Fifo {
    private final Machine machine;

    SimulatedFifo(Machine machine) {
      this.machine = machine;
    }

    @Override
    public void create(Path path) {}

    /** One launch at a time has a gate; the guardian's files are no gates. */
    @Override
    public int openForBoth(Path path) {
      machine.call("open", 0);
      if (path.getFileName().toString().startsWith("gate")) {
        machine.processes.values().forEach(one -> one.atGate = false);
      }
      return 3;
    }

    @Override
    public boolean isRead(Path path) {
      return true;
    }

    @Override
    public boolean isReadable(int fd, int millis) {
      return true;
    }

    @Override
    public boolean writeLine(int fd, String line) {
      machine.lines.add(line);
      return true;
    }

    @Override
    public void close(int fd) {}
  }

  /**
   * Starts the guardian, which has no gate, at once. Any other child stops at its gate, and execs
   * when the schedule lets it: see {@link SimulatedTime}.
   */
  private static final class SimulatedSpawn extends PosixSpawn {
    private final Machine machine;

    SimulatedSpawn(Machine machine, Procfs procfs) {
      super(new Emulation(procfs));
      this.machine = machine;
    }

    @Override
    public boolean hasChdir() {
      return true;
    }

    /** The sandbox denies both: so launches are in this JVM's group in some schedules. */
    @Override
    public boolean hasGroups() {
      return !machine.deniesLimits;
    }

    @Override
    public Result spawn(Request request) {
      if (request.gate() != null) {
        Proc child = machine.fork(machine.jvm);
        child.name = UNBORN;
        child.atGate = true;
        child.isLaunched = true;
        child.group = request.leads() == Leads.NOTHING ? child.group : child.pid;
        child.session = request.leads() == Leads.SESSION ? child.pid : child.session;
        machine.launched.add(child);
        child.launch = machine.launched.size();
        child.given = machine.deniesLimits ? variables(request) : null;
        child.execErrno = machine.refuses() ? Errno.EACCES : 0;
        return new Result(child.pid, 0);
      }
      Proc guardian = machine.fork(machine.jvm);
      guardian.session = guardian.pid;
      guardian.group = guardian.pid;
      guardian.ours = false;
      machine.exec(guardian, "guardian");
      machine.guardian = guardian;
      return new Result(guardian.pid, 0);
    }

    /** Those of this library. */
    private static byte[] variables(Request request) {
      ByteArrayOutputStream all = new ByteArrayOutputStream();
      for (byte[] one : request.environment()) {
        if (new String(one, NativeStrings.CHARSET).startsWith("SUBREAPER_")) {
          all.writeBytes(one);
          all.write(0);
        }
      }
      return all.toByteArray();
    }
  }

  /** A descriptor of a process: it stays right when the pid is reused. */
  static final class SimulatedPidfd extends Pidfd {
    private final Machine machine;
    final Proc process;
    boolean closed;

    SimulatedPidfd(Machine machine, Proc process) {
      super(process.pid, -1, null);
      this.machine = machine;
      this.process = process;
      machine.open.add(this);
    }

    @Override
    public synchronized int fd() {
      return closed ? -1 : process.pid;
    }

    @Override
    public synchronized int send(int signal) {
      machine.call("pidfd_send_signal", process.pid);
      return closed || process.collected ? Errno.ESRCH : sent(machine, process, signal);
    }

    @Override
    public synchronized boolean hasEnded() {
      machine.call("poll", process.pid);
      return closed || !process.isAlive();
    }

    @Override
    public synchronized OptionalInt waitStatus() {
      machine.call("pidfd status", process.pid);
      return !closed && process.collected && machine.showsStatus
          ? OptionalInt.of(process.status)
          : OptionalInt.empty();
    }

    private OptionalInt info(int value) {
      return !closed && !process.collected && machine.showsParent
          ? OptionalInt.of(value)
          : OptionalInt.empty();
    }

    @Override
    public synchronized OptionalInt realUid() {
      machine.call("pidfd info", process.pid);
      return info(process.uid);
    }

    @Override
    public synchronized OptionalInt parent() {
      machine.call("pidfd info", process.pid);
      return info(process.parent == null ? 0 : process.parent.pid);
    }

    @Override
    public synchronized void close() {
      closed = true;
      machine.open.remove(this);
    }
  }

  /** Reports each change once. It never blocks: a signal interrupts it when nothing is there. */
  private static final class SimulatedEpoll extends Epoll {
    private static final int READABLE = 1;
    private static final int HUNG_UP = 2;

    private record Found(long token, boolean collected) {}

    private final Machine machine;
    private final Map<SimulatedPidfd, Long> added = new HashMap<>();
    private final Map<SimulatedPidfd, Integer> reported = new HashMap<>();
    private final List<SimulatedPidfd> inOrder = new ArrayList<>();
    private List<Found> found = List.of();
    private boolean woken;
    private long due;

    SimulatedEpoll(Machine machine) {
      super(-1, -1);
      this.machine = machine;
    }

    void reset() {
      added.clear();
      reported.clear();
      inOrder.clear();
      found = List.of();
      woken = false;
      due = 0;
    }

    private int level(SimulatedPidfd process) {
      return process.process.collected && machine.showsStatus
          ? HUNG_UP
          : process.process.isAlive() ? 0 : READABLE;
    }

    boolean hasEvents() {
      boolean any = woken;
      for (SimulatedPidfd one : inOrder) {
        any |= !one.closed && level(one) > reported.getOrDefault(one, 0);
      }
      return any;
    }

    @Override
    public synchronized boolean add(Pidfd process, long token) {
      machine.call("epoll_ctl", (int) token);
      SimulatedPidfd its = (SimulatedPidfd) process;
      if (its.closed || machine.refuses()) {
        return false;
      }
      added.put(its, token);
      inOrder.add(its);
      return true;
    }

    @Override
    public int await(int millis) {
      machine.call("epoll_wait", millis);
      due = millis < 0 ? Schedule.NEVER : machine.now + millis * 1_000_000L;
      List<Found> now = new ArrayList<>();
      if (woken) {
        now.add(new Found(-1, false));
        woken = false;
      }
      inOrder.removeIf(one -> one.closed);
      for (SimulatedPidfd one : inOrder) {
        int level = level(one);
        if (level > reported.getOrDefault(one, 0)) {
          reported.put(one, level);
          now.add(new Found(added.getOrDefault(one, -1L), level == HUNG_UP));
        }
      }
      found = now;
      return now.size();
    }

    @Override
    public long token(int index) {
      return found.get(index).token;
    }

    @Override
    public boolean isCollected(int index) {
      return found.get(index).collected;
    }

    @Override
    public synchronized void wake() {
      woken = true;
    }

    @Override
    public synchronized void close() {}
  }

  private static final class SimulatedLastPid extends LastPid {
    private final Machine machine;

    SimulatedLastPid(Machine machine) {
      super(-1);
      this.machine = machine;
    }

    @Override
    public synchronized int read() {
      machine.call("ns_last_pid", 0);
      return machine.lastPid;
    }

    @Override
    public synchronized void close() {}
  }

  /** Skips as many children as it has returned, even if some have left the list meanwhile. */
  private static final class SimulatedChildren extends NewChildren {
    private final Machine machine;
    private int told;

    SimulatedChildren(Machine machine, int tid) {
      super(tid);
      this.machine = machine;
    }

    @Override
    public int[] next() {
      machine.call("more children", tid());
      List<Proc> children = machine.childrenOf(Procfs.SELF, tid());
      int skipped = Math.min(told, children.size());
      told += children.size() - skipped;
      return children.stream().skip(skipped).mapToInt(child -> child.pid).toArray();
    }

    @Override
    public void startAgain() {
      told = 0;
    }

    @Override
    public void close() {
      told = 0;
    }
  }
}
