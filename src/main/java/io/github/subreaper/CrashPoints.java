package io.github.subreaper;

import static java.lang.System.Logger.Level.INFO;
import static java.lang.System.Logger.Level.WARNING;

import io.github.subreaper.internal.engine.crash.Point;
import io.github.subreaper.internal.engine.crash.Points;
import io.github.subreaper.internal.engine.spawn.LaunchFailedException;
import io.github.subreaper.internal.engine.spawn.LaunchSpec;
import io.github.subreaper.internal.engine.text.GlobMatcher;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;

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
  private static final int MOST_TRIES = 3;

  private final Program program;
  private final Choice choice;

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

  /** Which points are crashed at. */
  private record Choice(
      Optional<String> only, boolean cuts, Optional<GlobMatcher> ignored, int most, long seed) {
    static final Choice ALL =
        new Choice(Optional.empty(), false, Optional.empty(), Integer.MAX_VALUE, 0);

    List<Point> of(List<Point> points) {
      List<Point> all = new ArrayList<>(points);
      all.removeIf(point -> !only.map(point.key()::equals).orElse(true));
      all.removeIf(point -> !point.path().isEmpty() && isIgnored(point.path()));
      if (all.size() > most) {
        Collections.shuffle(all, new Random(seed));
        all = all.subList(0, most);
        all.sort(Comparator.comparingInt(Point::number));
      }
      return all;
    }

    private boolean isIgnored(String path) {
      return ignored.map(glob -> glob.matches(path)).orElse(false);
    }
  }

  /** One run and how it ended. */
  private record Outcome(
      List<Point> points,
      @Nullable Point reached,
      @Nullable Throwable failure,
      String unseen,
      String text) {}

  private CrashPoints(Program program, Choice choice) {
    this.program = program;
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
    Objects.requireNonNull(program, "program");
    return new CrashPoints(program.withWorkingCopyOf(directory), Choice.ALL);
  }

  /**
   * Crashes at one point only.
   *
   * @param key as a message names it
   * @return a changed copy
   */
  public CrashPoints at(String key) {
    return new CrashPoints(
        program,
        new Choice(Optional.of(key), choice.cuts, choice.ignored, choice.most, choice.seed));
  }

  /**
   * Does not crash at calls that change these files.
   *
   * @param glob of their paths below the directory, such as {@code *.log}, which is also {@code
   *     logs/a.log}; of a rename the text is {@code a -> b}
   * @return a changed copy
   */
  public CrashPoints ignoring(String glob) {
    Optional<GlobMatcher> ignored = Optional.of(new GlobMatcher(glob));
    return new CrashPoints(
        program, new Choice(choice.only, choice.cuts, ignored, choice.most, choice.seed));
  }

  /**
   * Crashes at a random sample of the points. How many are left out is logged.
   *
   * @param points at most so many, at least 1
   * @param seed the same seed takes the same sample of the same points
   * @return a changed copy
   */
  public CrashPoints budget(int points, long seed) {
    if (points < 1) {
      throw new IllegalArgumentException("a budget has at least one point: " + points);
    }
    return new CrashPoints(
        program, new Choice(choice.only, choice.cuts, choice.ignored, points, seed));
  }

  /**
   * Has each write of more than a byte crash in its middle, too: after half of its bytes, or at the
   * end of a block of 4096.
   *
   * @return a changed copy
   */
  public CrashPoints withCutWrites() {
    return new CrashPoints(
        program, new Choice(choice.only, true, choice.ignored, choice.most, choice.seed));
  }

  /**
   * Lists the points.
   *
   * @param body one run and its recovery, which must succeed
   * @return their keys, in order
   * @throws UnsupportedSystemException where points cannot be found
   */
  public List<String> record(Body body) {
    try (Subreaper subreaper = Subreaper.activate()) {
      return recorded(subreaper, body).points().stream().map(Point::key).toList();
    }
  }

  /**
   * Crashes at each point, up to the first from which the program does not come back. A point that
   * a run does not reach is tried three times. Prints nothing; may take minutes.
   *
   * @param body one run and its recovery; called for each run
   * @throws AssertionError if it does not come back, or a point was never reached
   * @throws WaitInterruptedException on an interrupt; nothing of the run is left
   * @throws UnsupportedSystemException where points cannot be found
   */
  public void check(Body body) {
    try (Subreaper subreaper = Subreaper.activate()) {
      Outcome recording = recorded(subreaper, body);
      List<Point> points = recording.points();
      if (points.stream().allMatch(point -> point.path().isEmpty())) {
        throw new AssertionError(
            "`"
                + program
                + "` changes no file below its directory, so there is nothing to crash. To fix: have"
                + " it write to its working directory or CrashRun.directory()");
      }
      Set<String> again = new HashSet<>();
      recorded(subreaper, body).points().forEach(point -> again.add(point.key()));
      warnOfUnseen(recording);
      List<Point> chosen = choice.of(points);
      if (chosen.isEmpty()) {
        throw new AssertionError(
            "no point"
                + choice.only.map(key -> " `" + key + "`").orElse("")
                + " is left of the "
                + points.size()
                + " of a run without a crash");
      }
      if (choice.most < Integer.MAX_VALUE) {
        log(
            INFO,
            String.format(
                "`%s` is crashed at %d of %d points, seed %d",
                program, chosen.size(), points.size(), choice.seed));
      }
      List<String> missed = new ArrayList<>();
      for (Point point : chosen) {
        String why = missed(subreaper, body, point, false, points.size());
        if (why == null && choice.cuts && point.canBeCut()) {
          why = missed(subreaper, body, point, true, points.size());
        }
        if (why != null) {
          missed.add(point.key() + why);
        }
      }
      if (!missed.isEmpty()) {
        long equal = points.stream().filter(point -> again.contains(point.key())).count();
        throw new AssertionError(
            String.format(
                "%d of %d points were not reached in %d runs each, so nothing is known of them:%n"
                    + "  %s%nOf two runs without a crash, %d of %d points were equal. To fix: make"
                    + " the program do the same in each run",
                missed.size(),
                chosen.size(),
                MOST_TRIES,
                String.join(System.lineSeparator() + "  ", missed),
                equal,
                points.size()));
      }
    }
  }

  private Outcome recorded(Subreaper subreaper, Body body) {
    Outcome outcome = run(subreaper, body, null, false);
    Throwable failure = outcome.failure();
    if (failure instanceof UnsupportedSystemException unsupported) {
      throw unsupported;
    }
    if (failure != null) {
      throw new AssertionError(
          "the run without a crash fails: " + text(failure) + "\n" + outcome.text(), failure);
    }
    return outcome;
  }

  private void warnOfUnseen(Outcome outcome) {
    if (!outcome.unseen().isEmpty()) {
      log(
          WARNING,
          "the crash points of `" + program + "` leave out what it changed by " + outcome.unseen());
    }
  }

  private static void log(System.Logger.Level level, String text) {
    System.getLogger("io.github.subreaper").log(level, text);
  }

  /** An exception of another library may say little without its class. */
  private static String text(Throwable failure) {
    String message = failure.getMessage();
    boolean isPlain = failure instanceof AssertionError || failure instanceof SubreaperException;
    return message == null || !isPlain ? failure.toString() : message;
  }

  /** Returns how the last try ended if no run reaches the point; null if it comes back. */
  private @Nullable String missed(
      Subreaper subreaper, Body body, Point point, boolean cut, int total) {
    Outcome outcome = reaching(subreaper, body, point, cut);
    Throwable failure = outcome.failure();
    Point reached = outcome.reached();
    if (reached == null) {
      return failure == null ? "" : ", the last run failed: " + text(failure);
    }
    if (failure == null) {
      return null;
    }
    Outcome second = reaching(subreaper, body, point, cut);
    String again =
        second.reached() == null
            ? "missed it"
            : second.failure() == null ? "came back: it is flaky" : "failed, too";
    throw new AssertionError(
        String.format(
            "`%s` does not come back after kill -9 %s %s: %s%n"
                + "That is point %d of %d. A second run %s.%n"
                + "To repeat it alone: at(\"%s\")%s%n%s",
            program,
            cut ? "in the middle of" : "before",
            reached,
            text(failure),
            point.number(),
            total,
            again,
            point.key(),
            cut ? ".withCutWrites()" : "",
            outcome.text()),
        failure);
  }

  /** Returns the first run that reaches the point, else the last one. */
  private Outcome reaching(Subreaper subreaper, Body body, Point point, boolean cut) {
    Outcome outcome = run(subreaper, body, point.key(), cut);
    for (int i = 1; i < MOST_TRIES && outcome.reached() == null; i++) {
      outcome = run(subreaper, body, point.key(), cut);
    }
    return outcome;
  }

  private Outcome run(Subreaper subreaper, Body body, @Nullable String target, boolean cut) {
    String name = "crash run: " + (target == null ? "recording" : target);
    LaunchSpec copied = copied(subreaper);
    try (Supervisor supervisor = subreaper.open(name)) {
      Path copy = Objects.requireNonNull(copied.directory()).toRealPath();
      Points points = new Points(subreaper.engine().kernel(), copy, target, cut);
      String unsupported = points.unsupported();
      if (unsupported != null) {
        throw new UnsupportedSystemException(unsupported, null);
      }
      CrashRun run = new CrashRun(supervisor, program, copy, points, target);
      Throwable failure = null;
      try {
        body.with(run);
      } catch (Exception | AssertionError e) {
        failure = e;
      }
      if (failure instanceof InterruptedException || Thread.currentThread().isInterrupted()) {
        Thread.currentThread().interrupt();
        throw new WaitInterruptedException(
            "interrupted in the run `" + run.point() + "` of `" + program + "`", failure);
      }
      if (!run.hasRun() && failure == null) {
        throw new IllegalStateException("the body did not call CrashRun.during()");
      }
      return new Outcome(
          points.points(),
          points.reached(),
          failure,
          unseen(points),
          failure == null ? "" : run.describe(failure));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      subreaper.engine().launcher().copies().remove(copied);
    }
  }

  /** Returns which calls may have changed files and are no points; empty for none. */
  private static String unseen(Points points) {
    List<String> all = new ArrayList<>();
    if (points.foreignCalls() > 0) {
      all.add(points.foreignCalls() + " calls of 32-bit programs");
    }
    if (points.ringCalls() > 0) {
      all.add(points.ringCalls() + " rings of io_uring(7)");
    }
    if (points.unknownCalls() > 0) {
      all.add(points.unknownCalls() + " calls whose file could not be read");
    }
    return String.join(", ", all);
  }

  private LaunchSpec copied(Subreaper subreaper) {
    try {
      return subreaper
          .engine()
          .launcher()
          .copies()
          .copied(program.spec(), subreaper.engine().kernel());
    } catch (LaunchFailedException e) {
      throw new LaunchException(e.reason(), e);
    }
  }
}
