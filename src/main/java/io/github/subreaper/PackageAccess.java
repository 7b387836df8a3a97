package io.github.subreaper;

import io.github.subreaper.internal.access.Access;
import io.github.subreaper.internal.access.Canaries;
import io.github.subreaper.internal.access.JournalEntry;
import io.github.subreaper.internal.access.RunningTest;
import io.github.subreaper.internal.access.SnapshotNode;
import io.github.subreaper.internal.engine.Engine;
import io.github.subreaper.internal.engine.guardian.GuardianLog;
import io.github.subreaper.internal.engine.records.TreeNode;
import io.github.subreaper.internal.engine.spawn.LaunchSpec;
import io.github.subreaper.internal.engine.tracer.CallEvents;
import io.github.subreaper.internal.text.Durations;
import java.lang.reflect.Method;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Does what only this package can. */
final class PackageAccess extends Access {
  private static final ThreadLocal<@Nullable RunningTest> RUNNING = new ThreadLocal<>();

  static {
    register(new PackageAccess());
  }

  private PackageAccess() {}

  @Override
  public Binding bindMethod(Supervisor scope, Method method) {
    return scope.bindMethod(Objects.requireNonNull(method, "method"));
  }

  @Override
  public Binding bindTest(RunningTest test) {
    RunningTest outer = RUNNING.get();
    Thread bound = Thread.currentThread();
    RUNNING.set(Objects.requireNonNull(test, "test"));
    return () -> {
      if (Thread.currentThread() != bound) {
        return;
      }
      if (outer == null) {
        RUNNING.remove();
      } else {
        RUNNING.set(outer);
      }
    };
  }

  @Override
  public Optional<RunningTest> runningTest() {
    return Optional.ofNullable(RUNNING.get());
  }

  @Override
  public Optional<String> originText(Descendant process) {
    return process.originText();
  }

  @Override
  public String startedAt(Descendant process) {
    return process.startedAt();
  }

  @Override
  public void prepare() {
    Engine.prepare();
  }

  @Override
  public boolean awaitOrigins(Subreaper subreaper, Duration timeout) {
    long nanos = Durations.nanos(Durations.notNegative("timeout", timeout));
    try {
      return subreaper.awaitOrigins(nanos);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new WaitInterruptedException("interrupted while waiting until starts are reported", e);
    }
  }

  @Override
  public void endLaunches(Supervisor scope) {
    scope.endLaunches();
  }

  @Override
  public ScopeReport end(
      Supervisor scope, Predicate<Descendant> postponed, Predicate<Descendant> left) {
    return scope.end(postponed, left);
  }

  @Override
  public List<Descendant> livingBeside(Descendant process) {
    return process.livingBeside();
  }

  @Override
  public List<Descendant> unjudged(Subreaper subreaper) {
    return subreaper.unjudged();
  }

  @Override
  public void terminate(Subreaper subreaper, Collection<Descendant> processes) {
    subreaper.terminate(processes);
  }

  @Override
  public void atShutdown(Subreaper subreaper, Runnable action) {
    subreaper.atShutdown(Objects.requireNonNull(action, "action"));
  }

  @Override
  public Path directory() {
    return GuardianLog.directory();
  }

  @Override
  public List<String> previousRuns(Subreaper subreaper) {
    return subreaper.previousRuns();
  }

  @Override
  public List<Path> standardStreams(Launch launch) {
    return launch.standardStreams();
  }

  @Override
  public String output(Launch launch, boolean isError) {
    return launch.output(isError);
  }

  @Override
  public long notKept(Launch launch, boolean isError) {
    return launch.notKept(isError);
  }

  @Override
  public Optional<List<String>> listenersAfterReturn(Launch launch, Descendant process) {
    return launch.listenersAfterReturn(Objects.requireNonNull(process, "process"));
  }

  @Override
  public boolean isReserved(int port) {
    return Ports.isReserved(port);
  }

  @Override
  public void expectEnd(Descendant process) {
    process.record().ending().expected();
  }

  @Override
  public Optional<String> describeEnd(Descendant process) {
    return process.end();
  }

  @Override
  public Stream<JournalEntry> entries(Journal journal) {
    return journal
        .entries()
        .map(
            entry ->
                new JournalEntry(
                    entry.fact().kind().name().toLowerCase(Locale.ROOT),
                    ProcessEvent.Source.valueOf(entry.fact().source().name()),
                    entry.fact().nanos(),
                    journal.at(entry.fact()),
                    entry::text,
                    entry.isLoss() ? entry.fact().value() : 0,
                    entry.event()));
  }

  @Override
  public ScopeOptions options(Descendant process) {
    return process.options();
  }

  @Override
  public List<String> possibleScopes(Descendant process) {
    return process.possibleScopes();
  }

  @Override
  public boolean hasTerminal(Launch launch) {
    return launch.hasTerminal();
  }

  @Override
  public List<String> absentCrashes(ScopeReport report) {
    return report.absentCrashes();
  }

  @Override
  public List<SnapshotNode> nodes(ProcessTree tree) {
    return nodes(tree.engine(), tree.nodes());
  }

  private static List<SnapshotNode> nodes(Engine engine, List<TreeNode> nodes) {
    return nodes.stream()
        .map(
            node ->
                new SnapshotNode(
                    engine,
                    node,
                    new Descendant(engine, node.process()),
                    () -> nodes(engine, node.children())))
        .toList();
  }

  @Override
  public String describe(ProcessTree tree) {
    return tree.describe();
  }

  @Override
  public Optional<Canaries> canaries(Launch launch) {
    return Optional.ofNullable(launch.planted())
        .map(
            planted ->
                new Canaries(
                    planted.descriptor(),
                    Launch.real(planted.file()),
                    Signal.of(planted.ignored()),
                    Signal.of(planted.blocked()),
                    Stream.ofNullable(planted.umask()).mapToInt(umask -> umask).findFirst(),
                    Optional.ofNullable(planted.terminal())));
  }

  @Override
  public Optional<String> whyInexact(Journal journal) {
    return journal.whyInexact();
  }

  @Override
  public boolean mayMissProcesses(Supervisor scope) {
    return scope.mayMissProcesses();
  }

  @Override
  public WaitInterruptedException interrupted(String message, @Nullable Throwable cause) {
    return new WaitInterruptedException(Objects.requireNonNull(message, "message"), cause);
  }

  @Override
  public UnsupportedSystemException withAdvice(UnsupportedSystemException cause, String advice) {
    return new UnsupportedSystemException(
        cause.getMessage() + "\n  " + Objects.requireNonNull(advice, "advice"), cause);
  }

  @Override
  public UnsupportedSystemException unsupported(String message) {
    return new UnsupportedSystemException(message, null);
  }

  @Override
  public LaunchException launchFailed(String reason, Throwable cause) {
    return new LaunchException(reason, cause);
  }

  @Override
  public Engine engine(Subreaper subreaper) {
    return subreaper.engine();
  }

  @Override
  public LaunchSpec spec(Program program) {
    return program.spec();
  }

  @Override
  public Optional<Ready> ready(Program program) {
    return program.ready();
  }

  @Override
  public Program crashing(Program program, CallEvents points) {
    return program.crashing(points);
  }

  @Override
  public boolean isGone(Launch launch) {
    return launch.isGone();
  }

  @Override
  public @Nullable Throwable traceFailure(Launch launch) {
    return launch.traceFailure();
  }
}
