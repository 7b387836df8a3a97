package io.github.subreaper;

import io.github.subreaper.internal.engine.Engine;
import io.github.subreaper.internal.engine.LaunchFailedException;
import io.github.subreaper.internal.engine.LaunchRecord;
import io.github.subreaper.internal.engine.LaunchSpec;
import io.github.subreaper.internal.engine.Notifications;
import io.github.subreaper.internal.engine.Places;
import io.github.subreaper.internal.engine.ProcessRecord;
import io.github.subreaper.internal.engine.Scope;
import io.github.subreaper.internal.engine.ScopeEndedException;
import io.github.subreaper.internal.linux.Sockets;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What one launch started: the launched process, and all below it, also what it left behind. */
public final class Launch {
  private final LaunchRecord launch;
  private final Engine engine;
  private final String command;
  private final Waits waits;

  Launch(Engine engine, LaunchRecord launch) {
    this.launch = launch;
    this.engine = engine;
    this.command = Text.safe(String.join(" ", launch.spec().command()));
    this.waits = new Waits(engine, this::allEnded, this::describe);
  }

  private static final Set<String> OWN = Set.of(Launch.class.getName(), Supervisor.class.getName());

  static Launch start(Engine engine, Scope scope, Program program) {
    try {
      return new Launch(
          engine,
          engine
              .launcher()
              .launch(
                  scope,
                  new LaunchSpec(
                      program.command(),
                      program.environment(),
                      program.removedEnvironment(),
                      program.directory().orElse(null),
                      program.inputText().orElse(null),
                      program.inputFile().orElse(null),
                      program.stopSignal().number(),
                      program.timeout().orElse(null),
                      program.setup()),
                  Places.ofCaller(OWN::contains)));
    } catch (LaunchFailedException e) {
      throw new LaunchException(e.reason());
    } catch (ScopeEndedException e) {
      throw new ScopeClosedException(e.reason());
    }
  }

  /**
   * The pid of the launched process.
   *
   * @return in this JVM's pid namespace
   */
  public long pid() {
    return launch.process().pid();
  }

  /**
   * The launched process: the launcher, or the daemon itself if it stays in the foreground.
   *
   * @return alive or dead
   */
  public Descendant process() {
    return new Descendant(engine, launch.process());
  }

  /**
   * What was planted around the launched process.
   *
   * @return empty without {@link Program#withCanaries()}
   */
  public Optional<Canaries> canaries() {
    return Optional.ofNullable(launch.planted()).map(Canaries::of);
  }

  /**
   * The files that the launched process found as its standard input, output and error.
   *
   * @return three paths
   */
  public List<Path> standardStreams() {
    return launch.streams().stream().map(Canaries::real).toList();
  }

  /**
   * The directory that it was launched in.
   *
   * @return its absolute path
   */
  public Path directory() {
    Path directory = launch.spec().directory();
    return (directory == null ? Path.of("") : directory).toAbsolutePath();
  }

  /**
   * What a process listens on now, and nobody listened on when the launched process ended: TCP
   * addresses and unix sockets. This JVM looks a moment after that end, so a socket that was opened
   * in between is missing.
   *
   * @param process of this launch
   * @return empty if that is not known: without {@link Program#withCanaries()}, or while the
   *     launched process runs
   */
  public Optional<List<String>> listenersAfterReturn(Descendant process) {
    Set<String> before = launch.listenersAtReturn();
    if (before == null) {
      return Optional.empty();
    }
    Sockets.Listening late = Sockets.listening((int) process.pid(), before);
    return Optional.of(
        Stream.concat(late.tcp().stream().map(Text::address), late.unix().stream()).toList());
  }

  /**
   * Whether the launched process runs.
   *
   * @return false after its end
   */
  public boolean isAlive() {
    return process().isAlive();
  }

  /**
   * Signals the launched process.
   *
   * @param signal which one
   * @return false if it had ended
   * @throws SignalException if it is not permitted
   * @throws ScopeClosedException if the scope has ended
   */
  public boolean signal(Signal signal) {
    return process().signal(signal);
  }

  /**
   * Waits for the end of the launched process as long as the scope's {@code await}.
   *
   * @return its status
   * @throws WaitTimeoutException if it is still running then, or ran out of the launch's time
   * @throws WaitInterruptedException on an interrupt
   */
  public ExitStatus awaitExit() {
    return process().awaitExit();
  }

  /**
   * Waits for the end of the launched process.
   *
   * @param timeout zero looks once
   * @return its status
   * @throws WaitTimeoutException if it is still running then, or ran out of the launch's time
   * @throws WaitInterruptedException on an interrupt
   */
  public ExitStatus awaitExit(Duration timeout) {
    return process().awaitExit(timeout);
  }

  /**
   * What is alive now of this launch.
   *
   * @return a snapshot
   */
  public ProcessTree tree() {
    return ProcessTree.of(engine, launch);
  }

  /**
   * All processes of this launch that this JVM has adopted, the dying middle of a double fork
   * included.
   *
   * @return by adoption
   */
  public List<Descendant> orphans() {
    engine.queries().scanAndAttribute();
    return orphans(engine, launch.records());
  }

  static List<Descendant> orphans(Engine engine, List<ProcessRecord> records) {
    return Descendant.of(
        engine,
        records.stream()
            .filter(ProcessRecord::isOrphan)
            .sorted(Comparator.comparing(Launch::adoption))
            .toList());
  }

  private static Instant adoption(ProcessRecord process) {
    return Objects.requireNonNullElse(process.adoptedAt(), Instant.MAX);
  }

  /**
   * Waits for the daemon as long as the scope's {@code await}.
   *
   * @return as {@link #awaitOrphan(Duration)}
   * @throws WaitTimeoutException if there is none in time, or will never be one
   * @throws WaitInterruptedException on an interrupt
   */
  public Descendant awaitOrphan() {
    return awaitOrphan(options().await());
  }

  /**
   * Waits for the daemon: the orphan that is left when the launcher has returned and nothing below
   * it was born, exec'd or ended for 100 ms, nor is on a CPU; 1 s after the launcher's end at most.
   * Of several the one that started first; if none is alive, the one that died last, at once.
   *
   * @param timeout below 100 ms it can fail for that reason alone; zero looks once
   * @return the daemon
   * @throws WaitTimeoutException if there is none in time, or will never be one
   * @throws WaitInterruptedException on an interrupt
   */
  public Descendant awaitOrphan(Duration timeout) {
    return waits.find(
        engine.searches().daemonOf(launch), "an orphan of `" + command + "`", timeout, this::hint);
  }

  private String allEnded() {
    Instant end =
        launch.records().stream()
            .map(ProcessRecord::endedAt)
            .filter(Objects::nonNull)
            .max(Comparator.naturalOrder())
            .orElseGet(engine.queries()::now);
    return "all that was started has ended, after " + Text.since(launch.process().startTime(), end);
  }

  private String hint() {
    return isAlive()
        ? "  It stays in the foreground: use launch.process(), or let it daemonize.\n"
        : "";
  }

  /**
   * Waits for an orphan of this launch as long as the scope's {@code await}; does not wait for the
   * launcher.
   *
   * @param glob over its name or command line
   * @return as {@link Supervisor#awaitOrphan(String)}
   * @throws WaitTimeoutException if there is none in time, or will never be one
   * @throws WaitInterruptedException on an interrupt
   */
  public Descendant awaitOrphan(String glob) {
    return awaitOrphan(glob, options().await());
  }

  /**
   * Waits for an orphan of this launch; does not wait for the launcher.
   *
   * @param glob over its name or command line
   * @param timeout zero looks once
   * @return as {@link Supervisor#awaitOrphan(String)}
   * @throws WaitTimeoutException if there is none in time, or will never be one
   * @throws WaitInterruptedException on an interrupt
   */
  public Descendant awaitOrphan(String glob, Duration timeout) {
    Glob wanted = Glob.of(glob);
    return waits.find(
        engine
            .searches()
            .matching(launch, process -> process.isOrphan() && wanted.matches(process)),
        "an orphan like `" + glob + "` of `" + command + "`",
        timeout,
        () -> "");
  }

  /**
   * Waits as long as the scope's {@code await} until a process of this launch listens on TCP.
   *
   * @return of several the one with the lowest port; the address as bound
   * @throws WaitTimeoutException if none does in time, or all have ended
   * @throws WaitInterruptedException on an interrupt
   */
  public InetSocketAddress awaitListening() {
    return awaitListening("a TCP socket", address -> true);
  }

  /**
   * Waits as long as the scope's {@code await} until a process of this launch listens on a port;
   * that somebody else does is not enough.
   *
   * @param port of TCP
   * @return the address as bound
   * @throws WaitTimeoutException if none does in time, or all have ended
   * @throws WaitInterruptedException on an interrupt
   * @throws IllegalArgumentException if there is no such port
   */
  public InetSocketAddress awaitListening(int port) {
    requirePort(port);
    return awaitListening("TCP port " + port, address -> address.getPort() == port);
  }

  static void requirePort(int port) {
    if (port < 1 || port > 65_535) {
      throw new IllegalArgumentException("a port is 1 to 65535, not " + port);
    }
  }

  private InetSocketAddress awaitListening(String what, Predicate<InetSocketAddress> wanted) {
    return waits.until(
        "a process of `" + command + "` that listens on " + what,
        options().await(),
        () ->
            launch.records().stream()
                .filter(ProcessRecord::isAlive)
                .flatMap(process -> Sockets.listening(process.pid()).tcp().stream())
                .filter(wanted)
                .min(Comparator.comparingInt(InetSocketAddress::getPort))
                .orElse(null),
        () -> engine.queries().anyAlive(launch));
  }

  /**
   * Waits as long as the scope's {@code await} for a line of stdout or stderr.
   *
   * @param lineGlob over a whole line
   * @return the first line that matches
   * @throws WaitTimeoutException if none comes in time, or all that could write it have ended
   * @throws WaitInterruptedException on an interrupt
   */
  public String awaitOutput(String lineGlob) {
    Glob wanted = Glob.of(Objects.requireNonNull(lineGlob, "lineGlob"));
    return waits.until(
        "a line like `" + lineGlob + "` from `" + command + "`",
        options().await(),
        launch.output().search(wanted::matches),
        () -> engine.queries().anyAlive(launch));
  }

  /**
   * Waits until it is ready, as long as the scope's {@code await}.
   *
   * @param ready what that means
   * @return this launch
   * @throws WaitTimeoutException as {@link #awaitReady(Ready, Duration)}
   * @throws WaitInterruptedException on an interrupt
   * @throws IllegalArgumentException for {@link Ready#notification()} without a notify socket
   */
  public Launch awaitReady(Ready ready) {
    return awaitReady(ready, options().await());
  }

  /**
   * Waits until it is ready. What was seen counts, even if the launch has ended since.
   *
   * @param ready what that means
   * @param timeout zero looks once
   * @return this launch
   * @throws WaitTimeoutException if it is not in time; at once, if it has ended before or says
   *     itself that it failed. The message tells which conditions hold, the tree, the statuses and
   *     the tail of the output
   * @throws WaitInterruptedException on an interrupt
   * @throws IllegalArgumentException for {@link Ready#notification()} without a notify socket
   */
  public Launch awaitReady(Ready ready, Duration timeout) {
    Objects.requireNonNull(ready, "ready");
    Durations.notNegative("timeout", timeout);
    try (ReadinessCheck readiness = ready.of(this)) {
      waits.ready(this, readiness, timeout, () -> engine.queries().anyAlive(launch));
    }
    return this;
  }

  /**
   * Whether it is ready now, for those who wait in their own way.
   *
   * @param ready what that means
   * @return false also if it never will be
   * @throws IllegalArgumentException for {@link Ready#notification()} without a notify socket
   */
  public boolean isReady(Ready ready) {
    Objects.requireNonNull(ready, "ready");
    engine.queries().scan();
    try (ReadinessCheck readiness = ready.of(this)) {
      return readiness.look().holds();
    }
  }

  /**
   * The process that the launch has named as {@code MAINPID} over sd_notify(3).
   *
   * @return empty if it has named none yet, or one that is no living process of this launch
   */
  public Optional<Descendant> notifiedMain() {
    Notifications socket = launch.notifications();
    return socket == null ? Optional.empty() : Optional.ofNullable(find(socket.said().mainPid()));
  }

  /**
   * What the launch has last said as {@code STATUS} over sd_notify(3).
   *
   * @return empty if it has said nothing yet
   */
  public Optional<String> notifiedStatus() {
    Notifications socket = launch.notifications();
    return socket == null ? Optional.empty() : Optional.ofNullable(socket.said().status());
  }

  Notifications notifications() {
    Notifications socket = launch.notifications();
    if (socket == null) {
      throw new IllegalArgumentException(
          "`"
              + command
              + "` was not given a notify socket: launch Program.of(…).withNotifySocket()");
    }
    return socket;
  }

  List<Descendant> living() {
    return Descendant.of(engine, launch.records().stream().filter(ProcessRecord::isAlive).toList());
  }

  @Nullable Descendant find(int pid) {
    ProcessRecord process = engine.queries().find(launch, pid);
    return process == null ? null : new Descendant(engine, process);
  }

  boolean isPortTaken(int port) {
    return Sockets.isTaken(port);
  }

  /** The earliest time that a file can have which was written after this launch began. */
  Instant earliestFileTime() {
    return launch.earliestFileTime();
  }

  Supplier<@Nullable String> searchOutput(Predicate<String> wanted) {
    return launch.output().search(wanted);
  }

  /**
   * Waits until so many processes of this launch have taken the place of another of it: of the same
   * name, below the same parent, born after the other's end. One that lives for less than some
   * milliseconds may not be seen.
   *
   * @param count one at least
   * @param timeout zero looks once
   * @return these, and those that came with the last, alive or ended
   * @throws WaitTimeoutException if fewer came, or if all of the launch has ended
   * @throws WaitInterruptedException on an interrupt
   * @throws IllegalArgumentException if the count is not positive
   */
  public List<Descendant> awaitRespawns(int count, Duration timeout) {
    return waits.respawns(
        count,
        "of `" + command + "` to take the place of others",
        timeout,
        () -> engine.queries().respawns(launch),
        () -> engine.queries().anyAlive(launch));
  }

  /**
   * What the launch and all that inherited it have written to stdout.
   *
   * @return all so far, but the last mebibyte at most; UTF-8, malformed input replaced
   */
  public String stdout() {
    return launch.output().stdout();
  }

  /**
   * What the launch and all that inherited it have written to stderr.
   *
   * @return all so far, but the last mebibyte at most; UTF-8, malformed input replaced
   */
  public String stderr() {
    return launch.output().stderr();
  }

  /**
   * Ends all of this launch: asks, waits for the grace, kills, verifies. The scope stays open. Not
   * interruptible.
   *
   * @return what was found
   * @throws ScopeClosedException if the scope has ended
   */
  public ScopeReport stop() {
    Scope scope = launch.scope();
    if (!scope.isOpen()) {
      throw new ScopeClosedException(
          "cannot stop `" + command + "`: " + scope.name() + " has ended");
    }
    return new ScopeReport(engine, engine.launchStop().stop(launch));
  }

  /**
   * The options of the scope it was launched in.
   *
   * @return never null
   */
  public ScopeOptions options() {
    return Supervisor.options(launch.scope());
  }

  /**
   * The tree, the statuses so far and the tail of the output, for failure messages.
   *
   * @return some lines
   */
  public String describe() {
    return FailureContext.of(engine, launch);
  }

  /**
   * The command and the pid of the launched process.
   *
   * @return for messages
   */
  @Override
  public String toString() {
    return "`" + command + "` (pid " + pid() + ")";
  }
}
