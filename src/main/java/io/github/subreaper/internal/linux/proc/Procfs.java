package io.github.subreaper.internal.linux.proc;

import static io.github.subreaper.internal.linux.calls.SignalNumber.SIGKILL;

import io.github.subreaper.internal.linux.calls.Errno;
import io.github.subreaper.internal.linux.calls.LibC;
import io.github.subreaper.internal.linux.calls.LinuxException;
import io.github.subreaper.internal.linux.calls.NativeStrings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads proc(5). A process may end at any moment, so what can't be read is null or empty, never an
 * exception.
 */
public class Procfs {
  /** Stands for this process, in place of its pid. */
  public static final int SELF = 0;

  private static final int PF_EXITING = 4;
  private static final int PF_FORKNOEXEC = 0x40;

  /** Fields of stat behind the name. */
  private static final int STAT_FLAGS = 9 - 3;

  private static final int STAT_THREADS = 20 - 3;
  private static final int STAT_START = 22 - 3;
  static final int STAT_START_CODE = 26 - 3;

  /** Stands for an address that may not be read: then the status is shown as 0. */
  static final String HIDDEN_CODE = "1";

  static final String NO_CODE = "0";

  /** This process is in the first user namespace, user_namespaces(7). */
  private static final boolean OF_ALL_USERS =
      new String(
              Objects.requireNonNullElse(read("/proc/self/uid_map"), new byte[0]),
              StandardCharsets.US_ASCII)
          .strip()
          .equals("0          0 4294967295");

  /** From Linux 6.0 on. */
  private static final boolean SHOWS_STATUS = showsStatus(System.getProperty("os.version", ""));

  /** The number of reads of a list that changes all the time. */
  private static final int MOST_READS = 20;

  /** So many execs in a row may hide the environment. */
  private static final int MOST_EXECS = 3;

  /** For how long one exec is waited for where the scans would have to wait too. */
  private static final long EXEC_NANOS = 1_000_000_000;

  /** Odd and large, so that each character changes all digits. */
  private static final long ID_MULTIPLIER = 6364136223846793005L;

  private static final byte[] LOCKS = "Max file locks".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] OPEN_FILES = "Max open files".getBytes(StandardCharsets.US_ASCII);

  private static final int SC_CLK_TCK = 2;
  private static final Path OWN_PROGRAM = Path.of("/proc/self/exe");
  static final int OWN_PID = (int) ProcessHandle.current().pid();

  /** Clock ticks per second, sysconf(3). */
  public static final long TICKS_PER_SECOND = Math.max(1, LibC.sysconf(SC_CLK_TCK));

  /** Read early, since later there may be no descriptor left. */
  private static final boolean HIDES = HiddenProcess.isPossible(mounts());

  /**
   * gVisor calls itself Linux 4: whether it shows the end of a process in an open file is unknown.
   */
  private static final boolean KEEPS_FILES = !System.getProperty("os.version", "").startsWith("4.");

  private final KeptFiles kept = new KeptFiles(KEEPS_FILES ? openFileLimit() : 0);

  /** No list stays open before {@link OwnLists#keep}. */
  public final OwnLists ownLists = new OwnLists(KEEPS_FILES ? openFileLimit() : 0);

  public Procfs() {}

  /**
   * Lets what is read of a process again and again stay open, if there are descriptors for it,
   * until {@link #close}. While it is open, the children of a process that is gone are none, not
   * null.
   */
  public void keepOpen(int pid) {
    kept.add(pid);
  }

  public void close(int pid) {
    kept.close(pid);
  }

  /** Any user may set the property to any text. */
  static boolean showsStatus(String version) {
    return version.indexOf('.') != 1 || version.charAt(0) > '5';
  }

  /**
   * Returns {@code /proc/<pid>/stat}, or what system calls show where that is hidden ({@link
   * ProcessStat#isHidden}).
   *
   * @return null if there is no such process, or nothing can be read now
   */
  public @Nullable ProcessStat stat(int pid) {
    long now = System.nanoTime();
    boolean self = pid == SELF || pid == OWN_PID;
    // An emulator makes up this process's own entry, but not that of its first thread.
    Reading file = (self ? ownThread(OWN_PID) : at(pid)).then("/stat");
    if (kept.read(pid, KeptFiles.STAT, file)) {
      return file.length() > 0 ? ProcessStat.parse(file.text(), file.length(), now) : null;
    }
    return !self && HiddenProcess.isReason(file.errno(), HIDES)
        ? HiddenProcess.stat(pid, now)
        : null;
  }

  /**
   * Returns the wait status that a zombie shows (Linux 3.5).
   *
   * @return 0 where that may not be read, and for an exit with 0; -1 if there is no such process
   */
  public int exitCode(int pid) {
    String[] all = statBehindName(pid);
    return all == null ? -1 : Integer.parseInt(all[all.length - 1].strip()); // field 52, the last
  }

  /**
   * Returns the wait status of a process whose threads are all about to exit, or have exited; only
   * from Linux 6.0 on is it known before the last of them has.
   *
   * @param last a thread that has memory yet, so that it shows whether the status may be read: the
   *     first one may be a zombie by now
   * @return -1 where it is not known, or may not be read
   */
  public int statusOfAll(int pid, int last) {
    String[] thread = SHOWS_STATUS ? statBehindName(name(pid) + "/task/" + last) : null;
    if (thread == null
        || thread[STAT_START_CODE].equals(HIDDEN_CODE)
        || thread[STAT_START_CODE].equals(NO_CODE)) {
      return -1;
    }
    String[] all = statBehindName(pid);
    if (all == null) {
      return -1;
    }
    int status = Integer.parseInt(all[all.length - 1].strip());
    // Root of a user namespace may read it of a program that is not dumpable only as long as the
    // first thread has memory.
    boolean mayBeHidden = all[STAT_START_CODE].equals(NO_CODE) && !OF_ALL_USERS;
    return status == 0 && mayBeHidden ? -1 : status;
  }

  private static Reading ownThread(int tid) {
    return at(SELF).then("/task/").then(tid);
  }

  /** Returns this process's own entry, {@code /proc/self/stat}; empty if unreadable. */
  public static String ownStat() {
    byte[] text = read("/proc/self/stat");
    return text == null ? "" : new String(text, StandardCharsets.UTF_8);
  }

  /**
   * Returns the tid of the calling thread (for a virtual thread that of its present carrier), from
   * {@code /proc/thread-self} (Linux 3.17): the number of gettid(2) differs between architectures,
   * and its wrapper is younger than some C libraries.
   */
  public int ownTid() {
    String link = link("/proc/thread-self");
    if (link == null) {
      throw new LinuxException("readlink(/proc/thread-self)", Errno.ENOENT);
    }
    return Integer.parseInt(link.substring(link.lastIndexOf('/') + 1));
  }

  /**
   * Returns the call in which a thread of this process sleeps; null for none, or if that is not
   * known.
   */
  public @Nullable SystemCall systemCall(int tid) {
    return SystemCall.of(tid);
  }

  /** Returns the name of a thread of this process; empty if it is gone. */
  public String threadName(int tid) {
    byte[] text = read("/proc/self/task/" + tid + "/comm");
    return text == null ? "" : new String(text, StandardCharsets.UTF_8).strip();
  }

  /** Returns the lines of {@code /proc/self/mountinfo}. */
  static List<String> mounts() {
    byte[] text = read("/proc/self/mountinfo");
    return text == null
        ? List.of()
        : List.of(new String(text, StandardCharsets.UTF_8).split("\n", -1));
  }

  /** Returns the state of one thread, {@code /proc/<pid>/task/<tid>/stat}; '?' if it is gone. */
  public char threadState(int pid, int tid) {
    long now = System.nanoTime();
    Reading file = at(pid).then("/task/").then(tid).then("/stat");
    return file.read() && file.length() > 0
        ? ProcessStat.parse(file.text(), file.length(), now).state()
        : '?';
  }

  /**
   * Returns the soft RLIMIT_LOCKS in {@code /proc/<pid>/limits}; -1 for unlimited, 0 if unreadable.
   */
  public long fileLockLimit(int pid) {
    return limit(pid, LOCKS);
  }

  /** Returns the soft RLIMIT_NOFILE of this process; a large number for unlimited. */
  public long openFileLimit() {
    long limit = limit(SELF, OPEN_FILES);
    return limit < 0 ? Integer.MAX_VALUE : limit;
  }

  private static long limit(int pid, byte[] resource) {
    Reading file = at(pid).then("/limits");
    return file.read() ? file.numberAfter(resource) : 0;
  }

  /**
   * Returns the children of one thread, {@code /proc/<pid>/task/<tid>/children}
   * (CONFIG_PROC_CHILDREN): all that were there when this was called.
   *
   * <p>If the child that was read last is collected during a read, the kernel counts again from the
   * start of the list, and skips as many children as have left it. The collected child is missing
   * in the next list. So two lists prove the first one, if the second lacks none of its children.
   * If children are collected all the time, no two lists may agree: then the result is the union of
   * many lists.
   *
   * @return null if the thread is gone
   */
  public int @Nullable [] children(int pid, int tid) {
    int[] list = childrenAtOneRead(pid, tid);
    Set<Integer> seen = null;
    for (int i = 0; i < MOST_READS && list != null && list.length > 0; i++) {
      int[] next = childrenAtOneRead(pid, tid);
      if (next == null || containsAll(next, list)) {
        return list;
      }
      seen = seen == null ? new LinkedHashSet<>() : seen;
      for (int child : list) {
        seen.add(child);
      }
      list = next;
    }
    if (seen == null || list == null) {
      return list;
    }
    for (int child : list) {
      seen.add(child);
    }
    return seen.stream().mapToInt(Integer::intValue).toArray();
  }

  /** Both lists are in the kernel's order, that of birth or adoption. */
  private static boolean containsAll(int[] list, int[] part) {
    int found = 0;
    for (int i = 0; i < list.length && found < part.length; i++) {
      if (list[i] == part[found]) {
        found++;
      }
    }
    return found == part.length;
  }

  /**
   * Returns the same by one read, in which some may be missing: for callers that scan again anyway.
   */
  public int @Nullable [] childrenAtOneRead(int pid, int tid) {
    Reading file = childrenOf(pid, tid);
    boolean read =
        pid == SELF
            ? ownLists.read(tid, file)
            : pid == tid ? kept.read(pid, KeptFiles.CHILDREN, file) : file.read();
    return read ? file.blankedNumbers() : null;
  }

  private static Reading childrenOf(int pid, int tid) {
    return at(pid).then("/task/").then(tid).then("/children");
  }

  /**
   * Returns a descriptor of the list of children of one of this JVM's threads; negative if refused.
   */
  static int openChildren(int tid) {
    return childrenOf(SELF, tid).open();
  }

  /** Returns the visible processes. */
  public List<Integer> processes() {
    return numbers(Path.of("/proc"));
  }

  /**
   * Returns the threads of a process in the kernel's order, the oldest first: all that were there
   * when this was called, unless some end all the time.
   */
  public List<Integer> threads(int pid) {
    List<Integer> list = threadsAtOneRead(pid);
    for (int i = 0; i < MOST_READS; i++) {
      List<Integer> next = threadsAtOneRead(pid);
      if (next.containsAll(list)) {
        return list;
      }
      list = next;
    }
    return list;
  }

  /**
   * Returns the same by one read. If a thread ends while it is read, the kernel counts again from
   * the start of the list, and skips one for each that has left it. So if all in the list are there
   * yet, it lacks none.
   */
  public List<Integer> threadsAtOneRead(int pid) {
    return numbers(Path.of("/proc/" + name(pid) + "/task"));
  }

  /**
   * Returns how often the calling thread could not open a file that may exist, for want of a
   * descriptor or of memory.
   */
  public long refusals() {
    return Reading.ofThisThread().refusals();
  }

  static List<Integer> numbers(Path directory) {
    if (Reading.LISTS) {
      return Reading.ofThisThread().at(directory.toString()).numbers();
    }
    String[] names = directory.toFile().list();
    List<Integer> result = new ArrayList<>();
    for (String name : names == null ? new String[0] : names) {
      if (Character.isDigit(name.charAt(0))) {
        result.add(Integer.valueOf(name));
      }
    }
    return result;
  }

  /**
   * Returns the arguments. Empty for a zombie and for a process that has cleared them. Trailing
   * NULs are padding.
   */
  public List<String> commandLine(int pid) {
    return commandLine(pid, List.of());
  }

  /** Returns the same; the given list itself if the arguments have not changed. */
  public List<String> commandLine(int pid, List<String> known) {
    Reading file = commandLineAtOneRead(pid);
    if (file != null && file.isInPieces()) {
      file = Reading.whole(file, () -> commandLineAtOneRead(pid));
    }
    if (file == null || file.length() == 0) {
      return List.of();
    }
    return CommandLine.isPlainly(known, file.text(), file.length())
        ? known
        : CommandLine.parse(file.text(), file.length());
  }

  /** Reads the arguments; those of an exec that comes between two pieces are behind older ones. */
  public @Nullable Reading commandLineAtOneRead(int pid) {
    Reading file = at(pid).then("/cmdline");
    return kept.read(pid, KeptFiles.COMMAND_LINE, file) ? file : null;
  }

  /** Reads the environment; it is cut if an exec comes between two pieces. */
  public @Nullable Reading environmentAtOneRead(int pid) {
    Reading file = at(pid).then("/environ");
    return file.read() ? file : null;
  }

  /**
   * Returns one variable in the environment of the last exec, which it lets end; null if unset, or
   * unreadable.
   */
  public @Nullable String environmentVariable(int pid, String variable) {
    Map<String, String> variables = environment(pid);
    for (int exec = 0; variables != null && variables.isEmpty() && exec < MOST_EXECS; exec++) {
      AmidExec.await(pid, EXEC_NANOS);
      variables = environment(pid);
    }
    return variables == null ? null : variables.get(variable);
  }

  /**
   * Returns the environment of the last exec, or what the process has written over it. If a
   * variable is there twice, the first one counts. Null if unreadable.
   */
  public @Nullable Map<String, String> environment(int pid) {
    Reading file = environmentAtOneRead(pid);
    if (file != null && file.isInPieces()) {
      file = Reading.whole(file, () -> environmentAtOneRead(pid));
    }
    return file == null ? null : CommandLine.variables(file.text(), file.length());
  }

  /**
   * Waits for the end of an exec, for ten seconds at most: a process may be starved of CPU time
   * meanwhile. posix_spawn returns when the old memory is given up, which is before the arguments,
   * environment, descriptors and signal handlers of the new program are in place.
   */
  public void awaitExec(int pid) {
    AmidExec.await(pid, 10 * EXEC_NANOS);
  }

  /** Returns whether the new memory of a process is not in place yet, execve(2). */
  public boolean isAmidExec(int pid) {
    return AmidExec.is(pid);
  }

  /** Returns the program that a process runs. Under emulation that is the emulator. */
  public @Nullable String executable(int pid) {
    return link((pid == SELF ? ownThread(OWN_PID) : at(pid)).then("/exe"));
  }

  public @Nullable String workingDirectory(int pid) {
    return link(at(pid).then("/cwd"));
  }

  /** Returns its root directory, chroot(2). */
  public @Nullable String root(int pid) {
    return link(at(pid).then("/root"));
  }

  public @Nullable ProcessStatus status(int pid) {
    byte[] text = read("/proc/" + name(pid) + "/status");
    return text == null || text.length == 0
        ? null
        : new ProcessStatus(new String(text, StandardCharsets.ISO_8859_1));
  }

  /** Returns the first number in a field of {@code /proc/<pid>/status}, or -1. */
  public int statusNumber(int pid, String field) {
    Reading file = at(pid).then("/status");
    byte[] heading = (field + ":").getBytes(StandardCharsets.US_ASCII);
    return file.read() ? (int) file.numberAfter(heading) : -1;
  }

  /**
   * Returns whether a SIGKILL waits for a process, it is on its way out, or it is gone. A killed
   * process that was stopped is shown as running before it has got the signal, proc_pid_status(5).
   */
  public boolean isDying(int pid) {
    ProcessStatus status = status(pid);
    // In this order: the signal is pending until the process sets out to exit.
    return status == null || status.isPending(SIGKILL) || isExiting(pid, Integer.MAX_VALUE);
  }

  /** Returns whether a process is about to end with all its threads, or gone; not if hidden. */
  public boolean isAboutToEnd(int pid) {
    ProcessStatus status = status(pid);
    return status == null ? !isHidden(pid) : status.isPending(SIGKILL) || isExiting(pid, 1);
  }

  private boolean isHidden(int pid) {
    ProcessStat stat = stat(pid);
    return stat != null && stat.isHidden();
  }

  /** Returns whether a process is on its way out, or gone: PF_EXITING, proc_pid_stat(5). */
  private boolean isExiting(int pid, int mostThreads) {
    String[] fields = statBehindName(pid);
    // Both are those of its first thread: another one may live on.
    return fields == null
        || fields.length <= STAT_THREADS
        || ((Long.parseLong(fields[STAT_FLAGS]) & PF_EXITING) != 0
            && Integer.parseInt(fields[STAT_THREADS]) <= mostThreads);
  }

  /**
   * Returns whether a process that runs another program than this one has forked it, and it has
   * executed nothing since (PF_FORKNOEXEC). So this process has not forked it.
   */
  public boolean isForkOfAnotherProgram(ProcessStat process) {
    try {
      if (Files.isSameFile(Path.of("/proc/" + process.pid() + "/exe"), OWN_PROGRAM)) {
        return false;
      }
    } catch (IOException e) {
      return false; // it has ended, or its program is unreadable
    }
    String[] fields = statBehindName(process.pid()); // in this order: an exec removes the flag
    return fields != null
        && fields.length > STAT_START
        && (Long.parseLong(fields[STAT_FLAGS]) & PF_FORKNOEXEC) != 0
        && Long.parseLong(fields[STAT_START]) == process.startTicks();
  }

  static String @Nullable [] statBehindName(int pid) {
    return statBehindName(name(pid));
  }

  private static String @Nullable [] statBehindName(String entry) {
    byte[] text = read("/proc/" + entry + "/stat");
    if (text == null || text.length == 0) {
      return null;
    }
    String stat = new String(text, StandardCharsets.ISO_8859_1);
    return stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
  }

  /** Returns what the Yama module allows of ptrace(2), ptrace(2); -1 without it. */
  public int yamaScope() {
    return number("/proc/sys/kernel/yama/ptrace_scope");
  }

  /** Returns whether this process has a capability, capabilities(7), in effect. */
  public boolean hasCapability(int number) {
    ProcessStatus own = status(SELF);
    return own != null && own.hasCapability(number);
  }

  /**
   * Returns whether a thread of this process traces another process.
   *
   * @param tracer the id of the thread; of a hidden process only the tracing process is known
   */
  public boolean isTracedBy(int tracer, int pid) {
    int its = statusNumber(pid, "TracerPid");
    return its < 0 ? isHidden(pid) && HiddenProcess.isTraced(pid) : its == tracer;
  }

  /** Returns whether an id is that of a thread of a process. */
  public boolean isThread(int pid, int tid) {
    Reading file = at(pid).then("/task/").then(tid).then("/stat");
    return file.read()
        || (pid != SELF
            && HiddenProcess.isReason(file.errno(), HIDES)
            && HiddenProcess.isSecondThread(tid));
  }

  /**
   * Returns the pid of the process that a thread belongs to; -1 if it is gone, or unknown: that of
   * a hidden process's second thread.
   */
  public int processOf(int tid) {
    int pid = statusNumber(tid, "Tgid");
    return pid < 0 && isHidden(tid) && !HiddenProcess.isSecondThread(tid) ? tid : pid;
  }

  /**
   * Returns the same of a thread whose entry has been read: a process's only thread is its first.
   */
  public int processOf(ProcessStat thread) {
    return thread.threads() == 1 && !thread.isHidden() ? thread.pid() : processOf(thread.pid());
  }

  /** Returns whether an id is that of a thread, and of no process; false if it can't be read. */
  public boolean isSecondThread(int tid) {
    int process = statusNumber(tid, "Tgid");
    return process > 0 && process != tid;
  }

  /** Returns whether a process is in the pid namespace of this one; true if it can't be read. */
  public boolean isInOwnPidNamespace(int pid) {
    String its = link(at(pid).then("/ns/pid"));
    return its == null || its.equals(link(at(SELF).then("/ns/pid")));
  }

  /**
   * Identifies where a pid means the same as to this process: this boot of this machine and this
   * pid namespace; pid_namespaces(7). The kernel reuses a namespace's number only after all its
   * processes are gone.
   *
   * @return sixteen hexadecimal digits, unique to this place; null if the kernel does not show it
   */
  public @Nullable String pidSpace() {
    byte[] boot = read("/proc/sys/kernel/random/boot_id");
    String namespace = link("/proc/self/ns/pid");
    if (boot == null || namespace == null) {
      return null;
    }
    long id = 0;
    for (char one : (new String(boot, StandardCharsets.US_ASCII) + namespace).toCharArray()) {
      id =
          id * ID_MULTIPLIER
              + one; // loading a digest class would take most of a fresh JVM's activation
    }
    String digits = Long.toHexString(id);
    return "0".repeat(16 - digits.length()) + digits;
  }

  /** Returns the kernel function in which a process waits; null if unknown. */
  public @Nullable String waitChannel(int pid) {
    byte[] text = read("/proc/" + name(pid) + "/wchan");
    String channel = text == null ? "" : new String(text, StandardCharsets.UTF_8);
    return channel.isEmpty() || channel.equals("0") ? null : channel;
  }

  /** Returns whether a freezer holds a process, of cgroups(7) version 1: SIGKILL waits for it. */
  public boolean isFrozen(int pid) {
    byte[] groups = read("/proc/" + name(pid) + "/cgroup");
    return groups != null && FreezerGroup.isFrozen(groups);
  }

  /** Returns one more than the largest number that this pid namespace gives; -1 if unknown. */
  public int largestPid() {
    return number("/proc/sys/kernel/pid_max");
  }

  private static int number(String path) {
    Reading file = Reading.ofThisThread().at(path);
    return file.read() && file.length() > 0
        ? (int) Reading.number(file.text(), file.length(), 0)
        : -1;
  }

  static @Nullable String link(String path) {
    return link(Reading.ofThisThread().at(path));
  }

  private static @Nullable String link(Reading link) {
    return link.readLink()
        ? new String(link.text(), 0, link.length(), NativeStrings.CHARSET)
        : null;
  }

  private static Reading at(int pid) {
    Reading file = Reading.ofThisThread();
    return pid == SELF ? file.at("/proc/self") : file.at("/proc/").then(pid);
  }

  public static String name(int pid) {
    return pid == SELF ? "self" : Integer.toString(pid);
  }

  /** Returns the whole file, or null. */
  public static byte @Nullable [] read(String path) {
    Reading file = Reading.ofThisThread().at(path);
    return file.read() ? file.copy() : null;
  }
}
