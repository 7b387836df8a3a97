package io.github.subreaper;

import io.github.subreaper.internal.engine.Doubt;
import io.github.subreaper.internal.engine.Engine;
import io.github.subreaper.internal.engine.LaunchRecord;
import io.github.subreaper.internal.engine.ProcessRecord;
import io.github.subreaper.internal.engine.Scope;
import io.github.subreaper.internal.engine.TreeNode;
import io.github.subreaper.internal.linux.Errno;
import io.github.subreaper.internal.linux.Procfs;
import io.github.subreaper.internal.linux.Sockets;
import io.github.subreaper.internal.linux.WaitStatus;
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
 * One process below this JVM, alive or dead. Equal by pid and start time: a reused pid is another
 * process. What is not known is empty, never guessed.
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
   * The process id.
   *
   * @return in this JVM's pid namespace
   */
  public long pid() {
    return record.pid();
  }

  /**
   * The name as {@code ps} shows it, cut by the kernel after 15 bytes.
   *
   * @return the present one, or the last one seen
   */
  public String name() {
    if (record.isAlive()) {
      engine.queries().observe(record);
    }
    return record.name();
  }

  /**
   * The arguments, or the title that the process has written over them.
   *
   * @return the present ones, or the last ones seen; empty if it died before it could be looked at
   */
  public List<String> commandLine() {
    if (record.isAlive()) {
      engine.queries().observeAll(record);
    }
    return record.commandLine();
  }

  /**
   * The process that forked it.
   *
   * @return empty if that is this JVM, or was not seen
   */
  public Optional<Descendant> parent() {
    return Optional.ofNullable(record.parent()).map(parent -> new Descendant(engine, parent));
  }

  /**
   * Where in the code it was started, or the process that it comes from: the line that called
   * {@link Supervisor#launch}, or the innermost line above {@link ProcessBuilder#start} that
   * belongs to no JDK, test framework or process library. The latter is known from the JDK's flight
   * recorder, which names no source files: that name is made from the class's.
   *
   * @return empty if it is not known: the flight recorder had not started, is turned off with
   *     {@code -Dsubreaper.origin=off} or missing, or nothing links the process to what it saw
   */
  public Optional<StackTraceElement> origin() {
    if (record.place() == null) {
      engine.queries().explain(record);
    }
    return Optional.ofNullable(record.place());
  }

  /**
   * Returns the scopes that may have started it, where tests run side by side and no evidence tells
   * which of them did. It is in the innermost scope that they share then.
   *
   * @return their names; empty if its scope is known
   */
  public List<String> possibleScopes() {
    Doubt doubt = record.doubt();
    if (doubt == null) {
      return List.of();
    }
    String cameFrom = doubt.cameFrom();
    return cameFrom == null ? List.copyOf(doubt.candidates()) : List.of(cameFrom);
  }

  /**
   * Its children that are alive now.
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
   * Whether it runs now.
   *
   * @return false for a zombie; true for a process whose first thread has ended while others run
   */
  public boolean isAlive() {
    engine.queries().observe(record);
    return record.isAlive();
  }

  /**
   * Whether this JVM has adopted it.
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
   * How it ended.
   *
   * @return empty while it lives or is a zombie that its parent has not reaped
   */
  public Optional<ExitStatus> exitStatus() {
    if (record.exitSeen()) {
      return Optional.of(status());
    }
    engine.queries().observe(record);
    if (!record.exitSeen() && !record.isAlive()) {
      engine.queries().reapNow();
    }
    return record.exitSeen() ? Optional.of(status()) : Optional.empty();
  }

  private ExitStatus status() {
    OptionalInt status = record.waitStatus();
    if (status.isEmpty()) {
      return new ExitStatus.Unknown(
          Objects.requireNonNullElse(record.statusUnknown(), "nobody saw it end"));
    }
    return decoded(status.getAsInt());
  }

  /** As wait(2) encodes it. */
  static ExitStatus decoded(int waitStatus) {
    int signal = WaitStatus.signal(waitStatus);
    return signal == 0
        ? ExitStatus.exited(WaitStatus.exitCode(waitStatus))
        : ExitStatus.signaled(Signal.of(signal), WaitStatus.isCoreDumped(waitStatus));
  }

  /**
   * Waits for its end as long as the scope's {@code await}.
   *
   * @return its status
   * @throws WaitTimeoutException if it is still running then, or if it is the process of a launch
   *     that ran out of its time
   * @throws WaitInterruptedException on an interrupt
   */
  public ExitStatus awaitExit() {
    return awaitExit(options().await());
  }

  /**
   * Waits for its end.
   *
   * @param timeout zero looks once
   * @return its status
   * @throws WaitTimeoutException if it is still running then, or if it is the process of a launch
   *     that ran out of its time
   * @throws WaitInterruptedException on an interrupt
   */
  public ExitStatus awaitExit(Duration timeout) {
    Durations.notNegative("timeout", timeout);
    try {
      if (!engine.waiting().forEnd(record, Durations.nanos(timeout))) {
        throw new WaitTimeoutException(
            "Waited " + Durations.say(timeout) + " for the end of " + this + ".\n" + describe(),
            true);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new WaitInterruptedException("interrupted while waiting for the end of " + this);
    }
    LaunchRecord launch = record.launch();
    if (launch != null && record.isLaunched() && launch.hasTimedOut()) {
      throw new WaitTimeoutException(
          this
              + " ran longer than "
              + Durations.say(Objects.requireNonNull(launch.spec().timeout()))
              + ", its launch's limit, and was stopped: "
              + status()
              + ".\n"
              + describe(),
          true);
    }
    return status();
  }

  /**
   * Sends a signal to exactly this process; one that has taken its pid is not touched.
   *
   * @param signal which one
   * @return false if the process had ended
   * @throws SignalException if it is not permitted
   * @throws ScopeClosedException if its scope has ended
   */
  public boolean signal(Signal signal) {
    Objects.requireNonNull(signal, "signal");
    requireSignalable(signal.toString());
    int errno = engine.signals().send(record, signal.number());
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
   * Signals this process and all below it that is alive now, each before its children; exact
   * processes only, never a process group. Who is born meanwhile is not signalled.
   *
   * @param signal which one
   * @return who got it, in this order; empty if it had ended
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
          "not sent: " + what + " to " + this + ", which is not a process of this library's");
    }
    if (!scope.isOpen()) {
      throw new ScopeClosedException(
          "cannot send " + what + " to " + this + ": " + scope.name() + " has ended");
    }
    return scope;
  }

  /**
   * Stops this process and all below it, as a machine that hangs would: SIGSTOP from above, until
   * two looks agree that all of it stands; waits as long as the scope's {@code await}. Who was
   * stopped before stays as it is.
   *
   * <p>Launched programs are in this JVM's process group. Where that group is orphaned (nohup,
   * setsid), the kernel sends SIGHUP to all of it when a process that links it to another group
   * ends while a member is stopped, setpgid(2): so give what you freeze a session of its own, as
   * daemons have.
   *
   * <p>It goes on when the result is closed, or when the scope ends that the calling thread works
   * for: a test that freezes a daemon of its class finds it thawed after itself.
   *
   * @return to be thawed
   * @throws SignalException if it has ended, or one of them may not be stopped; none is then
   * @throws WaitTimeoutException if one of them does not stop in time, being in an uninterruptible
   *     wait for instance; none is stopped then
   * @throws WaitInterruptedException on an interrupt
   * @throws ScopeClosedException if its scope has ended
   */
  public Frozen freeze() {
    Scope own = requireSignalable("SIGSTOP");
    if (!isAlive()) {
      throw new SignalException("cannot freeze " + this + ": it has ended: " + describeEnd());
    }
    return Frozen.freeze(engine, this, engine.scopes().ofCaller(own));
  }

  /**
   * Kills this process and waits for the one that takes its place, as long as the scope's {@code
   * await}.
   *
   * @return the next one
   * @throws SignalException if it had ended before, or may not be killed
   * @throws WaitTimeoutException as {@link #awaitRespawn(Duration)}
   * @throws WaitInterruptedException on an interrupt
   * @throws ScopeClosedException if its scope has ended
   */
  public Descendant killAndAwaitRespawn() {
    return killAndAwaitRespawn(options().await());
  }

  /**
   * Kills this process and waits for the one that takes its place.
   *
   * @param timeout for its end and the birth of the next
   * @return the next one
   * @throws SignalException if it had ended before, or may not be killed
   * @throws WaitTimeoutException as {@link #awaitRespawn(Duration)}
   * @throws WaitInterruptedException on an interrupt
   * @throws ScopeClosedException if its scope has ended
   */
  public Descendant killAndAwaitRespawn(Duration timeout) {
    Durations.notNegative("timeout", timeout);
    if (!signal(Signal.KILL)) {
      throw new SignalException("cannot kill " + this + ": it has ended: " + describeEnd());
    }
    return awaitRespawn(timeout);
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
   * When this JVM was first seen to be its parent.
   *
   * @return on the clock of {@link #startTime()}; empty if it is no orphan
   */
  public Optional<Instant> adoptedAt() {
    return isOrphan() ? Optional.ofNullable(record.adoptedAt()) : Optional.empty();
  }

  /**
   * When its end was seen.
   *
   * @return on the clock of {@link #startTime()}; empty while it lives
   */
  public Optional<Instant> endedAt() {
    return exitStatus().map(status -> Objects.requireNonNull(record.endedAt()));
  }

  /**
   * Returns how long it has run: until its end was seen, or until now. A step of the wall clock
   * does not change it; the time for which the machine was suspended counts.
   *
   * @return to a hundredth of a second
   */
  public Duration lifetime() {
    return Duration.between(startTime(), endedAt().orElseGet(engine.queries()::now));
  }

  /**
   * The file it executes.
   *
   * @return the last one seen; empty if it died before it could be looked at, or may not be read
   */
  public Optional<Path> executable() {
    return Optional.ofNullable(perishable(record::executable)).map(Path::of);
  }

  /**
   * Its working directory.
   *
   * @return the last one seen; empty if it died before it could be looked at, or may not be read
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
   * Returns its real user id as it is now, getresuid(2); once it has ended, the last one: known for
   * certain of what this JVM collects, as of the latest look for others. Which user it acts as, the
   * effective one, is in {@link #details()}: the two differ in set-user-ID programs.
   *
   * @return empty if unknown
   */
  public OptionalInt uid() {
    return engine.snapshots().uid(record);
  }

  /**
   * Its session, setsid(2).
   *
   * @return empty if unknown
   */
  public OptionalInt sessionId() {
    engine.queries().observe(record);
    return record.session();
  }

  /**
   * Its process group, setpgid(2).
   *
   * @return empty if unknown
   */
  public OptionalInt processGroupId() {
    engine.queries().observe(record);
    return record.processGroup();
  }

  /**
   * CPU time in user mode, of itself and the children it has waited for; getrusage(2).
   *
   * @return empty while it lives, or if somebody else reaped it
   */
  public Optional<Duration> userTime() {
    return micros(record.userMicros());
  }

  /**
   * CPU time in the kernel, of itself and the children it has waited for; getrusage(2).
   *
   * @return empty while it lives, or if somebody else reaped it
   */
  public Optional<Duration> systemTime() {
    return micros(record.systemMicros());
  }

  private static Optional<Duration> micros(long micros) {
    return micros < 0 ? Optional.empty() : Optional.of(Duration.ofNanos(micros * 1000));
  }

  /**
   * The largest resident set of itself and the children it has waited for; getrusage(2).
   *
   * @return in bytes; empty while it lives, if somebody else reaped it, or for a launched process
   *     that needed less than this JVM had at the launch: the kernel shows that instead
   */
  public OptionalLong peakMemoryBytes() {
    long kilobytes = record.maxRssKb();
    return kilobytes < 0 ? OptionalLong.empty() : OptionalLong.of(kilobytes * 1024);
  }

  /**
   * What proc(5) shows of it now, all read at one moment: state, session, user, memory, signals,
   * limits, open files, environment and more.
   *
   * @return a snapshot, readable for ever
   * @throws ProcessNotReadableException if it has ended
   */
  public ProcessDetails details() {
    ProcessDetails details = isAlive() ? ProcessDetails.read(this) : null;
    if (details == null) {
      throw ProcessNotReadableException.ended(toString(), describeLife());
    }
    return details;
  }

  /** How it ended, and after how long. */
  private String describeLife() {
    engine.queries().reapNow();
    return exitStatus()
        .flatMap(
            status ->
                endedAt().map(end -> status + " after " + Text.since(record.startTime(), end)))
        .orElse("a zombie that its parent has not reaped");
  }

  /**
   * The launch that it comes from.
   *
   * @return empty if it was started without {@link Supervisor#launch}, or that is not known
   */
  public Optional<Launch> launch() {
    return Optional.ofNullable(record.launch()).map(launch -> new Launch(engine, launch));
  }

  /**
   * The TCP sockets it listens on, its own and nobody else's.
   *
   * @return the addresses as bound; empty if it is dead, or may not be looked into
   */
  public List<InetSocketAddress> listeningAddresses() {
    return isAlive() ? Sockets.listening(record.pid()).tcp() : List.of();
  }

  /**
   * The UDP sockets it receives datagrams with, from anybody: bound and not connected.
   *
   * @return the addresses as bound; empty if it is dead, or may not be looked into
   */
  public List<InetSocketAddress> udpAddresses() {
    return isAlive() ? Sockets.udp(record.pid()) : List.of();
  }

  /**
   * The unix sockets it listens on, unix(7); abstract ones start with {@code @}.
   *
   * @return the paths as bound; empty if it is dead, or may not be looked into
   */
  public List<Path> listeningPaths() {
    return isAlive()
        ? Sockets.listening(record.pid()).unix().stream().map(Path::of).toList()
        : List.of();
  }

  /** Regular files that it writes and does not read; none if it may not be looked into. */
  List<Path> logs() {
    return isAlive()
        ? Procfs.filesOnlyWritten(record.pid()).stream()
            .map(Path::of)
            .filter(Files::isRegularFile)
            .toList()
        : List.of();
  }

  /**
   * Waits for the process that takes the place of this one: of the same name, below the same
   * parent, born after this one's end.
   *
   * @param timeout for the end of this one and the birth of the next
   * @return the next one
   * @throws WaitTimeoutException if none came, or if nobody is left who could start one
   * @throws WaitInterruptedException on an interrupt
   */
  public Descendant awaitRespawn(Duration timeout) {
    Durations.notNegative("timeout", timeout);
    Scope scope = record.scope();
    if (scope == null) {
      throw new WaitTimeoutException(this + " is nobody's, so nobody starts another", false);
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
      Thread.currentThread().interrupt();
      throw new WaitInterruptedException("interrupted while waiting for a successor of " + this);
    }
    if (engine.queries().hasNoSuccessor(record, scope)) {
      throw new WaitTimeoutException(
          "Nothing takes the place of "
              + this
              + ", which "
              + describeEnd()
              + ": whoever could start it has ended.\n"
              + describe(),
          false);
    }
    throw new WaitTimeoutException(
        "Waited "
            + Durations.say(timeout)
            + " for a process that takes the place of "
            + this
            + (isAlive() ? ", which is still alive" : ", which " + describeEnd())
            + ".\n"
            + describe(),
        true);
  }

  /**
   * Waits until so many processes have taken the place of this one, one after the other: of the
   * same name, below the same parent, born after this one's end. Where several of that name are
   * kept, as workers are, those of the others count as well. One that lives for less than some
   * milliseconds may not be seen.
   *
   * @param count one at least
   * @param timeout zero looks once
   * @return these, and those that came with the last, alive or ended
   * @throws WaitTimeoutException if fewer came, or if nobody is left who could start one
   * @throws WaitInterruptedException on an interrupt
   * @throws IllegalArgumentException if the count is not positive
   */
  public List<Descendant> awaitRespawns(int count, Duration timeout) {
    Scope scope = record.scope();
    return new Waits(engine, () -> "whoever could start it has ended", this::describe)
        .respawns(
            count,
            "to take the place of " + this,
            timeout,
            () -> scope == null ? List.of() : engine.queries().respawns(record, scope),
            () -> scope != null && !engine.queries().hasNoSuccessor(record, scope));
  }

  private String describeEnd() {
    return exitStatus().map(ExitStatus::toString).orElse("is a zombie");
  }

  /**
   * The name of the scope it belongs to.
   *
   * @return {@code "session"} outside of all others, {@code "foreign"} if it is nobody's
   */
  public String scope() {
    Scope scope = record.scope();
    return scope == null ? "foreign" : scope.name();
  }

  /**
   * How it came to its end.
   *
   * @return empty while it lives
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

  /**
   * The options of its scope.
   *
   * @return the defaults if it is nobody's
   */
  public ScopeOptions options() {
    Scope scope = record.scope();
    return scope == null ? ScopeOptions.defaults() : Supervisor.options(scope);
  }

  /**
   * The tree around it, the statuses so far and the tail of its output, for failure messages.
   *
   * @return some lines
   */
  public String describe() {
    LaunchRecord launch = record.launch();
    if (launch != null) {
      return new Launch(engine, launch).describe();
    }
    Scope scope = record.scope();
    return scope == null ? "" : FailureContext.of(engine, scope);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Descendant descendant
        && descendant.record.pid() == record.pid()
        && descendant.record.startTicks() == record.startTicks();
  }

  @Override
  public int hashCode() {
    return Long.hashCode(record.startTicks() * 31 + record.pid());
  }

  /**
   * Name or command line, and the pid.
   *
   * @return for messages
   */
  @Override
  public String toString() {
    return Text.command(record.name(), record.commandLine()) + " (pid " + record.pid() + ")";
  }
}
