package io.github.subreaper;

import io.github.subreaper.internal.engine.crash.Points;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
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
 * @since 0.1.0
 */
public final class CrashRun {
  private static final long GONE_NANOS = 10_000_000_000L;
  private static final long PAUSE_NANOS = 200_000;

  private final Supervisor supervisor;
  private final Program program;
  private final Path directory;
  private final Points points;
  private final @Nullable String target;
  private final DirectoryState prepared;
  private boolean hasRun;
  private @Nullable DirectoryState crashed;
  private @Nullable Launch recovery;

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

  /**
   * @param target the key of the point at which to crash; null for the recording
   */
  CrashRun(
      Supervisor supervisor,
      Program program,
      Path directory,
      Points points,
      @Nullable String target) {
    this.supervisor = supervisor;
    this.program = program;
    this.directory = directory;
    this.points = points;
    this.target = target;
    this.prepared = DirectoryState.of(directory);
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
   * @return a copy of the one that was given to {@link CrashPoints#of}
   */
  public Path directory() {
    return directory;
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
    hasRun = true;
    Launch launch = supervisor.launch(program.withDirectory(directory).crashing(points));
    Throwable failure = null;
    try {
      program.ready().ifPresent(launch::awaitReady);
      action.with(launch);
    } catch (Exception | AssertionError e) {
      failure = e;
      if (e instanceof InterruptedException) {
        Thread.currentThread().interrupt(); // which ends all runs
      }
    }
    launch.stop();
    awaitGone(launch);
    String refusal = points.refusal();
    if (refusal != null) {
      throw new UnsupportedSystemException("Crash points are impossible here: " + refusal, null);
    }
    Throwable untraced = launch.traceFailure();
    if (target == null && untraced != null) {
      throw new AssertionError(
          "the trace of `" + program + "` failed, so points are missing: " + untraced, untraced);
    }
    if (target == null && failure != null) {
      if (failure instanceof Exception exception) {
        throw exception;
      }
      throw (AssertionError) failure;
    }
    crashed = DirectoryState.of(directory);
  }

  /**
   * Starts the program again, without a crash, waits until it is ready, and checks what must hold;
   * then stops it.
   *
   * @param invariant throws if it does not hold
   * @throws Exception of the invariant: the program does not come back
   */
  public void recover(Action invariant) throws Exception {
    recover(program, invariant);
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
    Launch launch = supervisor.launch(other.withDirectory(directory));
    recovery = launch;
    other.ready().ifPresent(launch::awaitReady);
    invariant.with(launch);
    launch.stop();
    awaitGone(launch);
  }

  /** A zombie looks like a running daemon to what starts next. */
  private static void awaitGone(Launch launch) {
    long began = System.nanoTime();
    while (!launch.isGone()) {
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

  boolean hasRun() {
    return hasRun;
  }

  /** Describes the crash, the directory, and the recovery unless the failure does. */
  String describe(Throwable failure) {
    StringBuilder text = new StringBuilder();
    if (!points.how().isEmpty()) {
      text.append("The call: ").append(points.how()).append('\n');
    }
    DirectoryState before = crashed;
    if (before != null) {
      text.append("Changed before the crash:\n").append(prepared.changes(before));
      text.append("Changed after it:\n").append(before.changes(DirectoryState.of(directory)));
    }
    Launch its = recovery;
    if (its != null && !(failure instanceof SubreaperException)) {
      text.append("The recovery:\n").append(its.describe());
    }
    return text.toString();
  }
}
