package io.github.subreaper.crash;

import io.github.subreaper.Crashes;
import io.github.subreaper.Launch;
import io.github.subreaper.LaunchException;
import io.github.subreaper.Program;
import io.github.subreaper.ScopeOptions;
import io.github.subreaper.Subreaper;
import io.github.subreaper.SubreaperException;
import io.github.subreaper.Supervisor;
import io.github.subreaper.UnsupportedSystemException;
import io.github.subreaper.internal.access.Access;
import io.github.subreaper.internal.engine.crash.CrashKind;
import io.github.subreaper.internal.engine.crash.Point;
import io.github.subreaper.internal.engine.crash.Points;
import io.github.subreaper.internal.engine.spawn.LaunchFailedException;
import io.github.subreaper.internal.engine.spawn.LaunchSpec;
import io.github.subreaper.internal.engine.spawn.WorkingCopies;
import io.github.subreaper.internal.engine.tracing.TraceSupport;
import io.github.subreaper.internal.linux.Kernel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import java.util.function.ObjLongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * One run of {@link CrashPoints}: the program runs in a fresh copy of the directory and is killed
 * at one point, and then it has to come back. For the thread that it is given to.
 *
 * <pre>{@code
 * List<String> stored = new ArrayList<>();
 * run.during(server -> client.put("a", stored::add));
 * run.recover(server -> assertThat(client.keys()).containsAll(stored));
 * }</pre>
 *
 * <p>A run without a crash that neither calls {@code recover} nor asks for the {@link #directory()}
 * is refused with an {@link IllegalStateException}: it looks at nothing that a crash could damage.
 * One that has asked for the directory may check it in plain Java instead; whether it does is not
 * known.
 *
 * @since 0.1.0
 */
public final class CrashRun {
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

  /** What is done in each run. */
  @FunctionalInterface
  public interface Body {
    /**
     * Runs the program once, and its recovery.
     *
     * @param run which starts them
     * @throws Exception if the program has not come back
     */
    void with(CrashRun run) throws Exception;
  }

  /** What to do with a launch. */
  @FunctionalInterface
  public interface Action {
    /**
     * Uses the launched program.
     *
     * @param launch of it
     * @throws Exception which fails the run
     */
    void with(Launch launch) throws Exception;
  }

  /** What runs where. */
  private record Work(
      Program program, LaunchSpec copied, Path directory, Points points, DirectoryState before) {}

  /**
   * @param scope for that of the run; null for none
   * @param steps gets what happens, and when
   * @param target the key of the point at which to crash; null for the recording
   */
  CrashRun(
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

  /**
   * Names the directory, of which each run gets a copy.
   *
   * @param directory as it is before the program runs; changes below it count
   * @return this run
   */
  public CrashRun in(Path directory) {
    requireNoWork();
    prepared = Objects.requireNonNull(directory, "directory");
    return this;
  }

  /**
   * Names the program, which {@link #during} starts in the copy of the directory.
   *
   * @param program which finds its files by relative paths, or by {@link #directory}
   * @return this run
   * @throws LaunchException if the directory cannot be copied
   * @throws UnsupportedSystemException where points cannot be found
   */
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

  /**
   * Returns the point at which the program is killed in this run.
   *
   * @return {@code recording} in the runs that only list the points
   */
  public String point() {
    return target == null ? "recording" : target;
  }

  /**
   * Returns the directory of this run, in which the program starts and whose changes count.
   *
   * @return a copy of the one that was given to {@link CrashPoints#of} or {@link #in}
   * @throws IllegalStateException if no program was named yet
   */
  public Path directory() {
    looksAtDirectory = true;
    return work().directory();
  }

  /**
   * Starts the program, waits until it is ready, and uses it; then stops it. At some time all of
   * its processes are killed, so a call of it may fail: that is no failure of the run. Returns when
   * none of them is left. In a run that does not reach its point, what follows does not count.
   *
   * @param action what makes the program change its files; it may have ended already
   * @throws Exception of the action, if the program was not killed
   */
  public void during(Action action) throws Exception {
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

  /**
   * Starts the program again, without a crash, waits until it is ready, and checks what must hold;
   * then stops it.
   *
   * @param invariant throws if it does not hold
   * @throws Exception of the invariant: the program does not come back
   */
  public void recover(Action invariant) throws Exception {
    recover(work().program(), invariant);
  }

  /**
   * Starts another program that recovers the directory, as {@link #recover(Action)}.
   *
   * @param other started in the directory
   * @param invariant throws if it does not hold
   * @throws Exception of the invariant: the program does not come back
   */
  public void recover(Program other, Action invariant) throws Exception {
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
