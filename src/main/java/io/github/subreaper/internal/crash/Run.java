package io.github.subreaper.internal.crash;

import io.github.subreaper.Crashes;
import io.github.subreaper.Launch;
import io.github.subreaper.Program;
import io.github.subreaper.ScopeOptions;
import io.github.subreaper.Subreaper;
import io.github.subreaper.SubreaperException;
import io.github.subreaper.Supervisor;
import io.github.subreaper.crash.CrashRun;
import io.github.subreaper.internal.access.Access;
import io.github.subreaper.internal.engine.crash.CrashKind;
import io.github.subreaper.internal.engine.crash.Point;
import io.github.subreaper.internal.engine.crash.Points;
import io.github.subreaper.internal.engine.spawn.LaunchFailedException;
import io.github.subreaper.internal.engine.spawn.LaunchSpec;
import io.github.subreaper.internal.engine.spawn.WorkingCopies;
import io.github.subreaper.internal.engine.trace.TraceSupport;
import io.github.subreaper.internal.linux.Kernel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import java.util.function.ObjLongConsumer;
import org.jspecify.annotations.Nullable;

/** One run: what it has started, its copy of the directory, and what became of both. */
final class Run implements CrashRun {
  private static final Access ACCESS = Access.get();
  private static final long GONE_NANOS = 10_000_000_000L;
  private static final long PAUSE_NANOS = 200_000;

  private final Subreaper subreaper;
  private final Supervisor supervisor;
  private final @Nullable String target;
  private final CrashKind kind;
  private final ObjLongConsumer<String> steps;
  private @Nullable Path prepared;
  private @Nullable Work work;
  private boolean hasRun;
  private boolean looksAtDirectory;
  private @Nullable DirectoryState crashed;

  /** After the power cut; else as crashed. */
  private @Nullable DirectoryState left;

  private @Nullable Launch recovery;

  /** What runs where. */
  private record Work(
      Program program, LaunchSpec copied, Path directory, Points points, DirectoryState before) {}

  /**
   * @param scope for that of the run; null for none
   * @param steps gets what happens, and when
   * @param target the key of the point at which to crash; null for the recording
   */
  Run(
      Subreaper subreaper,
      @Nullable Supervisor scope,
      ObjLongConsumer<String> steps,
      @Nullable String target,
      CrashKind kind) {
    this.subreaper = subreaper;
    this.target = target;
    this.kind = kind;
    this.steps = steps;
    String name = "crash run: " + point();
    this.supervisor =
        scope == null
            ? subreaper.open(name)
            : scope.open(name, ScopeOptions.defaults().withCrashes(Crashes.IGNORE));
  }

  @Override
  public CrashRun in(Path directory) {
    requireNoWork();
    prepared = Objects.requireNonNull(directory, "directory");
    return this;
  }

  @Override
  public CrashRun launch(Program program) {
    requireNoWork();
    Objects.requireNonNull(program, "program");
    if (prepared == null) {
      throw new IllegalStateException("call in(directory) first: its copy is the directory");
    }
    Kernel kernel = ACCESS.engine(subreaper).kernel();
    LaunchSpec copied = null;
    try {
      copied = copies().copied(ACCESS.spec(program.withWorkingCopyOf(prepared)), kernel);
      Path directory = Objects.requireNonNull(copied.directory()).toRealPath();
      Points points = new Points(kernel, directory, target, kind, System::nanoTime);
      requireSupport(points.unsupported());
      requireSupport(TraceSupport.missing(kernel));
      work = new Work(program, copied, directory, points, DirectoryState.of(directory));
      return this;
    } catch (LaunchFailedException e) {
      throw ACCESS.launchFailed(e.reason(), e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      if (work == null && copied != null) {
        copies().remove(copied);
      }
    }
  }

  private static void requireSupport(@Nullable String missing) {
    if (missing != null) {
      throw ACCESS.unsupported("Crash points are impossible here: " + missing);
    }
  }

  private WorkingCopies copies() {
    return ACCESS.engine(subreaper).launcher().copies();
  }

  private void requireNoWork() {
    if (work != null) {
      throw new IllegalStateException("a run has one program, in one directory");
    }
  }

  private Work work() {
    Work its = work;
    if (its == null) {
      throw new IllegalStateException("call in(directory) and launch(program) first");
    }
    return its;
  }

  @Override
  public String point() {
    return target == null ? "recording" : target;
  }

  @Override
  public Path directory() {
    looksAtDirectory = true;
    return work().directory();
  }

  @Override
  public void during(Action<Launch> action) throws Exception {
    Objects.requireNonNull(action, "action");
    if (hasRun) {
      throw new IllegalStateException("during() was called before: a run crashes once");
    }
    Work its = work();
    hasRun = true;
    Points points = its.points();
    steps.accept(point(), System.nanoTime());
    Launch launch =
        supervisor.launch(ACCESS.crashing(its.program().withDirectory(its.directory()), points));
    Throwable failure = null;
    try {
      ACCESS.ready(its.program()).ifPresent(launch::awaitReady);
      action.with(launch);
    } catch (Exception | AssertionError e) {
      failure = e;
      if (e instanceof InterruptedException) {
        Thread.currentThread().interrupt(); // which ends all runs
      }
    }
    launch.stop();
    awaitGone(launch);
    report(points);
    requireSupport(points.refusal());
    Throwable untraced = ACCESS.traceFailure(launch);
    if (target == null && untraced != null) {
      throw new AssertionError(
          "the trace of `" + its.program() + "` failed, so points are missing: " + untraced,
          untraced);
    }
    if (target == null && failure != null) {
      if (failure instanceof Exception exception) {
        throw exception;
      }
      throw (AssertionError) failure;
    }
    String unseen = points.unseenCalls();
    if (kind.cutsPower() && !unseen.isEmpty()) {
      throw ACCESS.unsupported(
          "Power cuts are impossible here, since it is not seen what was secured by " + unseen);
    }
    crashed = DirectoryState.of(its.directory());
    points.cutPower();
    left = kind.cutsPower() ? DirectoryState.of(its.directory()) : crashed;
  }

  /** Reports the point of a crash; of the recording each. */
  private void report(Points points) {
    Point reached = points.reached();
    if (reached != null) {
      steps.accept(kind.after(reached), reached.nanos());
    } else if (target == null) {
      points.points().forEach(point -> steps.accept("before " + point, point.nanos()));
    }
  }

  @Override
  public void recover(Action<Launch> invariant) throws Exception {
    recover(work().program(), invariant);
  }

  @Override
  public void recover(Program other, Action<Launch> invariant) throws Exception {
    if (!hasRun) {
      throw new IllegalStateException("call during() first: nothing has crashed");
    }
    steps.accept("recovery", System.nanoTime());
    Launch launch = supervisor.launch(other.withDirectory(directory()));
    recovery = launch;
    ACCESS.ready(other).ifPresent(launch::awaitReady);
    invariant.with(launch);
    launch.stop();
    awaitGone(launch);
  }

  /** A zombie looks like a running daemon to what starts next. */
  private static void awaitGone(Launch launch) {
    long began = System.nanoTime();
    while (!ACCESS.isGone(launch)) {
      if (System.nanoTime() - began > GONE_NANOS) {
        throw new IllegalStateException(
            "processes of `"
                + launch
                + "` are left 10 s after they were killed:\n"
                + launch.describe());
      }
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }

  /** What this thread starts by itself is of this run, not of one beside it. */
  @SuppressWarnings("MustBeClosedChecker")
  void bind() {
    supervisor.bind(Thread.currentThread());
  }

  boolean hasRun() {
    return hasRun;
  }

  /** Returns whether the body has recovered the directory, or can check it in another way. */
  boolean looksAtDirectory() {
    return looksAtDirectory;
  }

  @Nullable Points points() {
    return work == null ? null : work.points();
  }

  /** Returns the program's words, once it is known. */
  String words(String otherwise) {
    return work == null ? otherwise : work.program().toString();
  }

  /** Describes the crash, the directory, and the recovery unless the failure does. */
  String describe(Throwable failure) {
    Work its = work();
    StringBuilder text = new StringBuilder();
    if (!its.points().how().isEmpty()) {
      text.append("The call: ").append(its.points().how()).append('\n');
    }
    DirectoryState atCrash = crashed;
    DirectoryState afterIt = left;
    if (atCrash != null && afterIt != null) {
      text.append("Changed before the crash:\n").append(its.before().changes(atCrash));
      if (kind.cutsPower()) {
        text.append("Changed by the power cut:\n").append(atCrash.changes(afterIt));
      }
      text.append("Changed after it:\n")
          .append(afterIt.changes(DirectoryState.of(its.directory())));
    }
    Launch recovering = recovery;
    if (recovering != null && !(failure instanceof SubreaperException)) {
      text.append("The recovery:\n").append(recovering.describe());
    }
    return text.toString();
  }

  /** Ends all that it has started, and removes its copy of the directory. */
  void end() {
    try {
      supervisor.close();
    } finally {
      if (work != null) {
        work.points().close();
        WorkingCopies.remove(work.points().aside());
        copies().remove(work.copied());
      }
    }
  }
}
