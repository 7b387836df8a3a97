package io.github.subreaper.internal.crash;

import static java.lang.System.Logger.Level.INFO;
import static java.lang.System.Logger.Level.WARNING;

import io.github.subreaper.Subreaper;
import io.github.subreaper.SubreaperException;
import io.github.subreaper.Supervisor;
import io.github.subreaper.UnsupportedSystemException;
import io.github.subreaper.WaitInterruptedException;
import io.github.subreaper.crash.CrashRun;
import io.github.subreaper.internal.access.Access;
import io.github.subreaper.internal.engine.crash.CrashKind;
import io.github.subreaper.internal.engine.crash.Point;
import io.github.subreaper.internal.engine.crash.PointRanges;
import io.github.subreaper.internal.engine.crash.Points;
import io.github.subreaper.internal.text.Text;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.ObjLongConsumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The runs of crash tests: two without a crash, and one for each crash. For one thread, but for
 * {@link #tried}.
 */
public final class CrashSweep {
  private static final int MOST_TRIES = 3;
  private static final int MOST_NAMED = 5;

  private final CrashRun.Action<CrashRun> start;
  private final Choice choice;
  private final boolean sideBySide;
  private final Map<String, Crash> crashes = new LinkedHashMap<>();
  private @Nullable Supervisor scope;

  /** Those in the scope, whose journal has only what is still referenced. */
  private final List<Run> runs = new ArrayList<>();

  private ObjLongConsumer<String> steps = (step, nanos) -> {};
  private String words = "the program";
  private int total;
  private String compared = "";
  private String summary = "";
  private final List<String> unreached = new ArrayList<>();
  private String failed = "";
  private String failedText = "";

  private record Crash(Point point, CrashKind kind) {}

  /** One run and how it ended. */
  record Outcome(
      List<Point> points,
      @Nullable Point reached,
      @Nullable Throwable failure,
      String unseen,
      String text) {}

  /**
   * What became of one crash.
   *
   * @param failure null if the program comes back, or no run has reached the point
   * @param verdict says so in a failure, or how the last run has ended that has not reached it
   * @param missed whether none has
   */
  public record Tried(
      String crash, boolean missed, @Nullable Throwable failure, String verdict, String text) {}

  /**
   * @param start what each run begins with
   * @param sideBySide whether other threads make runs, too
   */
  public CrashSweep(CrashRun.Action<CrashRun> start, Choice choice, boolean sideBySide) {
    this.start = start;
    this.choice = choice;
    this.sideBySide = sideBySide;
  }

  /**
   * Has the runs that follow in a scope, so that its journal has what they do.
   *
   * @param outer which ends after them
   * @param consumer of what begins, and when by {@link System#nanoTime()}: a run, by its point;
   *     each point of a recording, or the crash; the recovery
   */
  public void in(Supervisor outer, ObjLongConsumer<String> consumer) {
    scope = Objects.requireNonNull(outer, "outer");
    steps = Objects.requireNonNull(consumer, "consumer");
    runs.clear();
  }

  /**
   * Makes two runs without a crash, which find the points.
   *
   * @param body one run and its recovery, which must succeed
   * @return the crashes to try, in order, such as {@code before sh write state #1}
   * @throws AssertionError if a run fails, or no point is left
   * @throws IllegalStateException if the body does not call {@link CrashRun#during}, or nothing
   *     after it looks at the directory, see {@link CrashRun}
   * @throws UnsupportedSystemException where points cannot be found
   */
  public List<String> record(CrashRun.Action<CrashRun> body) {
    try (Subreaper subreaper = Subreaper.activate()) {
      crashes.clear();
      unreached.clear();
      Outcome recording = recorded(subreaper, body);
      List<Point> points = recording.points();
      if (points.stream().allMatch(point -> point.path().isEmpty())) {
        throw new AssertionError(
            "`"
                + words
                + "` changes no file below its directory, so there is nothing to crash. To fix: have"
                + " it write to its working directory or CrashRun.directory()");
      }
      total = points.size();
      compare(keys(points), keys(recorded(subreaper, body).points()));
      if (!recording.unseen().isEmpty()) {
        log(
            WARNING,
            "the crash points of `"
                + words
                + "` leave out what it changed by "
                + recording.unseen());
      }
      choose(points);
    }
    return List.copyOf(crashes.keySet());
  }

  private static Set<String> keys(List<Point> points) {
    return points.stream().map(Point::key).collect(Collectors.toCollection(LinkedHashSet::new));
  }

  /** Keys that differ are likely to be missed later. */
  private void compare(Set<String> first, Set<String> second) {
    List<String> differ =
        Stream.concat(
                first.stream().filter(key -> !second.contains(key)),
                second.stream().filter(key -> !first.contains(key)))
            .toList();
    long equal = first.stream().filter(second::contains).count();
    compared =
        String.format(
            "of two runs without a crash, %d of %d points were equal", equal, first.size());
    if (!differ.isEmpty()) {
      log(
          WARNING,
          String.format(
              "`%s`: %s. Only in one of them: %s. To fix: make the program do the same in each"
                  + " run",
              words, compared, Text.some(differ, MOST_NAMED)));
    }
  }

  private void choose(List<Point> points) {
    List<Point> chosen = choice.of(points);
    if (chosen.isEmpty()) {
      throw new AssertionError(
          "no point"
              + choice.only().map(key -> " `" + key + "`").orElse("")
              + " is left of the "
              + total
              + " of a run without a crash");
    }
    for (Point point : chosen) {
      for (CrashKind kind : choice.kinds()) {
        if (point.has(kind)) {
          crashes.put(kind.at(point), new Crash(point, kind));
        }
      }
    }
    List<Point> others = new ArrayList<>(points);
    others.removeAll(chosen);
    summary =
        String.format(
            "crashes: %d, at %d of %d points; %s%s",
            crashes.size(),
            chosen.size(),
            total,
            compared,
            choice.most() == Integer.MAX_VALUE
                ? ""
                : "; seed " + choice.seed() + "; left out: " + PointRanges.of(others));
    log(INFO, "`" + words + "`: " + summary);
  }

  /**
   * Says what is tried, and what is not.
   *
   * @return how many crashes, how many points two runs had in common, and the points that a budget
   *     has left out; empty before {@link #record}
   */
  public String summary() {
    return summary;
  }

  /**
   * Crashes at one point; twice if it does not come back from it the first time.
   *
   * @param crash one of those that {@link #record} has returned
   * @param body one run and its recovery; called for each run
   * @return whether a run has reached the point; if none of three has, and that is not allowed by
   *     {@link Choice#withMissed}, this fails
   * @throws AssertionError if it does not come back, or too many points were missed
   * @throws WaitInterruptedException on an interrupt; nothing of the run is left
   */
  public boolean crashAt(String crash, CrashRun.Action<CrashRun> body) {
    try (Subreaper subreaper = Subreaper.activate()) {
      return judge(tried(subreaper, crash, body));
    }
  }

  /** As {@link #crashAt}, of crashes in their order. */
  public boolean judge(Tried tried) {
    Throwable failure = tried.failure();
    if (failure != null) {
      boolean isLikeTheOneBefore = text(failure).equals(failedText);
      String details =
          isLikeTheOneBefore ? "The crash " + failed + " failed in the same way." : tried.text();
      failed = tried.crash();
      failedText = text(failure);
      throw new AssertionError(tried.verdict() + details, failure);
    }
    if (!tried.missed()) {
      return true;
    }
    String crash = tried.crash();
    String why = tried.verdict();
    unreached.add(crash + why);
    if (unreached.size() <= choice.missed() * crashes.size()) {
      log(
          WARNING,
          String.format(
              "`%s`: not reached in %d runs, the %d. of %d crashes: %s%s",
              words, MOST_TRIES, unreached.size(), crashes.size(), crash, why));
      return false;
    }
    throw new AssertionError(
        String.format(
            "%d of %d points were not reached in %d runs each, so nothing is known of them:%n"
                + "  %s%nAnd %s. To fix: make the program do the same in each run, or allow a"
                + " share of missed points",
            unreached.size(),
            crashes.size(),
            MOST_TRIES,
            String.join(System.lineSeparator() + "  ", unreached),
            compared));
  }

  Outcome recorded(Subreaper subreaper, CrashRun.Action<CrashRun> body) {
    Outcome outcome =
        run(subreaper, body, null, Collections.max(choice.kinds())); // a power cut needs the most
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

  private static void log(System.Logger.Level level, String text) {
    System.getLogger("io.github.subreaper").log(level, text);
  }

  /** An exception of another library may say little without its class. */
  private static String text(Throwable failure) {
    String message = failure.getMessage();
    boolean isPlain = failure instanceof AssertionError || failure instanceof SubreaperException;
    return message == null || !isPlain ? failure.toString() : message;
  }

  /** Crashes at one point; any thread may call this, after {@link #record}. */
  public Tried tried(Subreaper subreaper, String name, CrashRun.Action<CrashRun> body) {
    Crash crash = crashes.get(name);
    if (crash == null) {
      throw new IllegalArgumentException("record() has not returned this crash: " + name);
    }
    Outcome outcome = reaching(subreaper, body, crash);
    Throwable failure = outcome.failure();
    Point reached = outcome.reached();
    if (reached == null) {
      String why = failure == null ? "" : ", the last run failed: " + text(failure);
      return new Tried(name, true, null, why, "");
    }
    if (failure == null) {
      return new Tried(name, false, null, "", "");
    }
    Outcome second = reaching(subreaper, body, crash);
    String again =
        second.reached() == null
            ? "missed it"
            : second.failure() == null ? "came back: it is flaky" : "failed, too";
    String verdict =
        String.format(
            "`%s` does not come back after %s: %s%n"
                + "That is point %d of %d. A second run %s.%n"
                + "To repeat it alone: at(\"%s\")%s%n",
            words,
            crash.kind().after(reached),
            text(failure),
            reached.number(),
            total,
            again,
            reached.key(),
            crash.kind().option());
    return new Tried(name, false, failure, verdict, outcome.text());
  }

  /** Returns the first run that reaches the point, else the last one. */
  private Outcome reaching(Subreaper subreaper, CrashRun.Action<CrashRun> body, Crash crash) {
    Outcome outcome = run(subreaper, body, crash.point().key(), crash.kind());
    for (int i = 1; i < MOST_TRIES && outcome.reached() == null; i++) {
      outcome = run(subreaper, body, crash.point().key(), crash.kind());
    }
    return outcome;
  }

  private Outcome run(
      Subreaper subreaper,
      CrashRun.Action<CrashRun> body,
      @Nullable String target,
      CrashKind kind) {
    Run run = new Run(subreaper, scope, steps, target, kind);
    try {
      if (scope != null) {
        runs.add(run);
      }
      if (sideBySide) {
        run.bind();
      }
      Throwable failure = null;
      try {
        start.with(run);
        body.with(run);
      } catch (Exception | AssertionError e) {
        failure = e;
      }
      if (failure instanceof InterruptedException || Thread.currentThread().isInterrupted()) {
        Thread.currentThread().interrupt();
        throw Access.get()
            .interrupted(
                "interrupted in the run `" + run.point() + "` of `" + run.words(words) + "`",
                failure);
      }
      if (!run.hasRun() && failure == null) {
        throw new IllegalStateException("the body did not call CrashRun.during()");
      }
      if (target == null) {
        words = run.words(words);
        if (failure == null && !run.looksAtDirectory()) {
          throw new IllegalStateException(
              "the body called neither CrashRun.recover() nor CrashRun.directory(), so nothing would"
                  + " see what a crash of `"
                  + words
                  + "` leaves. To fix: call recover(…) after during(…), or check directory() there");
        }
      }
      Points points = run.points();
      return points == null
          ? new Outcome(List.of(), null, failure, "", "")
          : new Outcome(
              points.points(),
              points.reached(),
              failure,
              points.unseen(),
              failure == null ? "" : run.describe(failure));
    } finally {
      run.end();
    }
  }
}
