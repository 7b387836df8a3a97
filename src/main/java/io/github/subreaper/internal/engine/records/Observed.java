package io.github.subreaper.internal.engine.records;

import io.github.subreaper.internal.engine.lock.RecordLock;
import io.github.subreaper.internal.linux.proc.Pidfd;
import io.github.subreaper.internal.linux.proc.ProcessStat;
import io.github.subreaper.internal.linux.proc.Procfs;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What {@code /proc} showed of one process when it was last read. What can't be read keeps its last
 * value. Changes need the lock over all records; the volatile fields are read without it.
 */
public final class Observed {
  /** A number that is not known. */
  static final int UNKNOWN = -1;

  private static final int SELF = (int) ProcessHandle.current().pid();

  private final RecordLock lock;
  private final int pid;
  private volatile String name = "";
  private volatile List<String> commandLine = List.of();
  private volatile @Nullable String executable;

  /** The executable when the command line was read last; guarded by the lock. */
  private @Nullable String executableThen;

  private volatile @Nullable String workingDirectory;
  private volatile int uid = UNKNOWN;
  private volatile int session = UNKNOWN;
  private volatile int processGroup = UNKNOWN;
  private volatile int parentPid;
  private volatile boolean zombie;

  /** Whether the journal has its stop, and not yet that it goes on. */
  private volatile boolean stopReported;

  /** This library has continued it after that stop, and the trace has not reported that yet. */
  private volatile boolean continues;

  /** {@code /proc} hid the process at the last observation. */
  private boolean hidden;

  /** The last observation, if the process was alive then. */
  private @Nullable ProcessStat lastAlive;

  private boolean seenAlive;
  private long seenAliveNanos;

  /** It was a child of this JVM then: the doorbell rings when it dies. */
  private boolean childWhenAlive;

  /** Volatile, as the next one: the thread that kills the process reads both without the lock. */
  private volatile boolean manyThreads;

  private volatile boolean still;
  private int firstScan;
  private int scan;

  Observed(RecordLock lock, ProcessStat stat) {
    this.lock = lock;
    this.pid = stat.pid();
    take(stat);
  }

  public void update(ProcessStat stat) {
    lock.requireHeld();
    take(stat);
  }

  private void take(ProcessStat stat) {
    if (name.isEmpty() || !(stat.isHidden() || name.equals(stat.name()))) {
      name = stat.name();
    }
    zombie = stat.hasEnded();
    hidden = stat.isHidden();
    lastAlive = zombie ? null : stat;
    if (!zombie) {
      seenAlive = true;
      seenAliveNanos = stat.readNanos();
      childWhenAlive = stat.parent() == SELF;
    }
    if (stat.parent() != 0) { // the kernel shows 0 for all three while it removes a process
      session = stat.session();
      processGroup = stat.processGroup();
      parentPid = stat.parent();
    }
  }

  /** It is a zombie, and this JVM has got it: nothing else has changed. */
  public void adopted() {
    lock.requireHeld();
    parentPid = SELF;
  }

  /**
   * Reads what a dead process no longer shows.
   *
   * @return whether the command line has changed
   */
  public boolean readPerishables(Procfs procfs, @Nullable Pidfd pidfd) {
    lock.requireHeld();
    if (zombie) {
      readUid(procfs, pidfd); // a zombie shows nothing else
      return false;
    }
    List<String> arguments = procfs.commandLine(pid, commandLine);
    boolean changed = !arguments.isEmpty() && !arguments.equals(commandLine);
    if (changed || executable == null) {
      if (!arguments.isEmpty()) {
        commandLine = arguments;
      }
      readFiles(procfs);
      readUid(procfs, pidfd);
      executableThen = executable;
    }
    return changed;
  }

  /** Returns the executable when the command line was read last; null if not known. */
  public @Nullable String executableThen() {
    lock.requireHeld();
    return executableThen;
  }

  /** It was forked a moment ago, so it shows what its parent does. */
  public void inherits(Observed parent) {
    lock.requireHeld();
    commandLine = parent.commandLine;
    executable = parent.executable;
    executableThen = parent.executableThen;
    workingDirectory = parent.workingDirectory;
    uid = parent.uid;
  }

  /** It has exec'd: what was read then. */
  public void executes(ProcessStat stat, @Nullable String file, List<String> command) {
    lock.requireHeld();
    take(stat);
    if (file != null) {
      executable = file;
    }
    if (!command.isEmpty()) {
      commandLine = command;
    }
  }

  private void readUid(Procfs procfs, @Nullable Pidfd pidfd) {
    OptionalInt shown = pidfd == null ? OptionalInt.empty() : pidfd.realUid(); // 15 times as fast
    int owner = shown.isPresent() ? shown.getAsInt() : procfs.statusNumber(pid, "Uid");
    if (owner >= 0) {
      uid = owner;
    }
  }

  /** Reads executable and working directory; a process may change the latter at any time. */
  public void readFiles(Procfs procfs) {
    lock.requireHeld();
    String file = procfs.executable(pid);
    if (file != null) {
      executable = file;
    }
    String directory = procfs.workingDirectory(pid);
    if (directory != null) {
      workingDirectory = directory;
    }
  }

  public void named(String known) {
    lock.requireHeld();
    name = known;
  }

  public void startedAs(List<String> known) {
    lock.requireHeld();
    commandLine = known;
  }

  public void ownedBy(int known) {
    lock.requireHeld();
    uid = known;
  }

  /**
   * Notes how many threads it has, and whether it stands still.
   *
   * @param frozen whether it was stopped in order to be killed
   */
  public void threads(ProcessStat stat, boolean frozen) {
    lock.requireHeld();
    manyThreads = stat.threads() > 1;
    still = frozen && stat.isStopped();
  }

  public void mayRun() {
    lock.requireHeld();
    still = false;
  }

  void firstIn(int number) {
    lock.requireHeld();
    firstScan = number;
  }

  public void inScan(int number) {
    lock.requireHeld();
    scan = number;
  }

  void ended() {
    lock.requireHeld();
    lastAlive = null;
  }

  String name() {
    return name;
  }

  List<String> commandLine() {
    return commandLine;
  }

  @Nullable String executable() {
    return executable;
  }

  @Nullable String workingDirectory() {
    return workingDirectory;
  }

  int uid() {
    return uid;
  }

  public int session() {
    return session;
  }

  public int processGroup() {
    return processGroup;
  }

  int parentPid() {
    return parentPid;
  }

  public boolean isZombie() {
    return zombie;
  }

  boolean isHidden() {
    return hidden;
  }

  public void stopReported(boolean reported) {
    lock.requireHeld();
    stopReported = reported;
    continues = false;
  }

  /** A traced process that a signal has stopped goes on only when its tracing thread says so. */
  public void continueSent() {
    lock.requireHeld();
    continues = stopReported;
  }

  /** Returns whether its trace has reported a stop from which nothing leads it now. */
  public boolean isStoppedForTrace() {
    return stopReported && !continues;
  }

  public boolean isStopReported() {
    return stopReported;
  }

  public @Nullable ProcessStat lastAlive() {
    return lastAlive;
  }

  boolean wasAliveAfter(long nanos) {
    return seenAlive && seenAliveNanos - nanos >= 0;
  }

  /** Returns when it was last seen alive; the other time if it never was. */
  long aliveNanos(LongSupplier otherwise) {
    return seenAlive ? seenAliveNanos : otherwise.getAsLong();
  }

  /** Returns whether it was a child of this JVM when it was last seen alive. */
  boolean wasChild() {
    return childWhenAlive;
  }

  public boolean hasManyThreads() {
    return manyThreads;
  }

  /** Returns whether it was seen to stand after it was stopped: it can't fork any more. */
  public boolean isStill() {
    return still;
  }

  /** Returns the number of the first scan that could observe it alive. */
  public int firstScan() {
    return firstScan;
  }

  /** Returns the number of the latest scan that observed it. */
  public int scan() {
    return scan;
  }
}
