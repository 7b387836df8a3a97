package io.github.subreaper;

import io.github.subreaper.internal.engine.Engine;
import io.github.subreaper.internal.engine.records.AmbiguousScope;
import io.github.subreaper.internal.engine.records.LaunchRecord;
import io.github.subreaper.internal.engine.records.ProcessRecord;
import io.github.subreaper.internal.engine.records.Scope;
import io.github.subreaper.internal.engine.records.TreeNode;
import io.github.subreaper.internal.engine.values.CallSite;
import io.github.subreaper.internal.engine.values.SignalReason;
import io.github.subreaper.internal.linux.calls.Errno;
import io.github.subreaper.internal.linux.calls.WaitStatus;
import io.github.subreaper.internal.messages.EndingText;
import io.github.subreaper.internal.messages.FailureContext;
import io.github.subreaper.internal.messages.LeakText;
import io.github.subreaper.internal.messages.ProcessText;
import io.github.subreaper.internal.text.Durations;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One process below this JVM, alive or dead. Two are equal if pid and start time are equal: a
 * process with a reused pid is another one. What is not known is empty, never guessed.
 *
 * <pre>{@code
 * Descendant daemon = launch.awaitOrphan();
 * daemon.signal(Signal.TERM);
 * if (!daemon.awaitExit(Duration.ofSeconds(5)).equals(ExitStatus.exited(0))) {
 *   System.err.println(daemon + ": " + daemon.exitStatus().orElseThrow());
 * }
 * }</pre>
 *
 * @since 0.1.0
 */
public final class Descendant {
  private final Engine engine;
  private final ProcessRecord record;

  Descendant(Engine engine, ProcessRecord record) {
    this.engine = engine;
    this.record = record;
  }

  static List<Descendant> of(Engine engine, List<ProcessRecord> records) {
    return records.stream().map(record -> new Descendant(engine, record)).toList();
  }

  ProcessRecord record() {
    return record;
  }

  /**
   * Returns the process id.
   *
   * @return in this JVM's pid namespace
   */
  public long pid() {
    return record.pid();
  }

  /**
   * Returns the name that {@code ps} shows, which the kernel cuts after 15 bytes.
   *
   * @return the present one, or the last one observed
   */
  public String name() {
    if (record.isAlive()) {
      engine.queries().observe(record);
    }
    return record.name();
  }

  /**
   * Returns the arguments, or the title that the process has written over them.
   *
   * @return the present ones, or the last ones observed; empty if it died before it was observed
   */
  public List<String> commandLine() {
    if (record.isAlive()) {
      engine.queries().observeAll(record);
    }
    return record.commandLine();
  }

  /**
   * Returns the process that forked it.
   *
   * @return empty if that is this JVM, or if it was not observed
   */
  public Optional<Descendant> parent() {
    return Optional.ofNullable(record.parent()).map(parent -> new Descendant(engine, parent));
  }

  /**
   * Returns the line of code that started it, or that started the process it comes from: the
   * innermost line of the test's code above {@link Supervisor#launch} or {@link
   * ProcessBuilder#start}. Test code is a class in a directory, such as {@code
   * target/test-classes}; else the running test's class and package; else what belongs to no JDK,
   * test framework or process library. What a {@link ProcessBuilder} starts is known from the JDK's
   * log or flight recorder. If a process can come from several starts of its scope, this is the
   * latest.
   *
   * @return empty if unknown: the flight recorder was not running yet, {@code
   *     -Dsubreaper.origin=off} is set, or nothing links the process to a known start
   */
  public Optional<StackTraceElement> origin() {
    return site().map(CallSite::place);
  }

  /**
   * Returns where it was started: the whole stack on which {@link #origin()} is a line. The flight
   * recorder cuts it at 256 frames; at 64, if another recording came first.
   *
   * @return innermost first; empty if unknown
   * @since 0.1.0
   */
  public List<StackTraceElement> originStack() {
    return site().map(CallSite::stack).orElse(List.of());
  }

  private Optional<CallSite> site() {
    if (record.site() == null) {
      engine.queries().explain(record);
    }
    return Optional.ofNullable(record.site());
  }

  List<Descendant> livingBeside() {
    return of(engine, engine.queries().records().stream().filter(ProcessRecord::isAlive).toList());
  }

  String startedAt() {
    return LeakText.startedAt(engine, record);
  }

  Optional<String> originText() {
    return site().map(known -> engine.queries().origin(record));
  }

  /** Returns the scopes that may have started it; empty if its scope is known. */
  List<String> possibleScopes() {
    AmbiguousScope doubt = record.doubt();
    if (doubt == null) {
      return List.of();
    }
    String cameFrom = doubt.cameFrom();
    return cameFrom == null ? List.copyOf(doubt.candidates()) : List.of(cameFrom);
  }

  /**
   * Returns its children that are alive now.
   *
   * @return in the order of their pids
   */
  public List<Descendant> children() {
    Scope scope = record.scope();
    List<Descendant> children = new ArrayList<>();
    if (scope != null) {
      collect(engine.queries().snapshot(scope), children);
    }
    return List.copyOf(children);
  }

  /**
   * Returns this process and all below it.
   *
   * @return those that are alive now; empty if this one has ended
   */
  public ProcessTree tree() {
    return ProcessTree.of(engine, record, this::describe, () -> options().await());
  }

  private void collect(List<TreeNode> nodes, List<Descendant> children) {
    for (TreeNode node : nodes) {
      if (node.process() == record) {
        node.children().forEach(child -> children.add(new Descendant(engine, child.process())));
      } else {
        collect(node.children(), children);
      }
    }
  }

  /**
   * Returns whether it is alive now.
   *
   * @return false for a zombie; true for a process whose first thread has ended while others run
   */
  public boolean isAlive() {
    engine.queries().observe(record);
    return record.isAlive();
  }

  /**
   * Returns whether this JVM has adopted it.
   *
   * @return true since {@link #adoptedAt()}, also after its end
   */
  public boolean isOrphan() {
    if (record.isAlive() && !record.isOrphan()) {
      engine.queries().observe(record);
    }
    return record.isOrphan();
  }

  /**
   * Returns how it ended.
   *
   * @return empty while it is alive, or a zombie that its parent has not reaped
   */
  public Optional<ExitStatus> exitStatus() {
    return EndingText.isSeen(engine, record) ? Optional.of(known()) : Optional.empty();
  }

  private ExitStatus known() {
    OptionalInt waitStatus = record.waitStatus();
    if (waitStatus.isEmpty()) {
      return new ExitStatus.Unknown(EndingText.whyUnknown(record));
    }
    int status = waitStatus.getAsInt();
    int signal = WaitStatus.signal(status);
    return signal == 0
        ? ExitStatus.exited(WaitStatus.exitCode(status))
        : ExitStatus.signaled(Signal.of(signal), WaitStatus.isCoreDumped(status));
  }

  /**
   * Waits until it ends, as long as the scope's {@code await}.
   *
   * @return its status
   * @throws WaitTimeoutException if it is still running then, or if it is a launched process that
   *     exceeded the launch's timeout
   * @throws WaitInterruptedException on an interrupt
   */
  public ExitStatus awaitExit() {
    return awaitExit(options().await());
  }

  /**
   * Waits until it ends.
   *
   * @param timeout zero checks once
   * @return its status
   * @throws WaitTimeoutException if it is still running then, or if it is a launched process that
   *     exceeded the launch's timeout
   * @throws WaitInterruptedException on an interrupt
   */
  public ExitStatus awaitExit(Duration timeout) {
    Durations.notNegative("timeout", timeout);
    try {
      if (!engine.waiting().forEnd(record, Durations.nanos(timeout))) {
        throw new WaitTimeoutException(
            "Waited "
                + Durations.say(timeout)
                + " for the end of "
                + this
                + ".\n"
                + whyItStays()
                + describe(),
            true);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new WaitInterruptedException("interrupted while waiting for the end of " + this, e);
    }
    LaunchRecord launch = record.launch();
    if (launch != null && record.isLaunched() && launch.hasTimedOut()) {
      throw new WaitTimeoutException(
          this
              + " ran longer than its launch's timeout of "
              + Durations.say(Objects.requireNonNull(launch.spec().timeout()))
              + " and was stopped: "
              + known()
              + ".\n"
              + describe(),
          true);
    }
    return known();
  }

  private String whyItStays() {
    LaunchRecord launch = record.launch();
    if (launch == null || !record.isLaunched() || record.ending().isStoppedOnPurpose()) {
      return "";
    }
    return launch.spec().streams().piped()
        ? "  If it waits for the end of its input, close launch.stdin() before.\n"
        : "  If it is a daemon in the foreground, signal it or stop the launch before.\n";
  }

  /**
   * Sends a signal to exactly this process, never to one that reuses its pid.
   *
   * @param signal which one
   * @return false if the process has ended
   * @throws SignalException if it is not permitted, or if the process is foreign
   * @throws ScopeClosedException if its scope has ended
   */
  public boolean signal(Signal signal) {
    Objects.requireNonNull(signal, "signal");
    requireSignalable(signal.toString());
    int errno = engine.signals().send(record, signal.number(), SignalReason.TEST);
    if (errno == Errno.ESRCH) {
      return false;
    }
    if (errno != 0) {
      throw new SignalException(
          "cannot send " + signal + " to " + this + ": " + Errno.describe(errno));
    }
    return true;
  }

  /**
   * Sends a signal to this process and all below it that are alive now, each before its children.
   * It signals exact processes, never a process group. A process born meanwhile is not signalled.
   *
   * @param signal which one
   * @return the processes that got it, in this order; empty if this one has ended
   * @throws SignalException if one is not permitted; those before it have got it
   * @throws ScopeClosedException if its scope has ended
   */
  public List<Descendant> signalTree(Signal signal) {
    Objects.requireNonNull(signal, "signal");
    requireSignalable(signal.toString());
    return of(engine, engine.queries().tree(record)).stream()
        .filter(one -> one.signal(signal))
        .toList();
  }

  private Scope requireSignalable(String what) {
    Scope scope = record.scope();
    if (scope == null) {
      throw new SignalException(
          "cannot send "
              + what
              + " to "
              + this
              + ": it is foreign, since nothing proves that this JVM started it");
    }
    if (!scope.isOpen()) {
      throw new ScopeClosedException(
          "cannot send "
              + what
              + " to "
              + this
              + ": its scope "
              + scope.name()
              + " has ended and terminated its processes. To fix: send it while that scope is open",
          null);
    }
    return scope;
  }

  /**
   * Stops this process and all below it, as {@link #freeze(Duration)}, and waits for that as long
   * as the {@code await} of the calling thread's scope.
   *
   * @return to be thawed
   * @throws SignalException if it has ended, or if one of the processes may not be stopped; then
   *     none is stopped
   * @throws WaitTimeoutException if one of them does not stop in time, such as in an
   *     uninterruptible wait; then none is stopped
   * @throws WaitInterruptedException on an interrupt
   * @throws ScopeClosedException if its scope has ended
   */
  public Frozen freeze() {
    return freezeWithin(null);
  }

  /**
   * Stops this process and all below it, as if the machine hung: sends SIGSTOP from above until two
   * scans agree that all of them are stopped. A process that was stopped before stays as it is.
   *
   * <p>Processes that no {@link Supervisor} launched are in this JVM's process group. If that group
   * is orphaned (nohup, setsid) and a process that links it to another group ends while a member is
   * stopped, the kernel sends SIGHUP to the whole group, setpgid(2). So launch what you freeze.
   *
   * <p>The processes continue when the result is closed, or when the calling thread's scope ends: a
   * daemon of a test class that a test has frozen is thawed after the test.
   *
   * @param timeout for all of them to stop; zero is too short for two scans
   * @return to be thawed
   * @throws SignalException if it has ended, or if one of the processes may not be stopped; then
   *     none is stopped
   * @throws WaitTimeoutException if one of them does not stop in time, such as in an
   *     uninterruptible wait; then none is stopped
   * @throws WaitInterruptedException on an interrupt
   * @throws ScopeClosedException if its scope has ended
   */
  public Frozen freeze(Duration timeout) {
    return freezeWithin(Durations.notNegative("timeout", timeout));
  }

  private Frozen freezeWithin(@Nullable Duration timeout) {
    Scope own = requireSignalable("SIGSTOP");
    if (!isAlive()) {
      throw new SignalException("cannot freeze " + this + ": it has ended: " + describeEnd());
    }
    Scope until = engine.scopes().ofCaller(own);
    Duration limit = timeout != null ? timeout : ScopeOptions.of(until.policy()).await();
    return Frozen.freeze(engine, this, until, limit);
  }

  /**
   * Kills this process and waits until another takes its place, as long as the scope's {@code
   * await}.
   *
   * @return the new process
   * @throws SignalException if it has ended before, or may not be killed
   * @throws WaitTimeoutException as {@link #awaitRespawn(Duration)}
   * @throws WaitInterruptedException on an interrupt
   * @throws ScopeClosedException if its scope has ended
   */
  public Descendant killAndAwaitRespawn() {
    return killAndAwaitRespawn(options().await());
  }

  /**
   * Kills this process and waits until another takes its place. A process that was just forked and
   * seems to be about to exec is killed only after that, or 1 s after its first sight: before its
   * exec it has the name of its parent, and its replacement would have another.
   *
   * @param timeout for its end and the birth of the new one
   * @return the new process
   * @throws SignalException if it has ended before, or may not be killed
   * @throws WaitTimeoutException as {@link #awaitRespawn(Duration)}
   * @throws WaitInterruptedException on an interrupt
   * @throws ScopeClosedException if its scope has ended
   */
  public Descendant killAndAwaitRespawn(Duration timeout) {
    Durations.notNegative("timeout", timeout);
    awaitExec(Durations.nanos(timeout));
    if (!signal(Signal.KILL)) {
      throw new SignalException("cannot kill " + this + ": it has ended: " + describeEnd());
    }
    return awaitRespawn(timeout);
  }

  private void awaitExec(long nanos) {
    try {
      Boolean unused =
          engine
              .waiting()
              .until(nanos, () -> engine.queries().isBeforeItsExec(record) ? null : Boolean.TRUE);
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  private WaitInterruptedException interrupted(InterruptedException cause) {
    Thread.currentThread().interrupt();
    return new WaitInterruptedException(
        "interrupted while waiting for a respawn of " + this, cause);
  }

  /**
   * Returns when the kernel created it. Start, {@linkplain #adoptedAt() adoption} and {@linkplain
   * #endedAt() end} come from the kernel's boot clock and are shown as the wall clock stood when
   * this JVM activated the library. A later step of the wall clock does not move them, so the time
   * between two of them is always right. Do not subtract one from {@code Instant.now()}: {@link
   * #lifetime()} is that duration.
   *
   * @return to a hundredth of a second; proc_pid_stat(5)
   */
  public Instant startTime() {
    return record.startTime();
  }

  /**
   * Returns when this JVM was first observed to be its parent.
   *
   * @return on the clock of {@link #startTime()}; empty if it is not an orphan
   */
  public Optional<Instant> adoptedAt() {
    return isOrphan() ? Optional.ofNullable(record.adoptedAt()) : Optional.empty();
  }

  /**
   * Returns when it ended, which may be long before its parent has collected it. If that is not
   * known better than {@link #endedBetween()} says, it is the later of these two times.
   *
   * @return on the clock of {@link #startTime()}; empty while it is alive
   */
  public Optional<Instant> endedAt() {
    return exitStatus().map(status -> Objects.requireNonNull(record.endedAt()));
  }

  /**
   * Returns when it was last seen alive and when it was found dead, if that is all that is known of
   * its end: another process collects it, and nothing reported its death at once. Less than 20 ms
   * between the two count as one time.
   *
   * @return on the clock of {@link #startTime()}; empty while it is alive, and if {@link
   *     #endedAt()} is the time of its end
   */
  public Optional<TimeSpan> endedBetween() {
    return Optional.ofNullable(engine.queries().lastAlive(record))
        .flatMap(from -> endedAt().map(to -> new TimeSpan(from, to)));
  }

  /**
   * Returns how long it has run: until {@linkplain #endedAt() its end}, or until now. A step of the
   * wall clock does not change it; the time for which the machine was suspended counts.
   *
   * @return to a hundredth of a second
   */
  public Duration lifetime() {
    return Duration.between(startTime(), endedAt().orElseGet(engine.queries()::now));
  }

  /**
   * Returns the file it executes.
   *
   * @return the last one observed; empty if it died before that, or if this JVM may not read it
   */
  public Optional<Path> executable() {
    return Optional.ofNullable(perishable(record::executable)).map(Path::of);
  }

  /**
   * Returns its working directory.
   *
   * @return the last one observed; empty if it died before that, or if this JVM may not read it
   */
  public Optional<Path> workingDirectory() {
    return Optional.ofNullable(perishable(record::workingDirectory)).map(Path::of);
  }

  private <T> @Nullable T perishable(Supplier<@Nullable T> value) {
    if (record.isAlive()) {
      engine.queries().observeAll(record);
    }
    return value.get();
  }

  /**
   * Returns its real user id as it is now, getresuid(2). After its end this is the last one: exact
   * for a process that this JVM reaps, the last one observed for others. The effective user id,
   * which decides what it may do, is in {@link #details()}: the two differ in set-user-ID programs.
   *
   * @return empty if unknown
   */
  public OptionalInt uid() {
    return engine.snapshots().uid(record);
  }

  /**
   * Returns its session, setsid(2).
   *
   * @return the session id; empty if unknown
   */
  public OptionalInt sessionId() {
    engine.queries().observe(record);
    return record.session();
  }

  /**
   * Returns its process group, setpgid(2).
   *
   * @return the process group id; empty if unknown
   */
  public OptionalInt processGroupId() {
    engine.queries().observe(record);
    return record.processGroup();
  }

  /**
   * Returns the CPU time in user mode, of itself and the children it has waited for; getrusage(2).
   *
   * @return empty while it is alive, or if another process reaped it
   */
  public Optional<Duration> userTime() {
    return micros(record.userMicros());
  }

  /**
   * Returns the CPU time in the kernel, of itself and the children it has waited for; getrusage(2).
   *
   * @return empty while it is alive, or if another process reaped it
   */
  public Optional<Duration> systemTime() {
    return micros(record.systemMicros());
  }

  private static Optional<Duration> micros(long micros) {
    return micros < 0 ? Optional.empty() : Optional.of(Duration.ofNanos(micros * 1000));
  }

  /**
   * Returns the largest resident set of itself and the children it has waited for; getrusage(2).
   *
   * @return in bytes; empty while it is alive, if another process reaped it, or for a launched
   *     process that needed less than this JVM had at the launch: the kernel shows that instead
   */
  public OptionalLong peakMemoryBytes() {
    long kilobytes = record.maxRssKb();
    return kilobytes < 0 ? OptionalLong.empty() : OptionalLong.of(kilobytes * 1024);
  }

  /**
   * Reads what proc(5) shows of it now, all at one moment: state, session, user, memory, signals,
   * limits, open files, environment and more.
   *
   * @return a snapshot that stays readable
   * @throws ProcessNotReadableException if it has ended
   */
  public ProcessDetails details() {
    ProcessDetails details = isAlive() ? ProcessDetails.read(engine, record) : null;
    if (details == null) {
      throw ProcessNotReadableException.ended(toString(), describeLife());
    }
    return details;
  }

  /** Returns how it ended, and after how long. */
  private String describeLife() {
    engine.queries().reapNow();
    return end().map(words -> words + lived()).orElse("a zombie that its parent has not reaped");
  }

  /** Returns after how long it has ended, to be put behind its status. */
  String lived() {
    return EndingText.lived(engine, record);
  }

  /**
   * Returns the launch that it comes from.
   *
   * @return empty if it was started without {@link Supervisor#launch}, if that is not known, while
   *     that launch is under way, and if it has failed
   */
  public Optional<Launch> launch() {
    return Optional.ofNullable(record.launch())
        .filter(launch -> launch.launched() != null)
        .map(launch -> new Launch(engine, launch));
  }

  /**
   * Returns the TCP sockets that it listens on, not those of any other process.
   *
   * @return the addresses as bound; empty if it is dead, or if this JVM may not read its
   *     descriptors
   */
  public List<InetSocketAddress> listeningAddresses() {
    return isAlive() ? engine.kernel().sockets().listening(record.pid()).tcp() : List.of();
  }

  /**
   * Returns the UDP sockets that it receives datagrams from any sender with: bound and not
   * connected.
   *
   * @return the addresses as bound; empty if it is dead, or if this JVM may not read its
   *     descriptors
   */
  public List<InetSocketAddress> udpAddresses() {
    return isAlive() ? engine.kernel().sockets().udp(record.pid()) : List.of();
  }

  /**
   * Returns the unix sockets that it listens on, unix(7). Abstract ones start with {@code @}.
   *
   * @return the paths as bound; empty if it is dead, or if this JVM may not read its descriptors
   */
  public List<Path> listeningPaths() {
    return isAlive()
        ? engine.kernel().sockets().listening(record.pid()).unix().stream().map(Path::of).toList()
        : List.of();
  }

  /** Returns the regular files that it writes and does not read; none if they may not be read. */
  List<Path> logs() {
    return isAlive()
        ? engine.kernel().descriptors().onlyWritten(record.pid()).stream()
            .map(Path::of)
            .filter(Files::isRegularFile)
            .toList()
        : List.of();
  }

  /**
   * Waits until another process takes the place of this one: one with the same name, below the same
   * parent, born after this one's end. If this one ended between its fork and its exec, it had the
   * name of its parent, and what takes its place is not found.
   *
   * @param timeout for the end of this one and the birth of the new one
   * @return the new process
   * @throws WaitTimeoutException if none came, or if no process is left that could start one
   * @throws WaitInterruptedException on an interrupt
   */
  public Descendant awaitRespawn(Duration timeout) {
    Durations.notNegative("timeout", timeout);
    Scope scope = record.scope();
    if (scope == null) {
      throw new WaitTimeoutException(
          this + " belongs to no scope, so its respawn cannot be observed", false);
    }
    try {
      ProcessRecord next =
          engine
              .waiting()
              .until(
                  Durations.nanos(timeout),
                  () -> engine.queries().successor(record, scope),
                  () -> engine.queries().hasNoSuccessor(record, scope));
      if (next != null) {
        return new Descendant(engine, next);
      }
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
    if (engine.queries().hasNoSuccessor(record, scope)) {
      throw new WaitTimeoutException(
          "No process can take the place of "
              + this
              + ", which "
              + hasEnded()
              + ": "
              + (record.isLaunched()
                  ? "its parent is this JVM, which restarts nothing"
                  : "every process that could start one has ended")
              + ".\n"
              + describe(),
          false);
    }
    throw new WaitTimeoutException(
        "Waited "
            + Durations.say(timeout)
            + " for a process to take the place of "
            + this
            + (isAlive() ? ", which is still alive" : ", which " + hasEnded())
            + ".\n"
            + (record.isLaunched() && !isAlive()
                ? "  Its parent is this JVM, which restarts nothing.\n"
                : "")
            + ofACopy()
            + describe(),
        true);
  }

  /**
   * Waits until this many processes have taken the place of this one, one after the other: each
   * with the same name, below the same parent, born after this one's end. Where several processes
   * have that name, as workers do, the respawns of all of them count. One that lives only for some
   * milliseconds may be missed.
   *
   * @param count one or more
   * @param timeout zero checks once
   * @return these, and any that came with the last, alive or ended
   * @throws WaitTimeoutException if fewer came, or if no process is left that could start one
   * @throws WaitInterruptedException on an interrupt
   * @throws IllegalArgumentException if the count is not positive
   */
  public List<Descendant> awaitRespawns(int count, Duration timeout) {
    Scope scope = record.scope();
    Waits waits =
        new Waits(
            engine,
            () -> "every process that could start one has ended",
            () -> ofACopy() + describe());
    return of(
        engine,
        waits.respawns(
            count,
            "to take the place of " + this,
            timeout,
            () -> scope == null ? List.of() : engine.queries().respawns(record, scope),
            () -> scope != null && !engine.queries().hasNoSuccessor(record, scope)));
  }

  /** Says why a replacement may have been taken for another process. */
  private String ofACopy() {
    return !isAlive() && engine.queries().isCopyOfItsParent(record)
        ? "  It had the name and command line of its parent. If it ended before its exec, what took"
            + " its place has another name: find that with awaitDescendant(glob).\n"
        : "";
  }

  private String hasEnded() {
    String end = describeEnd();
    return end.startsWith("killed") ? "was " + end : end;
  }

  private String describeEnd() {
    return end().orElse("is a zombie");
  }

  /** Returns how it ended, for messages; empty while it has no status. */
  Optional<String> end() {
    return EndingText.words(engine, record);
  }

  /**
   * Returns the name of the scope it belongs to; if that has left it alive, still that one.
   *
   * @return {@code "session"} outside of all others, {@code "foreign"} if it belongs to none
   */
  public String scope() {
    String name = engine.queries().scopeName(record);
    return name == null ? "foreign" : name;
  }

  /**
   * Returns what happened to this process.
   *
   * @return its events, also those that are still to come
   */
  public Journal journal() {
    return Journal.of(engine, record);
  }

  /**
   * Returns what sent the signal that ended it.
   *
   * <pre>{@code
   * Launch launch = supervisor.launch(Program.of("my-server").traced());
   * ExitStatus status = launch.awaitExit();
   * System.out.println(status + " from " + launch.process().endedBy());
   * }</pre>
   *
   * @return empty while it is alive, if no signal ended it, and if the sender is not known: the
   *     kernel reports it of traced processes only ({@link Program#traced()}), not of a SIGKILL,
   *     not of a process whose first thread had ended before, and not where the process is in
   *     another pid namespace. A SIGKILL of this library is known
   */
  public Optional<Sender> endedBy() {
    return Optional.ofNullable(engine.queries().endedBy(record))
        .map(sender -> Sender.of(engine, sender));
  }

  /**
   * Returns what caused its end.
   *
   * @return empty while it is alive
   */
  public Optional<Ending> ending() {
    return exitStatus()
        .map(
            status ->
                switch (Objects.requireNonNull(record.end())) {
                  case BY_ITSELF -> Ending.BY_ITSELF;
                  case STOP_SIGNAL -> Ending.STOP_SIGNAL;
                  case KILL -> Ending.KILL;
                });
  }

  /** Returns the options of its scope; the defaults if it belongs to none. */
  ScopeOptions options() {
    Scope scope = record.scope();
    return scope == null ? ScopeOptions.defaults() : ScopeOptions.of(scope.policy());
  }

  /**
   * Describes the tree around it, the statuses so far and the tail of its output, for failure
   * messages.
   *
   * @return some lines
   */
  public String describe() {
    Scope scope = record.scope();
    return launch()
        .map(Launch::describe)
        .orElseGet(() -> scope == null ? "" : FailureContext.of(engine, scope));
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Descendant descendant && descendant.record == record;
  }

  @Override
  public int hashCode() {
    return record.hashCode();
  }

  /**
   * Returns the command line, or the name if that is unknown, and the pid.
   *
   * @return for messages
   */
  @Override
  public String toString() {
    return ProcessText.of(record);
  }
}
