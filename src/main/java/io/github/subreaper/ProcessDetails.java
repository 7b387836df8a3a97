package io.github.subreaper;

import io.github.subreaper.internal.engine.Engine;
import io.github.subreaper.internal.engine.records.ProcessRecord;
import io.github.subreaper.internal.linux.calls.SignalNumber;
import io.github.subreaper.internal.linux.proc.Descriptors;
import io.github.subreaper.internal.linux.proc.ProcessStat;
import io.github.subreaper.internal.linux.proc.ProcessStatus;
import io.github.subreaper.internal.linux.proc.Procfs;
import io.github.subreaper.internal.linux.proc.ResourceLimits;
import io.github.subreaper.internal.linux.proc.UserNames;
import io.github.subreaper.internal.messages.ProcessText;
import io.github.subreaper.internal.text.Text;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What proc(5) shows of a living process, read at one moment by {@link Descendant#details()}. It
 * stays readable after the process has ended. Open files and environment are shown by the kernel
 * only to the owner of the process: their methods throw if this JVM may not read them.
 *
 * <pre>{@code
 * ProcessDetails details = daemon.details();
 * System.out.println(details.user() + ", " + details.threads() + " threads, " + details.openFiles());
 * }</pre>
 *
 * @since 0.1.0
 */
public final class ProcessDetails {
  private static final Map<String, String> LIMIT_NAMES =
      Map.ofEntries(
          Map.entry("Max address space", "as"),
          Map.entry("Max core file size", "core"),
          Map.entry("Max cpu time", "cpu"),
          Map.entry("Max data size", "data"),
          Map.entry("Max file size", "fsize"),
          Map.entry("Max locked memory", "memlock"),
          Map.entry("Max msgqueue size", "msgqueue"),
          Map.entry("Max nice priority", "nice"),
          Map.entry("Max open files", "nofile"),
          Map.entry("Max processes", "nproc"),
          Map.entry("Max resident set", "rss"),
          Map.entry("Max realtime priority", "rtprio"),
          Map.entry("Max realtime timeout", "rttime"),
          Map.entry("Max pending signals", "sigpending"),
          Map.entry("Max stack size", "stack"));

  private final String subject;
  private final Duration age;
  private final ProcessStat stat;
  private final ProcessStatus status;
  private final Map<String, ResourceLimit> limits;
  private final UserNames users;
  private final @Nullable List<OpenFile> openFiles;
  private final @Nullable Map<String, String> environment;

  private ProcessDetails(
      UserNames users,
      String subject,
      Duration age,
      ProcessStat stat,
      ProcessStatus status,
      Map<String, ResourceLimit> limits,
      @Nullable List<OpenFile> openFiles,
      @Nullable Map<String, String> environment) {
    this.users = users;
    this.subject = subject;
    this.age = age;
    this.stat = stat;
    this.status = status;
    this.limits = limits;
    this.openFiles = openFiles;
    this.environment = environment;
  }

  /**
   * Reads the stat last: if it is that of the same living process, all that was read before belongs
   * to it.
   *
   * @return null if it has ended
   */
  static @Nullable ProcessDetails read(Engine engine, ProcessRecord process) {
    Procfs procfs = engine.kernel().procfs;
    int pid = process.pid();
    procfs.awaitExec(pid);
    ProcessStatus status = procfs.status(pid);
    Map<String, ResourceLimit> limits =
        engine.kernel().limits().all(pid).entrySet().stream()
            .filter(entry -> LIMIT_NAMES.containsKey(entry.getKey()))
            .collect(
                Collectors.toUnmodifiableMap(
                    entry -> LIMIT_NAMES.getOrDefault(entry.getKey(), ""),
                    entry -> ResourceLimit.of(entry.getValue())));
    Descriptors descriptors = engine.kernel().descriptors();
    List<OpenFile> openFiles = descriptors.areReadable(pid) ? openFiles(descriptors, pid) : null;
    Map<String, String> environment = procfs.environment(pid);
    ProcessStat stat = procfs.stat(pid);
    return status == null || stat == null || stat.hasEnded() || !process.is(stat)
        ? null
        : new ProcessDetails(
            engine.kernel().users(),
            ProcessText.of(process),
            Duration.between(process.startTime(), engine.queries().now()),
            engine.snapshots().asUntraced(process, stat),
            status,
            limits,
            openFiles,
            environment == null ? null : Collections.unmodifiableMap(environment));
  }

  private static List<OpenFile> openFiles(Descriptors descriptors, int pid) {
    List<OpenFile> files = new ArrayList<>();
    for (int descriptor : descriptors.open(pid).stream().sorted().toList()) {
      String target = descriptors.target(pid, descriptor);
      if (target != null) {
        files.add(new OpenFile(descriptor, target));
      }
    }
    return List.copyOf(files);
  }

  /**
   * Returns what it was doing.
   *
   * @return the state of its first thread
   */
  public ProcessState state() {
    return ProcessState.of(stat.state());
  }

  /**
   * Returns how long it had been running.
   *
   * @return to a hundredth of a second
   */
  public Duration age() {
    return age;
  }

  /**
   * Returns the pid of its parent, which is this JVM for an orphan.
   *
   * @return a pid; 0 if the parent is outside of this pid namespace
   */
  public int parentPid() {
    return stat.parent();
  }

  /**
   * Returns its session, setsid(2).
   *
   * @return the pid of the session's leader, which may have ended
   */
  public int sessionId() {
    return stat.session();
  }

  /**
   * Returns its process group, setpgid(2).
   *
   * @return the pid of the group's leader, which may have ended
   */
  public int processGroupId() {
    return stat.processGroup();
  }

  /**
   * Returns its controlling terminal.
   *
   * @return such as {@code "/dev/pts/3"}; empty if it has none
   */
  public Optional<String> terminal() {
    return Optional.ofNullable(stat.terminal());
  }

  /**
   * Returns its effective user id, which decides what it may do.
   *
   * @return empty if unknown
   */
  public OptionalInt effectiveUid() {
    return status.effectiveUid();
  }

  /**
   * Returns the name of its effective user.
   *
   * @return as in {@code /etc/passwd}, or the number if it has no name there
   */
  public String user() {
    OptionalInt uid = effectiveUid();
    return uid.isEmpty() ? "?" : users.name(uid.getAsInt());
  }

  /**
   * Returns its nice value, setpriority(2).
   *
   * @return from -20, the most CPU time, to 19
   */
  public int nice() {
    return stat.nice();
  }

  /**
   * Returns how many threads it has.
   *
   * @return at least one
   */
  public int threads() {
    return stat.threads();
  }

  /**
   * Returns how much of its memory is in RAM, including pages that it shares with other processes.
   *
   * @return in bytes; empty if unknown
   */
  public OptionalLong residentMemoryBytes() {
    return status.residentBytes();
  }

  /**
   * Returns the largest {@link #residentMemoryBytes()} since its last exec.
   *
   * @return in bytes; empty if unknown
   */
  public OptionalLong peakMemoryBytes() {
    return status.peakResidentBytes();
  }

  /**
   * Returns the CPU time that it has used, in user mode and in the kernel, without its children.
   *
   * @return to a hundredth of a second
   */
  public Duration cpuTime() {
    return Duration.ofNanos(
        Math.multiplyExact(
            stat.userTicks() + stat.systemTicks(), 1_000_000_000L / Procfs.TICKS_PER_SECOND));
  }

  /**
   * Returns its umask(2), the permissions that new files do not get.
   *
   * @return such as 022, in octal; empty before Linux 4.7
   */
  public OptionalInt umask() {
    return status.umask();
  }

  /**
   * Returns the signals that it ignores, SIG_IGN of sigaction(2).
   *
   * @return by number
   */
  public Set<Signal> ignoredSignals() {
    return signals(status.ignoredSignals());
  }

  /**
   * Returns the signals that it has a handler for.
   *
   * @return by number
   */
  public Set<Signal> caughtSignals() {
    return signals(status.caughtSignals());
  }

  /**
   * Returns the signals that its first thread blocks, sigprocmask(2).
   *
   * @return by number
   */
  public Set<Signal> blockedSignals() {
    return signals(status.blockedSignals());
  }

  private static Set<Signal> signals(long mask) {
    Set<Signal> signals = new TreeSet<>((one, other) -> one.number() - other.number());
    IntStream.rangeClosed(1, SignalNumber.SIGRTMAX)
        .filter(number -> ((mask >>> (number - 1)) & 1) != 0)
        .forEach(number -> signals.add(Signal.of(number)));
    return Collections.unmodifiableSet(signals);
  }

  /**
   * Returns one of its limits, setrlimit(2).
   *
   * @param resource a name of {@code prlimit(1)}: {@code "nofile"}, {@code "nproc"}, {@code
   *     "core"}, {@code "as"}, {@code "stack"}, …; case does not matter. Not {@code "locks"}, in
   *     which this library keeps its tags
   * @return the limit
   * @throws IllegalArgumentException if there is no such limit
   */
  public ResourceLimit limit(String resource) {
    ResourceLimit limit = limits.get(resource.toLowerCase(Locale.ROOT));
    if (limit == null) {
      throw new IllegalArgumentException(
          "no such limit: \""
              + resource
              + "\"; one of "
              + String.join(", ", LIMIT_NAMES.values().stream().sorted().toList()));
    }
    return limit;
  }

  /**
   * Returns its open descriptors.
   *
   * @return by number
   * @throws ProcessNotReadableException if this JVM may not read them: the process belongs to
   *     another user, is set-user-ID or is not dumpable
   */
  public List<OpenFile> openFiles() {
    return readable(openFiles, "open files");
  }

  /**
   * Returns the environment that it was started with, or what it has written over that memory, as
   * some programs do for a title.
   *
   * @return names and values
   * @throws ProcessNotReadableException if this JVM may not read it: the process belongs to another
   *     user, is set-user-ID or is not dumpable
   */
  public Map<String, String> environment() {
    return readable(environment, "environment");
  }

  private <T> T readable(@Nullable T value, String what) {
    if (value == null) {
      throw ProcessNotReadableException.forbidden(subject, what);
    }
    return value;
  }

  /**
   * An open descriptor, proc_pid_fd(5).
   *
   * <pre>{@code
   * daemon.details().openFiles().forEach(System.out::println); // such as 3 → /var/log/x.log
   * }</pre>
   *
   * @param descriptor its number, zero or more
   * @param target what it refers to, such as {@code "/dev/null"}, {@code "socket:[4711]"}, {@code
   *     "pipe:[4712]"}, {@code "anon_inode:[eventpoll]"}; a file that was removed ends in {@code "
   *     (deleted)"}
   */
  public record OpenFile(int descriptor, String target) {
    private static final String DELETED = " (deleted)";

    /**
     * Returns the file.
     *
     * @return empty for sockets, pipes and the like, and for a file that has been removed
     */
    public Optional<Path> path() {
      return target.startsWith("/") && !target.endsWith(DELETED)
          ? Optional.of(Path.of(target))
          : Optional.empty();
    }

    /**
     * Returns both.
     *
     * @return such as {@code "3 → /var/log/x.log"}
     */
    @Override
    public String toString() {
      return descriptor + " → " + Text.safe(target);
    }
  }

  /**
   * A limit, setrlimit(2), in the unit of that limit: bytes, seconds or a number.
   *
   * <pre>{@code
   * OptionalLong files = daemon.details().limit("nofile").soft(); // such as 1024
   * }</pre>
   *
   * @param soft the value that the kernel enforces; empty for unlimited
   * @param hard the value up to which the process may raise it; empty for unlimited
   */
  public record ResourceLimit(OptionalLong soft, OptionalLong hard) {
    static ResourceLimit of(ResourceLimits.Pair limit) {
      return new ResourceLimit(optional(limit.soft()), optional(limit.hard()));
    }

    private static OptionalLong optional(long value) {
      return value == ResourceLimits.UNLIMITED ? OptionalLong.empty() : OptionalLong.of(value);
    }

    /**
     * Returns both values, as {@code ulimit} would print them.
     *
     * @return such as {@code "1024 (hard: unlimited)"}
     */
    @Override
    public String toString() {
      return text(soft) + " (hard: " + text(hard) + ")";
    }

    private static String text(OptionalLong value) {
      return value.isEmpty() ? "unlimited" : String.valueOf(value.getAsLong());
    }
  }
}
