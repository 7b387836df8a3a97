package io.github.subreaper.crash;

import io.github.subreaper.Program;
import io.github.subreaper.Subreaper;
import io.github.subreaper.UnsupportedSystemException;
import io.github.subreaper.WaitInterruptedException;
import io.github.subreaper.internal.access.CheckReturnValue;
import io.github.subreaper.internal.crash.Choice;
import io.github.subreaper.internal.crash.CrashSweep;
import io.github.subreaper.internal.crash.CrashSweep.Tried;
import io.github.subreaper.internal.crash.SideBySide;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * Asks whether a program comes back after {@code kill -9} at every point. A first run lists the
 * points: calls that change files below a directory, and forks, execs and exits. Then each point
 * has a run, in a fresh copy of the directory, in which all processes of the program are killed
 * before that call; and the program has to recover.
 *
 * <pre>{@code
 * CrashPoints.of(Program.of("my-db", "--data", "."), prepared)
 *     .check(
 *         run -> {
 *           List<String> stored = new ArrayList<>();
 *           run.during(server -> client.put("a", stored::add));
 *           run.recover(server -> assertThat(client.keys()).containsAll(stored));
 *         });
 * }</pre>
 *
 * <p>x86-64 with Linux 5.3 or later; the program is {@linkplain Program#traced() traced}. Stores to
 * mapped files are no points.
 *
 * @since 0.1.0
 */
@CheckReturnValue
public final class CrashPoints {
  private static final System.Logger LOGGER = System.getLogger("io.github.subreaper");
  private static final long PROGRESS_NANOS = 5_000_000_000L;

  /** What each run begins with. */
  private final CrashRun.Action<CrashRun> start;

  private final Choice choice;
  private boolean stops;
  private int sideBySide = 1;
  private Consumer<String> progress = line -> LOGGER.log(System.Logger.Level.INFO, line);

  private CrashPoints(CrashRun.Action<CrashRun> start, Choice choice) {
    this.start = start;
    this.choice = choice;
  }

  /**
   * Returns the crash points of a program.
   *
   * @param program which finds its files by relative paths: each run has another directory
   * @param directory which is copied for each run; the program starts in the copy
   * @return the points, of which none is known yet
   */
  public static CrashPoints of(Program program, Path directory) {
    Objects.requireNonNull(directory, "directory");
    Objects.requireNonNull(program, "program");
    return new CrashPoints(run -> run.in(directory).launch(program), Choice.ALL);
  }

  private CrashPoints with(Choice other) {
    CrashPoints copy = new CrashPoints(start, other);
    copy.stops = stops;
    copy.sideBySide = sideBySide;
    copy.progress = progress;
    return copy;
  }

  /**
   * Crashes at one point only.
   *
   * @param key as a message names it
   * @return a changed copy
   */
  public CrashPoints withPoint(String key) {
    return with(choice.at(key));
  }

  /**
   * Does not crash at calls that change these files.
   *
   * @param glob of their paths below the directory, such as {@code *.log}, which is also {@code
   *     logs/a.log}; of a rename the text is {@code a -> b}
   * @return a changed copy
   */
  public CrashPoints withoutFiles(String glob) {
    return with(choice.ignoring(glob));
  }

  /**
   * Crashes at a random sample of the points. Those that are left out are logged.
   *
   * @param points at most so many, at least 1
   * @param seed the same seed takes the same sample of the same points
   * @return a changed copy
   */
  public CrashPoints withBudget(int points, long seed) {
    return with(choice.budget(points, seed));
  }

  /**
   * Has each write of more than a byte crash in its middle, too: after half of its bytes, or at the
   * end of a block of 4096.
   *
   * @return a changed copy
   */
  public CrashPoints withCutWrites() {
    return with(choice.withCutWrites());
  }

  /**
   * Has the power fail at each point, too, at which that is more than a crash: what no sync has
   * secured is undone. A run with {@code names kept} has lost what was written to files since their
   * last fsync(2), fdatasync(2), msync(2) or write with O_DSYNC; one with {@code names lost} also
   * the names that were made, changed or removed since the last fsync(2) of their directory. These
   * are two of many legal outcomes, as fsync(2) promises nothing else; most file systems lose less.
   *
   * <p>What the test itself changes in the directory while the program runs may be undone, too.
   *
   * @return a changed copy; it is refused where a sync cannot be seen: for io_uring(7),
   *     io_submit(2) and 32-bit programs
   */
  public CrashPoints withPowerCuts() {
    return with(choice.withPowerCuts());
  }

  /**
   * Allows that some points are never reached: of those, nothing is known. They are logged.
   *
   * @param share of all crashes, from 0, the default, to 1
   * @return a changed copy
   */
  public CrashPoints withMissedPoints(double share) {
    return with(choice.withMissed(share));
  }

  /**
   * Reports how far {@link #check} is to another than the log.
   *
   * @param consumer of a line such as {@code 17 of 230 crashes done, 1 failed, 48 s left}, every
   *     five seconds at most
   * @return a changed copy
   */
  public CrashPoints withProgress(Consumer<String> consumer) {
    CrashPoints copy = with(choice);
    copy.progress = Objects.requireNonNull(consumer, "consumer");
    return copy;
  }

  /**
   * Ends {@link #check} at the first crash from which the program does not come back.
   *
   * @return a changed copy
   */
  public CrashPoints withStopAtFirstFailure() {
    CrashPoints copy = with(choice);
    copy.stops = true;
    return copy;
  }

  /**
   * Makes several runs at once, each on a thread, with a scope and a copy of the directory of its
   * own. So the body, and what else is called for a run, has to be thread-safe, and the program
   * must not need what is there once, such as a port: see {@link Program#withPort}. Failures are
   * the same, in the order of the points.
   *
   * @param runs of crashes, for {@link #check}; 1 by default, on the calling thread
   * @return a changed copy
   */
  public CrashPoints withRunsSideBySide(int runs) {
    if (runs < 1) {
      throw new IllegalArgumentException("at least one run is made at once: " + runs);
    }
    CrashPoints copy = with(choice);
    copy.sideBySide = runs;
    return copy;
  }

  /**
   * Crashes at each point. One that a run does not reach is tried three times. May take minutes.
   *
   * @param body one run and its recovery; called for each run
   * @throws AssertionError if it does not come back, or more points than allowed were not reached;
   *     of the first crash, and suppressed those of the others
   * @throws IllegalStateException if the body does not call {@link CrashRun#during}, or nothing
   *     after it looks at the directory, see {@link CrashRun}
   * @throws WaitInterruptedException on an interrupt; nothing of the run is left
   * @throws UnsupportedSystemException where points cannot be found
   */
  public void check(CrashRun.Action<CrashRun> body) {
    CrashSweep sweep = sweep();
    List<AssertionError> failures = new ArrayList<>();
    try (Subreaper subreaper = Subreaper.activate()) {
      List<String> crashes = sweep.record(body);
      long began = System.nanoTime();
      long reported = began;
      try (SideBySide<Tried> all = new SideBySide<>(sideBySide, "subreaper crash run")) {
        crashes.forEach(crash -> all.add(() -> sweep.tried(subreaper, crash, body)));
        for (int i = 0; i < crashes.size() && !(stops && !failures.isEmpty()); i++) {
          try {
            sweep.judge(all.next());
          } catch (AssertionError e) {
            failures.add(e);
          }
          long now = System.nanoTime();
          if (now - reported > PROGRESS_NANOS) {
            reported = now;
            progress.accept(progress(i + 1, crashes.size(), failures.size(), now - began));
          }
        }
      }
    }
    if (!failures.isEmpty()) {
      AssertionError first = failures.get(0);
      failures.stream().skip(1).forEach(first::addSuppressed);
      throw first;
    }
  }

  CrashSweep sweep() {
    return new CrashSweep(start, choice, sideBySide > 1);
  }

  static String progress(int done, int all, int failed, long nanos) {
    long left = Math.round(nanos / 1e9 * (all - done) / done);
    return String.format("%d of %d crashes done, %d failed, %d s left", done, all, failed, left);
  }
}
