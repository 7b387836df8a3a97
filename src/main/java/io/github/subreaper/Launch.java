package io.github.subreaper;

import io.github.subreaper.internal.engine.Engine;
import io.github.subreaper.internal.engine.query.Search;
import io.github.subreaper.internal.engine.records.LaunchRecord;
import io.github.subreaper.internal.engine.records.ProcessRecord;
import io.github.subreaper.internal.engine.records.Scope;
import io.github.subreaper.internal.engine.records.ScopeEnd;
import io.github.subreaper.internal.engine.spawn.CanarySetup;
import io.github.subreaper.internal.engine.streams.Notifications;
import io.github.subreaper.internal.engine.streams.PipedInput;
import io.github.subreaper.internal.engine.streams.Terminal;
import io.github.subreaper.internal.linux.files.Sockets;
import io.github.subreaper.internal.linux.proc.ProcessStat;
import io.github.subreaper.internal.messages.FailureContext;
import io.github.subreaper.internal.text.Durations;
import io.github.subreaper.internal.text.GlobMatcher;
import io.github.subreaper.internal.text.Text;
import java.io.IOException;
import java.io.Writer;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What one launch started: the launched process, and all processes below it, including those that
 * outlive it.
 *
 * <pre>{@code
 * Launch launch = supervisor.launch("nginx", "-c", config);
 * launch.awaitListening(8080);
 * Descendant master = launch.awaitOrphan();
 * launch.stop();
 * System.out.println(launch.stderr());
 * }</pre>
 *
 * @since 0.1.0
 */
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

  /**
   * Returns the pid of the launched process.
   *
   * @return in this JVM's pid namespace
   */
  public long pid() {
    return launch.process().pid();
  }

  /**
   * Returns the launched process: the launcher, or the daemon itself if it stays in the foreground.
   *
   * @return alive or dead
   */
  public Descendant process() {
    return new Descendant(engine, launch.process());
  }

  /** Returns what was planted around the launched process; null without canaries. */
  @Nullable CanarySetup planted() {
    return launch.planted();
  }

  List<Path> standardStreams() {
    return launch.streams().files().stream().map(Launch::real).toList();
  }

  /** Returns the path as the kernel shows it; the file itself may be gone. */
  static Path real(Path file) {
    Path directory = file.isAbsolute() ? file.getParent() : null; // a pipe has none
    try {
      return directory == null ? file : directory.toRealPath().resolve(file.getFileName());
    } catch (IOException e) {
      return file;
    }
  }

  long notKept(boolean isError) {
    return launch.output().notKept(isError);
  }

  /**
   * Returns the directory that it was launched in.
   *
   * @return its absolute path
   */
  public Path directory() {
    Path directory = launch.spec().directory();
    return (directory == null ? Path.of("") : directory).toAbsolutePath();
  }

  Path resolve(Path file) {
    return directory().resolve(file);
  }

  /**
   * Returns a port that the program was given by {@link Program#withPort}.
   *
   * @param name of the port
   * @return the port
   * @throws IllegalArgumentException if it was given none of that name; the message has those that
   *     it was given
   */
  public Port port(String name) {
    Map<String, Integer> ports = launch.spec().ports();
    Integer number = ports.get(Objects.requireNonNull(name, "name"));
    if (number == null) {
      throw new IllegalArgumentException(
          "`"
              + command
              + "` has no port \""
              + name
              + "\", "
              + (ports.isEmpty() ? "nor any other" : "but " + ports.keySet())
              + ". To fix: Program.withPort");
    }
    return new Port(number);
  }

  Optional<List<String>> listenersAfterReturn(Descendant process) {
    Set<String> before = launch.listenersAtReturn();
    if (before == null) {
      return Optional.empty();
    }
    Sockets.Listening late = engine.kernel().sockets().listening((int) process.pid(), before);
    return Optional.of(
        Stream.concat(late.tcp().stream().map(Text::address), late.unix().stream()).toList());
  }

  /**
   * Returns whether the launched process is alive.
   *
   * @return false after its end
   */
  public boolean isAlive() {
    return process().isAlive();
  }

  /**
   * Sends a signal to the launched process.
   *
   * @param signal which one
   * @return false if it has ended
   * @throws SignalException if it is not permitted
   * @throws ScopeClosedException if the scope has ended
   */
  public boolean signal(Signal signal) {
    return process().signal(signal);
  }

  /**
   * Waits until the launched process ends, as long as the scope's {@code await}.
   *
   * @return its status
   * @throws WaitTimeoutException if it is still running then, or exceeded the launch's timeout
   * @throws WaitInterruptedException on an interrupt
   */
  public ExitStatus awaitExit() {
    return process().awaitExit();
  }

  /**
   * Waits until the launched process ends.
   *
   * @param timeout zero checks once
   * @return its status
   * @throws WaitTimeoutException if it is still running then, or exceeded the launch's timeout
   * @throws WaitInterruptedException on an interrupt
   */
  public ExitStatus awaitExit(Duration timeout) {
    return process().awaitExit(timeout);
  }

  /**
   * Returns the processes of this launch that are alive now.
   *
   * @return a snapshot
   */
  public ProcessTree tree() {
    return ProcessTree.of(engine, launch);
  }

  /**
   * Returns the journal of this launch.
   *
   * @return a view: it grows as events come, and stays readable after the end
   */
  public Journal journal() {
    return Journal.of(engine, launch);
  }

  /**
   * Returns all processes of this launch that this JVM has adopted, including the short-lived
   * middle process of a double fork.
   *
   * @return in the order of their adoption
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
   * @throws WaitTimeoutException if there is none in time, or can no longer be one
   * @throws WaitInterruptedException on an interrupt
   */
  public Descendant awaitOrphan() {
    return awaitOrphan(options().await());
  }

  /**
   * Waits for the daemon: the orphan that is left when the launcher has exited and for 100 ms no
   * process below it was born, exec'd, ended, ran on a CPU or waited for a disk, or 1 s after the
   * launcher's exit and its own latest exec. Of several orphans it is the one that started first.
   * If none is alive, it is at once the one that ended last.
   *
   * @param timeout below 100 ms it can fail for that reason alone; zero checks once
   * @return the daemon
   * @throws WaitTimeoutException if there is none in time, or can no longer be one
   * @throws WaitInterruptedException on an interrupt
   */
  public Descendant awaitOrphan(Duration timeout) {
    String wanted = "an orphan of `" + command + "`";
    return new Descendant(
        engine, waits.find(engine.searches().daemonOf(launch), wanted, timeout, this::hint));
  }

  private String allEnded() {
    Instant end =
        launch.records().stream()
            .map(ProcessRecord::endedAt)
            .filter(Objects::nonNull)
            .max(Comparator.naturalOrder())
            .orElseGet(engine.queries()::now);
    return "every process of the launch has ended, after "
        + Text.since(launch.process().startTime(), end);
  }

  private String hint() {
    if (!isAlive()) {
      return "";
    }
    return orphans().stream().anyMatch(Descendant::isAlive)
        ? "  It stays, as a shell does, beside what it has started: awaitOrphan(glob) does not wait for"
            + " its end.\n"
        : "  It stays in the foreground: use launch.process(), or let it daemonize.\n";
  }

  /**
   * Waits for an orphan of this launch as long as the scope's {@code await}. It does not wait for
   * the launcher to exit.
   *
   * @param glob over its name or command line, see {@link Glob}
   * @return as {@link Supervisor#awaitOrphan(String)}
   * @throws WaitTimeoutException if there is none in time, or can no longer be one
   * @throws WaitInterruptedException on an interrupt
   */
  public Descendant awaitOrphan(String glob) {
    return awaitOrphan(glob, options().await());
  }

  /**
   * Waits for an orphan of this launch. It does not wait for the launcher to exit.
   *
   * @param glob over its name or command line, see {@link Glob}
   * @param timeout zero checks once
   * @return as {@link Supervisor#awaitOrphan(String)}
   * @throws WaitTimeoutException if there is none in time, or can no longer be one
   * @throws WaitInterruptedException on an interrupt
   */
  public Descendant awaitOrphan(String glob, Duration timeout) {
    GlobMatcher matcher = new GlobMatcher(Objects.requireNonNull(glob, "glob"));
    Search search =
        engine
            .searches()
            .matching(
                launch, one -> one.isOrphan() && matcher.matches(one.name(), one.commandLine()));
    String wanted = "an orphan " + Text.whose(glob) + ", of `" + command + "`";
    Supplier<String> hint = () -> FailureContext.notOrphan(launch.records(), glob);
    return new Descendant(engine, waits.with(glob).find(search, wanted, timeout, hint));
  }

  /**
   * Waits as long as the scope's {@code await} until a process of this launch listens on TCP.
   *
   * @return as {@link #awaitListening(Duration)}
   * @throws WaitTimeoutException if none listens in time, or all have ended
   * @throws WaitInterruptedException on an interrupt
   */
  public InetSocketAddress awaitListening() {
    return awaitListening(options().await());
  }

  /**
   * Waits until a process of this launch listens on TCP. A listener outside the launch does not
   * count.
   *
   * @param timeout zero checks once
   * @return of several the address with the lowest port; as bound
   * @throws WaitTimeoutException if none listens in time, or all have ended
   * @throws WaitInterruptedException on an interrupt
   */
  public InetSocketAddress awaitListening(Duration timeout) {
    return awaitListening("a TCP socket", address -> true, timeout);
  }

  /**
   * Waits as long as the scope's {@code await} until a process of this launch listens on a port.
   *
   * @param port of TCP
   * @return as {@link #awaitListening(int, Duration)}
   * @throws WaitTimeoutException if none listens in time, or all have ended
   * @throws WaitInterruptedException on an interrupt
   * @throws IllegalArgumentException if there is no such port
   */
  public InetSocketAddress awaitListening(int port) {
    return awaitListening(port, options().await());
  }

  /**
   * Waits until a process of this launch listens on a port. A listener outside the launch does not
   * count.
   *
   * @param port of TCP
   * @param timeout zero checks once
   * @return the address as bound
   * @throws WaitTimeoutException if none listens in time, or all have ended
   * @throws WaitInterruptedException on an interrupt
   * @throws IllegalArgumentException if there is no such port
   */
  public InetSocketAddress awaitListening(int port, Duration timeout) {
    requirePort(port);
    return awaitListening("TCP port " + port, address -> address.getPort() == port, timeout);
  }

  static void requirePort(int port) {
    if (port < 1 || port > 65_535) {
      throw new IllegalArgumentException("a port is 1 to 65535, not " + port);
    }
  }

  private InetSocketAddress awaitListening(
      String what, Predicate<InetSocketAddress> wanted, Duration timeout) {
    Durations.notNegative("timeout", timeout);
    return waits.until(
        "a process of `" + command + "` that listens on " + what,
        timeout,
        () ->
            launch.records().stream()
                .filter(ProcessRecord::isAlive)
                .flatMap(
                    process -> engine.kernel().sockets().listening(process.pid()).tcp().stream())
                .filter(wanted)
                .min(Comparator.comparingInt(InetSocketAddress::getPort))
                .orElse(null),
        () -> engine.queries().anyAlive(launch));
  }

  /**
   * Waits as long as the scope's {@code await} for a line of stdout or stderr.
   *
   * @param regex to be found in the line, as {@link #awaitOutput(String, Duration)}
   * @return the first line in which it is found
   * @throws WaitTimeoutException if none comes in time, or all processes that could write it have
   *     ended
   * @throws WaitInterruptedException on an interrupt
   * @throws PatternSyntaxException if it is not a regular expression
   */
  public String awaitOutput(String regex) {
    return awaitOutput(regex, options().await());
  }

  /**
   * Waits for a line of stdout or stderr, from the launched process or any that inherited its
   * streams. A line counts as soon as the regular expression is found in it, even if more of the
   * line is still to come, as with a prompt.
   *
   * @param regex to be found anywhere in the line; {@code ^} and {@code $} are its ends
   * @param timeout zero checks once
   * @return the first line in which it is found, without its line end
   * @throws WaitTimeoutException if none comes in time, or all processes that could write it have
   *     ended
   * @throws WaitInterruptedException on an interrupt
   * @throws PatternSyntaxException if it is not a regular expression
   */
  public String awaitOutput(String regex, Duration timeout) {
    Predicate<String> wanted = Text.find(regex);
    Durations.notNegative("timeout", timeout);
    return waits
        .noting(() -> outputHint(regex))
        .until(
            "a line of stdout or stderr " + Text.inWhich(regex) + ", of `" + command + "`",
            timeout,
            launch.output().search(wanted),
            () -> engine.queries().anyAlive(launch));
  }

  /**
   * Waits until this launch is ready, as long as the scope's {@code await}.
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
   * Waits until this launch is ready. A line or message that was observed counts, even if the
   * launch has ended since.
   *
   * @param ready what that means
   * @param timeout zero checks once
   * @return this launch
   * @throws WaitTimeoutException if it is not ready in time; at once if the launch has ended, or
   *     reports itself that it failed. The message shows which conditions hold, the tree, the
   *     statuses and the tail of the output
   * @throws WaitInterruptedException on an interrupt
   * @throws IllegalArgumentException for {@link Ready#notification()} without a notify socket
   */
  public Launch awaitReady(Ready ready, Duration timeout) {
    Objects.requireNonNull(ready, "ready");
    Durations.notNegative("timeout", timeout);
    try (ReadinessCheck readiness = ready.of(this)) {
      await(readiness, timeout);
    }
    return this;
  }

  private void await(ReadinessCheck readiness, Duration timeout) {
    ReadinessCheck.Finding[] last = new ReadinessCheck.Finding[1];
    boolean[] over = new boolean[1];
    ReadinessCheck.Finding ready;
    try {
      ready =
          engine
              .waiting()
              .until(
                  Durations.nanos(timeout),
                  () -> {
                    // In this order, so that what the last process did before its end counts.
                    boolean alive = engine.queries().anyAlive(launch);
                    last[0] = readiness.check();
                    over[0] = !alive;
                    return last[0].holds() ? last[0] : null;
                  },
                  () -> over[0] || last[0].state() == ReadinessCheck.State.NEVER);
    } catch (InterruptedException e) {
      throw waits.interrupted(this + " to be ready", e);
    }
    if (ready == null) {
      String obstacle = over[0] ? allEnded() : last[0].obstacle();
      String verdict =
          obstacle != null
              ? this + " cannot become ready: " + obstacle
              : timeout.isZero()
                  ? this + " is not ready"
                  : "Waited " + Durations.say(timeout) + " for " + this + " to be ready";
      throw new WaitTimeoutException(
          verdict + ".\n" + last[0].lines() + describe() + FailureContext.note(readiness.hint()),
          obstacle == null);
    }
    engine.facts().ready(launch, ready.what());
  }

  /**
   * Returns whether this launch is ready now, for callers that wait in their own way.
   *
   * @param ready what that means
   * @return false also if it can no longer become ready
   * @throws IllegalArgumentException for {@link Ready#notification()} without a notify socket
   */
  public boolean isReady(Ready ready) {
    Objects.requireNonNull(ready, "ready");
    engine.queries().scan();
    try (ReadinessCheck readiness = ready.of(this)) {
      return readiness.check().holds();
    }
  }

  /**
   * Returns the process that the launch has named as {@code MAINPID} over sd_notify(3).
   *
   * @return empty if it has named none yet, or one that is not a living process of this launch
   */
  public Optional<Descendant> notifiedMain() {
    Notifications socket = launch.notifications();
    return socket == null ? Optional.empty() : Optional.ofNullable(find(socket.said().mainPid()));
  }

  /**
   * Returns the last {@code STATUS} that the launch has sent over sd_notify(3).
   *
   * @return empty if it has sent none yet
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
              + "` has no notify socket. To fix: launch Program.of(…).withNotifySocket()");
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
    return engine.kernel().sockets().isTaken(port);
  }

  boolean isUdpPortTaken(int port) {
    return engine.kernel().sockets().isUdpTaken(port);
  }

  /** Returns the earliest time that the file system can give to a file written after the launch. */
  Instant earliestFileTime() {
    return launch.earliestFileTime();
  }

  /** Returns the hint for a regex that is found in no line of the output. */
  String outputHint(String regex) {
    String stdout = output(false);
    String otherCase = Text.otherCase(regex, stdout + "\n" + output(true));
    return otherCase.isEmpty()
            && stdout.isEmpty()
            && !hasTerminal()
            && engine.queries().anyAlive(launch)
        ? "it has printed nothing on stdout, which may be buffered. To fix: stdbuf -oL, python3 -u,"
            + " or withTerminal()"
        : otherCase;
  }

  Supplier<@Nullable String> searchOutput(Predicate<String> wanted) {
    return launch.output().search(wanted);
  }

  /**
   * Waits until this many processes of this launch have taken the place of another of its
   * processes: each with the same name, below the same parent, born after the other's end. One that
   * lives only for some milliseconds may be missed.
   *
   * @param count one or more
   * @param timeout zero checks once
   * @return these, and any that came with the last, alive or ended
   * @throws WaitTimeoutException if fewer came, or if all processes of the launch have ended
   * @throws WaitInterruptedException on an interrupt
   * @throws IllegalArgumentException if the count is not positive
   */
  public List<Descendant> awaitRespawns(int count, Duration timeout) {
    return Descendant.of(
        engine,
        waits.respawns(
            count,
            "of `" + command + "` to take the place of others",
            timeout,
            () -> engine.queries().respawns(launch),
            () -> engine.queries().anyAlive(launch)));
  }

  /**
   * Returns the writer of its standard input, the same at each call. What it writes is sent at
   * once, in UTF-8, without a flush. If the program does not read, a full pipe makes it wait: until
   * the program reads, an interrupt, a {@link Writer#close()} by another thread, or the end of the
   * launch or its scope. In the last three cases, and if no process has the input open any more, it
   * throws an {@link java.io.IOException}.
   *
   * @return the writer, which any thread may use; its {@code close} shows the program the end of
   *     its input
   * @throws IllegalStateException without {@link Program#withPipedInput()}
   */
  public Writer stdin() {
    PipedInput piped = launch.streams().piped();
    if (piped == null) {
      throw new IllegalStateException(
          "`"
              + command
              + "` has no input that this JVM writes. To fix: launch"
              + " Program.of(…).withPipedInput()");
    }
    return piped.writer();
  }

  /**
   * Returns the terminal that it runs on.
   *
   * @return the side of the user
   * @throws IllegalStateException without {@link Program#withTerminal()}
   */
  public TerminalHandle terminal() {
    Terminal terminal = launch.streams().terminal();
    if (terminal == null) {
      throw new IllegalStateException(
          "`" + command + "` has no terminal. To fix: launch Program.of(…).withTerminal()");
    }
    return new TerminalHandle(terminal, toString(), options().await(), this::awaitOutput);
  }

  boolean hasTerminal() {
    return launch.streams().terminal() != null;
  }

  /**
   * Returns what the launched process, and every process that inherited its stream, has written to
   * stdout.
   *
   * @return all so far, but at most the last mebibyte or {@linkplain Program#withKeptOutput what
   *     was asked for}; UTF-8, malformed input replaced. Without what the temporary directory had
   *     no room for
   * @throws IllegalStateException if other code has removed the file in the temporary directory
   */
  public String stdout() {
    return requireFile(false, output(false));
  }

  /**
   * Returns what the launched process, and every process that inherited its stream, has written to
   * stderr.
   *
   * @return as {@link #stdout()}
   * @throws IllegalStateException as {@link #stdout()}
   */
  public String stderr() {
    return requireFile(true, output(true));
  }

  /** Returns what there is of its output. */
  String output(boolean isError) {
    return isError ? launch.output().stderr() : launch.output().stdout();
  }

  private String requireFile(boolean isError, String text) {
    if (launch.hasStarted() && launch.output().isRemoved(isError)) {
      throw new IllegalStateException(
          "what `"
              + command
              + "` has written to "
              + (isError ? "stderr" : "stdout")
              + " is lost: "
              + launch.output().loss(isError)
              + ". To fix: do not empty the temporary directory while tests run");
    }
    return text;
  }

  /**
   * Terminates all processes of this launch: sends the stop signal, waits for the grace, sends
   * SIGKILL, verifies. The scope stays open. Not interruptible.
   *
   * @return what was found
   * @throws ScopeClosedException if the scope has ended
   */
  public ScopeReport stop() {
    Scope scope = launch.scope();
    if (!scope.isOpen()) {
      throw new ScopeClosedException(
          "cannot stop `"
              + command
              + "`: its scope "
              + scope.name()
              + " has ended and terminated its processes. To fix: stop it while that scope is open,"
              + " or not at all",
          null);
    }
    ScopeEnd end = engine.launchStop().stop(launch);
    return new ScopeReport(engine, end, ProcessTree.of(engine, launch, end.before()));
  }

  /** Returns whether no process of it has a pid any more: not even a zombie. */
  boolean isGone() {
    return launch.records().stream()
        .noneMatch(
            one -> {
              ProcessStat now = engine.kernel().procfs.stat(one.pid());
              return now != null && one.is(now);
            });
  }

  /** Returns why its trace has failed; null if it has not. */
  @Nullable Throwable traceFailure() {
    return engine.queries().traceFailure(launch);
  }

  /** Stops this launch because of a failure, which stays the one that is reported. */
  void stopAfter(Throwable failure) {
    try {
      stop();
    } catch (ScopeClosedException e) {
      return; // the end of the scope has stopped it, or does so now
    } catch (RuntimeException | Error e) {
      failure.addSuppressed(e);
    }
  }

  private ScopeOptions options() {
    return ScopeOptions.of(launch.scope().policy());
  }

  /**
   * Describes the tree, the statuses so far and the tail of the output, for failure messages.
   *
   * @return some lines
   */
  public String describe() {
    return FailureContext.of(engine, launch);
  }

  /**
   * Returns the command, and the pid of the launched process.
   *
   * @return for messages
   */
  @Override
  public String toString() {
    return "`" + command + "` (pid " + pid() + ")";
  }
}
