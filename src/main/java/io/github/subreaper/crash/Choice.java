package io.github.subreaper.crash;

import io.github.subreaper.internal.engine.crash.CrashKind;
import io.github.subreaper.internal.engine.crash.Point;
import io.github.subreaper.internal.engine.text.GlobMatcher;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;

/** Which points are crashed at. */
record Choice(
    Optional<String> only,
    Set<CrashKind> kinds,
    Optional<GlobMatcher> ignored,
    int most,
    long seed) {
  static final Choice ALL =
      new Choice(
          Optional.empty(), EnumSet.of(CrashKind.KILL), Optional.empty(), Integer.MAX_VALUE, 0);

  Choice with(Set<CrashKind> more) {
    Set<CrashKind> all = EnumSet.copyOf(kinds);
    all.addAll(more);
    return new Choice(only, all, ignored, most, seed);
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
