package io.github.subreaper.internal.linux;

import io.github.subreaper.internal.linux.calls.Kill;
import io.github.subreaper.internal.linux.calls.SubreaperFlag;
import io.github.subreaper.internal.linux.files.Bell;
import io.github.subreaper.internal.linux.files.Epoll;
import io.github.subreaper.internal.linux.files.Fifo;
import io.github.subreaper.internal.linux.files.Hole;
import io.github.subreaper.internal.linux.files.ListenSocket;
import io.github.subreaper.internal.linux.files.NotifySocket;
import io.github.subreaper.internal.linux.files.OpenWatch;
import io.github.subreaper.internal.linux.files.Pipe;
import io.github.subreaper.internal.linux.files.PseudoTerminal;
import io.github.subreaper.internal.linux.files.Sockets;
import io.github.subreaper.internal.linux.proc.Descriptors;
import io.github.subreaper.internal.linux.proc.FileLockLimit;
import io.github.subreaper.internal.linux.proc.JdkReapers;
import io.github.subreaper.internal.linux.proc.LastPid;
import io.github.subreaper.internal.linux.proc.NewChildren;
import io.github.subreaper.internal.linux.proc.Pidfd;
import io.github.subreaper.internal.linux.proc.Procfs;
import io.github.subreaper.internal.linux.proc.ResourceLimits;
import io.github.subreaper.internal.linux.proc.UserNames;
import io.github.subreaper.internal.linux.proc.Wait;
import io.github.subreaper.internal.linux.ptrace.FilterInjection;
import io.github.subreaper.internal.linux.ptrace.Ptrace;
import io.github.subreaper.internal.linux.ptrace.TracedMemory;
import io.github.subreaper.internal.linux.ptrace.TracedWait;
import java.io.File;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Holds the kernel's facilities: a part for each, and methods that open what has a descriptor. The
 * engine changes and reads the system through one instance, which constructors take. So a
 * simulation can replace it and its parts.
 *
 * <p>It can be made only where {@link Jna#trouble} returns null.
 */
public class Kernel {
  public final Procfs procfs;
  public final Kill kill;
  public final SubreaperFlag subreaper;
  public final FileLockLimit fileLocks;
  public final Fifo fifos;
  public final Emulation emulation;
  public final PosixSpawn spawn;
  public final JdkReapers jdk;
  private static final boolean AUTOREAPS = autoreaps(System.getProperty("os.version", ""));

  private volatile @Nullable UserNames users;

  public Kernel() {
    this(new Procfs(), new Kill(), new SubreaperFlag(), new Fifo(), new JdkReapers());
  }

  private Kernel(Procfs procfs, Kill kill, SubreaperFlag subreaper, Fifo fifos, JdkReapers jdk) {
    this(
        procfs,
        kill,
        subreaper,
        new FileLockLimit(procfs),
        fifos,
        new PosixSpawn(new Emulation(procfs)),
        jdk);
  }

  /** For a simulation. */
  public Kernel(
      Procfs procfs,
      Kill kill,
      SubreaperFlag subreaper,
      FileLockLimit fileLocks,
      Fifo fifos,
      PosixSpawn spawn,
      JdkReapers jdk) {
    this.procfs = procfs;
    this.kill = kill;
    this.subreaper = subreaper;
    this.fileLocks = fileLocks;
    this.fifos = fifos;
    this.emulation = spawn.emulation;
    this.spawn = spawn;
    this.jdk = jdk;
  }

  /** Any user may set the property, so it may be no version at all. */
  public static boolean autoreaps(String version) {
    int dot = version.indexOf('.');
    int end = dot + 1;
    while (end < version.length() && Character.isDigit(version.charAt(end))) {
      end++; // without a regular expression, which would take longer to load than all the rest
    }
    try {
      int major = Integer.parseInt(version.substring(0, dot));
      return major > 7 || (major == 7 && Integer.parseInt(version.substring(dot + 1, end)) >= 1);
    } catch (IndexOutOfBoundsException | NumberFormatException e) {
      return true;
    }
  }

  /**
   * Returns whether a child of this JVM may end without a zombie, so that its pid is free at once
   * (CLONE_AUTOREAP, Linux 7.1).
   */
  public boolean autoreaps() {
    return AUTOREAPS;
  }

  /** Returns the waits of the calling thread. */
  public Wait waits() {
    return Wait.ofThisThread();
  }

  /** Returns waits that no other code uses. */
  public Wait newWaits() {
    return new Wait();
  }

  /** Throws LinuxException if a sandbox denies a call of {@link Pidfd}. */
  public void probePidfd() {
    Pidfd.probe();
  }

  /** Opens the process that has this pid now. The descriptor is close-on-exec. */
  public Pidfd pidfd(int pid) {
    return Pidfd.open(pid, procfs);
  }

  /** Returns the indices of those that have ended, each with all its threads. */
  public BitSet ended(List<Pidfd> processes) {
    return Pidfd.ended(processes);
  }

  /** Throws LinuxException if it is refused. */
  public Epoll epoll() {
    return Epoll.open();
  }

  /** Reports that a file is opened; throws LinuxException if that is refused. */
  public OpenWatch openWatch(Path file) {
    return OpenWatch.of(file);
  }

  public LastPid lastPid() {
    return LastPid.open();
  }

  /** Returns the children of a thread of this process, as they are added to its list. */
  public NewChildren newChildren(int tid) {
    return new NewChildren(tid);
  }

  public Ptrace ptrace() {
    return new Ptrace();
  }

  /** Returns why a trace cannot report calls here; null if it can. */
  public @Nullable String missingForCalls() {
    return FilterInjection.unsupported();
  }

  public TracedMemory tracedMemory() {
    return new TracedMemory();
  }

  /** Returns what gives a program, which has exec'd and made no call yet, its filter. */
  public FilterInjection filterInjection(int tid, Ptrace ptrace, TracedMemory memory) {
    return new FilterInjection(ptrace, memory, tid);
  }

  public TracedWait tracedWait() {
    return new TracedWait();
  }

  /** Returns the bell of the calling thread. */
  public Bell bell() {
    return new Bell();
  }

  public Pipe pipe() {
    return new Pipe();
  }

  public PseudoTerminal pseudoTerminal() {
    return new PseudoTerminal();
  }

  /** Binds a new socket; its name is without the leading NUL, ASCII. */
  public NotifySocket notifySocket(String name) {
    return new NotifySocket(name);
  }

  public ListenSocket listenSockets() {
    return new ListenSocket();
  }

  public Sockets sockets() {
    return new Sockets();
  }

  public Descriptors descriptors() {
    return new Descriptors();
  }

  public ResourceLimits limits() {
    return new ResourceLimits();
  }

  public Hole holes() {
    return new Hole();
  }

  public UserNames users() {
    UserNames known = users;
    if (known == null) {
      known = new UserNames(new File("/etc/passwd"));
      users = known;
    }
    return known;
  }
}
