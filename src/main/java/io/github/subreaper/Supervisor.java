package io.github.subreaper;

import io.github.subreaper.internal.engine.Engine;
import io.github.subreaper.internal.engine.query.Search;
import io.github.subreaper.internal.engine.records.ExpectedCrash;
import io.github.subreaper.internal.engine.records.ProcessRecord;
import io.github.subreaper.internal.engine.records.Scope;
import io.github.subreaper.internal.engine.records.ScopeEnd;
import io.github.subreaper.internal.engine.records.Spared;
import io.github.subreaper.internal.engine.spawn.LaunchFailedException;
import io.github.subreaper.internal.engine.spawn.LaunchSpec;
import io.github.subreaper.internal.engine.values.CallSite;
import io.github.subreaper.internal.engine.values.ScopeEndedException;
import io.github.subreaper.internal.messages.FailureContext;
import io.github.subreaper.internal.text.GlobMatcher;
import io.github.subreaper.internal.text.Text;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One scope: a session, a class or a test. It launches programs, tracks all processes that were
 * started in it, and leaves none of them behind.
 *
 * <pre>{@code
 * try (Subreaper subreaper = Subreaper.activate();
 *     Supervisor supervisor = subreaper.open("example")) {
 *   supervisor.launch("my-server", "--daemonize");
 *   Descendant daemon = supervisor.awaitOrphan("my-server *");
 *   System.out.println(daemon + " works in " + daemon.workingDirectory());
 * } // terminates the daemon, and whatever else was left
 * }</pre>
 *
 * @since 0.1.0
 */
public final class Supervisor implements AutoCloseable {
  private static final Comparator<ProcessRecord> BY_START =
      Comparator.comparing(ProcessRecord::startTime).thenComparingLong(ProcessRecord::sequence);

  private final Scope scope;
  private final Engine engine;

  Supervisor(Engine engine, Scope scope) {
    this.scope = scope;
    this.engine = engine;
  }

  boolean mayMissProcesses() {
    return engine.queries().mayMissProcesses(scope);
  }

  /**
   * Returns the scope's name.
   *
   * @return as given when it was opened
   */
  public String name() {
    return scope.name();
  }

  /**
   * Returns the scope's options.
   *
   * @return as given when it was opened
   */
  public ScopeOptions options() {
    return ScopeOptions.of(scope.policy());
  }

  /**
   * Starts a program with default settings. Returns when it has exec'd.
   *
   * @param command the program and its arguments
   * @return the launch
   * @throws LaunchException if it cannot be started; then nothing of it is running
   * @throws ScopeClosedException if this scope has ended
   * @throws IllegalArgumentException if the command is empty or contains a NUL
   */
  public Launch launch(String... command) {
    return launch(Program.of(command));
  }

  /**
   * Starts a program. Returns when it has exec'd. Not interruptible.
   *
   * @param program what to start, and how
   * @return the launch
   * @throws LaunchException if it cannot be started; then nothing of it is running
   * @throws ScopeClosedException if this scope has ended
   */
  public Launch launch(Program program) {
    LaunchSpec spec = Objects.requireNonNull(program, "program").spec();
    CallSite site = engine.callSites().ofCaller(Supervisor.class.getName()::equals);
    try {
      return new Launch(engine, engine.launcher().launch(scope, spec, site));
    } catch (LaunchFailedException e) {
      throw new LaunchException(e.reason(), e);
    } catch (ScopeEndedException e) {
      throw new ScopeClosedException(e.reason(), e);
    }
  }

  /**
   * Starts a program and waits until it is ready, as {@link Program#readyWhen} says, as long as the
   * scope's {@code await}. Without such a condition it returns as {@link #launch(Program)} does. If
   * it fails, the launch is stopped.
   *
   * <pre>{@code
   * Program server = Program.of("my-server").readyWhen(Ready.output("^listening"));
   * Launch launch = supervisor.start(server);
   * }</pre>
   *
   * @param program what to start, how, and when it is ready
   * @return the launch, which is ready
   * @throws LaunchException if it cannot be started; then nothing of it is running
   * @throws ScopeClosedException if this scope has ended
   * @throws WaitTimeoutException as {@link Launch#awaitReady(Ready)}, with the same message
   * @throws WaitInterruptedException on an interrupt while it waits
   * @throws IllegalArgumentException for {@link Ready#notification()} without a notify socket
   */
  public Launch start(Program program) {
    Launch launch = launch(program);
    try {
      program.ready().ifPresent(launch::awaitReady);
      return launch;
    } catch (RuntimeException | Error e) { // also of a condition of the caller's own
      launch.stopAfter(e);
      throw e;
    }
  }

  /**
   * Returns the processes that are alive now in this scope and those nested in it.
   *
   * @return a snapshot
   */
  public ProcessTree tree() {
    return ProcessTree.of(engine, scope);
  }

  /**
   * Returns all processes ever observed in this scope and those nested in it. A child of {@link
   * ProcessBuilder} that no scan observed is known from the JDK's log or flight recorder, with its
   * command line as one text.
   *
   * @return in the order in which they were first observed
   */
  public List<Descendant> descendants() {
    engine.queries().scanAndRecord();
    return Descendant.of(engine, scope.records());
  }

  /**
   * Returns the descendants that this JVM has adopted so far, alive or ended. It does not wait: use
   * {@link #awaitOrphan(String)} to wait for one.
   *
   * @return in the order of their adoption
   */
  public List<Descendant> orphans() {
    engine.queries().scanAndAttribute();
    return Launch.orphans(engine, scope.records());
  }

  /**
   * Returns the journal of this scope and those nested in it.
   *
   * @return a view: it grows as events come, and stays readable after the end
   */
  public Journal journal() {
    return Journal.of(engine, scope);
  }

  /**
   * Returns the processes that would be leaks if the scope ended now, without waiting for them to
   * settle. A launched process is none, unless the scope is {@link ScopeOptions#strict() strict}.
   * Of a chain, in which each process forks the next and exits, it is one that was alive after this
   * call began, though it may have ended by now.
   *
   * @return in the order in which they were first observed
   */
  public List<Descendant> leaks() {
    return Descendant.of(engine, engine.queries().leaks(scope));
  }

  /**
   * Waits for an orphan as long as the scope's {@code await}.
   *
   * @param glob over its name or command line, see {@link Glob}
   * @return of those that match the earliest started one that is alive and quiet; a dead one only
   *     when no living process can still match
   * @throws WaitTimeoutException if there is none in time, or can no longer be one
   * @throws WaitInterruptedException on an interrupt
   */
  public Descendant awaitOrphan(String glob) {
    return awaitOrphan(glob, options().await());
  }

  /**
   * Waits for an orphan.
   *
   * @param glob over its name or command line, see {@link Glob}
   * @param timeout zero checks once
   * @return of those that match the earliest started one that is alive and quiet; a dead one only
   *     when no living process can still match
   * @throws WaitTimeoutException if there is none in time, or can no longer be one
   * @throws WaitInterruptedException on an interrupt
   */
  public Descendant awaitOrphan(String glob, Duration timeout) {
    Glob wanted = Glob.of(glob);
    return await(
        engine.searches().matching(scope, process -> process.isOrphan() && wanted.matches(process)),
        "an orphan",
        glob,
        timeout,
        () -> FailureContext.notOrphan(scope.records(), glob));
  }

  /**
   * Waits for a process, orphan or not, as long as the scope's {@code await}.
   *
   * @param glob over its name or command line, see {@link Glob}
   * @return as {@link #awaitOrphan(String)}
   * @throws WaitTimeoutException if there is none in time, or can no longer be one
   * @throws WaitInterruptedException on an interrupt
   */
  public Descendant awaitDescendant(String glob) {
    return awaitDescendant(glob, options().await());
  }

  /**
   * Waits for a process, orphan or not.
   *
   * @param glob over its name or command line, see {@link Glob}
   * @param timeout zero checks once
   * @return as {@link #awaitOrphan(String)}
   * @throws WaitTimeoutException if there is none in time, or can no longer be one
   * @throws WaitInterruptedException on an interrupt
   */
  public Descendant awaitDescendant(String glob, Duration timeout) {
    Glob wanted = Glob.of(glob);
    return await(
        engine.searches().matching(scope, wanted::matches), "a process", glob, timeout, () -> "");
  }

  /**
   * Waits until this many matching processes are alive at once, as long as the scope's {@code
   * await}.
   *
   * @param glob over the name or command line of each, see {@link Glob}
   * @param count one or more
   * @return as {@link #awaitDescendants(String, int, Duration)}
   * @throws WaitTimeoutException if there are fewer by then, or all processes of the scope have
   *     ended
   * @throws WaitInterruptedException on an interrupt
   * @throws IllegalArgumentException if the count is not positive
   */
  public List<Descendant> awaitDescendants(String glob, int count) {
    return awaitDescendants(glob, count, options().await());
  }

  /**
   * Waits until this many matching processes are alive at once, in one {@link #tree()}. It does not
   * wait until they are quiet: a process that was forked and has not exec'd yet has the name and
   * command line of its parent.
   *
   * @param glob over the name or command line of each, see {@link Glob}
   * @param count one or more
   * @param timeout zero checks once
   * @return all that match, which may be more, in the order of their start
   * @throws WaitTimeoutException if there are fewer by then, or all processes of the scope have
   *     ended
   * @throws WaitInterruptedException on an interrupt
   * @throws IllegalArgumentException if the count is not positive
   */
  public List<Descendant> awaitDescendants(String glob, int count, Duration timeout) {
    Objects.requireNonNull(glob, "glob");
    return Descendant.of(
        engine,
        waits()
            .with(glob)
            .many(
                count,
                Text.whose(glob) + ", in " + scope.name(),
                alive ->
                    (alive == 0 ? "none is" : alive == 1 ? "one is" : alive + " are") + " alive",
                timeout,
                () -> tree().find(glob).stream().map(Descendant::record).sorted(BY_START).toList(),
                () -> engine.queries().anyAlive(scope)));
  }

  private Descendant await(
      Search search, String what, String glob, Duration timeout, Supplier<String> hint) {
    String wanted = what + " " + Text.whose(glob) + ", in " + scope.name();
    return new Descendant(engine, waits().with(glob).find(search, wanted, timeout, hint));
  }

  private Waits waits() {
    return new Waits(
        engine,
        () ->
            scope.records().isEmpty()
                ? "nothing has been launched in " + scope.name() + " yet"
                : "every process of " + scope.name() + " has ended",
        this::describe);
  }

  /**
   * Opens a scope within this one, with this one's options. It ends with this one at the latest.
   *
   * @param scopeName for reports and messages
   * @return the scope, to be closed
   * @throws ScopeClosedException if this scope has ended
   */
  public Supervisor open(String scopeName) {
    return open(scopeName, options());
  }

  /**
   * Opens a scope within this one. It ends with this one at the latest.
   *
   * @param scopeName for reports and messages
   * @param nestedOptions how it waits and ends
   * @return the scope, to be closed
   * @throws ScopeClosedException if this scope has ended
   */
  public Supervisor open(String scopeName, ScopeOptions nestedOptions) {
    Objects.requireNonNull(scopeName, "scopeName");
    Objects.requireNonNull(nestedOptions, "options");
    try {
      return new Supervisor(engine, engine.scopes().open(scope, scopeName, nestedOptions.policy()));
    } catch (ScopeEndedException e) {
      throw new ScopeClosedException(e.reason(), e);
    }
  }

  /**
   * Counts what a thread starts by itself as this scope's, where several scopes are open side by
   * side. What the calling platform thread starts is known at once. What another thread or a
   * virtual thread starts is known from the JDK's log (JDK 21.0.13 and later) or flight recorder,
   * so it is unknown where {@link Subreaper#capabilities()} reports that both are missing.
   *
   * @param thread platform or virtual
   * @return the binding; it lasts until it is closed or the scope ends
   * @throws ScopeClosedException if this scope has ended
   */
  public Binding bind(Thread thread) {
    Objects.requireNonNull(thread, "thread");
    try {
      return engine.scopes().bind(scope, thread)::run;
    } catch (ScopeEndedException e) {
      throw new ScopeClosedException(e.reason(), e);
    }
  }

  Binding bindMethod(Method method) {
    try {
      return engine.scopes().bind(scope, method)::run;
    } catch (ScopeEndedException e) {
      throw new ScopeClosedException(e.reason(), e);
    }
  }

  /**
   * Ends the scope: lets would-be leaks settle, sends the stop signal to all that is left, kills
   * after the grace what is still alive, and verifies. Idempotent; not interruptible.
   *
   * @return what was found, the same for each call
   */
  public ScopeReport end() {
    return end(Spared.NONE);
  }

  /**
   * Ends the scope without terminating anything. All that is alive goes to the next outer scope,
   * with its launches, and is judged and terminated with that. {@link Descendant#scope()} still
   * returns this scope's name. Idempotent; not interruptible.
   *
   * <pre>{@code
   * Launch server;
   * try (Supervisor setup = supervisor.open("setup")) {
   *   server = setup.start(SERVER);
   *   setup.launch("initdb", "data").awaitExit();
   *   setup.release(); // the server is the test's now
   * }
   * }</pre>
   *
   * @return what was found, which is not a leak; the same for each call
   */
  public ScopeReport release() {
    return end(Spared.ALL);
  }

  /**
   * Expects that processes of this scope, or of those nested in it, crash: then that fails no test
   * and is not in {@link ScopeReport#crashed()}. It holds for those that have crashed already, too.
   * If none has crashed when this scope ends, the test fails; {@link ScopeReport#isClean()} may be
   * true all the same. A crash of an outer scope's process, such as a static {@code @Daemon}, is
   * expected by that scope's Supervisor, which a {@code @BeforeAll} method gets as a parameter. If
   * the scope is {@linkplain #release() released}, the next outer one expects that of its
   * processes.
   *
   * <pre>{@code
   * supervisor.expectsCrash("nginx: worker*"); // this test makes a worker run into its bug
   * }</pre>
   *
   * @param glob over name or command line, see {@link Glob}
   * @throws IllegalArgumentException if it is empty
   * @throws ScopeClosedException if this scope has ended
   */
  public void expectsCrash(String glob) {
    expect(glob, engine.callSites().ofCaller(Supervisor.class.getName()::equals));
  }

  /**
   * Allows that processes of this scope, or of those nested in it, crash, as {@link #expectsCrash}
   * does. But none has to.
   *
   * @param glob over name or command line, see {@link Glob}
   * @throws IllegalArgumentException if it is empty
   * @throws ScopeClosedException if this scope has ended
   */
  public void allowsCrash(String glob) {
    expect(glob, null);
  }

  private void expect(String glob, @Nullable CallSite site) {
    if (Objects.requireNonNull(glob, "glob").isBlank()) {
      throw new IllegalArgumentException("the glob is empty, which matches no process");
    }
    try {
      scope.expectCrash(new ExpectedCrash(new GlobMatcher(glob), site, this::mayMissProcesses));
    } catch (ScopeEndedException e) {
      throw new ScopeClosedException(e.reason(), e);
    }
  }

  ScopeReport end(Spared spared) {
    ScopeEnd end = engine.scopes().end(scope, spared);
    return new ScopeReport(engine, end, ProcessTree.of(engine, scope, end.before()));
  }

  ScopeReport end(Predicate<Descendant> postponed, Predicate<Descendant> left) {
    return end(
        new Spared(
            process -> postponed.test(new Descendant(engine, process)),
            process -> left.test(new Descendant(engine, process)),
            false));
  }

  void endLaunches() {
    engine.scopes().endLaunches(scope);
  }

  /**
   * Ends the scope.
   *
   * @throws UnkillableProcessesException if something survived SIGKILL
   */
  @Override
  public void close() {
    ScopeReport report = end();
    if (!report.survivors().isEmpty()) {
      throw new UnkillableProcessesException(report);
    }
  }

  /**
   * Describes the tree, the statuses so far and the output of all launches, for failure messages.
   *
   * @return some lines
   */
  public String describe() {
    StringBuilder text = new StringBuilder(FailureContext.of(engine, scope));
    scope.launches().forEach(launch -> text.append(FailureContext.output(launch)));
    return text.toString();
  }

  /**
   * Returns the scope's name.
   *
   * @return for messages
   */
  @Override
  public String toString() {
    return "Supervisor of " + scope.name();
  }
}
