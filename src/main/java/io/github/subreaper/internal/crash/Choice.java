package io.github.subreaper.internal.crash;

import io.github.subreaper.internal.engine.crash.CrashKind;
import io.github.subreaper.internal.engine.crash.Point;
import io.github.subreaper.internal.text.GlobMatcher;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;

/**
 * Which points are crashed at, and how.
 *
 * @param missed the share of the crashes whose point may never be reached
 */
@SuppressWarnings("exports") // the extension names none of these types
public record Choice(
    Optional<String> only,
    Set<CrashKind> kinds,
    Optional<GlobMatcher> ignored,
    int most,
    long seed,
    double missed) {
  /** Each point, of which none may be missed. */
  public static final Choice ALL =
      new Choice(
          Optional.empty(), EnumSet.of(CrashKind.KILL), Optional.empty(), Integer.MAX_VALUE, 0, 0);

  /** Only the point with this key. */
  public Choice at(String key) {
    return new Choice(Optional.of(key), kinds, ignored, most, seed, missed);
  }

  /** Without calls that change files whose path matches a glob. */
  public Choice ignoring(String glob) {
    return new Choice(only, kinds, Optional.of(new GlobMatcher(glob)), most, seed, missed);
  }

  /** A sample of so many points. */
  public Choice budget(int points, long itsSeed) {
    if (points < 1) {
      throw new IllegalArgumentException("a budget has at least one point: " + points);
    }
    return new Choice(only, kinds, ignored, points, itsSeed, missed);
  }

  /** Also with writes that are cut in their middle. */
  public Choice withCutWrites() {
    return with(EnumSet.of(CrashKind.CUT));
  }

  /** Also with cuts of the power. */
  public Choice withPowerCuts() {
    return with(EnumSet.of(CrashKind.NAMES_KEPT, CrashKind.NAMES_LOST));
  }

  private Choice with(Set<CrashKind> more) {
    Set<CrashKind> all = EnumSet.copyOf(kinds);
    all.addAll(more);
    return new Choice(only, all, ignored, most, seed, missed);
  }

  /** With a share of missed points. */
  public Choice withMissed(double share) {
    if (!(share >= 0 && share <= 1)) {
      throw new IllegalArgumentException("a share is from 0 to 1: " + share);
    }
    return new Choice(only, kinds, ignored, most, seed, share);
  }

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
